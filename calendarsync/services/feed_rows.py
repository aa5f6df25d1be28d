"""Rows of the outbox about outside feeds: one per feed that asks it again and again, and mails when it stays broken."""

from __future__ import annotations

from datetime import datetime

from calendarsync.models import Subscription
from daybook.core.outbox import Entry, enqueue_all

LOOK, BROKEN = "calendar.feed.look", "calendar.feed.broken"


def look(row: Subscription, *, due_at: datetime) -> None:
    """Ask the feed at `due_at`, and from then on; rows of former turns drop out when they are due."""
    key = f"{LOOK}:{row.pk}:{row.turn}"
    enqueue_all([Entry(LOOK, key, key, due_at, {"subscription": str(row.pk), "turn": row.turn})])


def tell(row: Subscription, *, now: datetime) -> None:
    """Write to whom it concerns that the feed has not worked since `failing_since`."""
    since = row.failing_since.isoformat() if row.failing_since else ""
    key = f"{BROKEN}:{row.pk}:{since}"
    enqueue_all([Entry(BROKEN, key, key, now, {"subscription": str(row.pk), "since": since})])
