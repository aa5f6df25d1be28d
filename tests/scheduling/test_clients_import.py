"""Importing clients and their appointments: tried first, then done once, whatever happens on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.signals import post_save

from daybook.core.audit.models import AuditEntry
from daybook.core.errors import Invalid
from daybook.core.models import OutboxRow
from daybook.core.outbox import relay
from scheduling.enums import Status
from scheduling.models import Appointment, Client, ClientImport, Message
from scheduling.services import client_import_run, client_imports
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.scheduling.clients_world import book, make_client

NewClient = Callable[..., Any]
INSTANT = make.at(NOW)
FILE = """Name,E-mail,Phone,Notes,Tags,Date,Time,Service,Staff,Status,Duration
Ada Lovelace,ada@example.test,(207) 555-0199,"Two
lines",VIP;late,2027-05-20,13:00,Deep tissue massage,Ana Duarte,done,
Bea Brown,BEA@example.test,,,,06/16/2027,1:30 pm,deep tissue massage,marco vitale,,90
Cem,,+49 170 1234567,,,,,,,,
Dora,dora@,,,,,,,,,
,nameless@example.test,,,,,,,,,
Eve,eve@example.test,,,,2027-06-16,14:00,Deep tissue massage,Marco Vitale,,
Fay,fay@example.test,,,,soon,,Nothing,Nobody,maybe,long
"""
LINES_REFUSED = [6, 7, 8, 9]


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)


def keep(studio: Studio, text: str | bytes = FILE, name: str = "clients.csv") -> ClientImport:
    content = text.encode() if isinstance(text, str) else text
    return client_imports.keep(name=name, content=content, business=studio.business, now=INSTANT, by=make.STAFF)


def run(found: ClientImport) -> ClientImport:
    client_imports.start(found, now=INSTANT, by=make.STAFF)
    relay.drain(now=INSTANT)
    found.refresh_from_db()
    return found


def test_the_dry_run_counts_and_saves_nothing(studio: Studio) -> None:
    make_client("Cem Kaya", "", "+491701234567")
    found = keep(studio)
    assert found.state == "checked"
    assert found.report["counts"] == {"new": 2, "known": 1, "filled": 0, "past": 1, "ahead": 1, "there": 0}
    assert [line for line, _ in found.report["errors"]] == LINES_REFUSED
    words = dict(found.report["errors"])
    assert words[6] == "E-mail: Enter an e-mail address such as name@example.com."
    assert words[7] == "Name: The name needs 2 to 100 characters."
    assert words[8] == "Another appointment takes this time."
    for part in ("Start: ", "Service: ", "With: ", "Duration: ", "Status: "):
        assert part in words[9]
    assert (Client.objects.count(), Appointment.objects.count()) == (1, 0)


def test_the_import_does_what_was_said(studio: Studio) -> None:
    found = run(keep(studio))
    assert (found.state, found.done, found.total, found.text) == ("done", 7, 7, "")
    assert found.finished_at == INSTANT
    assert found.report["counts"] == {"new": 3, "past": 1, "ahead": 1}
    assert sorted(line for line, *_ in found.report["refused"]) == LINES_REFUSED
    ada = Client.objects.get(email="ada@example.test")
    assert (ada.name, ada.phone, ada.notes, ada.tags) == (
        "Ada Lovelace", "+12075550199", "Two\nlines", ["VIP", "late"],
    )  # fmt: skip
    past, ahead = Appointment.objects.order_by("starts_at")
    assert (past.client, past.status, past.provider, past.price) == (ada, Status.COMPLETED, studio.ana, 9500)
    assert past.starts_at == make.at("2027-05-20T13:00:00-04:00")
    assert (ahead.client_email, ahead.status, ahead.provider) == ("bea@example.test", Status.CONFIRMED, studio.marco)
    assert ahead.starts_at == make.at("2027-06-16T13:30:00-04:00")
    assert ahead.duration_minutes == 90
    assert {row.source for row in (past, ahead)} == {"manual"}


def test_nobody_gets_a_message_about_it(studio: Studio) -> None:
    run(keep(studio))
    assert not Message.objects.exists()
    kinds = set(OutboxRow.objects.exclude(kind="clients.import").values_list("kind", flat=True))
    assert kinds <= {"client.reminder", "appointment.complete"}
    past = Appointment.objects.get(status=Status.COMPLETED)
    assert not OutboxRow.objects.filter(aggregate__startswith=f"appointment:{past.pk}").exists()


def test_the_same_file_again_makes_nothing_twice(studio: Studio) -> None:
    run(keep(studio))
    again = keep(studio)
    assert again.report["counts"] == {"new": 0, "known": 3, "filled": 0, "past": 0, "ahead": 0, "there": 2}
    run(again)
    assert again.report["counts"] == {"known": 3, "there": 2}
    assert (Client.objects.count(), Appointment.objects.count()) == (3, 2)


def test_only_empty_fields_are_filled(studio: Studio) -> None:
    kept = make_client("Ada King", "ada@example.test", notes="Mine")
    found = keep(studio, "name,email,phone,notes,tags\nAda Lovelace,Ada@Example.test,207 555 0199,Theirs,VIP\n")
    assert found.report["counts"]["filled"] == 1
    run(found)
    kept.refresh_from_db()
    assert (kept.name, kept.notes, kept.phone, kept.tags) == ("Ada King", "Mine", "+12075550199", ["VIP"])


def test_people_are_known_by_mail_else_phone_else_name(studio: Studio) -> None:
    phone = make_client("Phone Only", "", "+12075550199")
    text = (
        "name,email,phone\nA One,a@example.test,2075550199\nA Two,A@EXAMPLE.TEST,\nThe Phone,,207-555-0199\n"
        "Nobody Known,,\nnobody known,,\n"
    )
    found = run(keep(studio, text))
    assert found.report["counts"] == {"new": 2, "known": 3}
    assert Client.objects.filter(phone=phone.phone).count() == 2
    assert Client.objects.get(email="a@example.test").possible_duplicate
    assert Client.objects.count() == 3


def test_a_time_taken_meanwhile_is_an_error_line(studio: Studio) -> None:
    text = "name,email,start,service,provider\nBea,bea@example.test,2027-06-16 03:00,Deep tissue massage,Marco Vitale\n"
    found = keep(studio, text)
    assert found.report["counts"]["ahead"] == 1
    book(studio, make_client("Quick", "quick@example.test"), "2027-06-16T03:30:00-04:00", provider=studio.marco)
    run(found)
    assert found.report["counts"] == {}
    ((line, why),) = found.report["errors"]
    assert (line, why) == (2, "Another appointment takes this time. Book on top of it only if you mean to.")
    assert not Client.objects.filter(email="bea@example.test").exists()


def test_dates_of_the_past_keep_their_status_and_lie_on_top_of_each_other(studio: Studio) -> None:
    row = "{0},{0}@example.test,2027-05-20 13:00,Deep tissue massage,Ana Duarte,{1}\n"
    states = {"ada": "completed", "bea": "no-show", "cem": "cancelled", "dora": "confirmed"}
    text = "name,email,start,service,provider,status\n" + "".join(row.format(*pair) for pair in states.items())
    run(keep(studio, text))
    found = dict(Appointment.objects.values_list("client_name", "status"))
    assert found == {"ada": "completed", "bea": "no_show", "cem": "cancelled", "dora": "completed"}


class Crash(Exception):
    """The worker dies."""


def test_a_crash_takes_only_the_unfinished_piece_with_it(studio: Studio) -> None:
    text = "name,email,notes\n" + "".join(f"Client {n:03d},c{n}@example.test,{n}\n" for n in range(100))
    found = keep(studio, text)
    client_imports.start(found, now=INSTANT, by=make.STAFF)
    seen = []

    def dying(**facts: Any) -> None:
        seen.append(facts["instance"].done)
        if seen == [40, 80]:
            raise Crash

    post_save.connect(dying, sender=ClientImport)
    try:
        relay.drain(now=INSTANT)
        found.refresh_from_db()
        assert (found.state, found.done, Client.objects.count()) == ("running", 40, 40)
        relay.drain(now=INSTANT, impatient=True)
    finally:
        post_save.disconnect(dying, sender=ClientImport)
    assert seen == [40, 80, 80, 100]
    found.refresh_from_db()
    assert (found.state, found.report["counts"], Client.objects.count()) == ("done", {"new": 100}, 100)
    assert relay.drain(now=INSTANT) == 0


def test_long_imports_give_others_their_turn(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_import_run, "LONGEST", -1.0)
    found = keep(studio, "name\n" + "".join(f"Client {n}\n" for n in range(3)))
    client_imports.start(found, now=INSTANT, by=make.STAFF)
    assert relay.drain(now=INSTANT, most=1) == 1
    found.refresh_from_db()
    assert found.done == 0
    monkeypatch.setattr(client_import_run, "LONGEST", 20.0)
    client_imports.ask(found.pk, done=1, now=INSTANT, by={"kind": "member", "id": "", "name": "Rosa"})
    relay.drain(now=INSTANT)
    found.refresh_from_db()
    assert found.state == "done"


@pytest.mark.parametrize(
    "content",
    [
        "name;email\nJürgen Groß;j@example.test\n".encode(),
        "\ufeffname\temail\r\nJürgen Groß\tj@example.test\r\n".encode(),
        "name,email\nJürgen Groß,j@example.test\n".encode("cp1252"),
        "name,email\nJürgen Groß,j@example.test\n".encode("utf-16"),
        "name,email\nJürgen Groß,j@example.test\n".encode("utf-16-le"),
        "name,email\rJürgen Groß,j@example.test\r".encode(),
        '"name","email"\n"Jürgen\n  Groß","j@example.test"\n'.encode(),
        "Vorname;Nachname;E-Mail\nJürgen;Groß;j@example.test".encode(),
    ],
)
def test_files_of_every_make(studio: Studio, content: bytes) -> None:
    run(keep(studio, content))
    assert list(Client.objects.values_list("name", "email")) == [("Jürgen Groß", "j@example.test")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"name,email\n", "file_empty"),
        (b"\x00\x01\x02", "file_empty"),
        (b'name\n"' + b"x" * 200_000 + b'"\n', "file_broken"),
        (b"a," * 70 + b"b\n1\n", "file_too_wide"),
        (b"name\n" + b"x\n" * 20_001, "file_too_long"),
        (b"x" * (5 * 1024 * 1024 + 1), "file_too_large"),
    ],
)
def test_what_is_no_table_is_refused(studio: Studio, client_for: NewClient, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(studio, content)
    assert refused.value.code == code
    upload = SimpleUploadedFile("x.csv", content)
    assert studio.client(client_for).post("/dashboard/clients/imports/", {"file": upload}).status_code == 422


def test_strange_cells_are_lines_with_errors(studio: Studio) -> None:
    rows = ["'=1+1,a@example.test,,", "Bob\x1b,b@example.test,,", "Cat,c@example.test,9999-99-99 10:00,",
            "Dan,d@example.test,2027-03-14 02:30,", "Eva,e@example.test,0001-01-01 00:00,", "Fay", '"Gus"x,g@example.test']  # fmt: skip
    found = keep(studio, "name,email,start,service\n" + "\n".join(rows) + "\n")
    assert [line for line, _ in found.report["errors"]] == [3, 4, 5, 6]
    assert "does not exist" in found.report["errors"][2][1]
    run(found)
    assert sorted(Client.objects.values_list("name", flat=True)) == ["=1+1", "Fay", "Gusx"]


def test_pages_from_upload_to_the_refused_lines(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    answer = browser.post("/dashboard/clients/imports/", {"file": SimpleUploadedFile("my.csv", FILE.encode())})
    found = ClientImport.objects.get()
    address = f"/dashboard/clients/imports/{found.pk}/"
    assert answer.headers["Location"] == address
    page = browser.get(address).content.decode()
    for words in ("What would happen", "Import 3 lines", "4 lines that cannot be imported", "Nothing is saved yet"):
        assert words in page
    assert browser.post(address, {"name": "0", "email": "0"}).status_code == 422
    assert browser.post(address, {"email": "1"}).status_code == 303
    assert "Which column is the name?" in browser.get(address).content.decode()
    assert browser.post(address + "start").status_code == 303
    assert not OutboxRow.objects.filter(kind="clients.import").exists()
    browser.post(address, {"name": "0", "email": "1", "day_first": "0"})
    browser.post(address + "start")
    browser.post(address + "start")
    assert OutboxRow.objects.filter(kind="clients.import").count() == 1
    assert 'hx-trigger="every 1s"' in browser.get(address, headers={"HX-Request": "true"}).content.decode()
    relay.drain(now=INSTANT)
    text = browser.get(address).content.decode()
    assert "Done" in text
    assert "2 lines were refused" in text
    csv = b"".join(browser.get(address + "refused.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert csv[0].startswith("Line,Why,Name,E-mail")
    assert csv[1].startswith("6,E-mail: Enter an e-mail address such as name@example.com.,Dora,dora@,")
    assert browser.post(address + "discard", follow=True).status_code == 200
    assert ClientImport.objects.exists()
    entry = AuditEntry.objects.get(action="clients.imported")
    assert (entry.object_name, entry.after) == ("my.csv", {"lines": 7})


def test_a_file_can_be_discarded(studio: Studio, client_for: NewClient) -> None:
    found = keep(studio)
    studio.client(client_for).post(f"/dashboard/clients/imports/{found.pk}/discard")
    assert not ClientImport.objects.exists()


def test_month_or_day_first(studio: Studio) -> None:
    line = "name,start,service,provider\nAda,{},Deep tissue massage,Ana Duarte\n"
    assert keep(studio, line.format("3/4/2027 10:00")).columns["day_first"] is False
    assert keep(studio, line.format("13/4/2027 10:00")).columns["day_first"] is True
    studio.business.country = "GB"
    studio.business.save()
    found = run(keep(studio, line.format("3/4/2027 10:00")))
    assert found.state == "done"
    assert Appointment.objects.get().starts_at == make.at("2027-04-03T10:00:00-04:00")
