"""Mails about money that goes back and fees; they go out while the business is suspended, too."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection

from billing.services import back_mail, money_mail
from daybook.core.outbox import handles

if TYPE_CHECKING:
    from tenants.models import Business


def _register(kind: str) -> None:
    @handles(kind, when_suspended=True)
    def tell(payload: dict[str, Any], now: datetime) -> None:
        business = cast("Business", connection.tenant)  # type: ignore[attr-defined]
        back_mail.deliver(kind, business=business, payload=payload, now=now)


for _kind in money_mail.KINDS:
    _register(_kind)
