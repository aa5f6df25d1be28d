"""Fees, kept cards and disputes: what the outbox asks for, and what Stripe says. Money goes on while the business is suspended."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from billing.services import cards, disputes, fee_charging, fees
from daybook.core import inbox
from daybook.core.outbox import handles

STRIPE = "stripe"


@handles(fees.CHARGE, when_suspended=True)
def charge_fee(payload: dict[str, Any], now: datetime) -> None:
    """Charge a fee to the kept card."""
    fee_charging.charge(payment_id=UUID(payload["payment"]), now=now)


@handles(cards.DETACH, when_suspended=True)
def detach_card(payload: dict[str, Any], now: datetime) -> None:
    """Have Stripe forget a card that was forgotten here."""
    cards.detach(card_id=UUID(payload["card"]))


@inbox.applies(
    STRIPE,
    kinds=[
        f"charge.dispute.{what}" for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    ],
)
def disputed(event: inbox.Event, now: datetime) -> None:
    """Something happened to a dispute: it is read again."""
    if not disputes.reread(account_id=event.body.get("account", ""), dispute_id=event.body.get("id", ""), now=now):
        raise inbox.Ignore("a payment that is not ours")


@inbox.applies(STRIPE, kinds=["payment_method.detached"])
def detached(event: inbox.Event, now: datetime) -> None:
    """A card is gone: it is not charged any more."""
    if not cards.gone(account_id=event.body.get("account", ""), payment_method_id=event.body.get("id", ""), now=now):
        raise inbox.Ignore("a card that is not ours")
