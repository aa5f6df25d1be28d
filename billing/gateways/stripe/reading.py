"""Stripe's objects, as plain dictionaries, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import AccountStatus, Card, Disputed, Intent, Refunded, Session

NOT_AGAIN = frozenset({"expired_card", "lost_card", "pickup_card", "restricted_card", "stolen_card", "fraudulent"})
"""Reasons of a bank after which the same card is not tried again, whatever else it says."""


def ident(value: Any) -> str:
    """The id of what is an id, an expanded object or null."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return str(value or "")


def instant(seconds: Any) -> datetime | None:
    """A moment out of Unix seconds."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


def words(metadata: Any) -> dict[str, str]:
    """Metadata; empty when there are none."""
    return {str(name): str(value) for name, value in (metadata or {}).items()}


def account_status(found: dict[str, Any]) -> AccountStatus:
    """A v2 account: ready when it may charge cards."""
    merchant = (found.get("configuration") or {}).get("merchant") or {}
    capabilities = merchant.get("capabilities") or {}
    cards = capabilities.get("card_payments") or {}
    payouts = (capabilities.get("stripe_balance") or {}).get("payouts") or {}
    requirements = found.get("requirements") or {}
    deadline = (requirements.get("summary") or {}).get("minimum_deadline") or {}
    closed = bool(found.get("closed"))
    details = cards.get("status_details") or []
    return AccountStatus(
        account_id=str(found["id"]),
        can_charge=not closed and cards.get("status") == "active",
        can_be_paid_out=not closed and payouts.get("status") == "active",
        capability="closed" if closed else str(cards.get("status") or "unsupported"),
        due=_due(requirements),
        deadline=str(deadline.get("status") or ""),
        deadline_at=_iso(deadline.get("time")),
        disabled_reason=str(details[0].get("code") or "") if details else "",
        display_name=str(found.get("display_name") or ""),
        email=str(found.get("contact_email") or ""),
        country=str((found.get("identity") or {}).get("country") or "").upper(),
    )


def _due(requirements: dict[str, Any]) -> tuple[str, ...]:
    entries = requirements.get("entries") or []
    return tuple(str(entry["description"]) for entry in entries if entry.get("awaiting_action_from") != "stripe")


def _iso(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def card(method: Any) -> Card | None:
    """An expanded payment method that is a card."""
    if not isinstance(method, dict) or not isinstance(method.get("card"), dict):
        return None
    found = method["card"]
    return Card(
        payment_method_id=ident(method),
        brand=str(found.get("brand") or ""),
        last4=str(found.get("last4") or ""),
        exp_month=found.get("exp_month"),
        exp_year=found.get("exp_year"),
    )


def session(found: dict[str, Any]) -> Session:
    """A Checkout Session, with `payment_intent` and `setup_intent` and their `payment_method` expanded."""
    intent, setup = found.get("payment_intent"), found.get("setup_intent")
    status = str(found.get("status") or "open")
    return Session(
        session_id=str(found["id"]),
        status=status,
        paid=status == "complete" and found.get("payment_status") in ("paid", "no_payment_required"),
        amount=int(found.get("amount_total") or 0),
        currency=str(found.get("currency") or ""),
        reference=str(found.get("client_reference_id") or ""),
        customer_id=ident(found.get("customer")),
        payment_intent_id=ident(intent),
        setup_intent_id=ident(setup),
        card=card(_method(intent)) or card(_method(setup)),
        metadata=words(found.get("metadata")),
    )


def _method(intent: Any) -> Any:
    return intent.get("payment_method") if isinstance(intent, dict) else None


def intent(found: dict[str, Any]) -> Intent:
    """A PaymentIntent, with `payment_method` and `latest_charge.balance_transaction` expanded."""
    charge = found.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    paid = charge.get("status") == "succeeded"
    error = found.get("last_payment_error") or {}
    return Intent(
        payment_intent_id=str(found["id"]),
        status=str(found["status"]),
        amount=int(found["amount"]),
        currency=str(found["currency"]),
        captured=int(charge.get("amount_captured") or 0) if paid else 0,
        refunded=int(charge.get("amount_refunded") or 0),
        charge_id=ident(found.get("latest_charge")),
        application_fee=int(charge.get("application_fee_amount") or found.get("application_fee_amount") or 0),
        stripe_fee=_stripe_fee(charge.get("balance_transaction")),
        card=card(found.get("payment_method")) or _card_of(charge),
        metadata=words(found.get("metadata")),
        failure_code=str(error.get("decline_code") or error.get("code") or ""),
        disputed=bool(charge.get("disputed")),
        captured_at=instant(charge.get("created")) if paid else None,
    )


def _stripe_fee(transaction: Any) -> int | None:
    """Stripe's own fee, without the platform's; None while it is not known."""
    if not isinstance(transaction, dict):
        return None
    return sum(int(fee["amount"]) for fee in transaction.get("fee_details") or [] if fee.get("type") == "stripe_fee")


def _card_of(charge: dict[str, Any]) -> Card | None:
    details = (charge.get("payment_method_details") or {}).get("card")
    return card({"id": charge.get("payment_method"), "card": details})


def refund(found: dict[str, Any]) -> Refunded:
    """A refund."""
    return Refunded(
        refund_id=str(found["id"]),
        payment_intent_id=ident(found.get("payment_intent")),
        charge_id=ident(found.get("charge")),
        amount=int(found["amount"]),
        currency=str(found["currency"]),
        status=str(found.get("status") or "pending"),
        failure_code=str(found.get("failure_reason") or ""),
        metadata=words(found.get("metadata")),
        created_at=instant(found.get("created")),
    )


def dispute(found: dict[str, Any]) -> Disputed:
    """A dispute; `due_by` is the last moment to answer it at Stripe."""
    return Disputed(
        dispute_id=str(found["id"]),
        payment_intent_id=ident(found.get("payment_intent")),
        charge_id=ident(found.get("charge")),
        amount=int(found["amount"]),
        currency=str(found["currency"]),
        status=str(found["status"]),
        reason=str(found.get("reason") or ""),
        due_by=instant((found.get("evidence_details") or {}).get("due_by")),
        opened_at=instant(found.get("created")),
    )


def may_try_again(error: dict[str, Any]) -> bool:
    """Whether the bank lets the same card be tried once more."""
    if error.get("advice_code") in ("do_not_try_again", "confirm_card_data"):
        return False
    return error.get("decline_code") not in NOT_AGAIN and error.get("code") not in NOT_AGAIN


def event_object(found: dict[str, Any]) -> dict[str, Any]:
    """What an event is about, without its contents: ids and metadata, never names or addresses.

    `id`, `object`, `payment_intent`, `setup_intent`, `charge`, `payment_method`, `customer` (each "" when there is
    none), `reference` (a checkout's `client_reference_id`), `metadata`.
    """
    kept = {
        name: ident(found.get(name))
        for name in ("payment_intent", "setup_intent", "charge", "payment_method", "customer")
    }
    return {
        "id": ident(found),
        "object": str(found.get("object") or ""),
        "reference": str(found.get("client_reference_id") or ""),
        "metadata": words(found.get("metadata")),
        **kept,
    }
