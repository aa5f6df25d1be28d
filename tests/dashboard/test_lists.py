"""The list of appointments: tabs, search, filters, pages; and the first page's figures."""

from collections.abc import Callable
from typing import Any

import pytest

from scheduling.enums import Status
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]


@pytest.fixture
def names(studio: Studio, client_for: NewClient) -> Callable[[str], list[str]]:
    """The clients of a list, in its order."""
    browser = studio.client(client_for)

    def get(query: str) -> list[str]:
        answer = browser.get(f"/dashboard/appointments/?{query}")
        assert answer.status_code == 200
        return [item["row"].client_name for item in answer.context["rows"]]

    return get


def book(studio: Studio, start: str, name: str, **values: Any) -> Any:
    return studio.book(start, name=name, **{"email": f"{name.lower().replace(' ', '.')}@example.test", **values})


def test_each_tab_has_its_own(studio: Studio, names: Callable[[str], list[str]]) -> None:
    book(studio, "09:00", "Done", status=Status.COMPLETED)
    book(studio, "08:00", "Missed", status=Status.NO_SHOW)
    book(studio, "07:00", "Untouched")
    book(studio, "10:30", "Running")
    book(studio, "14:00", "Asked", status=Status.PENDING_APPROVAL)
    book(studio, "15:00", "Gone", status=Status.CANCELLED)
    book(studio, "16:00", "Refused", status=Status.DECLINED)
    assert names("") == ["Running", "Asked"]
    assert names("tab=upcoming") == ["Running", "Asked"]
    assert names("tab=approval") == ["Asked"]
    assert names("tab=past") == ["Done", "Missed", "Untouched"]
    assert names("tab=cancelled") == ["Refused", "Gone"]
    assert names("tab=everything") == ["Running", "Asked"]


def test_search_finds_names_phones_mails_and_references(studio: Studio, names: Callable[[str], list[str]]) -> None:
    ada = book(studio, "13:00", "Ada Lovelace", phone="+12075550199")
    book(studio, "15:00", "Bea Brown")
    for text in ("lovel", "ADA", "0199", "ada.love", ada.reference, ada.reference.lower(), "ada lace"):
        assert names(f"q={text}") == ["Ada Lovelace"], text
    assert names("q=nobody") == []
    assert names("q=%25") == []


def test_filters_narrow_the_list(studio: Studio, names: Callable[[str], list[str]]) -> None:
    other = make.make_service(studio.business, "Other", providers=[studio.ana])
    book(studio, "13:00", "Ana Today", source="phone")
    book(studio, "13:00", "Marco Today", provider=studio.marco)
    book(studio, "2027-06-10T13:00:00-04:00", "Ana Tomorrow", status=Status.PENDING_APPROVAL)
    make.make_appointment(
        studio.business, other, studio.ana, "2027-06-09T15:00:00-04:00", name="Other Today", email="other@example.test"
    )
    assert names(f"provider={studio.marco.pk}") == ["Marco Today"]
    assert names(f"service={other.pk}") == ["Other Today"]
    assert names("since=2027-06-10") == ["Ana Tomorrow"]
    assert (
        names("until=2027-06-09") == ["Ana Today", "Marco Today", "Other Today"] or len(names("until=2027-06-09")) == 3
    )
    assert names("status=pending_approval") == ["Ana Tomorrow"]
    assert names("source=phone") == ["Ana Today"]
    assert len(names("provider=nonsense&since=soon&source=moon")) == 4


def test_pages_of_25_keep_the_filters(studio: Studio, client_for: NewClient) -> None:
    for number in range(26):
        book(studio, f"2027-06-{10 + number // 8:02d}T{9 + number % 8:02d}:00:00-04:00", f"Client {number:02d}")
    browser = studio.client(client_for)
    first = browser.get("/dashboard/appointments/?q=client&provider=")
    assert len(first.context["rows"]) == 25
    assert "1–25 of 26" in first.content.decode()
    assert "?q=client&amp;tab=upcoming&amp;page=2" in first.content.decode()
    assert len(browser.get("/dashboard/appointments/?q=client&tab=upcoming&page=2").context["rows"]) == 1
    assert len(browser.get("/dashboard/appointments/?page=99").context["rows"]) == 1


def test_htmx_gets_the_list_alone(studio: Studio, client_for: NewClient) -> None:
    answer = studio.client(client_for).get("/dashboard/appointments/?q=x", headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert b'id="list"' in answer.content


def test_an_empty_list_says_what_to_do(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    assert "Nothing ahead yet" in browser.get("/dashboard/appointments/").content.decode()
    assert "Clear filters" in browser.get("/dashboard/appointments/?q=nobody").content.decode()


def test_the_first_page_has_today_in_numbers(studio: Studio, client_for: NewClient) -> None:
    book(studio, "09:00", "Done", status=Status.COMPLETED)
    book(studio, "10:00", "Missed", status=Status.NO_SHOW)
    book(studio, "14:00", "Next Up")
    book(studio, "2027-06-11T14:00:00-04:00", "Asked", status=Status.PENDING_APPROVAL)
    book(studio, "16:00", "Gone", status=Status.CANCELLED)
    book(studio, "2027-06-16T14:00:00-04:00", "Next Week")
    answer = studio.client(client_for).get("/dashboard/")
    context, text = answer.context, answer.content.decode()
    assert context["greeting"] == "Good morning, Owner"
    assert [row.client_name for row in context["today"]] == ["Done", "Missed", "Next Up"]
    assert [row.client_name for row in context["next_up"]] == ["Next Up", "Next Week"]
    assert [row.client_name for row in context["requests"]] == ["Asked"]
    assert context["booked"] == 3
    assert "$285" in text
    assert "50%" in text
    assert f'data-copy="{context["booking_url"]}"' in text


def test_money_of_two_currencies_is_not_added(studio: Studio, client_for: NewClient) -> None:
    book(studio, "14:00", "Dollar")
    studio.business.currency = "eur"
    studio.business.save()
    other = book(studio, "2027-06-10T14:00:00-04:00", "Euro")
    assert other.currency == "eur"
    text = studio.client(client_for).get("/dashboard/").content.decode()
    assert "€95 + $95" in text


def test_the_checklist_goes_when_it_is_done_or_sent_away(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    assert "2 of 4" in browser.get("/dashboard/").content.decode()
    assert browser.post("/dashboard/checklist/opened").headers["Location"] == "/"
    assert "3 of 4" in browser.get("/dashboard/").content.decode()
    studio.member("front_desk")
    assert "Finish setting up" not in browser.get("/dashboard/").content.decode()
    assert browser.post("/dashboard/checklist/anything").status_code == 404


def test_the_checklist_can_be_hidden(studio: Studio, client_for: NewClient) -> None:
    browser = studio.client(client_for)
    browser.post("/dashboard/checklist/dismissed")
    assert "Finish setting up" not in browser.get("/dashboard/").content.decode()
