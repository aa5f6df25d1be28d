"""Rows of money, as paying leaves them."""

from typing import Any

from billing.enums import Method, PaymentState, Purpose, RefundReason, RefundState
from billing.models import Dispute, Payment, Refund
from scheduling.models import Appointment
from tests.factories import NOW

ACCOUNT = "acct_1"


def make_payment(appointment: Appointment | None, amount: int, **values: Any) -> Payment:
    """Money that came online; `values` say otherwise."""
    state = values.pop("state", PaymentState.SUCCEEDED)
    method = values.pop("method", Method.ONLINE)
    online = method in (Method.ONLINE, Method.SAVED_CARD)
    fields: dict[str, Any] = {
        "purpose": Purpose.FULL,
        "currency": "usd",
        "account_id": ACCOUNT if online else "",
        "client": appointment.client if appointment else None,
        "created_at": NOW,
        "captured_at": NOW if state == PaymentState.SUCCEEDED else None,
    }
    return Payment.objects.create(appointment=appointment, amount=amount, method=method, state=state, **fields | values)


def make_refund(payment: Payment, amount: int, state: str = RefundState.SUCCEEDED, **values: Any) -> Refund:
    """Money that went back."""
    return Refund.objects.create(
        payment=payment, amount=amount, state=state, reason=RefundReason.STAFF, created_at=NOW, **values
    )


def make_dispute(payment: Payment, amount: int, status: str = "needs_response", **values: Any) -> Dispute:
    """A dispute, open unless it has an end."""
    return Dispute.objects.create(
        payment=payment, amount=amount, status=status, dispute_id=f"dp_{payment.pk.hex[:8]}", opened_at=NOW, **values
    )
