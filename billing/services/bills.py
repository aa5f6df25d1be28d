"""Bills: what an appointment costs, written once in the transaction that makes it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.models import Bill

if TYPE_CHECKING:
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
