"""A setup intent: a card that is kept without a charge."""

from typing import Any

from daybook.sandbox.stripe import methods
from daybook.sandbox.stripe.cards import MESSAGES
from daybook.sandbox.stripe.world import Merchant, Obj, World, new_id, nulls, public


def new_intent(world: World, merchant: Merchant, **values: Any) -> Obj:
    intent = world.add(
        merchant,
        "setup_intent",
        "seti",
        application="ca_daybook" if merchant is not world.platform else None,
        metadata={},
        payment_method_types=["card"],
        status="requires_payment_method",
        usage="off_session",
        **nulls("cancellation_reason customer description flow_directions last_setup_error latest_attempt mandate"),
        **nulls("next_action on_behalf_of payment_method single_use_mandate"),
        _session=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('s')[2:14]}"
    intent.update({name: value for name, value in values.items() if value is not None})
    world.emit(merchant, "setup_intent.created", intent)
    return intent


def keep(world: World, merchant: Merchant, intent: Obj, method: Obj, *, seen: bool = False) -> Obj | None:
    """Try to keep a card; the error when the bank refuses. The client is there: `seen` says his bank has seen him."""
    intent.update(last_setup_error=None, next_action=None, payment_method=method["id"])
    card = methods.card_of(method)
    if card.decline and not card.saves:
        return _failed(world, merchant, intent, method, *card.decline, "card_error", MESSAGES[card.decline[1]])
    if methods.challenged(method) and not seen:
        redirect = {"url": f"{world.base_url}/c/challenge/{intent['id']}", "return_url": intent.get("_return")}
        intent.update(status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": redirect})
        world.emit(merchant, "setup_intent.requires_action", intent)
        return None
    intent["status"] = "succeeded"
    methods.set_up(method)
    if intent["customer"]:
        methods.attach(world, merchant, method, intent["customer"])
    world.emit(merchant, "setup_intent.succeeded", intent)
    return None


def authentication_failed(world: World, merchant: Merchant, intent: Obj) -> Obj:
    method = merchant.objects[intent["payment_method"]]
    code = "setup_intent_authentication_failure"
    message = "The latest attempt to set up the payment method has failed because authentication failed."
    return _failed(world, merchant, intent, method, code, None, "invalid_request_error", message)


def _failed(
    world: World, merchant: Merchant, intent: Obj, method: Obj, code: str, decline: str | None, kind: str, message: str
) -> Obj:
    error = {"code": code, "message": message, "payment_method": public(method), "type": kind}
    error |= {"decline_code": decline} if decline else {}
    intent.update(status="requires_payment_method", next_action=None, payment_method=None, last_setup_error=error)
    world.emit(merchant, "setup_intent.setup_failed", intent)
    return error
