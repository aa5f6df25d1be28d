"""Paying: what the outbox asks for, and what Stripe says of checkouts and payments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from billing.enums import LIVE_ATTEMPTS
from billing.services import attempts, charging, checkout, desk, fee_charging, orders, receipts, settling
from daybook.core import inbox
from daybook.core.outbox import Postpone, handles

if TYPE_CHECKING:
    from billing.models import CheckoutAttempt
    from tenants.models import Business

STRIPE = "stripe"
SESSIONS = tuple(
    f"checkout.session.{what}" for what in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
)
INTENTS = ("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled")
SETUPS = ("setup_intent.succeeded", "setup_intent.setup_failed")


@handles(attempts.WATCH, when_suspended=True)
def watch(payload: dict[str, Any], now: datetime) -> None:
    """See to a checkout until it has ended."""
    checkout.see_to(business=_business(), attempt_id=UUID(payload["attempt"]), now=now)


@handles(checkout.LOOK, when_suspended=True)
def look(payload: dict[str, Any], now: datetime) -> None:
    """Somebody waits for this checkout: ask how it stands."""
    checkout.look_now(business=_business(), attempt_id=UUID(payload["attempt"]), now=now)


@handles(receipts.RECEIPT, when_suspended=True)
def receipt(payload: dict[str, Any], now: datetime) -> None:
    """Send a receipt."""
    receipts.send_receipt(business=_business(), payload=payload, now=now)


@handles(receipts.LINK, when_suspended=True)
def link(payload: dict[str, Any], now: datetime) -> None:
    """Send the link to pay."""
    receipts.send_link(business=_business(), payload=payload, now=now)


@handles(receipts.LATE, when_suspended=True)
def paid_late(payload: dict[str, Any], now: datetime) -> None:
    """Tell both that a payment came too late."""
    receipts.send_late(business=_business(), payload=payload, now=now)


@handles(desk.CHARGE, when_suspended=True)
def charge(payload: dict[str, Any], now: datetime) -> None:
    """Charge what is due to a kept card."""
    charging.charge(payment_id=UUID(payload["payment"]), now=now)


@inbox.applies(STRIPE, kinds=(*SESSIONS, *INTENTS, *SETUPS))
def checkout_changed(event: inbox.Event, now: datetime) -> None:
    """Something about a checkout of ours: ask how it stands now, whatever the event says."""
    if event.kind in INTENTS and _is_of_kept_card(event, now):
        return
    attempt = settling.attempt_of(event.body)
    if attempt is None:
        raise inbox.Ignore("not about a checkout of ours")
    named = event.body["id"] if event.kind in SESSIONS else ""
    if attempt.appointment_id is None:
        _order_changed(event, attempt, named, now)
        return
    if not settling.known(attempt, named):  # its session is not known yet: asking again with its key learns it
        attempt = checkout.ask(business=_business(), attempt=attempt, now=now)
    found = settling.look(business=_business(), attempt_id=attempt.pk, session_id=named, now=now)
    if event.kind in PAID and found.state not in settling.SETTLED:
        raise Postpone(now + checkout.RETRY)
    with event.settle():
        pass


def _order_changed(event: inbox.Event, attempt: CheckoutAttempt, named: str, now: datetime) -> None:
    """A package or gift certificate that is bought."""
    found = orders.look(business=_business(), attempt=attempt, session_id=named, now=now)
    if event.kind in PAID and found.state in LIVE_ATTEMPTS:
        raise Postpone(now + checkout.RETRY)
    with event.settle():
        pass


PAID = ("checkout.session.completed", "payment_intent.succeeded", "setup_intent.succeeded")
"""After these a checkout stands paid, as soon as it can be read."""


def _is_of_kept_card(event: inbox.Event, now: datetime) -> bool:
    """Whether it was about a charge of a kept card; how that stands is taken over."""
    try:
        payment_id = UUID(event.body.get("metadata", {}).get("payment", ""))
    except ValueError:
        return False
    account, intent = event.body.get("account", ""), event.body["id"]
    return fee_charging.settle_intent(account_id=account, payment_id=payment_id, payment_intent_id=intent, now=now)


def _business() -> Business:
    """The relay calls handlers inside their business."""
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]
