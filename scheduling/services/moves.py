"""Rescheduling: the same appointment at another time, in one transaction. The loser of a race keeps his old time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from daybook.core.actors import Actor
from daybook.core.idempotency import Key
from scheduling import signals
from scheduling.domain.calendars import Session
from scheduling.enums import Status
from scheduling.errors import InvalidTransition, SlotUnavailable, TooLate, wrong_pair
from scheduling.models import Appointment
from scheduling.selectors import availability
from scheduling.selectors.availability import Plan
from scheduling.services import checks, history, write_path
from scheduling.services.bookings import Finish, lock_appointment, save_guarded
from scheduling.services.placing import join, set_time
from scheduling.services.transitions import cut_off

if TYPE_CHECKING:
    from tenants.models import Business

MOVABLE = (Status.CONFIRMED, Status.PENDING_APPROVAL)


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
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Move it; clients only until the cut-off, to an offered time. It may overlap its own old time.

    Raises `TooLate`, `InvalidTransition`, `SlotUnavailable` (with the next free starts), `Overlaps`, `OutsideHours`.
    """
    provider_id = move.provider_id or appointment.provider_id
    plan = _plan(business, appointment, move, provider_id, now)

    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now, also=provider_id)
        _check_allowed(fresh, now=now, by=by)
        session = checks.check(
            plan,
            provider_id,
            move.start,
            now=now,
            staff=by.is_staff,
            allow_outside_hours=move.allow_outside_hours,
            allow_overlap=move.allow_overlap,
            without=[fresh.pk],
        )
        old_start, old_provider = fresh.starts_at, fresh.provider_id
        _apply(plan, fresh, move, provider_id, session, now=now)
        detail = {"old_start": _iso(old_start), "new_start": _iso(fresh.starts_at), "old_provider": str(old_provider)}
        event = history.record(fresh, "rescheduled", by=by, now=now, was=fresh.status, reason=reason, detail=detail)
        facts = {"business": business, "by": by, "now": now, "notify": notify, "event": event}
        history.announce(signals.booking_rescheduled, fresh, old_start=old_start, old_provider_id=old_provider, **facts)
        if finish is not None:
            finish(fresh)
        return fresh

    try:
        return write_path.transact(work)
    except SlotUnavailable as error:
        raise SlotUnavailable(
            next_starts=checks.next_starts(plan, move.start, now=now, without=[appointment.pk])
        ) from error


def _plan(business: Business, appointment: Appointment, move: Move, provider_id: UUID, now: datetime) -> Plan:
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


def _apply(
    plan: Plan, appointment: Appointment, move: Move, provider_id: UUID, session: Session | None, *, now: datetime
) -> None:
    """Change the locked row. The policy remembers the move: rescheduling never improves a cancellation's tier."""
    moves = [*appointment.policy.get("moves", []), {"at": _iso(now), "start": _iso(appointment.starts_at)}]
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


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
