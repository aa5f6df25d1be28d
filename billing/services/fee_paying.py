"""A fee that the client pays himself, on a payment page: his bank wants that, or his card could not be charged."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from billing.enums import FEES, AttemptState, PaymentState, Purpose
from billing.errors import NothingDue
from billing.models import Payment
from billing.selectors.accounts import application_fee, ready_account
from billing.services import attempts, bills, checkout, fees
from billing.services.attempts import Asked
from billing.services.checkout import Closing, PaymentsUnavailable
from scheduling.errors import CheckoutOpen
from scheduling.services import paying

if TYPE_CHECKING:
    from billing.models import CheckoutAttempt
    from scheduling.models import Appointment
    from tenants.models import Business


def payable(appointment: Appointment) -> Payment | None:
    """The fee that the client may pay himself now; none while his card is being charged. 1 query."""
    found = fees.fee_of(appointment)
    if found is None or found.state not in fees.OPEN or found.state == PaymentState.UNKNOWN:
        return None
    return None if found.state == PaymentState.PENDING and not found.attempts else found


def open_page(*, business: Business, appointment: Appointment, now: datetime) -> str:
    """The address of the page where the fee is paid; empty while nobody knows it yet. A second click gets the same one.

    Raises `NothingDue`, `PaymentsUnavailable`, `CheckoutOpen`.
    """
    account = ready_account(business)
    if account is None:
        raise PaymentsUnavailable()
    fee = payable(appointment)
    if fee is None:
        raise NothingDue()
    asked = Asked(
        Purpose(fee.purpose), account.account_id, fee.amount, application_fee=application_fee(business, fee.amount)
    )
    _close_other(business, appointment, asked, now)
    with transaction.atomic():
        attempt = _write(business, appointment, asked, now)
    attempt = checkout.ask(business=business, attempt=attempt, now=now, quick=True)
    return attempt.url if attempt.state == AttemptState.OPEN else ""


def awaited(appointment: Appointment, *, now: datetime) -> bool:
    """The client is back from the page: whether we still wait to hear of it. A worker asks."""
    found = _live(appointment)
    if found is None:
        return False
    checkout.look_soon(found, now=now)
    return True


def _live(appointment: Appointment) -> CheckoutAttempt | None:
    return next((one for one in attempts.live(appointment.pk) if one.purpose in FEES), None)


def _close_other(business: Business, appointment: Appointment, asked: Asked, now: datetime) -> None:
    found = _live(appointment)
    if found is None or attempts.same(found, appointment, asked):
        return
    match checkout.close(business=business, attempt=found, now=now):
        case Closing.PAID:
            raise NothingDue()
        case Closing.UNKNOWN:
            raise CheckoutOpen()


def _write(business: Business, appointment: Appointment, asked: Asked, now: datetime) -> CheckoutAttempt:
    fresh = paying.lock_row(appointment)
    if payable(fresh) is None:
        raise NothingDue()
    live = _live(fresh)
    if live is None:
        return attempts.write(business, fresh, bills.ensure(fresh, now=now), asked, now=now)
    if not attempts.same(live, fresh, asked):
        raise CheckoutOpen()
    return live
