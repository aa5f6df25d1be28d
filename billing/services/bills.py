"""Bills: what an appointment costs, written once in the transaction that makes it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.models import Bill
from billing.selectors.prices import quote_for

if TYPE_CHECKING:
    from billing.domain.pricing import Quote
    from scheduling.models import Appointment


def ensure(appointment: Appointment, *, now: datetime) -> Bill:
    """The appointment's bill; made by its price, codes and the taxes of today if there is none. Under its provider's
    lock."""
    known = Bill.objects.filter(appointment_id=appointment.pk).first()
    if known is not None:
        return known
    quote = quote_for(appointment)
    return Bill.objects.create(
        appointment_id=appointment.pk, currency=quote.currency, price=quote.price, discount=quote.discount,
        discount_name=quote.discount_name[:100], tax=quote.tax, tax_added=quote.tax_added,
        tax_lines=[line.as_json() for line in quote.tax_lines], total=quote.total, covered=quote.covered,
        covered_by=quote.covered_by[:100], due_now=min(appointment.amount_due_now, quote.total), created_at=now,
    )  # fmt: skip


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
