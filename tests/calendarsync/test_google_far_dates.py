"""Dates that nobody can reckon with: our own event moved there, and events whose date cannot be read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from calendarsync.models import Attention
from scheduling.models import Appointment
from tests.calendarsync.calendar_world import ANA, Desk, span_of
from tests.factories import at, make_member, sign_in

CANNOT_BE_READ = "10000-01-01"
Put = Callable[[dict[str, Any], str], None]


@pytest.fixture
def owner(ana: Desk, client_for: Any) -> Any:
    return sign_in(client_for(ana.business.slug), make_member(ana.business))


@pytest.fixture
def put_at(ana: Desk) -> Iterator[Put]:
    """Has an event stand on a day, though Google's contract does not allow such answers."""
    world, violations = ana.google.world, ana.google.violations

    def put(event: dict[str, Any], day: str) -> None:
        with world.lock:
            world.store(world.calendar(ANA, "primary"), {**event, "start": {"date": day}, "end": {"date": day}})
        ana.settle()

    yield put
    violations[:] = [one for one in violations if one["detail"] != f"not a date: {CANNOT_BE_READ}"]


def text(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def mind(ana: Desk, owner: Any, row: Appointment, answer: str) -> str:
    """Answer the question about the appointment; the page that says what came of it."""
    (asked,) = Attention.objects.filter(answer="")
    assert asked.found == "moved"
    for page in ("/dashboard/", f"/dashboard/appointments/{row.pk}/", "/dashboard/team/calendars/"):
        assert str(asked.pk) in text(owner, page)
    owner.post(f"/dashboard/team/calendars/found/{asked.pk}/{answer}")
    return text(owner, "/dashboard/")


@pytest.mark.parametrize(
    ("on_change", "start"),
    [("apply", "8999-06-01T09:00:00Z"), ("apply", "2101-06-01T09:00:00Z"), ("ask", "8999-06-01T09:00:00Z")],
)
def test_our_event_moved_to_a_far_year_is_asked_about_and_can_be_put_back(
    ana: Desk, owner: Any, on_change: str, start: str
) -> None:
    ana.choose(on_change=on_change)
    row = ana.book("10:00")
    ana.settle()
    ana.edit("move", ana.event_of(row)["id"], start=start)
    ana.settle()
    assert "cannot be like this" in mind(ana, owner, row, "accept")
    mind(ana, owner, row, "revert")
    ana.settle()
    assert (ana.open(), ana.busy("asked:")) == ([], [])
    assert Appointment.objects.get(pk=row.pk).starts_at == at("2027-06-07T10:00:00Z")
    assert span_of(ana.event_of(row)) == ("06-07 10:00", "06-07 11:00")


def test_our_event_moved_some_years_on_is_followed(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.settle()
    ana.edit("move", ana.event_of(row)["id"], start="2099-06-01T09:00:00Z")
    ana.settle()
    assert Appointment.objects.get(pk=row.pk).starts_at == at("2099-06-01T09:00:00Z")


def test_our_event_on_a_date_that_cannot_be_read_is_asked_about(ana: Desk, owner: Any, put_at: Put) -> None:
    row = ana.book("10:00")
    ana.settle()
    put_at(ana.event_of(row), CANNOT_BE_READ)
    assert "cannot be like this" in mind(ana, owner, row, "accept")
    mind(ana, owner, row, "revert")
    ana.settle()
    assert (ana.open(), span_of(ana.event_of(row))) == ([], ("06-07 10:00", "06-07 11:00"))


def test_an_event_whose_date_cannot_be_read_is_told_of_until_it_can_or_is_gone(
    ana: Desk, owner: Any, put_at: Put
) -> None:
    words, pages = (
        "a date that cannot be read",
        (f"/dashboard/team/{ana.provider.pk}/calendars/", "/dashboard/team/calendars/"),
    )
    first, second = ana.outside("15:00", "16:00"), ana.outside("17:00", "18:00")
    ana.settle()
    put_at(first, CANNOT_BE_READ)
    put_at(second, CANNOT_BE_READ)
    assert ana.busy() == []
    for page in pages:
        assert f"2 events have {words}" in text(owner, page)
        assert "has to be connected again" not in text(owner, page)
    ana.outside("19:00", "20:00")
    ana.settle()
    ana.edit("delete", first["id"])
    ana.settle()
    assert f"1 event has {words}" in text(owner, pages[0])
    put_at(second, "2027-06-09")
    assert words not in text(owner, pages[0]) + text(owner, pages[1])


def test_an_event_that_would_close_nothing_anyway_is_not_told_of(ana: Desk, put_at: Put) -> None:
    event = ana.outside("15:00", "16:00", transparency="transparent")
    put_at(event, CANNOT_BE_READ)
    assert ana.calendar.unreadable == []
