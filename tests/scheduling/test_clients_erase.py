"""Erasing a person, and handing everything over before: what goes, what stays, what is told to nobody."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pytest_django.fixtures import Settings

from daybook.core import media
from daybook.core.actors import Actor, ActorKind
from daybook.core.audit.models import AuditEntry
from daybook.core.errors import Conflict, NotFound
from daybook.core.models import OutboxRow
from daybook.core.outbox import enqueue
from scheduling.enums import Status
from scheduling.models import AppointmentEvent, Client, ClientFile, ClientImport, Consent, Message, WaitlistEntry
from scheduling.selectors.clients import clients
from scheduling.services import client_erasing, client_files, history
from scheduling.services.clients import clean_details, resolve
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.scheduling import waiting_world
from tests.scheduling.clients_world import book, make_client

NewClient = Callable[..., Any]
INSTANT = make.at(NOW)
CANARY = "Xanthippe"


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None], settings: Settings, tmp_path: Path) -> Studio:
    clock(NOW)
    settings.MEDIA_ROOT = tmp_path
    return furnish(business)


@pytest.fixture
def ada(studio: Studio) -> Client:
    """Somebody whose name stands in every place that there is."""
    mail = f"{CANARY}@example.test".lower()
    client = make_client(f"Ada {CANARY}", mail, "+12075550199", notes=f"{CANARY} notes", tags=[CANARY])
    past = book(studio, client, "2027-05-20T13:00:00-04:00", status=Status.COMPLETED)
    type(past).objects.filter(pk=past.pk).update(
        notes=f"{CANARY} said", staff_notes=f"{CANARY} private", shared_notes=f"{CANARY} shared", client_locale="en"
    )
    by = Actor(ActorKind.CLIENT, name=CANARY)
    history.record(past, "rescheduled", by=by, now=INSTANT, reason=f"{CANARY} is ill")
    Message.objects.create(
        appointment=past, kind="client.confirmed", recipient=mail, sequence=0, subject=f"Hello {CANARY}",
        body=f"Dear {CANARY}", created_at=INSTANT,
    )  # fmt: skip
    Message.objects.create(
        appointment=past, kind="members.new", recipient="rosa@acme.test", sequence=0, subject=f"{CANARY} booked",
        created_at=INSTANT,
    )  # fmt: skip
    enqueue(
        kind="client.cancelled", aggregate=f"appointment:{past.pk}:client", dedupe_key="x", due_at=INSTANT,
        payload={"appointment": str(past.pk), "reason": f"{CANARY} is ill"},
    )  # fmt: skip
    Consent.objects.create(client=client, kind="photos", text="Yes", given_at=INSTANT, given_from="192.0.2.7")
    WaitlistEntry.objects.create(
        service=studio.massage, name=CANARY, email=mail.upper(), notes=CANARY, first_date=date(2027, 6, 10),
        last_date=date(2027, 6, 11), token_digest="x", created_at=INSTANT,
    )  # fmt: skip
    report = {"refused": [[2, "Why", CANARY, mail], [3, "Why", "Bea", "bea@example.test"]]}
    ClientImport.objects.create(name="a.csv", report=report, created_at=INSTANT)
    upload = SimpleUploadedFile(f"{CANARY}.txt", CANARY.encode())
    client_files.keep(client, upload, business=studio.business, now=INSTANT, by=make.STAFF)
    return client


def everything(studio: Studio) -> str:
    """All rows of the business, as text."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_schema, table_name from information_schema.tables where table_schema = %s"
            " or (table_schema = 'public' and table_name like '%%outbox%%')",
            [studio.business.schema_name],
        )
        for schema, table in cursor.fetchall():
            cursor.execute(f'select coalesce(json_agg(t)::text, \'\') from "{schema}"."{table}" t')
            found.append(cursor.fetchone()[0])
    return "".join(found).lower()


def test_nothing_personal_is_left_and_the_books_are(
    studio: Studio, ada: Client, django_capture_on_commit_callbacks: Any
) -> None:
    file = ClientFile.objects.get().file
    assert CANARY.lower() in everything(studio)
    with django_capture_on_commit_callbacks(execute=True):
        client_erasing.erase(ada, business=studio.business, now=INSTANT, by=make.STAFF)
    left = everything(studio)
    for personal in (CANARY.lower(), "+12075550199", "192.0.2.7"):
        assert personal not in left, personal
    with pytest.raises(NotFound):
        media.read(studio.business.schema_name, file)
    ada.refresh_from_db()
    row = ada.appointments.get()
    assert (row.price, row.service_name, row.status, row.client_name) == (
        9500, "Deep tissue massage", "completed", "Erased client",
    )  # fmt: skip
    assert ada.erased_at == INSTANT
    assert AppointmentEvent.objects.filter(action="rescheduled").count() == 1
    assert Message.objects.get(kind="members.new").recipient == "rosa@acme.test"
    assert WaitlistEntry.objects.get().state == "left"
    assert ClientImport.objects.get().report["refused"] == [[3, "Why", "Bea", "bea@example.test"]]
    assert OutboxRow.objects.get(dedupe_key="x").payload["reason"] == ""


def test_what_the_waiting_list_kept_and_wrote_goes_too(business: Business) -> None:
    waiting = waiting_world.world(business)
    kim = waiting.join("Kim")
    waiting.free(10)
    assert waiting.match() == 1
    offer = waiting.offer_of(kim)
    Message.objects.create(
        appointment=offer.appointment, kind="client.waitlist_offer", recipient=kim.email, sequence=0,
        subject="Free for you", created_at=waiting.now,
    )  # fmt: skip
    client = make_client("Kim Doe", kim.email)
    client_erasing.erase(client, business=business, now=waiting.now, by=make.STAFF)
    message = Message.objects.get(kind="client.waitlist_offer")
    assert (message.recipient[:7], message.subject, message.state) == ("erased:", "", "dropped")
    waiting.drain()
    offer.appointment.refresh_from_db()
    assert (offer.appointment.status, offer.appointment.client_name) == ("cancelled", "")
    assert waiting.state(kim) == "left"


def test_the_erased_are_found_by_nobody_and_may_come_again(studio: Studio, ada: Client) -> None:
    mail = ada.email
    client_erasing.erase(ada, business=studio.business, now=INSTANT, by=make.STAFF)
    assert list(clients()) == []
    with pytest.raises(NotFound):
        client_erasing.erase(ada, business=studio.business, now=INSTANT, by=make.STAFF)
    again = resolve(clean_details(name="Ada", email=mail))
    assert again.pk != ada.pk
    other = make_client("Somebody", "somebody@example.test")
    client_erasing.erase(other, business=studio.business, now=INSTANT, by=make.STAFF)


def test_what_lies_ahead_is_cancelled_first_or_with_it(
    studio: Studio, client_for: NewClient, django_capture_on_commit_callbacks: Any
) -> None:
    bea = make_client("Bea Brown", "bea@example.test")
    ahead = book(studio, bea, "2027-06-16T13:00:00-04:00")
    asked = book(studio, bea, "2027-06-17T13:00:00-04:00", provider=studio.marco, status=Status.PENDING_APPROVAL)
    with pytest.raises(Conflict):
        client_erasing.erase(bea, business=studio.business, now=INSTANT, by=make.STAFF)
    browser, address = studio.client(client_for), f"/dashboard/clients/{bea.pk}/erase"
    page = browser.get(address).content.decode()
    assert "2 appointments are still ahead" in page
    assert "2 appointments with their dates" in page
    assert browser.post(address, {"upcoming": "keep"}).status_code == 409
    assert browser.post(address, {"upcoming": "cancel"}).headers["Location"] == "/dashboard/clients/"
    for row in (ahead, asked):
        row.refresh_from_db()
        assert (row.status, row.client_email, row.client_name) == ("cancelled", "", "Erased client")
    entry = AuditEntry.objects.get(action="client.erased")
    assert (entry.object_id, entry.object_name, entry.before, entry.after) == (str(bea.pk), "", {}, {})
    assert "was erased on" in browser.get(f"/dashboard/clients/{bea.pk}/").content.decode()
    assert browser.get(address).status_code == browser.get(f"/dashboard/clients/{bea.pk}/edit").status_code == 404


def test_everything_about_one_person_as_a_zip(studio: Studio, ada: Client, client_for: NewClient) -> None:
    answer = studio.client(client_for).get(f"/dashboard/clients/{ada.pk}/export")
    assert "attachment" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as opened:
        names = opened.namelist()
        found = json.loads(opened.read("client.json"))
        text = next(opened.read(name) for name in names if name.startswith("files/"))
    assert text == CANARY.encode()
    assert found["contains_private_notes"] is True
    assert found["client"]["name"] == f"Ada {CANARY}"
    (row,) = found["appointments"]
    assert (row["private_notes"], row["shared_notes"]) == (f"{CANARY} private", f"{CANARY} shared")
    assert row["messages"][0]["body"] == f"Dear {CANARY}"
    assert row["history"][-1]["reason"] == f"{CANARY} is ill"
    assert found["consents"][0]["text"] == "Yes"
    assert AuditEntry.objects.get(action="client.exported").object_name == ""
