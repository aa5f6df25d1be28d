"""The money of one appointment, as its page shows it: what it costs, what was paid and how, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing.enums import PaymentState, Purpose
from billing.models import Bill, CheckoutAttempt, Payment, SavedCard
from billing.selectors import ledger
from billing.selectors.prices import bill_in_words
from daybook.core import formats
from scheduling.enums import PaymentMode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from uuid import UUID

    from billing.domain.standing import Standing
    from scheduling.models import Appointment

Amounts = tuple[str, list[tuple[str, str]]]
"""The price in words, where there is more to say than the price, and what was paid of it and is due."""
SHOWN = (PaymentState.SUCCEEDED, PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.REQUIRES_CUSTOMER)


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment. `how` is a card or a way to pay; `at` an instant."""

    payment: Payment
    at: datetime
    amount: int
    card: str


@dataclass(frozen=True, slots=True)
class Money:
    """What an appointment costs and how that stands. `bill` None: it was made before there were bills.

    `paid`: what has come, tips included, whatever went back. `plain`: paid at the visit, and nobody has paid yet.
    `failure`: why the last charge failed.
    """

    currency: str
    price: int
    standing: Standing
    bill: Bill | None
    payments: list[Paid]
    card: SavedCard | None
    paid: int = 0
    plain: bool = False
    failure: str = ""


def money_of(appointment: Appointment, sums: Callable[[], ledger.Sums] | None = None) -> Money:
    """The money of an appointment. 2 queries where it is paid at the visit and nothing was paid yet, else 6.

    `sums` answers its sums, for who shows them elsewhere, too.
    """
    bill = Bill.objects.filter(appointment_id=appointment.pk).first()
    rows = list(Payment.objects.filter(appointment_id=appointment.pk).order_by("created_at"))
    plain = not rows and appointment.payment_mode == PaymentMode.PAY_IN_PERSON
    found = ledger.Sums() if not rows else sums() if sums else ledger.sums(appointment)
    return Money(
        currency=appointment.currency,
        price=appointment.price,
        standing=ledger.towards(appointment, found, bill.to_pay if bill else appointment.price),
        bill=bill,
        payments=[
            Paid(row, row.captured_at or row.created_at, row.amount, card_words(row))
            for row in rows
            if row.state in SHOWN
        ],
        card=None if plain else card_of(appointment),
        paid=found.captured,
        plain=plain,
        failure=_failure(rows),
    )


def paid_in_words(appointment: Appointment, language: str) -> list[tuple[str, str]]:
    """`Paid`, `Refunded` and `Still due` with their amounts; empty while all of it is due at the visit. 2 queries, or 6."""
    return _paid_words(appointment, money_of(appointment).standing, language)


def amounts_in_words(appointments: Collection[Appointment], language: str) -> dict[UUID, Amounts]:
    """What `price_in_words` and `paid_in_words` say of each. 4 queries."""
    ids = [row.pk for row in appointments]
    bills = {bill.appointment_id: bill for bill in Bill.objects.filter(appointment_id__in=ids)}
    sums = ledger.sums_by_appointment(ids)
    found = {}
    for row in appointments:
        bill = bills.get(row.pk)
        standing = ledger.towards(row, sums[row.pk], bill.to_pay if bill else row.price)
        found[row.pk] = (bill_in_words(bill, language), _paid_words(row, standing, language))
    return found


def _paid_words(appointment: Appointment, standing: Standing, language: str) -> list[tuple[str, str]]:
    if not standing.captured and appointment.payment_mode not in (PaymentMode.FULL, PaymentMode.DEPOSIT):
        return []
    amounts = ((_("Paid"), standing.captured), (_("Refunded"), standing.refunded), (_("Still due"), standing.due))
    return [(label, formats.money(amount, appointment.currency, language)) for label, amount in amounts if amount]


def _failure(rows: list[Payment]) -> str:
    """Why the last charge of the balance failed; empty when it did not."""
    charges = [row for row in rows if row.purpose == Purpose.BALANCE]
    if not charges or charges[-1].state != PaymentState.FAILED:
        return ""
    return charges[-1].failure_code or "declined"


def card_of(appointment: Appointment) -> SavedCard | None:
    """The card that was kept with this appointment, while it can be charged. 1 query."""
    kept = SavedCard.objects.filter(appointment_id=appointment.pk, detached_at__isnull=True)
    return kept.order_by("-created_at").first()


def card_words(payment: Payment) -> str:
    """`Visa 4242`; empty for what was no card."""
    return f"{payment.card_brand.capitalize()} {payment.card_last4}".strip() if payment.card_last4 else ""


def was_paid(appointment: Appointment) -> bool:
    """Whether a payment page of this appointment was paid, whatever became of its time. 1 query."""
    return CheckoutAttempt.objects.filter(appointment_id=appointment.pk, state="paid").exists()
