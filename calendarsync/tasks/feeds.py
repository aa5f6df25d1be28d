"""What the outbox asks about outside feeds. Handlers read how things are now: late or repeated rows do no harm."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from calendarsync.enums import FeedState
from calendarsync.models import Subscription
from calendarsync.services import feed_mail, feed_rows, listening
from daybook.core.outbox import Drop, Postpone, handles

if TYPE_CHECKING:
    from tenants.models import Business


@handles(feed_rows.LOOK)
def look(payload: dict[str, Any], now: datetime) -> None:
    """Ask a feed when it is time, and stay to ask it again."""
    row = _subscription(payload)
    if row.turn != payload["turn"] or row.state != FeedState.ACTIVE:
        raise Drop("a newer row looks after it, or nobody does")
    if row.next_at > now:
        raise Postpone(row.next_at)
    try:
        row = listening.refresh(_business(), row, now=now)
    except listening.Overtaken:
        raise Drop("it was changed meanwhile") from None
    raise Postpone(row.next_at)


@handles(feed_rows.BROKEN)
def tell_broken(payload: dict[str, Any], now: datetime) -> None:
    """Write to those who can mend it that a feed has not worked for a day."""
    row = _subscription(payload)
    if row.told_at is None or row.failing_since is None or row.failing_since.isoformat() != payload["since"]:
        raise Drop("it works again")
    feed_mail.tell_broken(_business(), row)


def _business() -> Business:
    """The relay calls handlers inside their business."""
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]


def _subscription(payload: dict[str, Any]) -> Subscription:
    found = Subscription.objects.select_related("provider").filter(pk=payload["subscription"]).first()
    if found is None:
        raise Drop("it was removed")
    return found
