"""The real SDK, pointed at the sandbox."""

from typing import Any

import stripe

from daybook.sandbox.stripe.server import SECRET_KEY, StripeSandbox

stripe.enable_telemetry = False


def client(sandbox: StripeSandbox, *, retries: int = 0, timeout: float = 5, key: str = SECRET_KEY) -> Any:
    """As the worker has it; untyped, because tests also send what the types forbid."""
    bases: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), sandbox.url)
    return stripe.StripeClient(
        key, base_addresses=bases, max_network_retries=retries, http_client=stripe.RequestsClient(timeout=timeout)
    )


def session_of(amount: int = 10000, currency: str = "usd", **more: Any) -> dict[str, Any]:
    """What a checkout of one line needs."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Haircut"}}
    return {
        "mode": "payment",
        "success_url": "https://book.example.test/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://book.example.test/back",
        "allowed_payment_method_types": ["card"],
        "line_items": [{"quantity": 1, "price_data": price}],
        **more,
    }


def on(account: str, key: str | None = None) -> dict[str, str]:
    """The options of a call on an account's behalf."""
    return {"stripe_account": account} | ({"idempotency_key": key} if key else {})


def error_of(refusal: stripe.StripeError) -> dict[str, Any]:
    """The body's `error`."""
    body: Any = refusal.json_body
    found: dict[str, Any] = body["error"]
    return found
