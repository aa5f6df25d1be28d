"""Documented rules that the schema cannot say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from daybook.sandbox.stripe.contract.problems import Problem

THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})  # the last digit must be 0
MINIMUM = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}  # in the smallest unit; the settlement currency has rules of its own on top
MOST = 99_999_999
HALF_HOUR, DAY = 1800, 86400
TOO_SOON = "expires_at_out_of_range"


@dataclass(frozen=True)
class Asked:
    """A request as the rules see it; header names in lower case, `now` in epoch seconds."""

    params: dict[str, Any]
    headers: dict[str, str]
    now: float

    @property
    def connected(self) -> bool:
        return "stripe-account" in self.headers

    def hash(self, name: str) -> dict[str, Any]:
        value = self.params.get(name)
        return value if isinstance(value, dict) else {}


def check_rules(method: str, template: str, asked: Asked) -> list[Problem]:
    """What Stripe objects to in a request that fits the schema; `template` is the endpoint's path with its holes."""
    own = RULES.get((method, template))
    return [*(own(asked) if own else ()), *_metadata(asked), *_headers(method, template, asked)]


def bad(param: str, detail: str, code: str | None = None) -> Problem:
    return Problem("rule", param, detail, 400, code)


def whole(value: Any) -> int | None:
    """The number that a form's text says."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else None


def amount_fits(amount: int | None, currency: str, param: str) -> Iterator[Problem]:
    if amount is None or not currency:
        return
    if amount < MINIMUM.get(currency.lower(), 1):
        yield bad(param, f"Amount must be at least the minimum charge for {currency}", "amount_too_small")
    if amount > MOST:
        yield bad(param, f"Amount must be no more than {MOST}", "amount_too_large")
    if currency.lower() in THREE_DECIMAL and amount % 10:
        yield bad(param, "Amounts in three-decimal currencies must be divisible by 10")


def _payment_intent(asked: Asked) -> Iterator[Problem]:
    params = asked.params
    yield from amount_fits(whole(params.get("amount")), params.get("currency", ""), "amount")
    confirm = params.get("confirm") == "true"
    if "off_session" in params and not confirm:
        yield bad("off_session", "off_session can only be used when confirm is true")
    if params.get("off_session") == "true" and "setup_future_usage" in params:
        yield bad("setup_future_usage", "setup_future_usage cannot be combined with off_session=true")
    if confirm and not {"payment_method", "payment_method_data", "confirmation_token"} & set(params):
        yield bad("payment_method", "A payment method is needed to confirm", "payment_intent_unexpected_state")
    yield from _application_fee(asked, params, "application_fee_amount")


def _application_fee(asked: Asked, values: dict[str, Any], param: str) -> Iterator[Problem]:
    fee = whole(values.get("application_fee_amount"))
    if fee is None:
        return
    if not asked.connected and "transfer_data" not in values:
        yield bad(param, "Only for direct charges (Stripe-Account) or with transfer_data[destination]")
    if fee < 1:
        yield bad(param, "Must be a positive integer; leave it out when there is no fee")


def _session(asked: Asked) -> Iterator[Problem]:
    params, mode = asked.params, asked.params.get("mode")
    until = whole(params.get("expires_at"))
    if until is not None and not asked.now + HALF_HOUR - 1 <= until <= asked.now + DAY + 60:
        yield bad(
            "expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", TOO_SOON
        )
    if mode in ("payment", "subscription") and "line_items" not in params:
        yield bad("line_items", "line_items is required in payment and subscription mode", "parameter_missing")
    if mode == "setup":
        yield from _setup_session(params)
    if params.get("ui_mode", "hosted_page") == "hosted_page" and "success_url" not in params:
        yield bad("success_url", "success_url is required for hosted pages", "parameter_missing")
    if {"customer", "customer_email"} <= set(params):
        yield bad("customer_email", "You may only specify one of these parameters: customer, customer_email.")
    if "payment_intent_data" in params and mode != "payment":
        yield bad("payment_intent_data", "payment_intent_data is only for mode=payment")
    yield from _session_total(asked)
    param = "payment_intent_data[application_fee_amount]"
    yield from _application_fee(asked, asked.hash("payment_intent_data"), param)


def _session_total(asked: Asked) -> Iterator[Problem]:
    """What the lines come to; stored prices are not known here."""
    total, currency = 0, ""
    for item in asked.hash("line_items").values():
        price = item.get("price_data") if isinstance(item, dict) else None
        if not isinstance(price, dict):
            return
        total += (whole(price.get("unit_amount")) or 0) * (whole(item.get("quantity", "1")) or 0)
        currency = price.get("currency", "")
    if asked.params.get("mode") == "payment":
        yield from amount_fits(total, currency, "line_items")


def _setup_session(params: dict[str, Any]) -> Iterator[Problem]:
    if {"line_items", "payment_intent_data"} & set(params):
        yield bad("mode", "line_items and payment_intent_data are not allowed in setup mode")
    if not {"currency", "allowed_payment_method_types"} & set(params):
        yield bad("currency", "currency is required in setup mode with dynamic payment methods")


def _refund(asked: Asked) -> Iterator[Problem]:
    if len({"charge", "payment_intent"} & set(asked.params)) != 1:
        yield bad("payment_intent", "Exactly one of charge or payment_intent is needed", "parameter_missing")
    amount = whole(asked.params.get("amount"))
    if amount is not None and amount < 1:
        yield bad("amount", "Amount must be positive", "parameter_invalid_integer")


def _metadata(asked: Asked) -> Iterator[Problem]:
    metadata = asked.hash("metadata")
    if len(metadata) > 50:
        yield bad("metadata", "Metadata can have up to 50 keys")
    for key, value in metadata.items():
        if len(key) > 40 or "[" in key:
            yield bad(f"metadata[{key}]", "Metadata keys have at most 40 characters and no brackets")
        if isinstance(value, str) and len(value) > 500:
            yield bad(f"metadata[{key}]", "Metadata values have at most 500 characters")


def _headers(method: str, template: str, asked: Asked) -> Iterator[Problem]:
    if len(asked.headers.get("idempotency-key", "")) > 255:
        yield bad("Idempotency-Key", "Idempotency keys have at most 255 characters")
    if method == "POST" and asked.connected and template.startswith("/v2/core/account"):
        yield bad("Stripe-Account", "Made by the platform itself, not on behalf of a connected account")


RULES: dict[tuple[str, str], Callable[[Asked], Iterator[Problem]]] = {
    ("POST", "/v1/payment_intents"): _payment_intent,
    ("POST", "/v1/checkout/sessions"): _session,
    ("POST", "/v1/refunds"): _refund,
}
