"""What the outbox asks of packages and gift certificates."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from billing.services import order_mail
from daybook.core.outbox import handles

if TYPE_CHECKING:
    from tenants.models import Business


@handles(order_mail.MAIL, when_suspended=True)
def send_order(payload: dict[str, Any], now: datetime) -> None:
    """Send a code to who bought it, or to whom it is given."""
    order_mail.deliver(business=_business(), payload=payload, now=now)


def _business() -> Business:
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]
