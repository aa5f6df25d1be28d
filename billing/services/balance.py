"""What is left to pay of a booked appointment: by the client on a payment page, whose link never ends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from billing.enums import AttemptState, Purpose
from billing.errors import NothingDue
from billing.selectors.accounts import application_fee, ready_account
from billing.selectors.ledger import standing
from billing.services import attempts, bills, checkout
from billing.services.attempts import Asked
from billing.services.checkout import Closing, PaymentsUnavailable
from billing.services.receipts import due_now
from daybook.core.errors import Invalid
from scheduling.enums import Status
from scheduling.errors import CheckoutOpen, InvalidTransition
from scheduling.services import paying

if TYPE_CHECKING:
    from billing.models import CheckoutAttempt
    from scheduling.models import Appointment
    from tenants.models import Business

PAYABLE = (Status.CONFIRMED, Status.PENDING_APPROVAL, Status.COMPLETED)
HIGHEST_TIP = 9_999_999


def open_page(*, business: Business, appointment: Appointment, tip: int = 0, now: datetime) -> str:
    """The address of the page where what is due is paid, with a tip; empty while nobody knows it yet.

    A second click gets the same page; another tip closes the first. Raises `NothingDue`, `InvalidTransition`,
    `PaymentsUnavailable`, `CheckoutOpen`, `Invalid` for a tip out of reason.
    """
    if not 0 <= tip <= HIGHEST_TIP:
        message = _("Enter an amount from 0 on.")
        raise Invalid("bad_tip", message, {"tip": [message]})
    account = ready_account(business)
    if account is None:
        raise PaymentsUnavailable()
    asked = _asked(business, appointment, account.account_id, tip)
    _close_others(business, appointment, asked, now)
    with transaction.atomic():
        attempt = _write(business, appointment, asked, now)
    attempt = checkout.ask(business=business, attempt=attempt, now=now, quick=True)
    return attempt.url if attempt.state == AttemptState.OPEN else ""


def current(appointment: Appointment) -> CheckoutAttempt | None:
    """The payment page for what is due that may be paid now."""
    return next((one for one in attempts.live(appointment.pk) if one.purpose == Purpose.BALANCE), None)


def may_pay(business: Business, appointment: Appointment) -> bool:
    """Whether the client can pay something online now. At most 5 queries."""
    return appointment.status in PAYABLE and due_now(appointment) > 0 and ready_account(business) is not None


def _asked(business: Business, appointment: Appointment, account_id: str, tip: int) -> Asked:
    amount = due_now(appointment)
    if not amount:
        raise NothingDue()
    return Asked(Purpose.BALANCE, account_id, amount + tip, tip, application_fee(business, amount))


def _close_others(business: Business, appointment: Appointment, asked: Asked, now: datetime) -> None:
    found = current(appointment)
    if found is None or attempts.same(found, appointment, asked):
        return
    match checkout.close(business=business, attempt=found, now=now):
        case Closing.PAID:
            raise NothingDue()
        case Closing.UNKNOWN:
            raise CheckoutOpen()


def _write(business: Business, appointment: Appointment, asked: Asked, now: datetime) -> CheckoutAttempt:
    fresh = paying.lock_row(appointment)
    if fresh.status not in PAYABLE:
        raise InvalidTransition(fresh.status, "pay")
    found = standing(fresh)
    if found.due < asked.amount - asked.tip:
        raise NothingDue()
    if found.pending:  # his card is being charged for it this moment
        raise CheckoutOpen()
    live = current(fresh)
    if live is None:
        return attempts.write(business, fresh, bills.ensure(fresh, now=now), asked, now=now)
    if not attempts.same(live, fresh, asked):
        raise CheckoutOpen()
    return live
