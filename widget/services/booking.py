"""One booking, joined from what scheduling keeps and what billing asks: hold, book, cancel, reschedule, and its links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.selectors.cancelling import Cancellation, cancellation
from billing.selectors.policies import free_until
from billing.services.terms import terms
from daybook.core.actors import Actor, ActorKind
from daybook.core.checking import plain_lines
from daybook.core.crypto import derive_token
from daybook.core.errors import Invalid
from daybook.core.idempotency import Key
from scheduling.enums import PaymentMode, Source, Status
from scheduling.errors import InvalidTransition, TooLate
from scheduling.selectors.clientside import made, prices
from scheduling.services import bookings, holds, moves, tokens, transitions
from scheduling.services.bookings import Finish
from scheduling.services.clients import ClientDetails
from scheduling.services.moves import Move
from scheduling.services.placing import Terms, Wish
from tenants.selectors import business_url

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service
    from tenants.models import Business

CLIENT = Actor(ActorKind.CLIENT)
CHANGEABLE = (Status.CONFIRMED, Status.PENDING_APPROVAL)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when (inclusive) the client may cancel and move it, and cancel it for nothing; UTC.

    `may_cancel` and `may_reschedule` say whether that is possible now, by status and cut-off.
    """

    cancel_until: datetime
    reschedule_until: datetime
    free_until: datetime | None
    may_cancel: bool
    may_reschedule: bool


def hold(
    *,
    business: Business,
    service: Service,
    provider_id: UUID | None,
    start: datetime,
    client_timezone: str,
    address: str,
    source: str = Source.ONLINE,
    now: datetime,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Keep a time for a client who has not said who he is. `address` is the asker's; only a keyed digest is stored.

    Raises SlotUnavailable, TooManyHolds, and Invalid when the provider does not give the service.
    """
    wish = Wish(
        service=service,
        start=start,
        provider_id=provider_id,
        client_timezone=client_timezone,
        client_locale=get_language() or business.locale,
        source=source,
        held_by=derive_token(business.pk, "address", address),
    )
    return bookings.hold(
        business=business, wish=wish, terms=_terms(business, service), now=now, by=CLIENT, key=key, finish=finish
    )


def book(
    *,
    business: Business,
    service: Service,
    provider_id: UUID | None,
    start: datetime,
    hold: Appointment | None,
    client: ClientDetails,
    client_timezone: str,
    notes: str = "",
    payment_mode: str = PaymentMode.PAY_IN_PERSON,
    source: str = Source.ONLINE,
    now: datetime,
    by: Actor = CLIENT,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Book a time, or turn a hold of the same service and start into the booking.

    Raises SlotUnavailable, HoldExpired (the hold was released), Invalid (wrong provider, way of paying, or hold).
    """
    notes = plain_lines(notes)
    if hold is not None:
        _check_hold(hold, service, provider_id, start, payment_mode)
        return bookings.confirm_hold(
            business=business, appointment=hold, client=client, notes=notes, now=now, by=by, key=key, finish=finish
        )
    wish = Wish(
        service=service,
        start=start,
        provider_id=provider_id,
        client_timezone=client_timezone,
        client_locale=client.locale or get_language() or business.locale,
        notes=notes,
        source=source,
    )
    return bookings.place(
        business=business, wish=wish, client=client, terms=_terms(business, service, payment_mode),
        now=now, by=by, key=key, finish=finish,
    )  # fmt: skip


def extend_hold(business: Business, appointment: Appointment, *, now: datetime) -> Appointment:
    """One click more time, 30 minutes in all. Raises HoldExpired when it is over."""
    return holds.extend(business=business, appointment=appointment, now=now)


def release_hold(business: Business, appointment: Appointment, *, now: datetime) -> Appointment:
    """Give the time back; doing it twice changes nothing."""
    return holds.release(business=business, appointment=appointment, now=now, by=CLIENT)


def cost_of_cancelling(appointment: Appointment, *, now: datetime) -> Cancellation:
    """What cancelling at `now` returns and costs by the appointment's own policy."""
    return cancellation(appointment, now=now)


def preview_cancel(business: Business, appointment: Appointment, now: datetime) -> Cancellation:
    """What cancelling now would return and cost. Raises TooLate or InvalidTransition when it is not possible."""
    if appointment.status not in (*CHANGEABLE, Status.HELD):
        raise InvalidTransition(appointment.status, Status.CANCELLED)
    deadline = transitions.cut_off(appointment, "cancel")
    if appointment.status != Status.HELD and now > deadline:
        raise TooLate(deadline)
    return cost_of_cancelling(appointment, now=now)


def cancel(
    *,
    business: Business,
    appointment: Appointment,
    now: datetime,
    by: Actor = CLIENT,
    reason: str = "",
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Cancel for the client. Raises TooLate, InvalidTransition."""
    return transitions.cancel(
        business=business, appointment=appointment, now=now, by=by, reason=plain_lines(reason), key=key, finish=finish
    )


def reschedule(
    *,
    business: Business,
    appointment: Appointment,
    start: datetime,
    provider_id: UUID | None = None,
    now: datetime,
    by: Actor = CLIENT,
    reason: str = "",
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Move the client's appointment; without a provider it stays with its own.

    Raises TooLate, InvalidTransition, SlotUnavailable (with the next free starts), Invalid for a wrong provider.
    """
    move = Move(start=start, provider_id=provider_id)
    return moves.reschedule(
        business=business, appointment=appointment, move=move, now=now, by=by, reason=reason, key=key, finish=finish
    )


def deadlines(appointment: Appointment, now: datetime) -> Deadlines:
    """What the client may still do, and until when."""
    cancel_until = transitions.cut_off(appointment, "cancel")
    reschedule_until = transitions.cut_off(appointment, "reschedule")
    changeable = appointment.status in CHANGEABLE
    return Deadlines(
        cancel_until=cancel_until,
        reschedule_until=reschedule_until,
        free_until=free_until(appointment),
        may_cancel=changeable and now <= cancel_until,
        may_reschedule=changeable and now <= reschedule_until,
    )


def may_extend(appointment: Appointment) -> bool:
    """Whether one more click would gain time for a hold."""
    return holds.can_extend(appointment)


def hold_token(business: Business, appointment: Appointment) -> str:
    """The secret of a hold, derived again."""
    return tokens.hold_token(business.pk, appointment)


def manage_token(business: Business, appointment: Appointment) -> str:
    """The secret that opens the client's own appointment, derived again."""
    return tokens.manage_token(business.pk, appointment)


def manage_url(business: Business, appointment: Appointment) -> str:
    """The address of the client's permanent page, with its token."""
    return business_url(business, f"/a/{appointment.reference}?t={manage_token(business, appointment)}")


def links(business: Business, appointment: Appointment) -> dict[str, str]:
    """The secrets that go with the answer to a booking: `manage_token`, `manage_url`. Never kept."""
    return {"manage_token": manage_token(business, appointment), "manage_url": manage_url(business, appointment)}


def made_before(business: Business, appointment_id: UUID) -> Appointment:
    """What a repeated request made the first time; its sender may have its secrets again."""
    return made(business, appointment_id)


def host_url(business: Business) -> str:
    """The address of the business's booking pages."""
    return business_url(business)


def _terms(business: Business, service: Service, payment_mode: str = PaymentMode.PAY_IN_PERSON) -> dict[UUID, Terms]:
    return terms(
        business=business,
        service_id=service.pk,
        prices=prices(service),
        allowed_modes=service.payment_modes,
        payment_mode=payment_mode,
    )


def _check_hold(
    hold: Appointment, service: Service, provider_id: UUID | None, start: datetime, payment_mode: str
) -> None:
    """A hold is for one service, start and provider; whoever sends something else has mixed two bookings up."""
    fields = {
        "service_id": hold.service_id == service.pk,
        "start_time": hold.starts_at == start,
        "provider_id": provider_id in (None, hold.provider_id),
        "payment_mode": payment_mode == hold.payment_mode,
    }
    wrong = {name: [_("This differs from what is held.")] for name, same in fields.items() if not same}
    if wrong:
        raise Invalid("hold_mismatch", _("The hold is for something else."), wrong)
