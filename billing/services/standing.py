"""What an appointment's ledger comes to, and its payment status, which follows from it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from billing.domain.standing import Standing
from billing.enums import COUNTED_REFUNDS, PaymentState
from billing.models import Bill, Dispute, Payment, Refund
from scheduling.enums import PaymentStatus
from scheduling.services import paying

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from scheduling.models import Appointment

OVER = ("won", "lost", "warning_closed", "prevented")
"""How disputes end."""
ASKED = (PaymentState.PENDING, PaymentState.UNKNOWN)


def of(appointment: Appointment) -> Standing:
    """The sums of an appointment's money. 4 queries."""
    bill = Bill.objects.filter(appointment_id=appointment.pk).first()
    to_pay = bill.to_pay if bill else appointment.price
    payments = Payment.objects.filter(appointment_id=appointment.pk)
    taken = Q(state=PaymentState.SUCCEEDED)
    sums = payments.aggregate(
        amount=Sum("amount", filter=taken), tips=Sum("tip", filter=taken),
        pending=Sum("amount", filter=Q(state__in=ASKED)), failed=Sum("amount", filter=Q(state=PaymentState.FAILED)),
    )  # fmt: skip
    refunded = Refund.objects.filter(payment__appointment_id=appointment.pk, state__in=COUNTED_REFUNDS)
    disputes = Dispute.objects.filter(payment__appointment_id=appointment.pk, closed_at__isnull=True)
    return Standing(
        to_pay=to_pay,
        captured=(sums["amount"] or 0) - (sums["tips"] or 0),
        refunded=refunded.aggregate(sum=Sum("amount"))["sum"] or 0,
        tips=sums["tips"] or 0,
        pending=sums["pending"] or 0,
        failed=bool(sums["failed"]),
        disputed=disputes.exclude(status__in=OVER).exists(),
    )


def refresh(appointment: Appointment, *, by: Actor, now: datetime, action: str = "", **detail: object) -> Standing:
    """Bring a locked appointment's payment status in line with its ledger; `action` is a line of its history."""
    found = of(appointment)
    paying.note_paid(appointment, PaymentStatus(found.status), action=action, by=by, now=now, **detail)
    return found
