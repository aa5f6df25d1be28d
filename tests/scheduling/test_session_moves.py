"""A class session is moved with all its seats or not at all, told once to each, and put back the same way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daybook.core.errors import DaybookError
from daybook.core.outbox.models import OutboxRow
from daybook.core.outbox.relay import drain
from scheduling import signals
from scheduling.enums import Status
from scheduling.errors import ClassFull, InvalidTransition, Overlaps, SeatHeld, SlotUnavailable
from scheduling.models import Appointment, AppointmentEvent, Message, Service
from scheduling.services import moves, session_moves, transitions
from scheduling.services.moves import Move
from tenants.models import Business
from tests import factories as make
from tests.dashboard.conftest import NOW, Studio, furnish
from tests.faults import invariants

AT_NOW = make.at(NOW)
TEN, HALF_PAST, NOON = (make.at(f"2027-06-10T{clock}:00-04:00") for clock in ("10:00", "10:30", "12:00"))


@pytest.fixture
def studio(business: Business, clock: Callable[[str], None]) -> Studio:
    clock(NOW)
    return furnish(business)


@pytest.fixture
def yoga(studio: Studio) -> Service:
    """A class for four."""
    return make.make_service(studio.business, "Yoga", providers=[studio.ana, studio.marco], capacity=4)


def fill(studio: Studio, yoga: Service, count: int, start: datetime = TEN, **more: Any) -> list[Appointment]:
    """So many clients in the session, with nothing left to tell."""
    at = make.at("2027-06-01T12:00:00+00:00")
    names = [f"Client {number} of {start:%H%M}" for number in range(count)]
    emails = [f"{number}.{start:%H%M}@example.test" for number in range(count)]
    facts = {"now": at, **more}
    seats = [
        make.make_appointment(studio.business, yoga, studio.ana, start, name=name, email=email, **facts)
        for name, email in zip(names, emails, strict=True)
    ]
    OutboxRow.objects.filter(kind__startswith="client.").delete()
    OutboxRow.objects.filter(kind__startswith="members.").delete()
    return seats


def move(studio: Studio, seat: Appointment, start: datetime, **more: Any) -> list[Appointment]:
    return session_moves.reschedule(
        business=studio.business, seat=Appointment.objects.get(pk=seat.pk), move=Move(start, **more), now=AT_NOW,
        by=make.STAFF, tell_at=AT_NOW + moves.UNDO_FOR,
    )  # fmt: skip


def put_back(studio: Studio, moved: list[Appointment], *, now: datetime = AT_NOW) -> list[Appointment]:
    seat = Appointment.objects.get(pk=moved[0].pk)
    event = moves.move_of(seat, moved[0].sequence)
    return session_moves.put_back(business=studio.business, seat=seat, event=event, now=now, by=make.STAFF)


def places(seats: list[Appointment]) -> set[tuple[datetime, str]]:
    return set(Appointment.objects.filter(pk__in=[s.pk for s in seats]).values_list("starts_at", "provider__name"))


def told(studio: Studio, now: datetime) -> list[str]:
    drain(now=now, schema=studio.business.schema_name)
    return sorted(f"{m.kind} {m.recipient}" for m in Message.objects.filter(state="sent"))


@pytest.mark.parametrize("start", [HALF_PAST, NOON])
def test_all_seats_go_even_into_the_time_that_they_leave(studio: Studio, yoga: Service, start: datetime) -> None:
    seats = fill(studio, yoga, 3)
    moved = move(studio, seats[1], start, provider_id=studio.ana.pk)
    assert {row.pk for row in moved} == {row.pk for row in seats}
    assert places(seats) == {(start, "Ana Duarte")}
    assert len(set(Appointment.objects.values_list("block_id", flat=True))) == 1
    assert not Appointment.objects.filter(overlap_allowed=True).exists()
    assert AppointmentEvent.objects.filter(action="rescheduled").count() == 3
    invariants.assert_sound(AT_NOW)


def test_another_provider_and_back(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 2)
    moved = move(studio, seats[0], NOON, provider_id=studio.marco.pk)
    assert places(seats) == {(NOON, "Marco Vitale")}
    assert all(len(row.policy["moves"]) == 1 for row in moved)
    back = put_back(studio, moved)
    assert places(seats) == {(TEN, "Ana Duarte")}
    assert all(row.policy["moves"] == [] for row in back)
    with pytest.raises(InvalidTransition):
        put_back(studio, moved)
    assert places(seats) == {(TEN, "Ana Duarte")}
    invariants.assert_sound(AT_NOW)


def test_only_what_is_still_on_goes(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 4)
    transitions.cancel(business=studio.business, appointment=seats[0], now=AT_NOW, by=make.STAFF)
    Appointment.objects.filter(pk=seats[1].pk).update(status=Status.NO_SHOW)
    Appointment.objects.filter(pk=seats[2].pk).update(status=Status.PENDING_APPROVAL, requested_at=AT_NOW)
    moved = move(studio, seats[0], NOON)
    assert {row.pk for row in moved} == {seats[2].pk, seats[3].pk}
    assert places(seats[:2]) == {(TEN, "Ana Duarte")}


def test_an_appointment_in_the_way_keeps_all_where_they_are_until_it_is_meant(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 3)
    studio.book("2027-06-10T12:30:00-04:00", name="Other", email="other@example.test")
    with pytest.raises(Overlaps):
        move(studio, seats[0], NOON)
    assert places(seats) == {(TEN, "Ana Duarte")}
    assert not AppointmentEvent.objects.filter(action="rescheduled").exists()
    moved = move(studio, seats[0], NOON, allow_overlap=True)
    assert all(row.overlap_allowed for row in moved)
    assert places(seats) == {(NOON, "Ana Duarte")}


def test_one_seat_that_fails_takes_all_back(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 3)
    left = iter([True, True, False])

    def third_fails(**_: Any) -> None:
        if not next(left):
            raise SlotUnavailable()

    signals.booking_rescheduled.connect(third_fails)
    try:
        with pytest.raises(SlotUnavailable):
            move(studio, seats[0], NOON)
    finally:
        signals.booking_rescheduled.disconnect(third_fails)
    assert places(seats) == {(TEN, "Ana Duarte")}
    assert not Appointment.objects.filter(overlap_allowed=True).exists()


@pytest.mark.parametrize("there", [1, 2, 4])
def test_another_session_is_joined_only_when_it_has_room_for_all(studio: Studio, yoga: Service, there: int) -> None:
    seats, others = fill(studio, yoga, 3), fill(studio, yoga, there, NOON)
    if there == 1:
        moved = move(studio, seats[0], NOON)
        assert {row.block_id for row in moved} == {others[0].block_id}
        put_back(studio, moved)
    else:
        with pytest.raises(ClassFull):
            move(studio, seats[0], NOON, allow_overlap=True)
    assert places(seats) == {(TEN, "Ana Duarte")}
    assert places(others) == {(NOON, "Ana Duarte")}
    invariants.assert_sound(AT_NOW)


def test_who_sat_on_top_of_a_full_class_still_does(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 4)
    seats += fill(studio, yoga, 1, allow_overlap=True)
    moved = move(studio, seats[0], NOON)
    assert [row.overlap_allowed for row in moved] == [False] * 4 + [True]
    invariants.assert_sound(AT_NOW)
    put_back(studio, moved)
    assert places(seats) == {(TEN, "Ana Duarte")}
    invariants.assert_sound(AT_NOW)


def test_who_booked_a_seat_meanwhile_goes_along(studio: Studio, yoga: Service) -> None:
    known = fill(studio, yoga, 2)[0]
    late = make.make_appointment(studio.business, yoga, studio.ana, TEN, name="Late", email="late@example.test")
    assert late.pk in {row.pk for row in move(studio, known, NOON)}
    assert set(Appointment.objects.values_list("starts_at", flat=True)) == {NOON}


def test_a_held_seat_keeps_the_class_where_it_is_until_the_hold_is_over(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 2)
    held = make.make_appointment(
        studio.business, yoga, studio.ana, TEN, email="h@example.test", status=Status.HELD, now=AT_NOW
    )
    with pytest.raises(SeatHeld):
        move(studio, seats[0], NOON)
    assert places(seats) == {(TEN, "Ana Duarte")}
    Appointment.objects.filter(pk=held.pk).update(hold_expires_at=AT_NOW - timedelta(minutes=1))
    assert len(move(studio, seats[0], NOON)) == 2


def test_a_second_press_of_the_button_is_no_news_and_what_is_gone_is_said(studio: Studio, yoga: Service) -> None:
    seats = fill(studio, yoga, 2)
    stale = Appointment.objects.get(pk=seats[0].pk)
    move(studio, seats[0], NOON)
    move(studio, seats[0], NOON)
    assert AppointmentEvent.objects.filter(action="rescheduled").count() == 2
    with pytest.raises(InvalidTransition):
        session_moves.reschedule(business=studio.business, seat=stale, move=Move(HALF_PAST), now=AT_NOW, by=make.STAFF)
    assert places(seats) == {(NOON, "Ana Duarte")}


def test_each_client_hears_once_and_members_once_for_all(studio: Studio, yoga: Service, mailbox: Any) -> None:
    studio.member("provider", provider=studio.ana)
    seats = fill(studio, yoga, 3)
    moved = move(studio, seats[0], NOON)
    assert told(studio, AT_NOW) == []
    later = AT_NOW + moves.UNDO_FOR
    found = told(studio, later)
    assert [one for one in found if one.startswith("client.")] == [
        f"client.rescheduled {number}.1400@example.test" for number in range(3)
    ]
    assert sum(one.startswith("members.changed") for one in found) == 1
    notice = Message.objects.get(kind="members.changed")
    assert notice.subject.startswith("Rescheduled: 3 clients, Yoga, ")
    put_back(studio, moved, now=later)  # who has heard hears of this, too
    after = told(studio, later)
    assert sum(one.startswith("client.rescheduled") for one in after) == 6
    assert sum(one.startswith("members.changed") for one in after) == 2


def test_a_move_taken_back_at_once_is_nobody_s_news(studio: Studio, yoga: Service, mailbox: Any) -> None:
    studio.member("provider", provider=studio.ana)
    put_back(studio, move(studio, fill(studio, yoga, 3)[0], NOON))
    assert told(studio, AT_NOW + timedelta(minutes=5)) == []


def change(studio: Studio, yoga: Service, how: str, moved: list[Appointment]) -> None:
    match how:
        case "one cancelled":
            transitions.cancel(business=studio.business, appointment=moved[1], now=AT_NOW, by=make.STAFF)
        case "one moved on":
            moves.reschedule(
                business=studio.business, appointment=moved[1], move=Move(NOON + timedelta(hours=2)), now=AT_NOW,
                by=make.STAFF,
            )  # fmt: skip
        case "one more booked":
            make.make_appointment(studio.business, yoga, studio.ana, NOON, name="New", email="new@example.test")
        case "the old time taken":
            studio.book("2027-06-10T10:00:00-04:00", name="Quick", email="quick@example.test")


@pytest.mark.parametrize("how", ["one cancelled", "one moved on", "one more booked", "the old time taken"])
def test_it_is_put_back_whole_or_not_at_all(studio: Studio, yoga: Service, how: str) -> None:
    moved = move(studio, fill(studio, yoga, 3)[0], NOON)
    change(studio, yoga, how, moved)
    before = places(moved)
    with pytest.raises(DaybookError) as refused:
        put_back(studio, moved)
    assert isinstance(refused.value, Overlaps if how == "the old time taken" else InvalidTransition)
    assert places(moved) == before
    assert not AppointmentEvent.objects.filter(detail__undo=True).exists()


def test_a_seat_more_costs_the_same_again(studio: Studio, yoga: Service) -> None:
    Service.objects.filter(pk=yoga.pk).update(capacity=9)
    yoga.refresh_from_db()
    costs = []
    for count, start in ((1, TEN), (2, NOON), (8, NOON + timedelta(hours=3))):
        seat = fill(studio, yoga, count, start)[0]
        with CaptureQueriesContext(connection) as queries:
            move(studio, seat, start + timedelta(days=1))
        costs.append(len(queries))
    one, two, eight = costs
    assert eight - two == 6 * (two - one)
