"""Somebody changes our event in Google: the appointment follows, or somebody is asked. Nothing is lost either way."""

from typing import Any

import pytest

from calendarsync.errors import AlreadyAnswered, CannotAccept
from calendarsync.models import Attention, Mirror
from calendarsync.services import answers
from daybook.core.outbox.models import OutboxRow
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.models import Appointment, AppointmentEvent, BusyTime, Message
from tenants.models import Business
from tests.calendarsync.calendar_world import ANA, Desk, connected, span_of
from tests.factories import STAFF, at, make_member, make_service


def booked(ana: Desk, time: str = "10:00", **more: Any) -> tuple[Appointment, str]:
    """An appointment and the id of its event."""
    row = ana.book(time, **more)
    ana.settle()
    return row, ana.event_of(row)["id"]


def when(row: Appointment) -> str:
    return f"{Appointment.objects.get(pk=row.pk).starts_at:%m-%d %H:%M}"


def status(row: Appointment) -> str:
    return Appointment.objects.get(pk=row.pk).status


def pay(row: Appointment) -> None:
    Appointment.objects.filter(pk=row.pk).update(payment_status="paid")


def test_hc142_g11_a_dragged_event_moves_the_appointment_and_tells_the_client(ana: Desk, mailbox: Any) -> None:
    row, event = booked(ana)
    writes = ana.google.writes()
    ana.edit("move", event, start="2027-06-07T14:00:00Z")
    ana.settle()
    assert when(row) == "06-07 14:00"
    assert ana.google.writes() == writes  # the event is where it shall be
    told = Message.objects.filter(appointment=row, kind="client.rescheduled", state="sent")
    assert told.count() == 1
    line = AppointmentEvent.objects.get(appointment=row, action="rescheduled")
    assert (line.actor_name, line.reason) == ("Ana Duarte", "Moved in Google Calendar.")
    assert ana.open() == []


def test_hc142_g11_a_resized_event_changes_the_length(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("resize", event, end="2027-06-07T12:30:00Z")
    ana.settle()
    assert Appointment.objects.get(pk=row.pk).duration_minutes == 150


def test_hours_notice_and_cut_offs_do_not_matter_for_such_a_move(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("move", event, start="2027-06-02T03:00:00Z")
    ana.settle()
    assert when(row) == "06-02 03:00"


def test_an_outside_event_does_not_hinder_such_a_move(ana: Desk) -> None:
    row, event = booked(ana)
    ana.outside("14:00", "15:00")
    ana.settle()
    ana.edit("move", event, start="2027-06-07T14:00:00Z")
    ana.settle()
    assert when(row) == "06-07 14:00"


def test_hc142_g11_a_deleted_event_cancels_an_unpaid_appointment(ana: Desk, mailbox: Any) -> None:
    row, event = booked(ana)
    ana.edit("delete", event)
    ana.settle()
    assert status(row) == "cancelled"
    assert Message.objects.filter(appointment=row, kind="client.cancelled", state="sent").count() == 1
    assert ana.open() == []


def test_hc142_a_deleted_event_of_a_paid_appointment_is_asked_about(ana: Desk, mailbox: Any) -> None:
    owner = make_member(ana.business)
    row, event = booked(ana)
    pay(row)
    ana.edit("delete", event)
    ana.settle()
    assert (status(row), ana.open()) == ("confirmed", ["deleted"])
    ana.settle()
    mails = [mail.subject for mail in mailbox.mailbox.search(to=owner.user.email)]
    assert len([subject for subject in mails if "was deleted in the calendar" in subject]) == 1


def test_hc142_a_move_onto_another_appointment_is_asked_about_with_both_times_closed(ana: Desk) -> None:
    row, event = booked(ana)
    booked(ana, "14:00", email="lee@example.test")
    ana.edit("move", event, start="2027-06-07T14:30:00Z")
    ana.settle()
    assert (when(row), ana.open()) == ("06-07 10:00", ["moved"])
    assert ana.busy("asked:") == [("06-07 14:30", "06-07 15:30")]


@pytest.fixture
def asked(business: Business, google: GoogleSandbox) -> tuple[Desk, Appointment, str]:
    """Somebody who wants to be asked, whose event was moved from 10 to 14."""
    ana = connected(business, google)
    ana.choose(on_change="ask")
    row, event = booked(ana)
    ana.edit("move", event, start="2027-06-07T14:00:00Z")
    ana.settle()
    return ana, row, event


def test_hc142_ask_changes_nothing_until_it_is_answered(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, _event = asked
    writes = ana.google.writes()
    ana.settle()
    assert (when(row), ana.open(), ana.busy("asked:")) == ("06-07 10:00", ["moved"], [("06-07 14:00", "06-07 15:00")])
    assert ana.google.writes() == writes
    assert span_of(ana.event_of(row))[0] == "06-07 14:00"


def test_accepting_a_move_moves_the_appointment(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, _event = asked
    answers.accept(business=ana.business, attention=Attention.objects.get(), now=ana.now, by=STAFF)
    ana.settle()
    assert (when(row), ana.open(), ana.busy("asked:")) == ("06-07 14:00", [], [])
    assert span_of(ana.event_of(row))[0] == "06-07 14:00"
    with pytest.raises(AlreadyAnswered):
        answers.accept(business=ana.business, attention=Attention.objects.get(), now=ana.now, by=STAFF)


def test_reverting_a_move_puts_the_event_back(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, _event = asked
    answers.revert(attention=Attention.objects.get(), now=ana.now, by=STAFF)
    ana.settle()
    assert (when(row), ana.open(), ana.busy("asked:")) == ("06-07 10:00", [], [])
    assert span_of(ana.event_of(row))[0] == "06-07 10:00"


def test_a_question_ends_when_the_event_is_put_back_by_hand(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, event = asked
    ana.edit("move", event, start="2027-06-07T10:00:00Z")
    ana.settle()
    assert (when(row), ana.open(), ana.busy("asked:")) == ("06-07 10:00", [], [])


def test_a_question_follows_when_the_event_is_moved_again(asked: tuple[Desk, Appointment, str]) -> None:
    ana, _row, event = asked
    ana.edit("move", event, start="2027-06-07T16:00:00Z")
    ana.settle()
    assert (ana.open(), ana.busy("asked:")) == (["moved"], [("06-07 16:00", "06-07 17:00")])
    ana.edit("delete", event)
    ana.settle()
    assert (ana.open(), ana.busy("asked:")) == (["deleted"], [])


def test_a_question_ends_when_the_appointment_is_moved_here(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, _event = asked
    ana.move(row, "18:00")
    ana.settle()
    assert (ana.open(), ana.busy("asked:")) == ([], [])
    assert span_of(ana.event_of(row))[0] == "06-07 18:00"


def test_a_question_ends_when_the_appointment_is_cancelled_here(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, _event = asked
    ana.cancel(row)
    ana.settle()
    assert (ana.open(), ana.busy("asked:"), ana.ours()) == ([], [], [])


def test_unanswered_until_its_start_the_appointment_stands(asked: tuple[Desk, Appointment, str]) -> None:
    ana, row, event = asked
    ana.at(at("2027-06-07T10:00:00Z"))
    ana.settle()
    assert (status(row), ana.open(), ana.busy("asked:")) == ("confirmed", [], [])
    ana.edit("delete", event)
    ana.settle()
    assert (status(row), ana.open()) == ("confirmed", [])


def test_accepting_a_deletion_cancels_and_reverting_it_makes_a_new_event(ana: Desk) -> None:
    ana.choose(on_change="ask")
    kept, first = booked(ana)
    gone, second = booked(ana, "12:00", email="lee@example.test")
    ana.edit("delete", first)
    ana.edit("delete", second)
    ana.settle()
    assert ana.open() == ["deleted", "deleted"]
    answers.revert(attention=Attention.objects.get(block_id=kept.pk), now=ana.now, by=STAFF)
    answers.accept(business=ana.business, attention=Attention.objects.get(block_id=gone.pk), now=ana.now, by=STAFF)
    ana.settle()
    assert (status(kept), status(gone), ana.open()) == ("confirmed", "cancelled", [])
    (event,) = ana.ours()
    assert (span_of(event)[0], event["id"] == first) == ("06-07 10:00", False)


def test_g11_a_duplicate_is_somebody_else_s_event(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("duplicate", event, start="2027-06-07T16:00:00Z", end="2027-06-07T17:00:00Z")
    ana.settle()
    assert ana.busy() == [("06-07 16:00", "06-07 17:00")]
    assert (len(ana.ours()), when(row)) == (1, "06-07 10:00")


def test_g11_an_event_carried_to_another_calendar_comes_back(ana: Desk) -> None:
    family = ana.google.add_calendar(ANA, "Family")
    ana.connect()
    ana.choose(counts=[ANA, family])
    row, event = booked(ana)
    ana.edit("to_calendar", event, destination=family)
    ana.settle()
    assert (status(row), ana.open()) == ("confirmed", [])
    assert [span_of(one)[0] for one in ana.ours()] == ["06-07 10:00"]
    assert (ana.all_events(family), ana.busy()) == ([], [])


def test_g11_a_restored_event_of_a_cancelled_appointment_goes_again(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("delete", event)
    ana.settle()
    assert status(row) == "cancelled"
    ana.edit("restore", event)
    ana.settle()
    assert (status(row), ana.all_events(), ana.busy()) == ("cancelled", [], [])


@pytest.mark.parametrize("shape", ["all_day", "recurring"])
def test_g12_an_event_made_all_day_or_repeating_is_asked_about(ana: Desk, shape: str) -> None:
    row, event = booked(ana)
    if shape == "all_day":
        ana.edit("all_day", event, date="2027-06-07")
    else:
        ana.edit("recurring", event, rules=["RRULE:FREQ=WEEKLY;COUNT=3"])
    ana.settle()
    assert (when(row), ana.open(), ana.busy()) == ("06-07 10:00", ["reshaped"], [])
    with pytest.raises(CannotAccept):
        answers.accept(business=ana.business, attention=Attention.objects.get(), now=ana.now, by=STAFF)
    answers.revert(attention=Attention.objects.get(), now=ana.now, by=STAFF)
    ana.settle()
    (event_now,) = ana.ours()
    assert (span_of(event_now), event_now.get("recurrence", [])) == (("06-07 10:00", "06-07 11:00"), [])
    assert ana.open() == []


def test_colours_and_words_are_theirs(ana: Desk) -> None:
    row, event = booked(ana)
    writes = ana.google.writes()
    ana.edit("colour", event, color="5")
    ana.edit("change", event, summary="Kim, bring the file")
    ana.settle()
    assert (when(row), ana.open(), ana.google.writes()) == ("06-07 10:00", [], writes)
    assert ana.event_of(row)["summary"] == "Kim, bring the file"


def test_g13_moved_there_while_the_time_here_stands_is_followed_before_anything_is_written(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("move", event, start="2027-06-07T14:00:00Z")  # nobody has told us yet
    ana.choose(privacy="service")
    ana.drain()
    ana.settle()
    assert (when(row), span_of(ana.event_of(row))[0]) == ("06-07 14:00", "06-07 14:00")
    ana.wait(minutes=16)
    ana.settle()
    assert ana.event_of(row)["summary"] == "Cut by Ana"


def test_g13_moved_there_and_here_at_once_here_counts(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("move", event, start="2027-06-07T14:00:00Z")
    ana.move(row, "16:00")
    ana.settle()
    assert (when(row), span_of(ana.event_of(row))[0], ana.open()) == ("06-07 16:00", "06-07 16:00", [])


@pytest.mark.parametrize("failing", [{"status": 403, "reason": "forbidden"}, {"status": 500}, {"status": 404}])
def test_hc142_nothing_is_cancelled_because_a_call_failed(ana: Desk, failing: dict[str, Any]) -> None:
    row, event = booked(ana)
    ana.edit("change", event, start="2027-06-07T10:15:00Z", end="2027-06-07T11:15:00Z")
    ana.google.fail(on="events.get", times=1000, **failing)
    ana.settle()
    assert status(row) == "confirmed"


def test_g23_an_outside_event_on_a_booked_time_is_flagged_and_never_cancels(ana: Desk) -> None:
    row, _event = booked(ana)
    ana.outside("10:30", "12:00")
    ana.settle()
    assert (status(row), ana.open()) == ("confirmed", ["overlap"])
    answers.accept(business=ana.business, attention=Attention.objects.get(), now=ana.now, by=STAFF)
    ana.settle()
    assert ana.open() == []


def test_g22_a_clash_that_was_there_before_the_booking_is_flagged_at_the_next_reading(ana: Desk) -> None:
    ana.outside("10:00", "11:00")  # nobody has told us yet
    row = ana.book("10:00")
    ana.settle()
    assert (status(row), ana.open()) == ("confirmed", ["overlap"])


def test_g23_a_flag_settles_itself_when_the_other_event_goes(ana: Desk) -> None:
    booked(ana)
    other = ana.outside("10:30", "12:00")["id"]
    ana.settle()
    ana.edit("delete", other)
    ana.settle()
    assert ana.open() == []


def test_a_class_with_several_seats_is_always_asked_about_and_moves_as_one(ana: Desk) -> None:
    yoga = make_service(ana.business, "Yoga", providers=[ana.provider], capacity=8)
    rows = [ana.book("10:00", service=yoga, email=f"{name}@example.test", name=name) for name in ("Kim", "Lee", "Max")]
    ana.settle()
    (event,) = ana.ours()
    ana.edit("move", event["id"], start="2027-06-07T14:00:00Z")
    ana.settle()
    assert ana.open() == ["moved"]
    answers.accept(business=ana.business, attention=Attention.objects.get(), now=ana.now, by=STAFF)
    ana.settle()
    assert {when(row) for row in rows} == {"06-07 14:00"}
    (moved,) = ana.ours()
    assert (moved["id"], moved["summary"], span_of(moved)[0]) == (event["id"], "Yoga (3/8)", "06-07 14:00")
    assert (ana.open(), BusyTime.objects.count()) == ([], 0)


def test_g05_a_deletion_while_the_token_was_old_is_not_missed(ana: Desk) -> None:
    row, event = booked(ana)
    ana.edit("delete", event)
    ana.google.expire_sync_tokens()
    ana.settle()
    assert status(row) == "cancelled"


def test_hc117_a_change_that_is_told_many_times_is_made_once(ana: Desk) -> None:
    row, event = booked(ana)
    ana.google.notifications("hold", copies=5)
    ana.edit("move", event, start="2027-06-07T14:00:00Z")
    ana.google.burst(10)
    ana.settle()
    assert AppointmentEvent.objects.filter(appointment=row, action="rescheduled").count() == 1
    assert Mirror.objects.count() == 1
    assert not OutboxRow.objects.filter(state="dead").exists()
