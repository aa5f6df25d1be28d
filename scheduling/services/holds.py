"""Holds: times kept for a few minutes. Live = held and (not over yet, or a checkout is open)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from daybook.core.actors import SYSTEM, Actor
from scheduling import signals
from scheduling.enums import Status
from scheduling.errors import CheckoutOpen, HoldExpired, InvalidTransition, TooManyHolds
from scheduling.models import Appointment, Client
from scheduling.services import history, write_path

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST_HOLD = timedelta(minutes=30)
PER_CLIENT, PER_ADDRESS = 3, 10


def live(now: datetime) -> Q:
    """The condition of a live hold."""
    return Q(status=Status.HELD) & (Q(hold_expires_at__gt=now) | Q(checkout_open=True))


def dead(now: datetime) -> Q:
    """The condition of a hold that is over and not swept yet."""
    return Q(status=Status.HELD, hold_expires_at__lte=now, checkout_open=False)


def is_live(appointment: Appointment, now: datetime) -> bool:
    """Whether this row still keeps its time as a hold."""
    expires = appointment.hold_expires_at
    return appointment.status == Status.HELD and (appointment.checkout_open or (expires is not None and expires > now))


def allow_another(
    *, address: str = "", client: Client | None = None, now: datetime, without: UUID | None = None
) -> None:
    """Raise `TooManyHolds` when an address without an e-mail, or a client, holds as many times as may be held at once.

    Belongs into the transaction of the hold, after the provider's lock: rivals with the same holder wait here.
    """
    who = str(client.pk) if client else address
    if not who:
        return
    write_path.lock_holder(who)
    rows = Appointment.objects.filter(live(now))
    if without is not None:
        rows = rows.exclude(pk=without)
    rows = rows.filter(client=client) if client else rows.filter(held_by=address, client_email="")
    if rows.count() >= (PER_CLIENT if client else PER_ADDRESS):
        raise TooManyHolds()


def expire_dead(business: Business, provider_id: UUID, *, now: datetime, without: UUID | None = None) -> None:
    """Expire the provider's dead holds, under his lock, so that they do not stand in the constraint's way."""
    rows = Appointment.objects.filter(dead(now), provider_id=provider_id)
    if without is not None:
        rows = rows.exclude(pk=without)
    for appointment in rows.select_for_update(of=("self",)):
        expire_row(business, appointment, now=now)


def expire_row(business: Business, appointment: Appointment, *, now: datetime) -> None:
    """Mark a locked row expired, with its history, and announce it; only who asked for approval is told."""
    was = appointment.status
    appointment.status = Status.EXPIRED
    appointment.save(update_fields=["status", "updated_at"])
    event = history.record(appointment, "expired", by=SYSTEM, now=now, was=was)
    notify = was == Status.PENDING_APPROVAL
    history.announce(
        signals.booking_expired, appointment, business=business, by=SYSTEM, now=now, notify=notify, event=event
    )


def extend(*, business: Business, appointment: Appointment, now: datetime) -> Appointment:
    """Renew a live hold for its full length from now, 30 minutes in all. Raises `HoldExpired` when it is over."""

    def work() -> Appointment:
        write_path.lock([appointment.provider_id])
        fresh = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        held_at, expires = fresh.held_at, fresh.hold_expires_at
        if fresh.status != Status.HELD or held_at is None or expires is None or expires <= now:
            raise HoldExpired()
        fresh.hold_expires_at = max(
            expires, min(now + timedelta(minutes=business.hold_minutes), held_at + LONGEST_HOLD)
        )
        fresh.save(update_fields=["hold_expires_at", "updated_at"])
        return fresh

    return write_path.transact(work)


def can_extend(appointment: Appointment) -> bool:
    """Whether one more click would gain time."""
    held_at, expires = appointment.held_at, appointment.hold_expires_at
    return held_at is not None and expires is not None and expires < held_at + LONGEST_HOLD


def release(*, business: Business, appointment: Appointment, now: datetime, by: Actor) -> Appointment:
    """Give a held time back. Releasing twice does nothing. Raises `CheckoutOpen` while it may still be paid."""

    def work() -> Appointment:
        write_path.lock([appointment.provider_id])
        fresh = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        if fresh.status in (Status.CANCELLED, Status.EXPIRED):
            return fresh
        if fresh.status != Status.HELD:
            raise InvalidTransition(fresh.status, "release")
        if fresh.checkout_open:
            raise CheckoutOpen()
        fresh.status, fresh.cancelled_at = Status.CANCELLED, now
        fresh.save(update_fields=["status", "cancelled_at", "updated_at"])
        history.record(fresh, "released", by=by, now=now, was=Status.HELD)
        history.announce(signals.booking_expired, fresh, business=business, by=by, now=now, notify=False, event=None)
        return fresh

    return write_path.transact(work)
