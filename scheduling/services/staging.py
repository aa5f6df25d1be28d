"""Appointments in any state, at any time: for demo data and fixtures. Nobody is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from daybook.core import outbox
from daybook.core.actors import Actor, ActorKind
from scheduling import signals
from scheduling.enums import LIVE, Status
from scheduling.models import Appointment
from scheduling.services import bookings, history
from scheduling.services.bookings import TermsByProvider
from scheduling.services.clients import ClientDetails
from scheduling.services.placing import Wish

if TYPE_CHECKING:
    from tenants.models import Business

STAGER = Actor(ActorKind.OPERATOR, name="Daybook")


def stage(
    *,
    business: Business,
    wish: Wish,
    client: ClientDetails | None,
    terms: TermsByProvider,
    status: str,
    now: datetime,
) -> Appointment:
    """An appointment in `status`, placed through the write path with staff's right to go outside the hours.

    Without a client only a held time can be staged. What keeps no time closed may lie on top of others.
    """
    with transaction.atomic():
        if client is None:
            return bookings.hold(business=business, wish=wish, terms=terms, now=now, by=STAGER)
        made = bookings.place(
            business=business, wish=wish, client=client, terms=terms, now=now, by=STAGER, notify=False
        )
        outbox.cancel(dedupe_prefix=f"members.new:{made.pk}:")
        if status != made.status:
            _put(made, status, business, now, overlap_allowed=wish.allow_overlap and status in LIVE)
    return made


def _put(appointment: Appointment, status: str, business: Business, now: datetime, *, overlap_allowed: bool) -> None:
    was, appointment.status = appointment.status, Status(status)
    appointment.overlap_allowed = overlap_allowed
    if status == Status.HELD:
        appointment.held_at = now
        appointment.hold_expires_at = now + timedelta(minutes=business.hold_minutes)
    if status in (Status.HELD, Status.PENDING_APPROVAL, Status.EXPIRED, Status.DECLINED):
        appointment.confirmed_at, appointment.requested_at = None, now
    if status == Status.CANCELLED:
        appointment.cancelled_at = now
    appointment.save()
    event = history.record(appointment, status, by=STAGER, now=now, was=was)
    _announce(appointment, business, now, event)


def _announce(appointment: Appointment, business: Business, now: datetime, event: object) -> None:
    """What must happen later because of the state (a hold's end, a request's) is asked for; messages are not."""
    facts = {"business": business, "by": STAGER, "now": now, "notify": False, "event": event}
    if appointment.status == Status.HELD:
        history.announce(signals.booking_held, appointment, **facts)
    elif appointment.status == Status.PENDING_APPROVAL:
        history.announce(signals.booking_requested, appointment, **facts)
        outbox.cancel(dedupe_prefix=f"members.request:{appointment.pk}:")
