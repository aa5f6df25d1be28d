"""Who is told what about an appointment, and when."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from daybook.core.actors import SYSTEM, Actor, ActorKind
from daybook.core.models import OutboxRow
from daybook.core.outbox import relay
from scheduling.enums import Status
from scheduling.models import Appointment, Message
from scheduling.services import bookings, holds, moves, transitions
from scheduling.services.clients import ClientDetails
from scheduling.services.moves import Move
from tenants.enums import BusinessStatus, Role
from tenants.models import Membership, User
from tests.scheduling.mail_world import CLIENT, NOW, START, World, later, make_world, run, subjects, to_client

if TYPE_CHECKING:
    from tenants.models import Business

pytestmark = pytest.mark.usefixtures("business")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KIM = ClientDetails("Kim Lee", "kim@example.test")


@pytest.fixture
def world(business: "Business") -> World:
    return make_world(business)


def as_member(member: Membership) -> Actor:
    return Actor(ActorKind.MEMBER, str(member.pk), "Rosa")


def move(world: World, appointment: Appointment, start: datetime, **more: object) -> Appointment:
    options = {"now": NOW, "by": CLIENT, **more}
    return moves.reschedule(business=world.business, appointment=appointment, move=Move(start), **options)  # type: ignore[arg-type]


def cancel(world: World, appointment: Appointment, **more: object) -> Appointment:
    options = {"now": NOW, "by": CLIENT, **more}
    return transitions.cancel(business=world.business, appointment=appointment, **options)  # type: ignore[arg-type]


def reminders(sent: list[EmailMultiAlternatives]) -> int:
    return sum(subject.startswith("Reminder: ") for subject in subjects(sent))


def test_a_booking_is_confirmed_to_the_client_and_announced_to_provider_and_owner(world: World) -> None:
    world.book()
    sent = run(NOW)
    assert [(message.to, message.subject) for message in sent] == [
        (["kim@example.test"], "Confirmed: Deep tissue massage, Thu 12 Nov 10:30 am"),
        (["ana@example.test"], "New booking: Kim Lee, Deep tissue massage, Thu 12 Nov 10:30 am"),
        (["rosa@example.test"], "New booking: Kim Lee, Deep tissue massage, Thu 12 Nov 10:30 am"),
    ]
    assert run(NOW) == []
    kept = Message.objects.order_by("recipient").values_list("recipient", "kind", "sequence", "state")
    assert list(kept) == [
        ("ana@example.test", "members.new", 0, "sent"),
        ("kim@example.test", "client.confirmed", 0, "sent"),
        ("rosa@example.test", "members.new", 0, "sent"),
    ]


def test_managers_are_told_and_the_one_who_did_it_is_not(world: World) -> None:
    for role, email in ((Role.MANAGER, "max@example.test"), (Role.FRONT_DESK, "fay@example.test")):
        user = User.objects.create_user(email, "correct horse battery")
        Membership.objects.create(business=world.business, user=user, role=role)
    world.book(by=as_member(world.owner))
    assert [message.to[0] for message in run(NOW)] == ["kim@example.test", "ana@example.test", "max@example.test"]


def test_an_owner_who_is_the_provider_hears_of_it_once_and_not_of_what_she_does(world: World) -> None:
    world.provider.email = "Rosa@example.test"
    world.provider.save()
    Membership.objects.filter(pk=world.owner.pk).update(provider_id=world.provider.pk)
    world.book()
    assert [message.to[0] for message in run(NOW)] == ["kim@example.test", "rosa@example.test"]
    world.book(START + DAY, by=as_member(world.owner))
    assert [message.to[0] for message in run(NOW)] == ["kim@example.test"]


def test_notify_false_silences_the_client_only(world: World) -> None:
    appointment = world.book(notify=False)
    move(world, appointment, START + HOUR, notify=False)
    assert to_client(run(NOW)) == []
    assert Message.objects.filter(kind__startswith="members.").exists()


def test_a_client_without_an_address_gets_no_mail_and_no_reminder(world: World) -> None:
    world.book(client={"email": ""}, by=as_member(world.owner))
    assert [message.to[0] for message in run(START - HOUR)] == ["ana@example.test"]


def test_a_held_or_expired_time_is_nobodys_news(world: World) -> None:
    held = world.hold()
    assert run(NOW) == []
    assert run(later(minutes=10)) == []
    held.refresh_from_db()
    assert held.status == Status.EXPIRED
    released = world.hold(START + DAY)
    holds.release(business=world.business, appointment=released, now=NOW, by=CLIENT)
    assert run(later(hours=1)) == []


def test_a_hold_that_was_extended_ends_later(world: World) -> None:
    held = world.hold()
    holds.extend(business=world.business, appointment=held, now=later(minutes=8))
    run(later(minutes=10))
    held.refresh_from_db()
    assert held.status == Status.HELD
    run(later(minutes=18))
    held.refresh_from_db()
    assert held.status == Status.EXPIRED


def test_a_hold_that_became_a_booking_is_confirmed_once(world: World) -> None:
    held = world.hold()
    bookings.confirm_hold(business=world.business, appointment=held, client=KIM, now=later(minutes=5), by=CLIENT)
    assert len(to_client(run(later(minutes=20)))) == 1
    held.refresh_from_db()
    assert held.status == Status.CONFIRMED


@pytest.fixture
def request_(world: World) -> Appointment:
    """A booking that waits for approval."""
    world.service.requires_approval = True
    world.service.save()
    return world.book()


def test_a_request_is_acknowledged_and_needs_approval(world: World, request_: Appointment) -> None:
    assert subjects(run(NOW)) == [
        "Request received: Deep tissue massage, Thu 12 Nov 10:30 am",
        "Needs approval: Kim Lee, Deep tissue massage, Thu 12 Nov 10:30 am",
        "Needs approval: Kim Lee, Deep tissue massage, Thu 12 Nov 10:30 am",
    ]


def test_an_approved_request_is_confirmed(world: World, request_: Appointment) -> None:
    run(NOW)
    transitions.approve(business=world.business, appointment=request_, now=later(hours=1), by=as_member(world.owner))
    [confirmed] = to_client(run(later(hours=1)))
    assert confirmed.subject.startswith("Confirmed: ")


def test_a_declined_request_is_told_with_the_reason(world: World, request_: Appointment) -> None:
    run(NOW)
    transitions.decline(
        business=world.business,
        appointment=request_,
        now=later(hours=1),
        by=as_member(world.owner),
        reason="Ana is away",
    )
    [declined] = run(later(hours=1))
    assert (declined.to, declined.subject) == (
        ["kim@example.test"],
        "Declined: Deep tissue massage, Thu 12 Nov 10:30 am",
    )
    assert "Ana is away" in str(declined.body)


def test_a_request_nobody_answers_lapses_after_a_day(world: World, request_: Appointment) -> None:
    run(NOW)
    assert run(later(hours=23, minutes=59)) == []
    [lapsed] = run(later(hours=24))
    assert lapsed.subject == "Request lapsed: Deep tissue massage, Thu 12 Nov 10:30 am"
    request_.refresh_from_db()
    assert request_.status == Status.EXPIRED


def test_a_request_lapses_at_its_start_if_that_is_earlier_also_after_a_move(
    world: World, request_: Appointment
) -> None:
    run(NOW)
    moved = move(world, request_, NOW + 3 * HOUR, by=as_member(world.owner))
    run(NOW + 3 * HOUR - timedelta(minutes=1))
    moved.refresh_from_db()
    assert moved.status == Status.PENDING_APPROVAL
    run(NOW + 3 * HOUR)
    moved.refresh_from_db()
    assert moved.status == Status.EXPIRED


def test_what_nobody_touches_completes_itself_twelve_hours_after_its_end(world: World) -> None:
    appointment = world.book()
    end = appointment.ends_at
    run(end + 12 * HOUR - timedelta(minutes=1))
    appointment.refresh_from_db()
    assert appointment.status == Status.CONFIRMED
    run(end + 12 * HOUR)
    appointment.refresh_from_db()
    assert appointment.status == Status.COMPLETED


def test_what_was_moved_completes_after_its_new_end(world: World) -> None:
    appointment = move(world, world.book(), START + 3 * DAY)
    run(START + DAY)
    appointment.refresh_from_db()
    assert appointment.status == Status.CONFIRMED
    run(START + 4 * DAY)
    appointment.refresh_from_db()
    assert appointment.status == Status.COMPLETED


def test_what_staff_restored_after_its_end_is_not_completed_at_once(world: World) -> None:
    appointment = world.book()
    run(START + DAY)
    restored = transitions.restore(
        business=world.business, appointment=appointment, now=START + DAY, by=as_member(world.owner), notify=True
    )
    assert run(START + DAY) == []
    restored.refresh_from_db()
    assert restored.status == Status.CONFIRMED
    run(START + DAY + 12 * HOUR)
    restored.refresh_from_db()
    assert restored.status == Status.COMPLETED


def test_reminders_come_a_day_and_an_hour_before(world: World) -> None:
    world.book()
    run(NOW)
    assert run(START - DAY - timedelta(seconds=1)) == []
    [first] = run(START - DAY)
    assert first.subject == "Reminder: Deep tissue massage, Thu 12 Nov 10:30 am"
    [second] = run(START - HOUR)
    assert second.to == ["kim@example.test"]
    assert run(START + HOUR) == []


def test_a_reminder_that_was_due_before_the_booking_is_not_sent(world: World) -> None:
    world.book(now=START - 3 * HOUR)
    run(START - 3 * HOUR)
    assert reminders(run(START - 2 * HOUR)) == 0
    assert reminders(run(START - HOUR)) == 1


def test_a_business_chooses_its_reminders(world: World) -> None:
    world.business.reminder_minutes = [2880]
    world.business.save()
    world.book()
    assert reminders(run(START - timedelta(minutes=2881))) == 0
    assert reminders(run(START - timedelta(minutes=2880))) == 1
    assert reminders(run(START)) == 0


def test_a_late_reminder_gives_way_to_a_nearer_one_and_none_comes_after_the_start(world: World) -> None:
    world.book()
    run(NOW)
    assert reminders(run(START - timedelta(minutes=30))) == 1
    world.book(START + DAY)
    run(NOW)
    assert reminders(run(START + DAY)) == 0


def test_hc223_reminders_follow_the_new_time_and_end_with_the_cancellation(world: World) -> None:
    appointment = world.book()
    run(NOW)
    moved = move(world, appointment, START + 2 * DAY)
    assert subjects(to_client(run(NOW))) == ["Rescheduled: Deep tissue massage, Sat 14 Nov 10:30 am"]
    assert run(START - HOUR) == []
    assert reminders(run(START + DAY)) == 1
    cancel(world, moved, now=START + DAY)
    assert subjects(to_client(run(START + DAY))) == ["Cancelled: Deep tissue massage, Sat 14 Nov 10:30 am"]
    assert to_client(run(START + 2 * DAY)) == []


def test_a_restored_appointment_is_confirmed_again_with_reminders(world: World) -> None:
    appointment = cancel(world, world.book())
    run(NOW)
    transitions.restore(
        business=world.business, appointment=appointment, now=later(hours=1), by=as_member(world.owner), notify=True
    )
    [confirmed] = to_client(run(later(hours=1)))
    assert confirmed.subject.startswith("Confirmed: ")
    assert reminders(run(START - HOUR)) == 1


def test_members_hear_of_moves_and_cancellations_with_the_clients_reason(world: World) -> None:
    appointment = world.book()
    run(NOW)
    moved = move(world, appointment, START + HOUR)
    assert "Rescheduled: Kim Lee, Deep tissue massage, Thu 12 Nov 11:30 am" in subjects(run(NOW))
    cancel(world, moved, reason="Caught a cold")
    notice = next(message for message in run(NOW) if message.to == ["rosa@example.test"])
    assert notice.subject == "Cancelled: Kim Lee, Deep tissue massage, Thu 12 Nov 11:30 am"
    assert "Caught a cold" in str(notice.body)
    assert "The client cancelled it." in str(notice.body)


def test_a_confirmation_overtaken_by_a_cancellation_is_not_sent(world: World) -> None:
    cancel(world, world.book())
    assert subjects(to_client(run(NOW))) == ["Cancelled: Deep tissue massage, Thu 12 Nov 10:30 am"]


def test_a_confirmation_overtaken_by_a_move_tells_the_new_time_once(world: World) -> None:
    moved = move(world, world.book(), START + HOUR)
    move(world, moved, START + 2 * HOUR)
    assert subjects(to_client(run(NOW))) == ["Confirmed: Deep tissue massage, Thu 12 Nov 12:30 pm"]


def test_what_is_over_is_not_confirmed(world: World) -> None:
    world.book(NOW - 2 * HOUR, now=NOW, by=as_member(world.owner), allow_outside_hours=True)
    assert run(NOW) == []


def test_hc228_a_booking_that_rolls_back_leaves_no_message(world: World) -> None:
    def book_and_fail() -> None:
        with transaction.atomic():
            world.book()
            raise ZeroDivisionError

    rows = OutboxRow.objects.count()
    with pytest.raises(ZeroDivisionError):
        book_and_fail()
    assert OutboxRow.objects.count() == rows
    assert run(START) == []


def test_hc220_due_rows_wait_in_the_database_and_a_second_run_sends_nothing(world: World) -> None:
    world.book()
    run(NOW)
    due = START - HOUR
    assert reminders(run(due)) == 1
    for row in OutboxRow.objects.filter(kind="client.reminder"):
        row.state, row.done_at = "pending", None  # as if it had been forgotten
        row.save()
    assert run(due) == []
    assert relay.drain(now=due) == 0


def test_hc174_a_suspended_business_sends_cancellations_only_and_nothing_stale_later(world: World) -> None:
    appointment, other = world.book(), world.book(START + 5 * DAY)
    run(NOW)
    world.business.status = BusinessStatus.SUSPENDED
    world.business.save()
    assert run(START - HOUR) == []
    cancel(world, other, now=START - HOUR)
    assert {message.subject.partition(":")[0] for message in run(START - HOUR)} == {"Cancelled"}
    world.business.status = BusinessStatus.ACTIVE
    world.business.save()
    assert run(START + HOUR) == []
    appointment.refresh_from_db()
    assert appointment.status == Status.CONFIRMED


def test_completing_and_no_show_are_nobodys_news(world: World) -> None:
    first, second = world.book(), world.book(START + 2 * HOUR)
    run(NOW)
    transitions.complete(business=world.business, appointment=first, now=START, by=SYSTEM)
    transitions.no_show(business=world.business, appointment=second, now=START + 3 * HOUR, by=as_member(world.owner))
    assert to_client(run(START + 3 * HOUR)) == []


def test_the_history_of_messages_is_that_of_the_appointment(world: World) -> None:
    appointment = world.book(now=datetime(2026, 11, 1, 12, tzinfo=UTC))
    run(NOW)
    message = Message.objects.get(appointment=appointment, kind="client.confirmed")
    assert (message.recipient, message.subject, message.sent_at) == (
        "kim@example.test",
        "Confirmed: Deep tissue massage, Thu 12 Nov 10:30 am",
        NOW,
    )
    assert len(mail.outbox) == 3
