"""What the outbox asks of packages and gift certificates."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from billing.services import order_mail, orders
from daybook.core.outbox import handles

if TYPE_CHECKING:
    from tenants.models import Business


@handles(order_mail.MAIL, when_suspended=True)
def send_order(payload: dict[str, Any], now: datetime) -> None:
    """Send a code to who bought it, or to whom it is given."""
    order_mail.deliver(business=_business(), payload=payload, now=now)


@handles(orders.WATCH, when_suspended=True)
def watch_order(payload: dict[str, Any], now: datetime) -> None:
    """See to the payment of an order until it is paid or over."""
    orders.see_to(business=_business(), attempt_id=UUID(payload["attempt"]), now=now)


@handles(orders.LOOK, when_suspended=True)
def look_at_order(payload: dict[str, Any], now: datetime) -> None:
    """Somebody waits for it."""
    orders.look_now(business=_business(), attempt_id=UUID(payload["attempt"]), now=now)


def _business() -> Business:
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]
