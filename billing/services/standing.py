"""An appointment's payment status, which follows from its ledger."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.selectors.ledger import standing as of
from scheduling.enums import PaymentStatus
from scheduling.services import paying

if TYPE_CHECKING:
    from billing.domain.standing import Standing
    from daybook.core.actors import Actor
    from scheduling.models import Appointment


def refresh(appointment: Appointment, *, by: Actor, now: datetime, action: str = "", **detail: object) -> Standing:
    """Bring a locked appointment's payment status in line with its ledger; `action` is a line of its history."""
    found = of(appointment)
    paying.note_paid(appointment, PaymentStatus(found.status), action=action, by=by, now=now, **detail)
    return found
