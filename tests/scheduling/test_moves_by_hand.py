"""Moving and resizing by staff: copies stay consistent, classes keep their length, and a slip of the hand is no news."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from daybook.core.actors import Actor
from daybook.core.errors import Invalid
from daybook.core.outbox.models import OutboxRow
from daybook.core.outbox.relay import drain
from scheduling.enums import Status
from scheduling.errors import InvalidTransition, Overlaps
from scheduling.models import Appointment, Message
from scheduling.services import moves, transitions
from scheduling.services.moves import Move
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish

AT_NOW = make.at(NOW)
TEN, NOON, TWO = (make.at(f"2027-06-10T{hour}:00:00-04:00") for hour in ("10", "12", "14"))


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)


def move(
    studio: Studio, appointment: Appointment, start: datetime, *, notify: bool = True, **more: object
) -> Appointment:
    return moves.reschedule(
        business=studio.business, appointment=appointment, move=Move(start, **more),  # type: ignore[arg-type]
        now=AT_NOW, by=make.STAFF, notify=notify, tell_at=AT_NOW + moves.UNDO_FOR,
    )  # fmt: skip


def put_back(studio: Studio, moved: Appointment, *, now: datetime = AT_NOW, by: Actor = make.STAFF) -> Appointment:
    return moves.put_back(business=studio.business, appointment=moved, sequence=moved.sequence, now=now, by=by)


def mails(business: Business, appointment: Appointment, now: datetime) -> list[str]:
    drain(now=now, schema=business.schema_name)
    sent = Message.objects.filter(appointment=appointment).order_by("created_at", "id")
    return [message.kind for message in sent]


def booked(studio: Studio) -> Appointment:
    """At ten, two weeks after it was made, with nothing left to tell."""
    found = studio.book("2027-06-10T10:00:00-04:00", name="Nadia Okafor", email="nadia@example.test")
    OutboxRow.objects.all().delete()
    return Appointment.objects.get(pk=found.pk)


def test_a_longer_appointment_is_longer_everywhere(studio: Studio) -> None:
    moved = move(studio, booked(studio), TEN, duration_minutes=90)
    moved.refresh_from_db()
    assert (moved.duration_minutes, moved.ends_at - moved.starts_at) == (90, timedelta(minutes=90))
    assert (moved.occupied.lower, moved.occupied.upper) == (TEN, TEN + timedelta(minutes=90))
    event = moved.events.last()
    assert event is not None
    assert (event.detail["old_duration"], event.detail["new_duration"]) == (60, 90)


def test_a_second_press_of_the_button_changes_nothing_and_is_no_news(studio: Studio, mailbox: object) -> None:
    moved = move(studio, booked(studio), NOON)
    again = move(studio, moved, NOON)
    assert (again.starts_at, again.sequence) == (NOON, moved.sequence)
    told = mails(studio.business, moved, AT_NOW + moves.UNDO_FOR)
    assert told
    assert len(told) == len(set(told))
    assert put_back(studio, again).starts_at == TEN


def test_it_does_not_grow_into_the_next_one_unless_somebody_says_so(studio: Studio) -> None:
    mine = booked(studio)
    studio.book("2027-06-10T11:00:00-04:00", name="Next", email="next@example.test")
    with pytest.raises(Overlaps):
        move(studio, mine, TEN, duration_minutes=75)
    mine.refresh_from_db()
    assert mine.duration_minutes == 60
    moved = move(studio, mine, TEN, duration_minutes=75, allow_overlap=True)
    event = moved.events.last()
    assert event is not None
    assert moved.overlap_allowed
    assert event.detail["overlap"] is True


@pytest.mark.parametrize("minutes", [4, 0, -60, 1441])
def test_lengths_that_are_none(studio: Studio, minutes: int) -> None:
    with pytest.raises(Invalid):
        move(studio, booked(studio), TEN, duration_minutes=minutes)


def test_a_seat_of_a_class_keeps_the_length_of_its_class(studio: Studio) -> None:
    yoga = make.make_service(studio.business, "Yoga", providers=[studio.ana], capacity=8)
    seat = make.make_appointment(studio.business, yoga, studio.ana, TWO)
    with pytest.raises(Invalid, match="lasts as long as its class"):
        move(studio, seat, TWO, duration_minutes=90)
    moved = move(studio, seat, NOON, duration_minutes=60)  # its own length is no other one
    assert moved.starts_at == NOON


def test_put_back_it_is_where_and_as_long_as_it_was(studio: Studio) -> None:
    mine = booked(studio)
    moved = move(studio, mine, NOON, provider_id=studio.marco.pk, duration_minutes=30)
    back = put_back(studio, moved)
    back.refresh_from_db()
    assert (back.starts_at, back.provider, back.duration_minutes) == (TEN, studio.ana, 60)
    assert back.provider_name == "Ana Duarte"
    assert back.ends_at == TEN + timedelta(minutes=60)


def test_a_move_taken_back_at_once_is_nobody_s_news(studio: Studio, mailbox: object) -> None:
    moved = move(studio, booked(studio), NOON)
    assert mails(studio.business, moved, AT_NOW) == []  # it waits for second thoughts
    back = put_back(studio, moved)
    assert mails(studio.business, back, AT_NOW + timedelta(minutes=5)) == []


def test_a_move_that_stands_is_told_seconds_later(studio: Studio, mailbox: object) -> None:
    moved = move(studio, booked(studio), NOON)
    assert "client.rescheduled" in mails(studio.business, moved, AT_NOW + moves.UNDO_FOR)


def test_who_has_heard_of_the_move_hears_that_it_was_taken_back(studio: Studio, mailbox: object) -> None:
    moved = move(studio, booked(studio), NOON)
    later = AT_NOW + timedelta(minutes=1)
    assert mails(studio.business, moved, later).count("client.rescheduled") == 1
    back = put_back(studio, moved, now=later)
    assert mails(studio.business, back, later).count("client.rescheduled") == 2


def test_a_silent_move_is_taken_back_silently(studio: Studio, mailbox: object) -> None:
    moved = move(studio, booked(studio), NOON, notify=False)
    later = AT_NOW + timedelta(minutes=1)
    mails(studio.business, moved, later)
    assert "client.rescheduled" not in mails(studio.business, put_back(studio, moved, now=later), later)


def test_what_was_taken_back_does_not_count_for_the_refund(studio: Studio) -> None:
    mine = booked(studio)
    moved = move(studio, mine, AT_NOW + timedelta(minutes=30), allow_outside_hours=True)
    assert len(moved.policy["moves"]) == 1
    assert put_back(studio, moved).policy["moves"] == []


def test_a_time_that_was_taken_meanwhile_is_not_put_back_into(studio: Studio) -> None:
    moved = move(studio, booked(studio), NOON)
    studio.book("2027-06-10T10:00:00-04:00", name="Quick", email="quick@example.test")
    with pytest.raises(Overlaps):
        put_back(studio, moved)
    moved.refresh_from_db()
    assert moved.starts_at == NOON


def test_only_the_last_move_is_taken_back_and_only_once(studio: Studio) -> None:
    first = move(studio, booked(studio), NOON)
    stale = Appointment.objects.get(pk=first.pk)
    second = move(studio, first, TWO)
    with pytest.raises(InvalidTransition):
        put_back(studio, stale)
    back = put_back(studio, second)
    assert back.starts_at == NOON
    for again in (second, back):
        with pytest.raises(InvalidTransition):
            put_back(studio, again)


def test_what_was_cancelled_meanwhile_stays_so(studio: Studio) -> None:
    moved = move(studio, booked(studio), NOON)
    transitions.cancel(business=studio.business, appointment=moved, now=AT_NOW, by=make.STAFF)
    with pytest.raises(InvalidTransition):
        put_back(studio, moved)
    moved.refresh_from_db()
    assert moved.status == Status.CANCELLED


def test_a_hold_that_is_over_is_not_in_the_way_at_another_provider(studio: Studio) -> None:
    held = make.make_appointment(studio.business, studio.massage, studio.marco, NOON, status=Status.HELD)
    Appointment.objects.filter(pk=held.pk).update(hold_expires_at=AT_NOW - timedelta(minutes=1))
    moved = move(studio, booked(studio), NOON, provider_id=studio.marco.pk)
    held.refresh_from_db()
    assert (moved.provider, held.status) == (studio.marco, Status.EXPIRED)
