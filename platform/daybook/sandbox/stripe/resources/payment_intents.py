"""/v1/payment_intents"""

from daybook.sandbox.stripe import listing, methods, paying
from daybook.sandbox.stripe.refusals import invalid
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Obj

TEXTS = ("description", "receipt_email", "setup_future_usage", "capture_method")
CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def intent_of(call: Call) -> Obj:
    return call.merchant.get("payment_intent", call.ids["intent"])


@on("POST", "/v1/payment_intents")
def create(call: Call) -> Obj:
    params = call.params
    customer = params.text("customer")
    if customer:
        call.merchant.get("customer", customer, param="customer")
    paying.may_charge(call.world, call.merchant)
    key = params.text("payment_method")
    method = methods.usable(call.world, call.merchant, key, customer) if key else None
    intent = paying.new_intent(
        call.world,
        call.merchant,
        amount=params.number("amount"),
        currency=params.text("currency") or "",
        customer=customer,
        metadata=params.metadata(),
        application_fee_amount=params.integer("application_fee_amount"),
        _return=params.text("return_url"),
        **{name: params.text(name) for name in TEXTS},
    )
    if method:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    return _confirmed(call, intent) if params.flag("confirm") else intent


def _confirmed(call: Call, intent: Obj) -> Obj:
    method = call.merchant.objects[intent["payment_method"]]
    present = not call.params.flag("off_session")
    error = paying.pay(call.world, call.merchant, intent, method, present=present)
    if error:
        raise paying.refusal(intent, error)
    return intent


@on("GET", "/v1/payment_intents/{intent}")
def retrieve(call: Call) -> Obj:
    return intent_of(call)


@on("POST", "/v1/payment_intents/{intent}")
def update(call: Call) -> Obj:
    intent = intent_of(call)
    if "amount" in call.params:
        intent["amount"] = call.params.number("amount")
    intent.update({name: call.params.text(name) for name in TEXTS if name in call.params})
    intent["metadata"] = call.params.metadata(intent["metadata"])
    return intent


@on("POST", "/v1/payment_intents/{intent}/confirm")
def confirm(call: Call) -> Obj:
    intent = intent_of(call)
    _require(intent, CONFIRMABLE, "confirm")
    key = call.params.text("payment_method")
    if key:
        intent["payment_method"] = methods.usable(call.world, call.merchant, key, intent["customer"])["id"]
    if not intent["payment_method"]:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise invalid(message, code="payment_intent_unexpected_state")
    intent["_return"] = call.params.text("return_url") or intent.get("_return")
    return _confirmed(call, intent)


@on("POST", "/v1/payment_intents/{intent}/capture")
def capture(call: Call) -> Obj:
    intent = intent_of(call)
    _require(intent, ("requires_capture",), "capture")
    charge = call.merchant.objects[intent["latest_charge"]]
    amount = call.params.integer("amount_to_capture", intent["amount"]) or 0
    if not 0 < amount <= intent["amount"]:
        raise invalid("Amount to capture must be positive and at most what was authorized.", param="amount_to_capture")
    paying.book(call.world, call.merchant, intent, charge, amount)
    call.world.emit(call.merchant, "charge.captured", charge)
    call.world.emit(call.merchant, "payment_intent.succeeded", intent)
    return intent


@on("POST", "/v1/payment_intents/{intent}/cancel")
def cancel(call: Call) -> Obj:
    intent = intent_of(call)
    if intent["_session"] and intent["status"] != "requires_capture":
        message = "You cannot cancel a PaymentIntent that was created by Checkout. Expire the Checkout Session instead."
        raise invalid(message, code="payment_intent_unexpected_state")
    _require(intent, CANCELABLE, "cancel")
    reason = call.params.text("cancellation_reason")
    intent.update(status="canceled", canceled_at=call.world.now, cancellation_reason=reason, amount_capturable=0)
    intent["next_action"] = None
    call.world.emit(call.merchant, "payment_intent.canceled", intent)
    return intent


def _require(intent: Obj, states: tuple[str, ...], verb: str) -> None:
    if intent["status"] not in states:
        message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
        raise invalid(message, code="payment_intent_unexpected_state")


@on("GET", "/v1/payment_intents")
def all_intents(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("payment_intent"), "customer")
