"""Booking by staff: what scheduling keeps, at billing's terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from billing.services import receipts
from billing.services.terms import terms
from daybook.core.checking import Checks
from scheduling.errors import no_such_service
from scheduling.selectors.clients import access_client
from scheduling.selectors.offer import access_provider, access_service, prices
from scheduling.services import bookings, moves, notes, series, transitions
from scheduling.services.clients import ClientDetails, clean_details
from scheduling.services.moves import Move
from scheduling.services.placing import Terms, Wish, check_length
from scheduling.services.series import Outcome, Part

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from daybook.core.idempotency import Key
    from scheduling.models import Appointment, Service
    from scheduling.selectors.recurring import Recurrence
    from scheduling.services.bookings import Finish
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Order:
    """What staff book. `client_id`: somebody known, whose details stand unless others are given.

    No provider: anybody who is free. The two permissions go past the rules, and on top of another appointment.
    `price` (minor units of the business's currency) and `duration_minutes` are for this booking only; none: the
    service's own.
    """

    service_id: UUID
    start: datetime
    provider_id: UUID | None = None
    client_id: UUID | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    client_timezone: str = ""
    notes: str = ""
    staff_notes: str = ""
    shared_notes: str = ""
    source: str = "manual"
    payment_mode: str = "pay_in_person"
    price: int | None = None
    duration_minutes: int | None = None
    allow_outside_hours: bool = False
    allow_overlap: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """An order with everything looked up that does not depend on the time."""

    wish: Wish
    client: ClientDetails
    terms: dict[UUID, Terms]


def book(
    *,
    business: Business,
    order: Order,
    now: datetime,
    by: Actor,
    notify: bool = True,
    tell_at: datetime | None = None,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Book for a client, confirmed at once; the mails about it are due at `tell_at`, at once without.

    Raises NotFound for what the business does not have (or has switched off), Invalid, `OutsideHours`, `Overlaps`.
    """
    ready = _ready(business, order)
    return bookings.place(
        business=business,
        wish=ready.wish,
        client=ready.client,
        terms=ready.terms,
        now=now,
        by=by,
        notify=notify,
        tell_at=tell_at,
        key=key,
        finish=_with_link(finish, tell_at or now),
    )


def _with_link(finish: Finish | None, due: datetime) -> Finish:
    """The client of what is paid online gets the link to pay, in the transaction that books."""

    def done(made: Appointment) -> None:
        if made.amount_due_now and made.client_email:
            receipts.ask_link(made, key="booked", now=due)
        if finish is not None:
            finish(made)

    return done


def book_series(
    *,
    business: Business,
    order: Order,
    series_id: UUID,
    recurrence: Recurrence,
    parts: Sequence[Part],
    now: datetime,
    by: Actor,
    notify: bool = True,
) -> Outcome:
    """Book several appointments for one client; each part has its own time, provider and permissions.

    Raises as `book` does for what is wrong with all of them; what is wrong with one stands in the outcome.
    """
    ready = _ready(business, order)
    return series.book(
        business=business,
        series_id=series_id,
        recurrence=recurrence,
        parts=parts,
        wish=ready.wish,
        client=ready.client,
        terms=ready.terms,
        now=now,
        by=by,
        notify=notify,
    )


def _ready(business: Business, order: Order) -> _Ready:
    service = access_service(order.service_id)
    if not service.active:
        raise no_such_service()
    if order.provider_id is not None:
        access_provider(order.provider_id)
    if order.duration_minutes is not None:
        check_length(order.duration_minutes, of_class=service.capacity > 1)
    words, staff_notes, shared_notes = _texts(order)
    wish = Wish(
        service=service,
        start=order.start,
        provider_id=order.provider_id,
        client_timezone=order.client_timezone,
        client_locale=business.locale,
        notes=words,
        staff_notes=staff_notes,
        shared_notes=shared_notes,
        source=order.source,
        allow_outside_hours=order.allow_outside_hours,
        allow_overlap=order.allow_overlap,
        duration_minutes=order.duration_minutes,
    )
    return _Ready(wish, _client(business, order), _terms(business, service, order))


def _terms(business: Business, service: Service, order: Order) -> dict[UUID, Terms]:
    return terms(
        business=business,
        service_id=service.pk,
        prices=prices(service) if order.price is None else dict.fromkeys(prices(service), order.price),
        allowed_modes=list(service.payment_modes),
        payment_mode=order.payment_mode,
        deposit_type=service.deposit_type,
        deposit_value=service.deposit_value,
        by_staff=True,
    )


def move(
    *,
    business: Business,
    appointment: Appointment,
    to: Move,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Move an appointment; another provider must be one of the business's (NotFound) who gives the service."""
    if to.provider_id is not None:
        access_provider(to.provider_id)
    return moves.reschedule(
        business=business, appointment=appointment, move=to, now=now, by=by,
        reason=reason, notify=notify, key=key, finish=finish,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed of an appointment; None leaves it. `reason` and `notify` go with the status."""

    status: str | None = None
    shared_notes: str | None = None
    staff_notes: str | None = None
    reason: str = ""
    notify: bool = True


def change(*, business: Business, appointment: Appointment, to: Change, now: datetime, by: Actor) -> Appointment:
    """Change status, notes, or both: all of it or nothing. Raises as `set_status` and `notes.keep` do."""

    def keep() -> None:
        notes.keep(appointment, staff=to.staff_notes, shared=to.shared_notes, now=now, by=by)

    if to.status is None:
        keep()
        return appointment
    facts: dict[str, Any] = {"business": business, "appointment": appointment, "now": now, "by": by}
    facts |= {"status": to.status, "reason": to.reason, "notify": to.notify}
    if to.staff_notes is None and to.shared_notes is None:
        return set_status(**facts)
    with transaction.atomic():
        keep()
        return set_status(**facts)


def set_status(
    *,
    business: Business,
    appointment: Appointment,
    status: str,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
) -> Appointment:
    """Complete, no-show, approve (`confirmed`), decline or cancel. Raises `InvalidTransition`, `TooEarly`."""
    match status:
        case "completed":
            return transitions.complete(business=business, appointment=appointment, now=now, by=by)
        case "no_show":
            return transitions.no_show(business=business, appointment=appointment, now=now, by=by)
        case "confirmed":
            return transitions.approve(business=business, appointment=appointment, now=now, by=by)
        case "declined":
            return transitions.decline(
                business=business, appointment=appointment, now=now, by=by, reason=reason, notify=notify
            )
        case "cancelled":
            return transitions.cancel(
                business=business, appointment=appointment, now=now, by=by, reason=reason, notify=notify
            )
    raise ValueError(status)


def _texts(order: Order) -> tuple[str, str, str]:
    checks = Checks()
    words = checks.text("notes", order.notes, most=2000)
    staff_notes = checks.text("staff_notes", order.staff_notes, most=5000)
    shared_notes = checks.text("shared_notes", order.shared_notes, most=2000)
    checks.zone("client_timezone", order.client_timezone or None)
    checks.done()
    return words, staff_notes, shared_notes


def _client(business: Business, order: Order) -> ClientDetails:
    known = None if order.client_id is None else access_client(order.client_id)
    details = clean_details(
        name=order.name or (known.name if known else ""),
        email=order.email or (known.email if known else ""),
        phone=order.phone or (known.phone if known else ""),
        timezone=order.client_timezone or (known.timezone if known else ""),
        locale=(known.locale if known else "") or business.locale,
        region=business.country or None,
        email_required=False,
    )
    return (
        details
        if known is None
        else ClientDetails(details.name, details.email, details.phone, details.timezone, details.locale, known.pk)
    )
