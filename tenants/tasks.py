"""What the outbox asks of this app."""

from datetime import datetime
from typing import Any

from daybook.core.outbox import handles
from tenants.services import mails


@handles(mails.KIND, when_suspended=True)
def deliver_mail(payload: dict[str, Any], now: datetime) -> None:
    """Send a mail about an account."""
    mails.deliver(payload)
