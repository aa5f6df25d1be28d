"""Disputes: a client's bank wants a payment back. The business answers at Stripe; here refunds and fees stop meanwhile."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from billing.gateways.base import Disputed, Missing, Unknown
from billing.gateways.stripe import gateway
from billing.models import Dispute, Payment
from billing.services import fees, money_mail, standing
from billing.services.refund_asking import NotKnown
from daybook.core.actors import SYSTEM
from scheduling.services import paying

OVER = ("won", "lost", "warning_closed", "prevented")
"""How disputes end, in the vendor's words."""


def reread(*, account_id: str, dispute_id: str, now: datetime) -> bool:
    """Take over a dispute as the vendor has it; whether it is about a payment of ours."""
    found = gateway().dispute(account_id, dispute_id)
    if isinstance(found, Unknown):
        raise NotKnown(found.reason)
    if isinstance(found, Missing):
        return False
    payment = _payment(account_id, found)
    if payment is None:
        return False
    take_over(payment, found, now=now)
    return True


def take_over(payment: Payment, found: Disputed, *, now: datetime) -> None:
    """Bring our row in line with the vendor's; one that is over stays over."""
    with transaction.atomic():
        known = Payment.objects.select_related("appointment").get(pk=payment.pk)
        appointment = None if known.appointment is None else paying.lock_row(known.appointment)
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        row = Dispute.objects.select_for_update().filter(payment=locked, dispute_id=found.dispute_id).first()
        if row is not None and row.closed_at is not None:
            return
        news = row is None or row.status != found.status
        row = row or Dispute(payment=locked, dispute_id=found.dispute_id, opened_at=found.opened_at or now)
        row.amount, row.reason, row.status, row.due_by = found.amount, found.reason[:60], found.status, found.due_by
        row.closed_at = now if found.status in OVER else None
        row.save()
        if not news:
            return
        money_mail.ask(money_mail.DISPUTE, locked.appointment_id, now=now, dispute=str(row.pk), status=row.status)
        if appointment is None:
            return
        if row.closed_at is None:
            fees.stop(appointment=appointment, now=now, note=fees.DISPUTED)
        standing.refresh(
            appointment, by=SYSTEM, now=now, action="dispute_closed" if row.closed_at else "disputed",
            amount=row.amount, currency=locked.currency, outcome=row.status,
        )  # fmt: skip


def _payment(account_id: str, found: Disputed) -> Payment | None:
    ours = Payment.objects.filter(account_id=account_id)
    if found.payment_intent_id:
        return ours.filter(payment_intent_id=found.payment_intent_id).first()
    return ours.filter(charge_id=found.charge_id).exclude(charge_id="").first()
