"""A payment intent, from its making to the charge."""

import copy
from typing import Any

from daybook.sandbox.stripe import methods
from daybook.sandbox.stripe.cards import ADVICE, MESSAGES
from daybook.sandbox.stripe.ledger import entry, processing_fee
from daybook.sandbox.stripe.refusals import Refusal, card_declined, invalid
from daybook.sandbox.stripe.world import Merchant, Obj, World, new_id, nulls, public

AUTHENTICATION_FAILED = {
    "code": "payment_intent_authentication_failure",
    "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
    "type": "invalid_request_error",
}


def new_intent(world: World, merchant: Merchant, *, amount: int, currency: str, **values: Any) -> Obj:
    """A payment intent that waits for a card."""
    fee = values.get("application_fee_amount")
    intent = world.add(
        merchant,
        "payment_intent",
        "pi",
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        application="ca_daybook" if merchant is not world.platform else None,
        capture_method="automatic_async",
        confirmation_method="automatic",
        currency=currency.lower(),
        metadata={},
        payment_method_types=["card"],
        status="requires_payment_method",
        **nulls("canceled_at cancellation_reason customer description last_payment_error latest_charge next_action"),
        **nulls("on_behalf_of payment_method processing receipt_email review setup_future_usage shipping source"),
        **nulls("statement_descriptor statement_descriptor_suffix transfer_data transfer_group"),
        _session=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{new_id('s')[2:14]}"
    intent.update({name: value for name, value in values.items() if value is not None})
    intent["application_fee_amount"] = min(fee, amount) if fee else None
    world.emit(merchant, "payment_intent.created", intent)
    return intent


def may_charge(world: World, merchant: Merchant) -> None:
    """Raises when the account's card payments are not active."""
    capabilities = merchant.account.get("_capabilities", {"card_payments": "active"})
    if capabilities["card_payments"] != "active":
        raise invalid("Your account cannot currently make charges.", code="account_invalid")


def pay(world: World, merchant: Merchant, intent: Obj, method: Obj, *, present: bool, seen: bool = False) -> Obj | None:
    """Try a card. `present`: the client is there; `seen`: the bank has seen him. The error when it was declined."""
    intent.update(last_payment_error=None, next_action=None, payment_method=method["id"])
    card = methods.card_of(method)
    if card.decline:
        return _declined(world, merchant, intent, method, *card.decline)
    if methods.challenged(method) and not seen:
        if not present:
            return _declined(world, merchant, intent, method, *["authentication_required"] * 2)
        address = f"{world.base_url}/c/challenge/{intent['id']}"
        redirect = {"type": "redirect_to_url", "redirect_to_url": {"url": address, "return_url": intent.get("_return")}}
        intent.update(status="requires_action", next_action=redirect)
        world.emit(merchant, "payment_intent.requires_action", intent)
        return None
    _succeeded(world, merchant, intent, method)
    return None


def authentication_failed(world: World, merchant: Merchant, intent: Obj) -> Obj:
    """The bank did not recognise the client, or he gave up."""
    method = merchant.objects[intent["payment_method"]]
    error = {**AUTHENTICATION_FAILED, "payment_method": public(method)}
    intent.update(status="requires_payment_method", next_action=None, payment_method=None, last_payment_error=error)
    world.emit(merchant, "payment_intent.payment_failed", intent)
    return error


def refusal(intent: Obj, error: Obj) -> Refusal:
    """The 402 of a card that was declined."""
    return card_declined({**error, "payment_intent": public(copy.deepcopy(intent))})


def _declined(world: World, merchant: Merchant, intent: Obj, method: Obj, code: str, decline_code: str) -> Obj:
    charge = _charge(world, merchant, intent, method, status="failed", captured=False, paid=False)
    message = MESSAGES[decline_code]
    charge.update(failure_code=code, failure_message=message)
    charge["outcome"].update(network_status="declined_by_network", type="issuer_declined", reason=decline_code)
    charge["outcome"]["seller_message"] = "The bank did not approve the payment."
    error = {
        "advice_code": ADVICE.get(decline_code, "try_again_later"),
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "payment_method": public(method),
        "type": "card_error",
    }
    intent.update(
        last_payment_error=error, latest_charge=charge["id"], payment_method=None, status="requires_payment_method"
    )
    world.emit(merchant, "charge.failed", charge)
    world.emit(merchant, "payment_intent.payment_failed", intent)
    return error


def _succeeded(world: World, merchant: Merchant, intent: Obj, method: Obj) -> None:
    manual = intent["capture_method"] == "manual"
    charge = _charge(world, merchant, intent, method, status="succeeded", captured=not manual, paid=True)
    intent["latest_charge"] = charge["id"]
    if intent["setup_future_usage"] and intent["customer"]:
        methods.set_up(method)
        methods.attach(world, merchant, method, intent["customer"])
    elif method["customer"] is None:
        method["_detached"] = True  # paid with once, kept by nobody
    if manual:
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        world.emit(merchant, "charge.succeeded", charge)
        world.emit(merchant, "payment_intent.amount_capturable_updated", intent)
        return
    book(world, merchant, intent, charge, intent["amount"])
    world.emit(merchant, "charge.succeeded", charge)
    world.emit(merchant, "payment_intent.succeeded", intent)


def book(world: World, merchant: Merchant, intent: Obj, charge: Obj, amount: int) -> None:
    """The money moves: the charge's balance entry, and the platform's fee."""
    fee = min(charge["application_fee_amount"] or 0, amount)
    fees = {"stripe_fee": processing_fee(amount), "application_fee": fee}
    line = entry(world, merchant, "charge", charge, amount, fees)
    charge.update(captured=True, amount_captured=amount, balance_transaction=line["id"])
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    if intent["_session"]:
        merchant.objects[intent["_session"]]["payment_status"] = "paid"
    if fee:
        charge["application_fee"] = _application_fee(world, merchant, charge, fee)["id"]


def _application_fee(world: World, merchant: Merchant, charge: Obj, amount: int) -> Obj:
    fee = world.add(
        world.platform,
        "application_fee",
        "fee",
        account=merchant.id,
        amount=amount,
        amount_refunded=0,
        application="ca_daybook",
        charge=charge["id"],
        currency=charge["currency"],
        fee_source={"charge": charge["id"], "type": "charge"},
        originating_transaction=None,
        refunded=False,
        refunds={"object": "list", "data": [], "has_more": False, "url": ""},
    )
    fee["refunds"]["url"] = f"/v1/application_fees/{fee['id']}/refunds"
    fee["balance_transaction"] = entry(world, world.platform, "application_fee", fee, amount)["id"]
    world.emit(world.platform, "application_fee.created", fee)
    return fee


def _charge(world: World, merchant: Merchant, intent: Obj, method: Obj, **state: Any) -> Obj:
    outcome = nulls("advice_code network_advice_code network_decline_code reason")
    outcome |= {"network_status": "approved_by_network", "risk_level": "normal", "risk_score": 20}
    outcome |= {"seller_message": "Payment complete.", "type": "authorized"}
    kept = ("amount", "application_fee_amount", "currency", "customer", "description", "receipt_email")
    charge = world.add(
        merchant,
        "charge",
        "ch",
        amount_captured=0,
        amount_refunded=0,
        application=intent["application"],
        billing_details=copy.deepcopy(method["billing_details"]),
        calculated_statement_descriptor="DAYBOOK SANDBOX",
        disputed=False,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=outcome,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=methods.details(method),
        refunded=False,
        **nulls("application_fee balance_transaction failure_balance_transaction failure_code failure_message"),
        **nulls("on_behalf_of receipt_number review shipping source source_transfer statement_descriptor"),
        **nulls("statement_descriptor_suffix transfer_data transfer_group"),
        **{name: intent[name] for name in kept},
        **state,
    )
    charge["receipt_url"] = f"{world.base_url}/receipts/{charge['id']}"
    return charge
