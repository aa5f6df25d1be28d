"""Rescheduling: the same appointment at another time, in one transaction. The loser of a race keeps his old time.

Staff may give it another length on the way, and may take a move back. A move that can be taken back for some seconds
tells of itself later (`tell_at`), so that a slip of the hand is nobody's news.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from daybook.core import outbox
from daybook.core.actors import Actor
from daybook.core.idempotency import Key
from scheduling import signals
from scheduling.domain.calendars import Session
from scheduling.domain.messages import Kind
from scheduling.enums import Status
from scheduling.errors import InvalidTransition, SlotUnavailable, TooLate, wrong_pair
from scheduling.models import Appointment, AppointmentEvent
from scheduling.selectors import availability
from scheduling.selectors.availability import Plan
from scheduling.services import checks, history, write_path
from scheduling.services.bookings import Finish, lock_appointment, save_guarded
from scheduling.services.placing import check_length, join, set_time
from scheduling.services.transitions import cut_off

if TYPE_CHECKING:
    from tenants.models import Business

T = TypeVar("T")
MOVABLE = (Status.CONFIRMED, Status.PENDING_APPROVAL)
UNDO_FOR = timedelta(seconds=15)
"""How long the mails of a move wait for somebody to take it back: the toast that offers it lasts less."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where an appointment shall go. No provider: it stays with its own. The permissions are staff's."""

    start: datetime
    provider_id: UUID | None = None
    duration_minutes: int | None = None
    allow_outside_hours: bool = False
    allow_overlap: bool = False


def reschedule(
    *,
    business: Business,
    appointment: Appointment,
    move: Move,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
    tell_at: datetime | None = None,
    tell_members: bool = True,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Move it; clients only until the cut-off, to an offered time. It may overlap its own old time.

    Where it is already, nothing happens. `tell_at`: when its mails are due, at once without; `tell_members` false:
    members hear of it otherwise. Raises `TooLate`, `InvalidTransition`, `SlotUnavailable` (with the next free starts),
    `Overlaps`, `OutsideHours`, and `Invalid` for a length that is none or a class's.
    """
    provider_id = move.provider_id or appointment.provider_id
    plan = plan_for(business, appointment, move, provider_id, now)

    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now, also=provider_id)
        _check_allowed(fresh, now=now, by=by)
        _check_length(fresh, move)
        if _stays(fresh, move, provider_id):
            if finish is not None:
                finish(fresh)
            return fresh
        session = check_time(plan, fresh, move, provider_id, now=now, by=by)
        before = place_of(fresh)
        moves = [*fresh.policy.get("moves", []), {"at": iso(now), "start": iso(fresh.starts_at)}]
        apply(plan, fresh, move, provider_id, session, moves=moves)
        told = notify and bool(fresh.client_email)
        news = {"tell_at": tell_at, "tell_members": tell_members}
        detail = {**before, "new_start": iso(fresh.starts_at), "new_duration": fresh.duration_minutes, "told": told}
        announce_move(business, fresh, detail, by=by, now=now, reason=reason, notify=notify, **news)
        if finish is not None:
            finish(fresh)
        return fresh

    return or_next(work, plan, appointment, move.start, now)


def put_back(
    *,
    business: Business,
    appointment: Appointment,
    sequence: int,
    now: datetime,
    by: Actor,
    tell: bool = True,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Take back the staff's move after which the appointment had this `sequence`: where and as long as it was.

    What the move would have told is not told if it was still waiting, and neither is this; whoever has heard of the
    move hears of this, too; without `tell`, otherwise. The move no longer counts for the refund. Raises
    `InvalidTransition` when the appointment has changed since, `Overlaps` or `SlotUnavailable` when its old time was
    taken.
    """
    event = move_of(appointment, sequence)
    move = Move(
        start=datetime.fromisoformat(event.detail["old_start"]),
        provider_id=UUID(event.detail["old_provider"]),
        duration_minutes=event.detail["old_duration"],
        allow_outside_hours=True,
        allow_overlap=event.detail["old_overlap"],
    )
    provider_id = move.provider_id or appointment.provider_id
    plan = plan_for(business, appointment, move, provider_id, now)

    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now, also=provider_id)
        _check_allowed(fresh, now=now, by=by)
        if fresh.sequence != sequence:
            raise InvalidTransition(fresh.status, "undo")
        session = check_time(plan, fresh, move, provider_id, now=now, by=by)
        before = place_of(fresh)
        client_heard = tell and bool(event.detail.get("told")) and not unsaid(Kind.RESCHEDULED, fresh)
        members_heard = tell and not unsaid(Kind.MEMBERS_CHANGED, fresh)
        apply(plan, fresh, move, provider_id, session, moves=fresh.policy.get("moves", [])[:-1])
        detail = {**before, "new_start": iso(fresh.starts_at), "new_duration": fresh.duration_minutes}
        detail |= {"told": client_heard, "undo": True}
        announce_move(business, fresh, detail, by=by, now=now, notify=client_heard, tell_members=members_heard)
        if finish is not None:
            finish(fresh)
        return fresh

    return or_next(work, plan, appointment, move.start, now)


def move_of(appointment: Appointment, sequence: int) -> AppointmentEvent:
    """The move after which it had this `sequence`. Raises `InvalidTransition` when none can be taken back."""
    moves = AppointmentEvent.objects.filter(appointment=appointment, action="rescheduled", detail__sequence=sequence)
    event = moves.order_by("-id").first()
    if event is None or "old_duration" not in event.detail or event.detail.get("undo"):
        raise InvalidTransition(appointment.status, "undo")
    return event


def unsaid(kind: Kind, appointment: Appointment) -> bool:
    """Take the mail of the present move out of the outbox; answers whether it was still there."""
    return bool(outbox.cancel(dedupe_prefix=f"{kind}:{appointment.pk}:{appointment.sequence}"))


def or_next(work: Callable[[], T], plan: Plan, appointment: Appointment, start: datetime, now: datetime) -> T:
    """Do it in one transaction; when the time is gone, say which free starts come next."""
    try:
        return write_path.transact(work)
    except SlotUnavailable as error:
        next_starts = checks.next_starts(plan, start, now=now, without=[appointment.pk])
        raise SlotUnavailable(next_starts=next_starts) from error


def plan_for(business: Business, appointment: Appointment, move: Move, provider_id: UUID, now: datetime) -> Plan:
    """The plan for the new time, with the appointment's own duration (or the new one) and buffers."""
    first, last = checks.reach(move.start, now)
    plan = availability.plan(business, appointment.service, provider_id=provider_id, from_date=first, to_date=last)
    if not plan.seats:
        raise wrong_pair()
    return plan.lasting(
        duration=move.duration_minutes or appointment.duration_minutes,
        before=appointment.buffer_before_minutes,
        after=appointment.buffer_after_minutes,
    )


def _check_allowed(appointment: Appointment, *, now: datetime, by: Actor) -> None:
    if appointment.status not in MOVABLE:
        raise InvalidTransition(appointment.status, "reschedule")
    if by.is_staff:
        return
    deadline = cut_off(appointment, "reschedule")
    if now > deadline:
        raise TooLate(deadline)


def _check_length(appointment: Appointment, move: Move) -> None:
    """Seats of a class last as long as their session; anything else what staff say."""
    wanted = move.duration_minutes
    if wanted is None or wanted == appointment.duration_minutes:
        return
    check_length(wanted, of_class=appointment.capacity > 1)


def _stays(appointment: Appointment, move: Move, provider_id: UUID) -> bool:
    """Whether it is there already, as after a second press of the button: nothing changes and nobody is told."""
    lasts = move.duration_minutes in (None, appointment.duration_minutes)
    return lasts and (appointment.starts_at, appointment.provider_id) == (move.start, provider_id)


def check_time(
    plan: Plan, appointment: Appointment, move: Move, provider_id: UUID, *, now: datetime, by: Actor
) -> Session | None:
    return checks.check(
        plan,
        provider_id,
        move.start,
        now=now,
        staff=by.is_staff,
        allow_outside_hours=move.allow_outside_hours,
        allow_overlap=move.allow_overlap,
        without=[appointment.pk],
    )


def apply(
    plan: Plan,
    appointment: Appointment,
    move: Move,
    provider_id: UUID,
    session: Session | None,
    *,
    moves: list[dict[str, str]],
) -> None:
    """Change the locked row. The policy remembers `moves`: rescheduling never improves a cancellation's tier."""
    appointment.policy = {**appointment.policy, "moves": moves}
    seat = plan.seat(provider_id)
    assert seat is not None
    appointment.provider, appointment.provider_name = seat.provider, seat.provider.name
    appointment.duration_minutes = seat.spec.duration
    if session is not None:
        join(appointment, session)
    appointment.overlap_allowed = move.allow_overlap  # a permission is for one time only
    appointment.sequence += 1
    set_time(appointment, move.start)
    save_guarded(appointment)


def place_of(appointment: Appointment) -> dict[str, Any]:
    """Where it is before a move, as the history keeps it."""
    return {
        "old_start": iso(appointment.starts_at),
        "old_provider": str(appointment.provider_id),
        "old_duration": appointment.duration_minutes,
        "old_overlap": appointment.overlap_allowed,
        "sequence": appointment.sequence + 1,
    }


def announce_move(
    business: Business,
    appointment: Appointment,
    detail: dict[str, Any],
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    **news: Any,
) -> None:
    """Write it into the history and announce it."""
    if appointment.overlap_allowed:
        detail = {**detail, "overlap": True}
    was = appointment.status
    event = history.record(appointment, "rescheduled", by=by, now=now, was=was, reason=reason, detail=detail)
    history.announce(
        signals.booking_rescheduled, appointment, business=business, by=by, now=now, event=event,
        old_start=datetime.fromisoformat(detail["old_start"]), old_provider_id=UUID(detail["old_provider"]), **news,
    )  # fmt: skip


def iso(instant: datetime) -> str:
    """An instant as the history keeps it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
