"""The money of one appointment, as its page shows it: what it costs, what was paid and how, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.enums import PaymentState
from billing.models import Bill, CheckoutAttempt, Payment, SavedCard
from billing.selectors.ledger import standing

if TYPE_CHECKING:
    from datetime import datetime

    from billing.domain.standing import Standing
    from scheduling.models import Appointment

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
    """What an appointment costs and how that stands. `bill` None: it was made before there were bills."""

    currency: str
    price: int
    standing: Standing
    bill: Bill | None
    payments: list[Paid]
    card: SavedCard | None


def money_of(appointment: Appointment) -> Money:
    """The money of an appointment. 7 queries."""
    bill = Bill.objects.filter(appointment_id=appointment.pk).first()
    rows = Payment.objects.filter(appointment_id=appointment.pk, state__in=SHOWN).order_by("created_at")
    return Money(
        currency=appointment.currency,
        price=appointment.price,
        standing=standing(appointment),
        bill=bill,
        payments=[Paid(row, row.captured_at or row.created_at, row.amount, card_words(row)) for row in rows],
        card=card_of(appointment),
    )


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
