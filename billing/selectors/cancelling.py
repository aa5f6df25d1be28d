"""What cancelling an appointment returns and costs, by the policy it copied and the money that came for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from billing.domain import cancelling
from billing.domain.cancelling import Outcome
from billing.domain.policies import Tier
from billing.enums import FEES, IN_PERSON, PaymentState
from billing.models import Bill, Payment, SavedCard
from billing.selectors import ledger
from billing.selectors.policies import free_until
from scheduling.enums import Status

if TYPE_CHECKING:
    from scheduling.models import Appointment

NOT_OWED = (PaymentState.FAILED, PaymentState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling would return and cost, or did: minor units of `currency`, and the tier that says so.

    `refund_amount` goes back, `in_person` of it by hand, the rest to `card` ("Visa 4242"). `fee_amount` is what the
    business keeps or charges, `charge_amount` of it to the kept card. `disputed`: the bank decides first, nothing goes
    back. `free_until` is the last instant at which it costs nothing, None when it always costs something.
    """

    refund_amount: int
    fee_amount: int
    currency: str
    fee_percentage: int
    fee_fixed: int
    free_until: datetime | None
    charge_amount: int = 0
    in_person: int = 0
    captured: int = 0
    card: str = ""
    disputed: bool = False


def cancellation(appointment: Appointment, *, now: datetime) -> Cancellation:
    """What cancelling now comes to by its policy; of what is cancelled already, what it came to. 6 queries."""
    if appointment.status in (Status.CANCELLED, Status.DECLINED, Status.EXPIRED):
        return _was(appointment)
    return _described(appointment, outcome(appointment, now=now))


def in_full(appointment: Appointment) -> Cancellation:
    """What cancelling comes to when everything goes back."""
    found = ledger.sums(appointment)
    return _described(appointment, cancelling.in_full(found.captured, found.refunded))


def outcome(appointment: Appointment, *, now: datetime) -> Outcome:
    """What the policy says of an appointment that is on. What earlier cancellations returned does not count."""
    found = ledger.sums(appointment)
    return cancelling.by_policy(
        appointment.policy, appointment.starts_at, now, to_pay=to_pay(appointment),
        captured=found.captured - found.returned, refunded=found.refunded - found.returned,
        card=saved_card(appointment) is not None,
    )  # fmt: skip


def to_pay(appointment: Appointment) -> int:
    """What the appointment costs in money: its bill, else its price. 1 query."""
    bill = Bill.objects.filter(appointment_id=appointment.pk).first()
    return bill.to_pay if bill else appointment.price


def saved_card(appointment: Appointment) -> SavedCard | None:
    """The card that may be charged for this appointment: kept for it, with consent, and still there. 1 query."""
    cards = SavedCard.objects.filter(appointment_id=appointment.pk, detached_at__isnull=True).exclude(consent={})
    return cards.order_by("-created_at").first()


def no_show_fee(appointment: Appointment) -> int:
    """What not coming costs by the policy, beside what was kept already; 0 without a card that may be charged."""
    if saved_card(appointment) is None:
        return 0
    return cancelling.no_show_fee(to_pay=to_pay(appointment), kept=ledger.kept(appointment))


def card_words(brand: str, last4: str) -> str:
    """`Visa 4242`."""
    return f"{brand.replace('_', ' ').title()} {last4}".strip()


def _was(appointment: Appointment) -> Cancellation:
    found = ledger.sums(appointment)
    owed = Payment.objects.filter(appointment_id=appointment.pk, purpose__in=FEES).exclude(state__in=NOT_OWED).first()
    charge = owed.amount if owed else 0
    return _described(appointment, Outcome(found.returned, found.kept, charge, Tier(0, 0)))


def _described(appointment: Appointment, found: Outcome) -> Cancellation:
    payments = list(
        Payment.objects.filter(appointment_id=appointment.pk, state=PaymentState.SUCCEEDED).exclude(purpose__in=FEES)
    )
    left = ledger.left_of(payments)
    online = sum(left[payment.pk] for payment in payments if payment.method not in IN_PERSON)
    card = next((p for p in payments if p.card_last4), None) or saved_card(appointment)
    return Cancellation(
        refund_amount=found.refund,
        fee_amount=found.kept + found.charge,
        currency=appointment.currency,
        fee_percentage=found.tier.fee_percentage,
        fee_fixed=found.tier.fee_fixed,
        free_until=free_until(appointment),
        charge_amount=found.charge,
        in_person=max(0, found.refund - online) if appointment.status not in ledger.OFF else 0,
        captured=sum(payment.amount for payment in payments),
        card=_card(card),
        disputed=ledger.sums(appointment).disputed,
    )


def _card(card: Payment | SavedCard | None) -> str:
    if isinstance(card, Payment):
        return card_words(card.card_brand, card.card_last4)
    return card_words(card.brand, card.last4) if card else ""
