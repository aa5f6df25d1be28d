"""The list's filters, order and ways back; the page of an appointment and its drawer; notes; what it costs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from daybook.core.outbox import relay
from scheduling.enums import PaymentStatus, Status
from scheduling.models import Appointment
from scheduling.services import personal
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio

NewClient = Callable[..., Any]
LIST = "/dashboard/appointments/"
DRAWER = {"HX-Request": "true", "HX-Target": "drawer", "HX-Current-URL": f"http://acme.localhost{LIST}?q=mia&tab=past"}


@pytest.fixture
def names(studio: Studio, client_for: NewClient) -> Callable[[str], list[str]]:
    browser = studio.client(client_for)
    return lambda query: [item["row"].client_name for item in browser.get(f"{LIST}?{query}").context["rows"]]


def days(studio: Studio, *dates: str) -> None:
    for date in dates:
        studio.book(f"2027-{date}T12:00:00-04:00", name=date, email=f"{date}@example.test")


def test_named_spans_are_local_dates(studio: Studio, names: Callable[[str], list[str]]) -> None:
    days(studio, "06-06", "06-07", "06-09", "06-13", "06-14", "06-15", "06-16", "06-30", "07-01")
    studio.book("2027-06-09T23:30:00-04:00", name="late", email="late@example.test")
    every = "tab=all&sort=soonest&when="
    assert names(f"{every}today") == ["06-09", "late"]
    assert names(f"{every}week") == ["06-07", "06-09", "late", "06-13"]
    assert names(f"{every}next7") == ["06-09", "late", "06-13", "06-14", "06-15"]
    assert names(f"{every}month") == ["06-06", "06-07", "06-09", "late", "06-13", "06-14", "06-15", "06-16", "06-30"]
    assert len(names(f"{every}any&since=2027-06-14")) == 10
    assert names(f"{every}dates&since=2027-06-16&until=2027-06-14") == ["06-14", "06-15", "06-16"]
    assert names(f"{every}week&since=2027-07-01") == ["06-07", "06-09", "late", "06-13"]


def test_payment_and_source_narrow_and_all_is_everything(studio: Studio, names: Callable[[str], list[str]]) -> None:
    paid = studio.book("12:00", name="Paid")
    Appointment.objects.filter(pk=paid.pk).update(payment_status=PaymentStatus.PAID)
    studio.book("13:00", name="Gone", status=Status.CANCELLED, source="phone")
    studio.book("08:00", name="Done", status=Status.COMPLETED)
    assert names("tab=all") == ["Gone", "Paid", "Done"]
    assert names("tab=all&payment=paid") == ["Paid"]
    assert names("tab=all&source=phone") == ["Gone"]
    assert names("tab=all&payment=unpaid&status=completed") == ["Done"]
    assert names("tab=all&sort=soonest") == ["Done", "Paid", "Gone"]
    assert names("tab=all&payment=free&sort=sideways") == ["Gone", "Paid", "Done"]


def test_digits_in_groups_are_the_end_of_one_number(studio: Studio, names: Callable[[str], list[str]]) -> None:
    studio.book("12:00", name="Ada", phone="+12075550199")
    studio.book("13:00", name="Bea", email="bea@example.test", phone="+12075550555")
    assert names("q=555 0199") == ["Ada"]
    assert names("q=(207) 555-0199") == ["Ada"]
    assert names("q=0555") == ["Bea"]
    assert names("q=5550") == []


def test_what_narrows_the_list_is_shown_and_can_be_taken_away(studio: Studio, client_for: NewClient) -> None:
    studio.book("12:00", name="Mia Mine")
    browser = studio.client(client_for)
    text = browser.get(f"{LIST}?q=mia&when=week&source=online&since=2027-01-01").content.decode()
    chips = re.findall(r'class="filter-chip" href="\?([^"]*)"', text)
    assert chips == [
        "when=week&amp;source=online&amp;tab=upcoming",
        "q=mia&amp;source=online&amp;tab=upcoming",
        "q=mia&amp;when=week&amp;tab=upcoming",
    ]
    assert "1 appointment<" in text
    assert 'aria-sort="ascending"' in text
    assert "?q=mia&amp;when=week&amp;source=online&amp;sort=latest&amp;tab=upcoming" in text
    plain = browser.get(LIST).content.decode()
    assert "filter-chip" not in plain


def test_a_fragment_names_its_tidy_address(studio: Studio, client_for: NewClient) -> None:
    studio.book("12:00", name="Mia Mine")
    browser = studio.client(client_for)
    query = "tab=upcoming&q=mia&when=any&since=&until=&service=&provider=&status=&source=&payment=&sort="
    answer = browser.get(f"{LIST}?{query}", headers={"HX-Request": "true"})
    assert answer.headers["HX-Push-Url"] == f"{LIST}?q=mia&tab=upcoming"


def test_the_list_is_where_it_was_after_an_appointment(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("12:00", name="Mia Mine")
    browser = studio.client(client_for)
    text = browser.get(f"{LIST}?q=mia&when=week").content.decode()
    [link] = set(re.findall(r'class="plain" href="([^"]*)"', text))
    page = browser.get(link).content.decode()
    assert f'<a href="{LIST}?q=mia&amp;when=week&amp;tab=upcoming">Appointments</a>' in page
    assert f'name="next" value="{link.replace("&", "&amp;")}"' in page
    for evil in ("https://evil.example/", "//evil.example", "/dashboard/settings/", "javascript:x"):
        assert f'<a href="{LIST}">Appointments</a>' in browser.get(f"{LIST}{mine.pk}/", {"back": evil}).content.decode()


def test_the_drawer_is_the_page_and_returns_to_what_lies_under_it(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("08:00", name="Mia Mine")
    browser = studio.client(client_for)
    answer = browser.get(f"{LIST}{mine.pk}/", headers=DRAWER)
    text = answer.content.decode()
    assert "<html" not in text
    assert 'id="drawer-title"' in text
    assert f'name="next" value="{LIST}?q=mia&amp;tab=past"' in text
    done = browser.post(f"{LIST}{mine.pk}/complete", {"next": f"{LIST}?q=mia&tab=past"})
    assert done.headers["Location"] == f"{LIST}?q=mia&tab=past"
    other = {**DRAWER, "HX-Current-URL": "https://evil.example//evil.example/x"}
    assert "evil.example" not in browser.get(f"{LIST}{mine.pk}/", headers=other).content.decode()


def test_the_page_has_the_client_and_what_to_do_next(studio: Studio, client_for: NewClient) -> None:
    for day, status in ((1, Status.COMPLETED), (2, Status.COMPLETED), (3, Status.NO_SHOW)):
        studio.book(f"2027-06-0{day}T10:00:00-04:00", status=status)
    studio.book("2027-06-20T10:00:00-04:00")
    before, after = studio.book("13:00", name="Ear Lier", email="e@example.test"), None
    mine = studio.book("15:00", notes="Left shoulder")
    after = studio.book("16:00", name="La Ter", email="l@example.test")
    studio.book("16:00", studio.marco, name="Else Where", email="w@example.test")
    text = studio.client(client_for).get(f"{LIST}{mine.pk}/").content.decode()
    for words in ("2 visits", "1 no-show", "Last visit Wed 2 Jun 2027", "Next visit Sun 20 Jun 2027", "Left shoulder"):
        assert words in text
    again = f"client={mine.client_id}&amp;service={mine.service_id}&amp;provider={mine.provider_id}&amp;again={mine.pk}"
    assert f"/dashboard/appointments/new?{again}" in text
    assert f"{again}&amp;repeat=1" in text
    assert f"/dashboard/clients/{mine.client_id}/" in text
    assert f'rel="prev" href="{LIST}{before.pk}/"' in text
    assert f'rel="next" href="{LIST}{after.pk}/"' in text
    assert "Else Where" not in text
    [link] = re.findall(r'data-copy="(http[^"]*/a/[^"]*)"', text)
    assert client_for("acme").get(link.split("localhost", 1)[1].partition("/")[2].join(["/", ""])).status_code == 200


def test_who_may_not_see_clients_gets_no_link_to_them(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    text = studio.client(client_for, "provider", provider=studio.ana).get(f"{LIST}{mine.pk}/").content.decode()
    assert "/dashboard/clients/" not in text


def test_history_says_from_what_to_what(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00", status=Status.PENDING_APPROVAL)
    browser = studio.client(client_for)
    browser.post(f"{LIST}{mine.pk}/approve")
    browser.post(f"{LIST}{mine.pk}/cancel", {"reason": "Ana is ill"})
    text = browser.get(f"{LIST}{mine.pk}/").content.decode()
    assert "Needs approval → Confirmed" in text
    assert "Confirmed → Cancelled" in text
    assert "Ana is ill" in text


def test_notes_are_kept_apart_and_only_the_shared_ones_reach_the_client(studio: Studio, client_for: NewClient) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    page = f"{LIST}{mine.pk}/"
    browser.post(f"{page}notes", {"staff_notes": "Difficult", "shared_notes": "Bring <shoes>"})
    browser.post(f"{page}notes", {"shared_notes": "Bring <boots>"})
    mine.refresh_from_db()
    assert (mine.staff_notes, mine.shared_notes) == ("Difficult", "Bring <boots>")
    text = browser.get(page).content.decode()
    [link] = re.findall(r'data-copy="http://[^/"]*(/a/[^"]*)"', text)
    client_page = client_for("acme").get(link).content.decode()
    assert "Bring &lt;boots&gt;" in client_page
    assert "Difficult" not in client_page
    refused = browser.post(f"{page}notes", {"staff_notes": "Fine", "shared_notes": "x" * 2001})
    assert refused.status_code == 422
    assert "At most 2000 characters." in refused.content.decode()
    mine.refresh_from_db()
    assert mine.staff_notes == "Difficult"


def test_a_note_that_somebody_else_changed_meanwhile_is_not_overwritten_unseen(
    studio: Studio, client_for: NewClient
) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    page = f"/dashboard/appointments/{mine.pk}/"
    [before] = re.findall(r'name="staff_notes_seen" value="(\w+)"', browser.get(page).content.decode())
    browser.post(f"{page}notes", {"staff_notes": "From Rosa", "staff_notes_seen": before})
    answer = browser.post(f"{page}notes", {"staff_notes": "From Jo", "staff_notes_seen": before})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Changed meanwhile to: “From Rosa”" in text
    assert ">From Jo</textarea>" in text
    mine.refresh_from_db()
    assert mine.staff_notes == "From Rosa"
    [now] = re.findall(r'name="staff_notes_seen" value="(\w+)"', text)
    browser.post(f"{page}notes", {"staff_notes": "From Rosa and Jo", "staff_notes_seen": now})
    mine.refresh_from_db()
    assert mine.staff_notes == "From Rosa and Jo"


def test_a_message_is_written_from_the_page_and_a_double_click_writes_one(
    studio: Studio, client_for: NewClient
) -> None:
    mine = studio.book("15:00")
    browser = studio.client(client_for)
    asked = browser.get(f"/dashboard/appointments/bulk/message?ids={mine.pk}", headers={"HX-Request": "true"})
    text = asked.content.decode()
    assert "Message to the client" in text
    fields = {name: re.findall(f'name="{name}" value="([^"]*)"', text)[0] for name in ("ids", "nonce", "next")}
    wrong = browser.post("/dashboard/appointments/bulk/message", {**fields, "subject": "", "text": "Hi"})
    assert wrong.status_code == 422
    assert f'value="{fields["nonce"]}"' in wrong.content.decode()
    for _ in range(2):
        answer = browser.post("/dashboard/appointments/bulk/message", {**fields, "subject": "Bell", "text": "Knock"})
        assert answer.status_code == 303
    assert mine.messages.filter(kind__startswith="staff:").count() == 1
    page = browser.get(f"{LIST}{mine.pk}/").content.decode()
    assert "<summary>Bell</summary><p>Knock</p>" in page
    assert "by Owner" in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same_however_much_has_happened(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    mine = studio.book("15:00")
    for number in range(count):
        personal.write([mine], subject=f"S{number}", text="T", now=make.at(NOW), by=make.STAFF)
    relay.drain(now=make.at(NOW))
    browser = studio.client(client_for)
    browser.get(f"{LIST}{mine.pk}/")
    with django_assert_num_queries(25):
        assert browser.get(f"{LIST}{mine.pk}/").status_code == 200
    with django_assert_num_queries(22):
        assert browser.get(f"{LIST}{mine.pk}/", headers=DRAWER).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_a_narrowed_list_costs_the_same_for_one_and_for_thirty(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for n in range(count):
        studio.book(f"2027-06-{10 + n // 6:02d}T{12 + n % 6}:00:00-04:00", email=f"c{n}@example.test")
    browser = studio.client(client_for)
    query = f"{LIST}?tab=all&q=kim&when=month&source=online&payment=unpaid&provider={studio.ana.pk}&sort=latest"
    browser.get(query)
    with django_assert_num_queries(12):
        assert browser.get(query, headers={"HX-Request": "true"}).status_code == 200
