"""Money for a time that is gone, or for what was paid before: it goes back in full, and both are told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.enums import RefundReason
from billing.models import Payment
from billing.services import receipts, refunds, standing
from daybook.core.actors import SYSTEM

if TYPE_CHECKING:
    from billing.domain.standing import Standing
    from scheduling.models import Appointment
    from tenants.models import Business


def give_back(*, business: Business, payment: Payment, appointment: Appointment, twice: bool, now: datetime) -> None:
    """Refund all of it with the platform's fee, in the caller's transaction; the vendor is asked by an outbox row."""
    reason = RefundReason.DUPLICATE if twice else RefundReason.LATE_PAYMENT
    refunds.give_back_all(payment, reason=reason, now=now)
    if not twice:
        receipts.ask_late(appointment, key=payment.pk.hex, amount=payment.amount, currency=payment.currency, now=now)


def give_back_excess(payment: Payment, found: Standing, *, appointment: Appointment, now: datetime) -> None:
    """What was due was paid in another way meanwhile: what is too much goes back, at most all of it, but no tip before."""
    price, excess = payment.amount - payment.tip, found.captured - found.to_pay
    if excess <= 0 or refunds.is_disputed(payment):
        return
    amount = None if excess >= price else excess
    refunds.request(payment, amount=amount, reason=RefundReason.DUPLICATE, now=now, by=SYSTEM)
    standing.refresh(appointment, by=SYSTEM, now=now)


def tell(appointment: Appointment, *, now: datetime) -> None:
    """Only a card was kept for a time that is gone: nothing goes back, the client is told."""
    receipts.ask_late(appointment, key=f"card{appointment.pk.hex}", amount=0, currency=appointment.currency, now=now)
