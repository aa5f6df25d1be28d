"""Money that nobody can explain, or that only a person can settle: noted once, kept until somebody answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from billing.models import Concern, Payment
from daybook.core.checking import Checks
from daybook.core.errors import NotFound

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from scheduling.models import Appointment

LONGEST_ANSWER = 300


def raise_concern(
    kind: str,
    dedupe_key: str,
    *,
    now: datetime,
    appointment: Appointment | None = None,
    payment: Payment | None = None,
    **facts: Any,
) -> None:
    """Note something for a person, in the caller's transaction. While one with this key is open nothing is added.

    `kind` is one of `billing.selectors.concerns.WORDS`; `facts` hold ids and amounts in minor units.
    """
    row = Concern(
        kind=kind, dedupe_key=dedupe_key, appointment=appointment, payment=payment, facts=facts, opened_at=now
    )
    Concern.objects.bulk_create([row], ignore_conflicts=True)


def close_concerns(dedupe_key: str, *, now: datetime, answer: str = "") -> None:
    """What was noted under this key has settled itself."""
    Concern.objects.filter(dedupe_key=dedupe_key, closed_at__isnull=True).update(
        closed_at=now, closed_by="Daybook", answer=answer[:LONGEST_ANSWER]
    )


def answer_concern(*, concern_id: UUID, answer: str, now: datetime, by: Actor) -> Concern:
    """Close it with what somebody did about it. Raises `Invalid` without words; answering twice keeps the first."""
    checks = Checks()
    text = checks.line("answer", answer, least=1, most=LONGEST_ANSWER)
    checks.done()
    with transaction.atomic():
        concern = Concern.objects.select_for_update().filter(pk=concern_id).first()
        if concern is None:
            raise NotFound()
        if concern.closed_at is None:
            concern.closed_at, concern.closed_by, concern.answer = now, by.name, text
            concern.save(update_fields=["closed_at", "closed_by", "answer"])
    return concern
