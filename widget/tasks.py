"""What the outbox asks of this app."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from daybook.core.outbox import handles
from widget.services import lost_links

if TYPE_CHECKING:
    from tenants.models import Business


@handles(lost_links.KIND)
def send_link(payload: dict[str, Any], now: datetime) -> None:
    """Mail a lost link again."""
    lost_links.deliver(business=cast("Business", connection.tenant), payload=payload)  # type: ignore[attr-defined]
