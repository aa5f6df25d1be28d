"""Appointments in any state, at any time: for demo data and fixtures. Nobody is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from daybook.core import outbox
from daybook.core.actors import Actor, ActorKind
from daybook.core.ids import new_id
from scheduling import signals
from scheduling.domain.messages import Kind
from scheduling.domain.recurrence import Recurrence
from scheduling.domain.wishes import Wanted
from scheduling.enums import LIVE, Status
from scheduling.models import Appointment, Service, WaitlistEntry
from scheduling.services import bookings, history, series, waitlist
from scheduling.services import notes as appointment_notes
from scheduling.services.bookings import TermsByProvider
from scheduling.services.clients import ClientDetails
from scheduling.services.placing import Wish
from scheduling.services.series import Part
from scheduling.services.series_rows import SUFFIX

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
    shared_notes: str = "",
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
        if shared_notes:
            appointment_notes.keep(made, shared=shared_notes, now=now, by=STAGER)
    return made


def stage_series(
    *,
    business: Business,
    recurrence: Recurrence,
    parts: Sequence[Part],
    wish: Wish,
    client: ClientDetails,
    terms: TermsByProvider,
    now: datetime,
) -> None:
    """A series as staff book it; times that cannot be booked are left out."""
    series_id = new_id()
    series.book(
        business=business, series_id=series_id, recurrence=recurrence, parts=parts, wish=wish, client=client,
        terms=terms, now=now, by=STAGER, notify=False,
    )  # fmt: skip
    outbox.cancel(dedupe_prefix=f"{Kind.MEMBERS_NEW}{SUFFIX}:{series_id}")


def stage_waiting(
    *,
    business: Business,
    service: Service,
    provider_id: UUID | None,
    client: ClientDetails,
    dates: tuple[date, date],
    weekdays: Iterable[int] = (),
    hours: tuple[int, int] | None = None,
    notes: str = "",
    now: datetime,
) -> WaitlistEntry:
    """An entry of the waiting list, as the client makes it."""
    request = waitlist.Request(service, provider_id, Wanted(*dates, frozenset(weekdays), hours), notes)
    by = Actor(ActorKind.CLIENT, name=client.name)
    return waitlist.join(business=business, request=request, client=client, now=now, by=by, notify=False)


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
