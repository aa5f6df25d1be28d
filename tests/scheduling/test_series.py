"""Appointments booked as a series: each on its own, told once, moved and cancelled together."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import icalendar
import pytest
from django.core.mail import EmailMultiAlternatives

from daybook.core.idempotency.models import IdempotencyKey
from daybook.core.outbox.models import OutboxRow
from scheduling.domain.recurrence import Recurrence, shift_between, shifted, starts
from scheduling.domain.zones import floor_minute, instant
from scheduling.enums import Status
from scheduling.errors import AlreadyTold
from scheduling.models import Appointment, AppointmentEvent, Message, Provider, Series, ServiceProvider
from scheduling.selectors import outlook
from scheduling.selectors.outlook import Length, Look, looks
from scheduling.selectors.series import Scope, access_series, in_scope
from scheduling.services import moves, series, transitions, unbooking
from scheduling.services.clients import clean_details
from scheduling.services.moves import Move
from scheduling.services.placing import Terms, Wish
from scheduling.services.series import Outcome, Part, Target
from tenants.models import Business
from tests import factories as make
from tests.scheduling.mail_world import NOW, POLICY, World, html_of, make_world, run, subjects, to_client

FIRST = datetime(2026, 11, 12, 15, 30, tzinfo=UTC)
"""Thursday, 10:30 in New York."""
ZONE = "America/New_York"
WEEKLY = Recurrence(1, "week", count=4)
TOLD = NOW + moves.UNDO_FOR


@pytest.fixture
def world(business: Business) -> World:
    return make_world(business)


def weeks(first: datetime = FIRST, recurrence: Recurrence = WEEKLY) -> list[datetime]:
    return [instant(minute) for minute in starts(ZONE, floor_minute(first), recurrence)]


def parts(world: World, times: Sequence[datetime], **allowed: bool) -> list[Part]:
    return [Part(start, world.provider.pk, **allowed) for start in times]


def book(world: World, wanted: Sequence[Part] | None = None, *, nonce: UUID | None = None, **values: Any) -> Outcome:
    client = {"name": "Kim Lee", "email": "kim@example.test", **values.pop("client", {})}
    return series.book(
        business=world.business,
        series_id=nonce or uuid4(),
        recurrence=WEEKLY,
        parts=parts(world, weeks()) if wanted is None else wanted,
        wish=Wish(world.service, FIRST, **values.pop("wish", {})),
        client=clean_details(**client, email_required=False),
        terms={world.provider.pk: Terms(price=9500, currency="usd", policy=POLICY)},
        now=NOW,
        by=make.STAFF,
        **values,
    )


def rows() -> list[Appointment]:
    return list(Appointment.objects.order_by("starts_at", "created_at"))


def look(world: World, times: Sequence[datetime], **values: Any) -> list[Look]:
    return looks(world.business, world.service, times, now=NOW, **values)


def events_of(mail: EmailMultiAlternatives) -> tuple[str, list[Any]]:
    """The method and events of the file that comes along; what calendars act upon by themselves is of one event."""
    parts = list(mail.message().walk())
    (part,) = [part for part in parts if part.get_content_type() == "application/ics"]
    acted_upon = [part for part in parts if part.get_content_type() == "text/calendar"]
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    calendar = icalendar.Calendar.from_ical(payload)
    events = calendar.walk("VEVENT")
    assert len(acted_upon) == (1 if len(events) == 1 else 0)
    return str(calendar["method"]), events


def test_a_series_is_booked_and_told_in_one_mail_with_every_date(world: World) -> None:
    outcome = book(world, wish={"shared_notes": "Bring a towel"})
    made = rows()
    assert [row.starts_at for row in made] == weeks()
    assert {str(row.series_id) for row in made} == {outcome.series}
    assert (len({row.client_id for row in made}), outcome.missed) == (1, [])
    assert run(NOW) == []
    mails = run(TOLD)
    (letter,) = to_client(mails)
    assert letter.subject == "Confirmed: Deep tissue massage, 4 times from Thu 12 Nov 10:30 am"
    assert letter.body.count("10:30 – 11:30 am") == 4
    for row in made:
        assert f"/a/{row.reference}?t=" in letter.body
        assert f"/a/{row.reference}?t=" in html_of(letter)
    assert "Bring a towel" in letter.body
    assert "$95.00 each, to be paid at the visit" in letter.body
    assert "until 2 h before its start" in letter.body
    method, events = events_of(letter)
    assert method == "PUBLISH"
    assert not any("attendee" in event for event in events)
    assert {str(event["uid"]).partition("@")[0] for event in events} == {str(row.pk) for row in made}
    assert sorted({mail.to[0] for mail in mails}) == ["ana@example.test", "kim@example.test", "rosa@example.test"]
    assert len(mails) == 3
    for notice in (mail for mail in mails if mail is not letter):
        assert "?t=" not in notice.body  # the client's keys are the client's
        assert "?t=" not in html_of(notice)
        assert all(f"/dashboard/appointments/{row.pk}/" in notice.body for row in made)
    assert run(TOLD + timedelta(minutes=5)) == []


def test_the_mail_stands_in_the_history_of_each_and_reminders_come_one_by_one(world: World) -> None:
    book(world)
    run(TOLD)
    assert Message.objects.filter(kind="client.confirmed", state="sent").count() == 4
    (reminder,) = to_client(run(FIRST - timedelta(hours=23, minutes=59)))
    assert reminder.subject.startswith("Reminder:")


def test_without_an_address_every_date_is_of_the_same_client(world: World) -> None:
    book(world, client={"email": ""})
    assert len({row.client_id for row in rows()}) == 1


def test_the_wall_clock_is_kept_over_the_change_of_the_clocks(world: World) -> None:
    spring = weeks(datetime(2027, 3, 4, 15, 30, tzinfo=UTC))
    book(world, parts(world, spring))
    assert [row.starts_at.strftime("%m-%d %H:%M") for row in rows()] == [
        "03-04 15:30", "03-11 15:30", "03-18 14:30", "03-25 14:30",
    ]  # fmt: skip


def test_a_conflict_is_seen_before_with_who_is_there_and_what_is_free_nearby(world: World) -> None:
    other = world.book(weeks()[1] + timedelta(minutes=30), client={"email": "x@example.test", "name": "Xenia"})
    found = look(world, weeks())
    assert [one.reason for one in found] == ["", "booked", "", ""]
    clash = found[1]
    assert (clash.outside, clash.clash, clash.others) == (False, True, (other,))
    assert [near.start - clash.start for near in clash.nearby] == [
        timedelta(minutes=minutes) for minutes in (-30, -45, -60, -75)
    ]


def test_closed_dates_notice_and_horizon_are_seen_too(world: World) -> None:
    make.make_block(None, "2026-11-19")
    world.service.max_advance_days = 20
    world.service.save()
    found = look(world, [NOW - timedelta(hours=1), *weeks()])
    assert [one.reason for one in found] == ["notice", "", "blocked", "horizon", "horizon"]
    assert all(one.outside and not one.clash for one in found if one.reason)
    near = [one.start - found[2].start for one in found[2].nearby]
    assert near[:2] == [timedelta(days=-1), timedelta(days=1)]


def test_a_provider_who_is_free_on_most_dates_is_taken_for_all(world: World) -> None:
    marco = Provider.objects.create(name="Marco Vitale", position=5)
    ServiceProvider.objects.create(service=world.service, provider=marco)
    for start in weeks()[:2]:
        world.book(start, client={"email": "x@example.test"})
    make.make_appointment(world.business, world.service, marco, weeks()[3], email="y@example.test", now=NOW)
    assert [one.provider.name for one in look(world, weeks())] == ["Marco Vitale"] * 3 + ["Ana Duarte"]
    assert {one.provider.name for one in look(world, weeks(), among=[world.provider.pk])} == {"Ana Duarte"}


def test_the_number_of_queries_does_not_grow_with_the_dates(world: World, django_assert_num_queries: Any) -> None:
    year = weeks(recurrence=Recurrence(1, "week", count=50))
    for start in year[:10]:
        world.book(start, client={"email": "x@example.test"})
    for count in (1, 50):
        with django_assert_num_queries(3):
            assert look(world, year[:count], provider_id=world.provider.pk)[0].reason == "booked"


def test_another_length_is_looked_at_and_booked(world: World) -> None:
    world.book(FIRST + timedelta(minutes=90), client={"email": "x@example.test"})
    assert [one.reason for one in look(world, [FIRST])] == [""]
    assert [one.reason for one in look(world, [FIRST], duration=120)] == ["booked"]
    assert [one.reason for one in look(world, [FIRST], length=Length(90, 0, 5))] == ["buffer"]
    book(world, parts(world, weeks()[1:]), wish={"duration_minutes": 120})
    assert {row.duration_minutes for row in rows() if row.series_id} == {120}


def test_a_date_taken_meanwhile_is_missed_and_the_others_stand(world: World) -> None:
    world.book(weeks()[2], client={"email": "x@example.test"})
    run(NOW)
    outcome = book(world)
    assert len(outcome.done) == 3
    assert [(one.start, bool(one.why)) for one in outcome.missed] == [(weeks()[2].isoformat(), True)]
    (letter,) = to_client(run(TOLD))
    assert "3 times" in letter.subject
    assert series.outcome_of(world.business, UUID(outcome.series)) == outcome


def test_on_top_of_another_only_with_a_yes_for_that_date(world: World) -> None:
    world.book(weeks()[1], client={"email": "x@example.test"})
    wanted = parts(world, weeks())
    wanted[1] = Part(weeks()[1], world.provider.pk, allow_overlap=True)
    assert book(world, wanted).missed == []
    assert [row.overlap_allowed for row in rows() if row.series_id] == [False, True, False, False]


def test_nothing_free_leaves_nothing_behind_and_the_form_may_be_sent_again(world: World) -> None:
    nonce = uuid4()
    for start in weeks():
        world.book(start, client={"email": "x@example.test"})
    run(NOW)
    assert len(book(world, nonce=nonce).missed) == 4
    assert (Series.objects.count(), run(TOLD + timedelta(hours=1))) == (0, [])
    later = parts(world, [start + timedelta(hours=2) for start in weeks()])
    assert len(book(world, later, nonce=nonce).done) == 4


def test_the_same_form_twice_books_once(world: World) -> None:
    nonce = uuid4()
    assert book(world, nonce=nonce) == book(world, nonce=nonce)
    assert (Appointment.objects.count(), Series.objects.count()) == (4, 1)
    assert len(to_client(run(TOLD))) == 1


def test_work_that_was_broken_off_is_told_and_goes_on_with_the_same_form(world: World) -> None:
    nonce = uuid4()
    book(world, parts(world, weeks()[:2]), nonce=nonce)
    IdempotencyKey.objects.filter(object_id=None).update(answer={})  # as if the process had died after the second
    outcome = book(world, nonce=nonce)
    assert len(outcome.done) == 4
    assert Appointment.objects.count() == 4
    (letter,) = to_client(run(NOW + timedelta(minutes=3)))
    assert "4 times" in letter.subject


def test_a_series_is_taken_back_before_anybody_has_heard(world: World) -> None:
    outcome = book(world)
    assert series.take_back(business=world.business, series_id=UUID(outcome.series), now=NOW, by=make.STAFF) == 4
    assert {row.status for row in rows()} == {Status.CANCELLED}
    assert run(NOW + timedelta(hours=1)) == []


def test_what_the_client_has_heard_of_is_not_taken_back_silently(world: World) -> None:
    outcome = book(world)
    run(TOLD)
    with pytest.raises(AlreadyTold):
        series.take_back(business=world.business, series_id=UUID(outcome.series), now=TOLD, by=make.STAFF)
    assert {row.status for row in rows()} == {Status.CONFIRMED}


def test_one_booking_is_taken_back_before_anybody_has_heard(world: World) -> None:
    first, second = world.book(notify=False), world.book(FIRST + timedelta(days=1))
    unbooking.take_back(business=world.business, appointment=first, now=NOW, by=make.STAFF)
    assert first.pk not in {row.pk for row in Appointment.objects.filter(status=Status.CONFIRMED)}
    run(NOW)
    with pytest.raises(AlreadyTold):
        unbooking.take_back(business=world.business, appointment=second, now=NOW, by=make.STAFF)
    pending = OutboxRow.objects.filter(dedupe_key__contains=str(first.pk), state="pending")
    assert not pending.filter(kind__startswith="members.").exists()


def test_this_and_the_following_are_cancelled_with_one_mail(world: World) -> None:
    outcome = book(world)
    run(TOLD)
    _series, made = access_series(None, UUID(outcome.series))
    chosen = in_scope(made, made[1], Scope.FOLLOWING, now=TOLD)
    done = series.cancel(
        business=world.business, rows=chosen, run_id=uuid4(), now=TOLD, by=make.STAFF, reason="Ana is away"
    )
    assert (len(done.done), [row.status for row in rows()]) == (3, ["confirmed"] + ["cancelled"] * 3)
    assert run(TOLD) == []
    mails = run(TOLD + moves.UNDO_FOR)
    (letter,) = to_client(mails)
    assert letter.subject == "Cancelled: Deep tissue massage, 3 times from Thu 19 Nov 10:30 am"
    assert "Ana is away" in letter.body
    method, events = events_of(letter)
    told = [(int(event["sequence"]), str(event["status"])) for event in events]
    assert (method, told) == ("PUBLISH", [(1, "CANCELLED")] * 3)
    assert len(mails) == 3
    assert AppointmentEvent.objects.filter(action="cancelled", reason="Ana is away").count() == 3


def test_scopes(world: World) -> None:
    outcome = book(world)
    now = weeks()[1] + timedelta(minutes=10)
    _series, made = access_series(None, UUID(outcome.series))
    transitions.cancel(business=world.business, appointment=made[3], now=now, by=make.STAFF)
    _series, made = access_series(None, UUID(outcome.series))
    numbers = {scope: [made.index(row) for row in in_scope(made, made[2], scope, now=now)] for scope in Scope}
    assert numbers == {Scope.ONE: [2], Scope.FOLLOWING: [2], Scope.ALL: [2]}
    assert in_scope(made, made[3], Scope.ONE, now=now) == []
    assert [made.index(row) for row in in_scope(made, made[0], Scope.ALL, now=NOW)] == [0, 1, 2]


def moved(world: World, made: Sequence[Appointment], to: datetime, **values: Any) -> Outcome:
    shift = shift_between(ZONE, floor_minute(made[0].starts_at), floor_minute(to))
    targets = [Target(row, Move(instant(shifted(ZONE, floor_minute(row.starts_at), shift)), **values)) for row in made]
    return series.move(business=world.business, targets=targets, run_id=uuid4(), now=TOLD, by=make.STAFF)


@pytest.mark.parametrize("days", [7, -7])
def test_all_are_moved_by_the_same_difference_also_onto_each_other_s_old_time(world: World, days: int) -> None:
    outcome = book(world)
    run(TOLD)
    _series, made = access_series(None, UUID(outcome.series))
    done = moved(world, made, FIRST + timedelta(days=days, hours=2))
    assert done.missed == []
    assert [row.starts_at for row in rows()] == [start + timedelta(days=days, hours=2) for start in weeks()]
    (letter,) = to_client(run(TOLD + moves.UNDO_FOR))
    assert letter.subject.startswith("Rescheduled: Deep tissue massage, 4 times from Thu ")
    assert letter.body.count("It was on ") == 4


def test_one_that_cannot_be_moved_is_missed_and_not_told_of(world: World) -> None:
    outcome = book(world)
    world.book(weeks()[2] + timedelta(hours=3), client={"email": "x@example.test"})
    run(TOLD)
    _series, made = access_series(None, UUID(outcome.series))
    done = moved(world, made, FIRST + timedelta(hours=3))
    assert [one.start for one in done.missed] == [weeks()[2].isoformat()]
    (letter,) = to_client(run(TOLD + moves.UNDO_FOR))
    assert "3 times" in letter.subject
    assert [row.sequence for row in rows() if row.series_id] == [1, 1, 0, 1]


def test_what_is_moved_is_left_out_of_what_is_taken(world: World) -> None:
    outcome = book(world)
    _series, made = access_series(None, UUID(outcome.series))
    half_later = [row.starts_at + timedelta(minutes=30) for row in made]
    assert {one.reason for one in look(world, half_later)} == {"booked"}
    assert {one.reason for one in look(world, half_later, without=[row.pk for row in made])} == {""}


def test_subjects_of_members(world: World) -> None:
    book(world)
    assert sorted(set(subjects(run(TOLD)))) == [
        "Confirmed: Deep tissue massage, 4 times from Thu 12 Nov 10:30 am",
        "New booking: Kim Lee, Deep tissue massage, 4 times from Thu 12 Nov 10:30 am",
    ]


def test_nothing_is_looked_for_without_starts_or_people(world: World) -> None:
    assert look(world, []) == []
    assert look(world, weeks(), provider_id=uuid4()) == []
    assert outlook.MOST_NEARBY == 4
