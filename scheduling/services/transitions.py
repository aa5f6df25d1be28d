"""What happens to an appointment after it was made. Every change takes the provider's lock and the row's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal
from django.utils.translation import gettext as _

from daybook.core.actors import SYSTEM, Actor
from daybook.core.idempotency import Key
from scheduling import signals
from scheduling.domain.states import RESTORABLE, may_follow
from scheduling.domain.zones import floor_minute, instant, local_date, local_minute
from scheduling.enums import Status
from scheduling.errors import CheckoutOpen, InvalidTransition, TooEarly, TooLate
from scheduling.models import Appointment
from scheduling.services import bookings, checks, history, holds, write_path
from scheduling.services.bookings import Finish, lock_appointment, plan_of, save_guarded

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST_REQUEST = timedelta(hours=24)
"""A request nobody answers expires after this, or at its start if that is earlier."""
EARLY_CLIENT = timedelta(hours=2)
"""Who comes for a time soon after midnight is there before the day begins."""


def cut_off(appointment: Appointment, what: str) -> datetime:
    """The last instant at which a client may `cancel` or `reschedule`, by the policy copied at booking."""
    minutes = int(appointment.policy.get(f"{what}_cutoff_minutes", 0))
    return appointment.starts_at - timedelta(minutes=minutes)


def check_in_opens_at(appointment: Appointment, zone: str) -> datetime:
    """The first instant at which the client may be checked in: when the appointment's day begins in `zone`."""
    midnight = instant(local_minute(zone, local_date(zone, floor_minute(appointment.starts_at)), 0))
    return min(midnight, appointment.starts_at - EARLY_CLIENT)


def request_ends_at(appointment: Appointment) -> datetime:
    """When a request for approval expires."""
    requested_at = appointment.requested_at or appointment.created_at
    return min(appointment.starts_at, requested_at + LONGEST_REQUEST)


def cancel(
    *,
    business: Business,
    appointment: Appointment,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
    tell_members: bool = True,
    chosen: Mapping[str, Any] | None = None,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Cancel; clients only until the cut-off. Raises `TooLate`, `InvalidTransition`, `CheckoutOpen` for an unpaid hold.

    `tell_members` false: members hear of it otherwise. `chosen`: facts for other apps, announced with it.
    """

    def change(fresh: Appointment) -> None:
        if fresh.status == Status.HELD and fresh.checkout_open:
            raise CheckoutOpen()
        if not by.is_staff and fresh.status != Status.HELD:
            _require_in_time(fresh, "cancel", now)
        fresh.sequence += 1
        fresh.cancelled_at = now

    return _move(
        Status.CANCELLED, signals.booking_cancelled, change,
        business=business, appointment=appointment, now=now, by=by, reason=reason, notify=notify, key=key, finish=finish,
        tell_members=tell_members, **(chosen or {}),
    )  # fmt: skip


def approve(*, business: Business, appointment: Appointment, now: datetime, by: Actor) -> Appointment:
    """Accept a request. Raises `InvalidTransition` when it was answered already."""
    if appointment.status != Status.PENDING_APPROVAL:
        raise InvalidTransition(appointment.status, "approve")
    if request_ends_at(appointment) <= now:  # over, though nobody has swept it yet
        expire(business=business, appointment=appointment, now=now)
        raise InvalidTransition(Status.EXPIRED, "approve")
    return bookings.confirm(business=business, appointment=appointment, now=now, by=by)


def decline(
    *, business: Business, appointment: Appointment, now: datetime, by: Actor, reason: str = "", notify: bool = True
) -> Appointment:
    """Refuse a request; its time is free again."""

    def change(fresh: Appointment) -> None:
        fresh.sequence += 1

    return _move(
        Status.DECLINED, signals.booking_declined, change,
        business=business, appointment=appointment, now=now, by=by, reason=reason, notify=notify,
    )  # fmt: skip


def complete(*, business: Business, appointment: Appointment, now: datetime, by: Actor) -> Appointment:
    """Mark as done; from the start on (`TooEarly`)."""
    return _move(
        Status.COMPLETED, signals.booking_completed, lambda fresh: _require_started(fresh, now),
        business=business, appointment=appointment, now=now, by=by, notify=False,
    )  # fmt: skip


def no_show(
    *, business: Business, appointment: Appointment, now: datetime, by: Actor, chosen: Mapping[str, Any] | None = None
) -> Appointment:
    """The client did not come; from the start on (`TooEarly`). Frees what is left of the time.

    `chosen`: facts for other apps, announced with it.
    """
    return _move(
        Status.NO_SHOW, signals.booking_no_show, lambda fresh: _require_started(fresh, now),
        business=business, appointment=appointment, now=now, by=by, notify=False, **(chosen or {}),
    )  # fmt: skip


def check_in(*, business: Business, appointment: Appointment, now: datetime, by: Actor) -> Appointment:
    """The client has come: a time stamp, not a status; on the day (`TooEarly`). Checking in twice changes nothing."""

    def work() -> Appointment:
        fresh = lock_appointment(business, appointment, now=now)
        if fresh.status != Status.CONFIRMED:
            raise InvalidTransition(fresh.status, "check_in")
        if now < (opens_at := check_in_opens_at(fresh, business.timezone)):
            raise TooEarly(_("Clients can be checked in on the day of the appointment."), opens_at)
        if fresh.checked_in_at is None:
            fresh.checked_in_at = now
            fresh.save(update_fields=["checked_in_at", "updated_at"])
            history.record(fresh, "checked_in", by=by, now=now, was=fresh.status)
        return fresh

    return write_path.transact(work)


def restore(
    *,
    business: Business,
    appointment: Appointment,
    now: datetime,
    by: Actor,
    allow_overlap: bool = False,
    notify: bool = False,
    tell_members: bool = True,
    sequence: int | None = None,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Undo cancelled, completed or no-show, for staff, if the time is free. Raises `SlotUnavailable`.

    `tell_members` false: members hear of it otherwise. `sequence`: only while it has this one (`InvalidTransition`).
    """
    plan = plan_of(business, appointment, now)

    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now)
        if fresh.status not in RESTORABLE or fresh.client_id is None or sequence not in (None, fresh.sequence):
            raise InvalidTransition(fresh.status, "restore")
        if plan.seats:
            checks.check(
                plan, fresh.provider_id, fresh.starts_at,
                now=now, staff=True, allow_outside_hours=True, allow_overlap=allow_overlap, without=[fresh.pk],
            )  # fmt: skip
        elif not allow_overlap:  # switched off meanwhile: no rules to ask, but seats are still counted
            checks.check_seats(fresh)
        was = fresh.status
        fresh.status, fresh.cancelled_at = Status.CONFIRMED, None
        fresh.confirmed_at = fresh.confirmed_at or now
        fresh.overlap_allowed = fresh.overlap_allowed or allow_overlap
        fresh.sequence += 1
        save_guarded(fresh)
        event = history.record(fresh, "restored", by=by, now=now, was=was)
        history.announce(
            signals.booking_restored, fresh, business=business, by=by, now=now, notify=notify, event=event, was=was,
            tell_members=tell_members,
        )  # fmt: skip
        if finish is not None:
            finish(fresh)
        return fresh

    return write_path.transact(work)


def expire(*, business: Business, appointment: Appointment, now: datetime) -> Appointment:
    """Expire a hold or a request whose time is up; anything else is left as it is."""

    def work() -> Appointment:
        fresh = lock_appointment(business, appointment, now=now)
        if _is_over(fresh, now):
            holds.expire_row(business, fresh, now=now)
        return fresh

    return write_path.transact(work)


def complete_untouched(*, business: Business, appointment: Appointment, now: datetime) -> Appointment | None:
    """Complete what nobody touched long after its end; None when there is nothing to do."""
    due = appointment.ends_at + timedelta(minutes=business.complete_after_minutes)
    if appointment.status != Status.CONFIRMED or now < due:
        return None
    return complete(business=business, appointment=appointment, now=now, by=SYSTEM)


def _is_over(appointment: Appointment, now: datetime) -> bool:
    if appointment.status == Status.PENDING_APPROVAL:
        return request_ends_at(appointment) <= now
    expires = appointment.hold_expires_at
    return (
        appointment.status == Status.HELD and not appointment.checkout_open and expires is not None and expires <= now
    )


def _require_in_time(appointment: Appointment, what: str, now: datetime) -> None:
    deadline = cut_off(appointment, what)
    if now > deadline:
        raise TooLate(deadline)


def _require_started(appointment: Appointment, now: datetime) -> None:
    if now < appointment.starts_at:
        raise TooEarly(_("This is possible from the start of the appointment on."), appointment.starts_at)


def _move(
    to: str,
    signal: Signal,
    change: Callable[[Appointment], None],
    *,
    business: Business,
    appointment: Appointment,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
    key: Key | None = None,
    finish: Finish | None = None,
    **news: Any,
) -> Appointment:
    def work() -> Appointment:
        if key is not None:
            key.claim()
        fresh = lock_appointment(business, appointment, now=now)
        if not may_follow(fresh.status, to):
            raise InvalidTransition(fresh.status, to)
        was = fresh.status
        change(fresh)
        fresh.status = to
        fresh.save(force_update=True)
        event = history.record(fresh, to, by=by, now=now, was=was, reason=reason)
        history.announce(
            signal, fresh, business=business, by=by, now=now, notify=notify, event=event, was=was, reason=reason, **news
        )
        if finish is not None:
            finish(fresh)
        return fresh

    return write_path.transact(work)
