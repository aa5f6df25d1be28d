"""Mails about money that goes back: asked for by rows of the outbox, in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from daybook.core.outbox import Entry, enqueue_all

REFUNDED, REFUND_FAILED = "money.refunded", "money.refund_failed"
FEE_CHARGED, FEE_LINK, FEE_FAILED = "money.fee_charged", "money.fee_link", "money.fee_failed"
DISPUTE = "money.dispute"
KINDS = (REFUNDED, REFUND_FAILED, FEE_CHARGED, FEE_LINK, FEE_FAILED, DISPUTE)


def ask(kind: str, appointment_id: UUID | None, *, now: datetime, **facts: Any) -> None:
    """Have it told; once for each kind and set of facts. What belongs to no appointment is told on the screen only."""
    if appointment_id is None:
        return
    key = ":".join([kind, str(appointment_id), *(str(value) for value in facts.values())])
    payload = {"appointment": str(appointment_id), **facts}
    enqueue_all([Entry(kind, f"appointment:{appointment_id}:money", key, now, payload)])
