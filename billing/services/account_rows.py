"""When an account is read again: rows of the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from daybook.core.outbox import enqueue

NIGHTLY, SOON = "billing.account_look", "billing.account_look_soon"
LOOK_EVERY = timedelta(days=1)


def look_later(account_id: str, *, now: datetime) -> None:
    """Read the account again tomorrow, and look for events that did not reach us."""
    due = now + LOOK_EVERY
    enqueue(
        kind=NIGHTLY,
        aggregate=f"account:{account_id}",
        dedupe_key=f"{NIGHTLY}:{account_id}:{due.date()}",
        due_at=due,
        payload={"account": account_id},
    )


def look_soon(account_id: str, *, now: datetime) -> None:
    """It refused something: read it now, at most once in a minute."""
    turn = int(timezone.now().timestamp()) // 60
    enqueue(
        kind=SOON,
        aggregate=f"account:{account_id}",
        dedupe_key=f"{SOON}:{account_id}:{turn}",
        due_at=now,
        payload={"account": account_id},
    )
