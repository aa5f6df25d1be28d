"""One booking, joined from what scheduling keeps and what billing asks: hold, book, cancel, reschedule, and its links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.selectors.accounts import ready_account
from billing.selectors.cancelling import Cancellation, cancellation
from billing.selectors.offer import Way
from billing.selectors.offer import ways as offered_ways
from billing.selectors.policies import free_until
from billing.selectors.prices import quote_for
from billing.services import online
from billing.services.terms import terms
from daybook.core.actors import Actor
from daybook.core.checking import plain_lines
from daybook.core.crypto import derive_token
from daybook.core.errors import Invalid
from daybook.core.idempotency import Key
from scheduling.enums import Source, Status
from scheduling.errors import InvalidTransition, TooLate
from scheduling.selectors.clientside import made, prices
from scheduling.services import bookings, holds, moves, tokens, transitions
from scheduling.services.bookings import Finish
from scheduling.services.clients import ClientDetails
from scheduling.services.moves import Move
from scheduling.services.placing import Terms, Wish
from tenants.selectors import business_url
from widget.services.codes import CLIENT, apply_code

if TYPE_CHECKING:
    from billing.domain.pricing import Quote
    from scheduling.models import Appointment, Service
    from tenants.models import Business

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


hold_time = hold


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
    payment_mode: str | None = None,
    accepted: bool = False,
    address: str = "",
    source: str = Source.ONLINE,
    now: datetime,
    by: Actor = CLIENT,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Book a time, or turn a hold of the same service and start into the booking.

    What is paid online, or needs a card, stays `held` until it is: `checkout_url` leads to where. That takes
    `accepted`, kept with `address` as the client's consent. No `payment_mode`: in person where that is possible.
    Raises SlotUnavailable, HoldExpired (the hold was released), CheckoutOpen, PaymentsUnavailable, Invalid (wrong
    provider, way of paying, or hold; policy not accepted).
    """
    notes = plain_lines(notes)
    facts: dict[str, Any] = {"business": business, "client": client, "now": now, "by": by, "key": key, "finish": finish}
    if hold is not None:
        _check_hold(hold, service, provider_id, start)
        terms = hold_terms(business, hold, payment_mode)
        if online.is_needed(terms):
            agreed = online.consent(business, accepted=accepted, address=address, now=now)
            return online.begin(held=hold, notes=notes, terms=terms, consent=agreed, **facts)
        if hold.checkout_open:
            online.give_up(business=business, held=hold, now=now)
        return bookings.confirm_hold(appointment=hold, notes=notes, terms=terms, **facts)
    wish = Wish(
        service=service,
        start=start,
        provider_id=provider_id,
        client_timezone=client_timezone,
        client_locale=client.locale or get_language() or business.locale,
        notes=notes,
        source=source,
    )
    all_terms = _terms(business, service, payment_mode)
    if any(online.is_needed(terms) for terms in all_terms.values()):
        agreed = online.consent(business, accepted=accepted, address=address, now=now)
        return online.hold_and_begin(wish=wish, terms=all_terms, consent=agreed, **facts)
    return bookings.place(wish=wish, terms=all_terms, **facts)


def book_with_code(*, code: str, hold: Appointment | None, key: Key | None = None, **facts: Any) -> Appointment:
    """The same with a code. Without a hold, the time is held, the code used and it is booked in one transaction.

    Raises as `book` and `apply_code`.
    """
    business, now, email = facts["business"], facts["now"], facts["client"].email
    if hold is not None:
        apply_code(business=business, hold=hold, code=code, email=email, now=now)
        return book(hold=hold, key=key, **facts)
    wanted = {name: facts[name] for name in ("service", "provider_id", "start", "client_timezone", "source")}
    with transaction.atomic():
        if key is not None:
            key.claim()
        made = hold_time(business=business, address=facts["address"], now=now, **wanted)
        apply_code(business=business, hold=made, code=code, email=email, now=now)
        return book(hold=made, **facts)


def is_booked(appointment: Appointment) -> bool:
    """Whether a hold became a booking, whatever happened to that since."""
    return appointment.confirmed_at is not None or appointment.requested_at is not None


def checkout_url(business: Business, appointment: Appointment, *, now: datetime) -> str | None:
    """Where a held time is paid, asked for within the request; None while nobody knows, and when nothing is to be paid.

    The one call of a vendor that a client waits for: 5 seconds at most. Raises PaymentsUnavailable.
    """
    return online.page(business=business, appointment=appointment, now=now) or None


def known_checkout_url(appointment: Appointment) -> str | None:
    """The same as far as it is known, for those who ask again and again."""
    found = online.current(appointment)
    return found.url or None if found is not None else None


def outcome_awaited(appointment: Appointment, *, now: datetime) -> None:
    """Somebody waits to hear whether a held time was paid: have a worker ask."""
    online.look_soon(appointment, now=now)


def ways(business: Business, hold: Appointment) -> list[Way]:
    """The ways to pay a held time, at the price at which it is held, with its codes and taxes. 3 to 5 queries."""
    service = hold.service
    return offered_ways(
        service.payment_modes, price_of(hold).to_pay, hold.currency, deposit_type=service.deposit_type,
        deposit_value=service.deposit_value, ready=ready_account(business) is not None,
    )  # fmt: skip


def price_of(appointment: Appointment) -> Quote:
    """What a held time costs, line by line: its price, a coupon, taxes, a package or gift certificate."""
    return quote_for(appointment)


def is_paid_online(business: Business, hold: Appointment) -> bool:
    """Whether a held time cannot be booked without a payment page."""
    offered = ways(business, hold)
    return bool(offered) and all(way.is_online for way in offered)


def hold_terms(business: Business, hold: Appointment, payment_mode: str | None) -> Terms:
    """How a held time is paid, at the price at which it is held."""
    found = terms(
        business=business, service_id=hold.service_id, prices={hold.provider_id: hold.price},
        to_pay={hold.provider_id: price_of(hold).to_pay}, allowed_modes=hold.service.payment_modes, payment_mode=payment_mode, deposit_type=hold.service.deposit_type,
        deposit_value=hold.service.deposit_value,
    )  # fmt: skip
    return found[hold.provider_id]


def extend_hold(business: Business, appointment: Appointment, *, now: datetime) -> Appointment:
    """One click more time, 30 minutes in all. Raises HoldExpired when it is over."""
    return holds.extend(business=business, appointment=appointment, now=now)


def release_hold(business: Business, appointment: Appointment, *, now: datetime) -> Appointment:
    """Give the time back; doing it twice changes nothing. A payment page is closed first (CheckoutOpen if unknown)."""
    if appointment.checkout_open:
        online.give_up(business=business, held=appointment, now=now)
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


def booked_links(business: Business, appointment: Appointment, *, now: datetime) -> dict[str, str | None]:
    """`links`, and where the booking is held until it is paid `hold_token` and `checkout_url`. Never kept."""
    found: dict[str, str | None] = {**links(business, appointment)}
    if appointment.status == Status.HELD:
        found |= {
            "hold_token": hold_token(business, appointment),
            "checkout_url": checkout_url(business, appointment, now=now),
        }
    return found


def made_before(business: Business, appointment_id: UUID) -> Appointment:
    """What a repeated request made the first time; its sender may have its secrets again."""
    return made(business, appointment_id)


def host_url(business: Business) -> str:
    """The address of the business's booking pages."""
    return business_url(business)


def _terms(business: Business, service: Service, payment_mode: str | None = None) -> dict[UUID, Terms]:
    return terms(
        business=business,
        service_id=service.pk,
        prices=prices(service),
        allowed_modes=service.payment_modes,
        payment_mode=payment_mode,
        deposit_type=service.deposit_type,
        deposit_value=service.deposit_value,
    )


def _check_hold(hold: Appointment, service: Service, provider_id: UUID | None, start: datetime) -> None:
    """A hold is for one service, start and provider; whoever sends something else has mixed two bookings up."""
    fields = {
        "service_id": hold.service_id == service.pk,
        "start_time": hold.starts_at == start,
        "provider_id": provider_id in (None, hold.provider_id),
    }
    wrong = {name: [_("This differs from what is held.")] for name, same in fields.items() if not same}
    if wrong:
        raise Invalid("hold_mismatch", _("The hold is for something else."), wrong)
