"""What the outbox and the inbox ask of this app: ids in, one call. Money goes on while the business is suspended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from billing.services import reconciling, refund_asking, refunds
from daybook.core import inbox
from daybook.core.outbox import handles

if TYPE_CHECKING:
    from tenants.models import Business

STRIPE = "stripe"


@handles(refunds.ASK, when_suspended=True)
def ask_refund(payload: dict[str, Any], now: datetime) -> None:
    """Send a refund to the vendor."""
    refund_asking.ask(refund_id=UUID(payload["refund"]), now=now)


@handles(refunds.LOOK, when_suspended=True)
def look_at_refund(payload: dict[str, Any], now: datetime) -> None:
    """See how a refund stands that was on its way."""
    refund_asking.look(refund_id=UUID(payload["refund"]), now=now)


@inbox.applies(STRIPE, kinds=["charge.refunded", "refund.created", "refund.updated", "refund.failed"])
def refunded(event: inbox.Event, now: datetime) -> None:
    """Something was refunded, by us or in the Dashboard: all refunds of the payment are read again."""
    account, intent = event.body.get("account", ""), event.body.get("payment_intent", "")
    if not intent or not refund_asking.reread(account_id=account, payment_intent_id=intent, now=now):
        raise inbox.Ignore("a payment that is not ours")


@handles(reconciling.RECONCILE, when_suspended=True)
def reconcile(payload: dict[str, Any], now: datetime) -> None:
    """Compare our ledger with the vendor's, every night; what differs is noted for a person."""
    reconciling.reconcile(business=cast("Business", connection.tenant), now=now)  # type: ignore[attr-defined]
