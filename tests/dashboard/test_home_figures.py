"""The first page's figures, and search over everything."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from scheduling.enums import Status
from scheduling.models import Message
from scheduling.models.appointments import MessageState
from scheduling.selectors import figures
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
NOW = datetime(2027, 6, 9, 15, tzinfo=UTC)


def test_a_week_is_as_full_as_its_booked_minutes_are_of_the_open_ones(studio: Studio) -> None:
    """Two providers, 5 days of 8 hours: 80 open hours; what was cancelled or only asked for does not count."""
    studio.book("10:00")
    studio.book("11:00", status=Status.NO_SHOW)
    studio.book("12:00", status=Status.CANCELLED)
    studio.book("2027-06-03T10:00:00-04:00", status=Status.COMPLETED)
    found = figures.utilisation(studio.business, None, monday=date(2027, 6, 7), now=NOW)
    opened = found.now and 120 / found.now
    assert opened in (80 * 60, 112 * 60)  # five or seven days
    assert found.before == pytest.approx(60 / opened)
    assert found.percent == round(100 * 120 / opened)


def test_days_are_the_business_s(studio: Studio) -> None:
    """22:00 in New York is the next day in UTC."""
    studio.book("2027-06-08T22:00:00-04:00", status=Status.COMPLETED)
    studio.book("2027-06-09T09:00:00-04:00", status=Status.CANCELLED)
    days = figures.daily(studio.business, None, first=date(2027, 6, 8), last=date(2027, 6, 10))
    assert [(one.kept, one.lost) for one in days] == [(1, 0), (0, 1), (0, 0)]


def test_the_first_page_shows_counts_and_mails_that_did_not_arrive(studio: Studio, client_for: NewClient) -> None:
    row = studio.book("13:00", name="Kim")
    Message.objects.create(
        appointment=row, kind="confirmed", recipient="kim@gone.test", sequence=0, state=MessageState.DROPPED,
        reason="No such mailbox", created_at=NOW,
    )  # fmt: skip
    text = studio.client(client_for).get("/dashboard/").content.decode()
    for words in ("Utilisation this week", "Appointments, last 28 days", "kim@gone.test", "No such mailbox"):
        assert words in text
    assert (
        "kim@gone.test"
        not in studio.client(client_for, "provider", provider=studio.marco).get("/dashboard/").content.decode()
    )


def test_the_first_page_costs_the_same_at_1_and_at_30(
    studio: Studio, client_for: NewClient, django_assert_max_num_queries: Any
) -> None:
    browser = studio.client(client_for)
    studio.book("10:00")
    counts = []
    for extra in (0, 30):
        for n in range(extra):
            studio.book(f"2027-06-{10 + n % 15:02d}T{9 + n // 15:02d}:00:00-04:00", studio.marco)
        with django_assert_max_num_queries(60) as found:
            assert browser.get("/dashboard/").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("kim", "Kim Lee"), ("kim@lee", "Kim Lee"), ("massage", "Deep tissue massage"), ("avail", "Availability")],
)
def test_search_finds_what_the_owner_may_see(studio: Studio, client_for: NewClient, query: str, expected: str) -> None:
    studio.book("13:00", name="Kim Lee", email="kim@lee.test")
    browser = studio.client(client_for)
    assert expected in browser.get("/dashboard/search", {"q": query}).content.decode()
    part = browser.get("/dashboard/search", {"q": query}, headers={"HX-Request": "true"}).content.decode()
    assert expected in part
    assert "<html" not in part


def test_search_by_reference_and_nothing_found(studio: Studio, client_for: NewClient) -> None:
    row = studio.book("13:00", name="Kim Lee")
    browser = studio.client(client_for)
    assert (
        f"/dashboard/appointments/{row.pk}/" in browser.get("/dashboard/search", {"q": row.reference}).content.decode()
    )
    assert "Nothing found for" in browser.get("/dashboard/search", {"q": "<b>zzz"}).content.decode()
    for odd in ("", "k", "\0\0", "%", "x" * 5000):
        assert browser.get("/dashboard/search", {"q": odd}).status_code == 200


def test_a_provider_finds_his_own_appointments_only(studio: Studio, client_for: NewClient) -> None:
    studio.book("13:00", studio.marco, name="Kim Lee")
    text = (
        studio.client(client_for, "provider", provider=studio.ana)
        .get("/dashboard/search", {"q": "Kim"})
        .content.decode()
    )
    assert "Kim Lee" not in text


def test_search_costs_the_same_whatever_it_finds(
    studio: Studio, client_for: NewClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = studio.client(client_for)
    for n in range(8):
        studio.book(f"2027-06-{10 + n:02d}T09:00:00-04:00", name=f"Kim {n}")
    with django_assert_num_queries(QUERIES):
        browser.get("/dashboard/search", {"q": "Kim"})
    with django_assert_num_queries(QUERIES):
        browser.get("/dashboard/search", {"q": "Kim 7"})


QUERIES = 13
"""Routing (3), session, account, member; clients, appointments, services, their providers, people; the clock; the menu's count."""
