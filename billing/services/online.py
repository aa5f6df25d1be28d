"""From a time somebody wants to the page where it is paid: the held time, its bill and its checkout in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from billing.enums import AttemptState, Purpose
from billing.models import CheckoutAttempt
from billing.selectors.accounts import application_fee, ready_account
from billing.selectors.offer import consent_words
from billing.services import attempts, checkout, discounts
from billing.services.attempts import PURPOSES, Asked
from billing.services.checkout import PaymentsUnavailable
from daybook.core.crypto import fingerprint
from daybook.core.errors import Invalid
from scheduling.enums import PaymentMode, Status
from scheduling.errors import CheckoutOpen
from scheduling.services import paying

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from daybook.core.idempotency import Key
    from scheduling.models import Appointment
    from scheduling.services.bookings import Finish
    from scheduling.services.clients import ClientDetails
    from scheduling.services.placing import Terms, Wish
    from tenants.models import Business

KEEPS_CARD = (PaymentMode.DEPOSIT, PaymentMode.CARD_ON_FILE)


def is_needed(terms: Terms) -> bool:
    """Whether a booking under these terms goes by way of a payment page. What costs nothing never does."""
    return bool(terms.due_now) or (terms.payment_mode == PaymentMode.CARD_ON_FILE and bool(terms.price))


def consent(business: Business, *, accepted: bool, address: str, now: datetime) -> dict[str, str]:
    """The client's consent as it is kept: what he read, when, from where. Raises `Invalid` (422) without it."""
    if not accepted:
        message = _("Please accept the cancellation policy.")
        raise Invalid("policy_not_accepted", message, {"policy_accepted": [message]})
    text = consent_words(business.name)
    return {
        "text": text,
        "version": fingerprint(text),
        "at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "address": address,
    }


def begin(
    *,
    business: Business,
    held: Appointment,
    client: ClientDetails,
    notes: str,
    terms: Terms,
    consent: dict[str, str],
    now: datetime,
    by: Actor,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Note who pays a held time and how; the page itself is asked for by `page`, after the commit.

    Pages that ask for something else are closed before. Raises `InvalidTransition` when one of those was paid,
    `CheckoutOpen` when nobody knows, and what `paying.begin_checkout` raises.
    """
    account = _account(business)
    asked = _asked(business, terms, account, consent)
    checkout.close_others(business=business, appointment=held, asked=asked, now=now)
    return paying.begin_checkout(
        business=business, appointment=held, client=client, notes=notes, terms=terms, now=now, by=by, key=key,
        finish=finish, write=lambda fresh: _write(business, fresh, asked, now=now, by=by),
    )  # fmt: skip


def hold_and_begin(
    *,
    business: Business,
    wish: Wish,
    client: ClientDetails,
    terms: Mapping[UUID, Terms],
    consent: dict[str, str],
    now: datetime,
    by: Actor,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """The same for a time that is not held yet."""
    account = _account(business)

    def write(fresh: Appointment) -> None:
        _write(business, fresh, _asked(business, terms[fresh.provider_id], account, consent), now=now, by=by)

    return paying.hold_to_pay(
        business=business, wish=wish, client=client, terms=terms, write=write, now=now, by=by, key=key, finish=finish
    )


def page(*, business: Business, appointment: Appointment, now: datetime) -> str:
    """The address of the payment page, asked for within the client's request; empty while nobody knows it yet.

    A second click, or another tab, gets the same page. Raises `PaymentsUnavailable` when the account says no.
    """
    found = current(appointment)
    if found is None:
        return ""
    found = checkout.ask(business=business, attempt=found, now=now, quick=True)
    return found.url if found.state == AttemptState.OPEN else ""


def current(appointment: Appointment) -> CheckoutAttempt | None:
    """The payment page of a held time that may be paid now; none once it is booked or over."""
    if appointment.status != Status.HELD:
        return None
    found = attempts.live(appointment.pk, of_hold=True)
    return found[-1] if found else None


def give_up(*, business: Business, held: Appointment, now: datetime) -> None:
    """Close whatever page a held time could be paid at. Raises `InvalidTransition` (it was paid), `CheckoutOpen`."""
    checkout.close_others(business=business, appointment=held, asked=None, now=now)


def look_soon(appointment: Appointment, *, now: datetime) -> None:
    """Somebody waits for the outcome: have a worker ask."""
    found = current(appointment)
    if found is not None:
        checkout.look_soon(found, now=now)


def _account(business: Business) -> str:
    found = ready_account(business)
    if found is None:
        raise PaymentsUnavailable()
    return found.account_id


def _asked(business: Business, terms: Terms, account_id: str, consent: dict[str, str]) -> Asked:
    purpose = PURPOSES[PaymentMode(terms.payment_mode)]
    return Asked(
        purpose=purpose,
        account_id=account_id,
        amount=terms.due_now,
        application_fee=0 if purpose == Purpose.CARD else application_fee(business, terms.due_now),
        consent=consent if terms.payment_mode in KEEPS_CARD else {},
        keep_card=terms.payment_mode in KEEPS_CARD,
    )


def _write(business: Business, fresh: Appointment, asked: Asked, *, now: datetime, by: Actor) -> None:
    """The bill as it is now that it is known who books, and the attempt, if no live one asks for the same."""
    discounts.bind(business=business, appointment=fresh, now=now, by=by)
    bill = discounts.reprice(business=business, appointment=fresh, now=now)
    live = attempts.live(fresh.pk, of_hold=True)
    if any(attempts.same(one, fresh, asked) for one in live):
        return
    if live or bill.due_now != asked.amount:  # another tab was quicker with another wish
        raise CheckoutOpen()
    attempts.write(business, fresh, bill, asked, now=now)
