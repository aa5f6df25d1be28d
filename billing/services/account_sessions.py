"""Payment pages of appointments and of orders that are open when a business lets its account go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from billing.enums import LIVE_ATTEMPTS
from billing.models import CheckoutAttempt
from billing.services import checkout, orders
from daybook.core.outbox import enqueue

if TYPE_CHECKING:
    from tenants.models import Business

CLOSE = "billing.account_close"
RETRY = timedelta(minutes=1)


def close_later(*, account_id: str, now: datetime) -> None:
    """Have the pages closed that clients could still pay into this account; in the transaction that ends its use."""
    enqueue(
        kind=CLOSE,
        aggregate=f"account:{account_id}:close",
        dedupe_key=f"{CLOSE}:{account_id}:{now.isoformat()}",
        due_at=now,
        payload={"account": account_id},
    )


def close_all(*, business: Business, account_id: str, now: datetime) -> bool:
    """Close them. What was paid meanwhile is settled as always. Whether every one is known to be over."""
    found = CheckoutAttempt.objects.select_related("appointment").filter(account_id=account_id, state__in=LIVE_ATTEMPTS)
    outcomes = [
        (orders if attempt.appointment is None else checkout).close(business=business, attempt=attempt, now=now)
        for attempt in found
    ]
    return checkout.Closing.UNKNOWN not in outcomes
