"""Bills: what an appointment costs, written once in the transaction that makes it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.models import Bill

if TYPE_CHECKING:
    from billing.domain.pricing import Quote
    from scheduling.models import Appointment


def ensure(appointment: Appointment, *, now: datetime) -> Bill:
    """The appointment's bill; made from what the appointment copied if there is none. Under its provider's lock."""
    bill, _made = Bill.objects.get_or_create(
        appointment_id=appointment.pk,
        defaults={
            "currency": appointment.currency,
            "price": appointment.price,
            "total": appointment.price,
            "due_now": min(appointment.amount_due_now, appointment.price),
            "created_at": now,
        },
    )
    return bill


def set_due(bill: Bill, due_now: int) -> Bill:
    """What of the bill is due online, at booking."""
    if bill.due_now != due_now:
        bill.due_now = due_now
        bill.save(update_fields=["due_now", "updated_at"])
    return bill


def rewrite(appointment: Appointment, quote: Quote, *, now: datetime) -> Bill:
    """Set every sum of the appointment's bill; only while its price may still change, under its provider's lock."""
    bill = ensure(appointment, now=now)
    bill.discount, bill.discount_name = quote.discount, quote.discount_name[:100]
    bill.tax, bill.tax_added, bill.total = quote.tax, quote.tax_added, quote.total
    bill.tax_lines = [line.as_json() for line in quote.tax_lines]
    bill.covered, bill.covered_by = quote.covered, quote.covered_by[:100]
    bill.due_now = quote.due_now
    bill.save()
    return bill


def cover(bill: Bill, covered: int) -> Bill:
    """What of it a package or gift certificate pays after all."""
    if bill.covered != covered:
        bill.covered, bill.covered_by = covered, bill.covered_by if covered else ""
        bill.save(update_fields=["covered", "covered_by", "updated_at"])
    return bill
