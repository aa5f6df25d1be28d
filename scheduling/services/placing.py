"""How a booking is asked for, and what an appointment copies from its service when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from psycopg.types.range import Range

from daybook.core.errors import Invalid
from daybook.core.ids import new_id
from scheduling.domain.calendars import Session
from scheduling.enums import PaymentMode, Source
from scheduling.models import Appointment, Service
from scheduling.selectors.availability import Seat
from scheduling.services import tokens
from scheduling.services.clients import ClientDetails

if TYPE_CHECKING:
    from tenants.models import Business

SHORTEST, LONGEST = 5, 1440
"""Minutes that staff may make an appointment last."""
SESSIONS = UUID("6f0f4c1e-2a55-4d0c-9c1b-6f7a54c8a6a1")
"""Namespace of class sessions: the same provider, service and start yield the same `block_id`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one provider's booking of a service costs. Amounts in minor units of `currency`; the policy is copied."""

    price: int
    currency: str
    payment_mode: str = PaymentMode.PAY_IN_PERSON
    due_now: int = 0
    policy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """A time that somebody wants. `start` is an aware instant; no provider means anybody who is free.

    The two permissions are staff's: outside hours and notice, and (explicit, recorded) on top of another appointment.
    `duration_minutes` is theirs, too: another length than the service's. `series_id`: booked together with others.
    """

    service: Service
    start: datetime
    provider_id: UUID | None = None
    client_timezone: str = ""
    client_locale: str = ""
    notes: str = ""
    staff_notes: str = ""
    shared_notes: str = ""
    source: str = Source.ONLINE
    held_by: str = ""
    allow_outside_hours: bool = False
    allow_overlap: bool = False
    duration_minutes: int | None = None
    series_id: UUID | None = None


def check_length(minutes: int, *, of_class: bool) -> None:
    """Raise `Invalid` for a length that staff cannot give an appointment: seats of a class last as long as it."""
    problem = ""
    if of_class:
        problem = _("A seat of a class lasts as long as its class.")
    elif not SHORTEST <= minutes <= LONGEST:
        problem = _("An appointment lasts 5 minutes to 24 hours.")
    if problem:
        raise Invalid("bad_length", problem, {"duration_minutes": [problem]})


def block_of(appointment: Appointment) -> UUID:
    """The id under which seats share a time: the session's for a class, else the appointment's own."""
    if appointment.capacity == 1:
        return appointment.pk
    return session_of(appointment.provider_id, appointment.service_id, appointment.starts_at)


def session_of(provider_id: UUID, service_id: UUID, start: datetime) -> UUID:
    """The id of the class session of a service that the provider gives at `start`."""
    return uuid5(SESSIONS, f"{provider_id}:{service_id}:{int(start.timestamp())}")


def join(appointment: Appointment, session: Session) -> None:
    """Take the length and buffers with which a class session was made; what was edited since is for later ones."""
    appointment.duration_minutes = session.end - session.start
    appointment.buffer_before_minutes = session.start - session.occupied_start
    appointment.buffer_after_minutes = session.occupied_end - session.end


def set_time(appointment: Appointment, start: datetime) -> None:
    """Put an appointment at `start` with its own duration and buffers; its session follows."""
    appointment.starts_at = start
    appointment.ends_at = start + timedelta(minutes=appointment.duration_minutes)
    appointment.occupied = Range(
        start - timedelta(minutes=appointment.buffer_before_minutes),
        appointment.ends_at + timedelta(minutes=appointment.buffer_after_minutes),
        "[)",
    )
    appointment.block_id = block_of(appointment)


def new_appointment(
    *, business: Business, wish: Wish, seat: Seat, terms: Terms, session: Session | None, now: datetime
) -> Appointment:
    """An unsaved appointment with everything copied that later edits must not change; no status yet."""
    service = wish.service
    appointment = Appointment(
        id=new_id(),
        provider=seat.provider,
        service=service,
        service_name=service.name,
        provider_name=seat.provider.name,
        duration_minutes=seat.spec.duration,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        capacity=service.capacity,
        location=service.location,
        location_detail=service.location_detail,
        client_timezone=wish.client_timezone,
        client_locale=wish.client_locale,
        notes=wish.notes,
        staff_notes=wish.staff_notes,
        shared_notes=wish.shared_notes,
        series_id=wish.series_id,
        price=terms.price,
        currency=terms.currency,
        amount_due_now=terms.due_now,
        payment_mode=terms.payment_mode,
        policy=terms.policy,
        source=wish.source,
        held_by=wish.held_by,
        overlap_allowed=wish.allow_overlap,
        created_at=now,
    )
    if session is not None:
        join(appointment, session)
    set_time(appointment, wish.start)
    tokens.stamp(business.pk, appointment)
    return appointment


def give_client(appointment: Appointment, details: ClientDetails) -> None:
    """Copy the client's details as typed; the client row itself is linked by the caller."""
    appointment.client_name = details.name
    appointment.client_email = details.email
    appointment.client_phone = details.phone
    appointment.client_timezone = details.timezone or appointment.client_timezone
    appointment.client_locale = details.locale or appointment.client_locale
