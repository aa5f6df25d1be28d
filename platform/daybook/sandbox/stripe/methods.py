"""Payment methods: cards as an account keeps them."""

from typing import Any

from daybook.sandbox.stripe.cards import BY_NUMBER, Card, Challenge, find
from daybook.sandbox.stripe.refusals import invalid, missing
from daybook.sandbox.stripe.world import Merchant, Obj, World, nulls

USED_UP = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use "
    "a PaymentMethod multiple times, you must attach it to a Customer first."
)


def make(world: World, merchant: Merchant, card: Card, *, name: str | None = None, email: str | None = None) -> Obj:
    """A new payment method of a test card, attached to nobody."""
    billing: Obj = {"address": nulls("city country line1 line2 postal_code state"), "email": email, "name": name}
    return world.add(
        merchant,
        "payment_method",
        "pm",
        _card=card.number,
        _set_up=False,
        _detached=False,
        allow_redisplay="unspecified",
        billing_details=billing | {"phone": None, "tax_id": None},
        card=_card(world, card),
        customer=None,
        metadata={},
        type="card",
    )


def _card(world: World, card: Card) -> Obj:
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "brand": card.brand,
        "checks": checks,
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2026 + 8,
        "fingerprint": card.fingerprint,
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def card_of(method: Obj) -> Card:
    return BY_NUMBER[method["_card"]]


def challenged(method: Obj) -> bool:
    """Whether the bank wants to see its customer."""
    challenge = card_of(method).challenge
    return challenge is Challenge.ALWAYS or (challenge is Challenge.UNLESS_SET_UP and not method["_set_up"])


def usable(world: World, merchant: Merchant, key: str, customer: str | None) -> Obj:
    """The payment method that a request names, a test token included. Raises what Stripe would."""
    card = find(key) if key.startswith("pm_card_") else None
    if card:
        return make(world, merchant, card)
    if key not in merchant.objects:
        raise missing("PaymentMethod", key, param="payment_method", status=400)
    method = merchant.get("payment_method", key)
    if method["_detached"]:
        raise invalid(USED_UP)
    if method["customer"] != customer and method["customer"] is not None:
        message = f"The payment method supplied ({key}) belongs to a different Customer."
        if customer is None:
            message = "The payment method you provided is attached to a customer, so a customer must be given too."
        raise invalid(message, param="payment_method")
    return method


def attach(world: World, merchant: Merchant, method: Obj, customer: str) -> None:
    if method["customer"] != customer:
        method["customer"] = customer
        world.emit(merchant, "payment_method.attached", method)


def detach(world: World, merchant: Merchant, method: Obj) -> Obj:
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    before = {"customer": method["customer"]}
    method.update(customer=None, _detached=True)
    world.emit(merchant, "payment_method.detached", method, before)
    return method


def set_up(method: Obj) -> None:
    """The bank agreed that the card may be charged later."""
    method["_set_up"] = True


def details(method: Obj) -> dict[str, Any]:
    """The card as a charge shows it."""
    card = method["card"]
    shown = {
        key: card[key] for key in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    }
    more = {"last4": card["last4"], "network": card["brand"], "three_d_secure": None, "wallet": None}
    return {"type": "card", "card": shown | more}
