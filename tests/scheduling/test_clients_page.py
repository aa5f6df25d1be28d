"""A client's page and what can be done there: details, notes, tags, files, consents."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from daybook.core.audit.models import AuditEntry
from scheduling.enums import Status
from scheduling.models import Client, ClientFile, Consent
from scheduling.services.client_files import content_type
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.scheduling.clients_world import book, make_client

NewClient = Callable[..., Any]
PDF = b"%PDF-1.7\n..."


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None], settings: Settings, tmp_path: Path) -> Studio:
    clock(NOW)
    settings.MEDIA_ROOT = tmp_path
    return furnish(business)


@pytest.fixture
def ada(studio: Studio) -> Client:
    return make_client("Ada Lovelace", "ada@example.test", "+12075550199", tags=["VIP"], notes="Likes tea")


@pytest.fixture
def browser(studio: Studio, client_for: NewClient) -> Any:
    return studio.client(client_for)


def at(client: Client, path: str = "") -> str:
    return f"/dashboard/clients/{client.pk}/{path}"


def test_the_page_tells_everything(studio: Studio, ada: Client, browser: Any) -> None:
    book(studio, ada, "2027-05-20T13:00:00-04:00", status=Status.COMPLETED)
    book(studio, ada, "2027-05-13T13:00:00-04:00", status=Status.NO_SHOW)
    book(studio, ada, "2027-06-16T13:00:00-04:00")
    answer = browser.get(at(ada))
    text = answer.content.decode()
    for words in ("Ada Lovelace", "ada@example.test", "+12075550199", "VIP", "Likes tea", "Thu 20 May 2027",
                  "Deep tissue massage", f"/dashboard/appointments/new?client={ada.pk}", "Can book online."):  # fmt: skip
        assert words in text, words
    figures = answer.context["figures"]
    assert (figures.visits, figures.missed, figures.next) == (1, 1, make.at("2027-06-16T13:00:00-04:00"))
    assert [row.starts_at.day for row in answer.context["page"]] == [16, 20, 13]


def test_history_is_paged_and_a_member_s_own_calendar_shows_own_rows(
    studio: Studio, ada: Client, client_for: NewClient, browser: Any
) -> None:
    for day in range(1, 28):
        book(studio, ada, f"2027-05-{day:02d}T13:00:00-04:00", status=Status.COMPLETED)
    book(studio, ada, "2027-06-16T13:00:00-04:00", provider=studio.marco)
    assert len(browser.get(at(ada)).context["page"]) == 25
    assert len(browser.get(at(ada) + "?page=2").context["page"]) == 3
    desk = studio.member("front_desk", provider=studio.marco)
    desk.calendar, desk.provider_id = "own", studio.marco.pk
    desk.save()
    rows = make.sign_in(client_for("acme"), desk).get(at(ada)).context["page"]
    assert [row.provider_id for row in rows] == [studio.marco.pk]


def test_new_client_needs_a_name_only(browser: Any) -> None:
    answer = browser.post("/dashboard/clients/new", {"name": "Cem", "reminders": "on", "tags": "a, b ,A,"})
    made = Client.objects.get()
    assert answer.headers["Location"] == at(made)
    assert (made.name, made.email, made.phone, made.tags, made.reminders) == ("Cem", "", "", ["a", "b"], True)


def test_what_is_typed_wrong_is_named(browser: Any) -> None:
    answer = browser.post("/dashboard/clients/new", {"name": "C", "email": "nonsense", "phone": "12"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "email", "phone"}
    assert not Client.objects.exists()


def test_known_details_lead_to_whom_they_belong(ada: Client, browser: Any) -> None:
    answer = browser.post("/dashboard/clients/new", {"name": "Ada L", "email": "ADA@example.test"})
    assert answer.status_code == 422
    assert f'href="{at(ada)}"' in answer.content.decode()
    other = make_client("Ada Twin", "twin@example.test")
    answer = browser.post(at(other, "edit"), {"name": "Ada Twin", "email": "ada@example.test"})
    assert f'href="{at(other, "merge")}?with={ada.pk}"' in answer.content.decode()
    other.refresh_from_db()
    assert other.email == "twin@example.test"


def test_editing_leaves_appointments_as_typed(studio: Studio, ada: Client, browser: Any) -> None:
    booked = book(studio, ada, "2027-06-16T13:00:00-04:00")
    answer = browser.post(at(ada, "edit"), {"name": "Ada King", "email": "", "phone": "207 555 0100", "tags": ""})
    assert answer.status_code == 303
    ada.refresh_from_db()
    booked.refresh_from_db()
    assert (ada.name, ada.email, ada.phone, ada.tags, ada.reminders) == ("Ada King", "", "+12075550100", [], False)
    assert (booked.client_name, booked.client_email) == ("Ada Lovelace", "ada@example.test")


def test_same_phone_or_name_is_marked_and_unmarked(ada: Client, browser: Any) -> None:
    browser.post("/dashboard/clients/new", {"name": "Ada L", "email": "l@example.test", "phone": "+1 207 555 0199"})
    browser.post("/dashboard/clients/new", {"name": "ada lovelace"})
    browser.post("/dashboard/clients/new", {"name": "Ada Lovelace", "email": "x@example.test", "phone": "2075550111"})
    marks = dict(Client.objects.exclude(pk=ada.pk).values_list("email", "possible_duplicate"))
    assert marks == {"l@example.test": True, "": True, "x@example.test": True}
    twin = Client.objects.get(email="l@example.test")
    page = browser.get("/dashboard/clients/duplicates/").content.decode()
    assert f"{at(ada, 'merge')}?with={twin.pk}" in page
    browser.post(at(twin, "not-duplicate"))
    twin.refresh_from_db()
    assert not twin.possible_duplicate


def test_notes_are_saved_while_typing_and_without_scripts(ada: Client, browser: Any) -> None:
    answer = browser.post(at(ada, "notes"), {"notes": "Allergic\nto nuts"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (200, b"Saved.")
    ada.refresh_from_db()
    assert ada.notes == "Allergic\nto nuts"
    assert browser.post(at(ada, "notes"), {"notes": ""}).headers["Location"] == at(ada)
    too_long = browser.post(at(ada, "notes"), {"notes": "x" * 5001})
    assert too_long.status_code == 422
    ada.refresh_from_db()
    assert ada.notes == ""


def test_tags_are_added_removed_and_brought_back(ada: Client, browser: Any) -> None:
    page = browser.post(at(ada, "tags"), {"tag": "prefers <mornings>"}, follow=True).content.decode()
    assert "Tag added: prefers &lt;mornings&gt;." in page
    browser.post(at(ada, "tags"), {"tag": "vip"})
    ada.refresh_from_db()
    assert ada.tags == ["VIP", "prefers <mornings>"]
    browser.post(at(ada, "tags") + "?tag=VIP&do=remove")
    ada.refresh_from_db()
    assert ada.tags == ["prefers <mornings>"]
    for bad in ("", "x" * 41, "a\nb"):
        assert browser.post(at(ada, "tags"), {"tag": bad}).status_code == 303
    ada.refresh_from_db()
    assert ada.tags == ["prefers <mornings>"]


def test_consents_are_recorded_and_withdrawn_with_undo(ada: Client, browser: Any) -> None:
    given = {"kind": "photos", "text": "You may show my photo.", "version": "2027-1"}
    assert browser.post(at(ada, "consents"), given).status_code == 303
    consent = Consent.objects.get()
    assert (consent.kind, consent.text, consent.version, consent.recorded_by) == (*given.values(), "Owner")
    answer = browser.post(at(ada, f"consents/{consent.pk}/withdraw"), follow=True)
    consent.refresh_from_db()
    assert consent.withdrawn_at == make.at(NOW)
    undo = list(answer.context["messages"])[-1].extra_tags
    browser.post(undo)
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    assert browser.post(at(ada, "consents"), {"kind": "", "text": ""}).status_code == 422
    assert browser.post(at(ada, f"consents/{consent.pk}/withdraw?undo=soon")).status_code == 404


def office(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr(name, "x")
    return made.getvalue()


def test_files_are_kept_privately_and_handed_out_as_attachments(
    studio: Studio, ada: Client, browser: Any, client_for: NewClient, django_capture_on_commit_callbacks: Any
) -> None:
    upload = SimpleUploadedFile("../Über mich.pdf", PDF, "text/html")
    assert browser.post(at(ada, "files"), {"file": upload}).status_code == 303
    row = ClientFile.objects.get()
    assert (row.name, row.content_type, row.size) == ("Über mich.pdf", "application/pdf", len(PDF))
    answer = browser.get(at(ada, f"files/{row.pk}"))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client_for("acme").get(f"/media/{row.file.split('/', 1)[1]}").status_code == 404
    other = make_client("Somebody Else")
    assert browser.get(at(other, f"files/{row.pk}")).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(at(ada, f"files/{row.pk}/delete")).status_code == 303
    assert browser.get(at(ada, f"files/{row.pk}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg onload='x'/>"),
        ("program.exe", b"MZ\x90\x00"),
        ("picture.png", PDF),
        ("macro.docx", office("word/vbaProject.bin")),
        ("archive.zip", office("anything.txt")),
        ("empty.txt", b""),
        ("large.txt", b"x" * (10 * 1024 * 1024 + 1)),
    ],
)
def test_files_of_other_kinds_are_refused(ada: Client, browser: Any, name: str, content: bytes) -> None:
    answer = browser.post(at(ada, "files"), {"file": SimpleUploadedFile(name, content)})
    assert (answer.status_code, ClientFile.objects.count()) == (422, 0)
    assert answer.context["file_problem"]


def test_kinds_are_known_by_their_content() -> None:
    assert content_type(office("word/document.xml")).endswith("document")  # type: ignore[union-attr]
    assert content_type(office("xl/workbook.xml")).endswith("sheet")  # type: ignore[union-attr]
    assert content_type(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert content_type("Grüße\n".encode()) == "text/plain"
    assert content_type(b"PK\x03\x04 broken") is None


def test_rights_and_other_ids(studio: Studio, ada: Client, client_for: NewClient) -> None:
    provider = studio.client(client_for, "provider", provider=studio.ana)
    desk = studio.client(client_for, "front_desk")
    assert provider.get(at(ada)).status_code == provider.post(at(ada, "notes")).status_code == 403
    assert desk.get(at(ada)).status_code == 200
    for path in ("merge", "export", "erase"):
        assert desk.get(at(ada, path)).status_code == 403, path
    text = desk.get(at(ada)).content.decode()
    assert "Erase personal data" not in text
    unknown = "/dashboard/clients/00000000-0000-4000-8000-000000000000/"
    assert desk.get(unknown).status_code == desk.post(unknown + "tags", {"tag": "x"}).status_code == 404


def test_blocking_is_recorded_without_a_name(ada: Client, browser: Any) -> None:
    page = browser.post(at(ada, "block"), {"reason": "Never pays"}, follow=True).content.decode()
    assert "Ada Lovelace cannot book online." in page
    assert "Never pays" in page
    ada.refresh_from_db()
    assert ada.blocked_at == make.at(NOW)
    browser.post(at(ada, "block") + "?do=unblock")
    ada.refresh_from_db()
    assert not ada.blocked_at
    assert not ada.blocked_reason
    actions = list(AuditEntry.objects.filter(object_id=str(ada.pk)).values_list("action", "object_name"))
    assert actions == [("client.blocked", ""), ("client.unblocked", "")]


@pytest.mark.parametrize("rows", [1, 24])
def test_queries(
    studio: Studio, ada: Client, browser: Any, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for day in range(1, rows + 1):
        book(studio, ada, f"2027-05-{day:02d}T13:00:00-04:00", status=Status.COMPLETED)
        Consent.objects.create(client=ada, kind=f"kind {day}", text="Yes", given_at=make.at(NOW))
    browser.get(at(ada))
    with django_assert_num_queries(QUERIES):
        browser.get(at(ada))


QUERIES = 18
"""Host, session, member, clock and navigation as on every page; client, figures, count and rows, consents, files."""
