"""/v1/setup_intents"""

from daybook.sandbox.stripe import listing, methods, setting_up
from daybook.sandbox.stripe.refusals import Refusal, invalid
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Obj, public


def intent_of(call: Call) -> Obj:
    return call.merchant.get("setup_intent", call.ids["intent"])


@on("POST", "/v1/setup_intents")
def create(call: Call) -> Obj:
    params = call.params
    customer = params.text("customer")
    if customer:
        call.merchant.get("customer", customer, param="customer")
    key = params.text("payment_method")
    method = methods.usable(call.world, call.merchant, key, customer) if key else None
    values = {name: params.text(name) for name in ("usage", "description")}
    intent = setting_up.new_intent(
        call.world,
        call.merchant,
        customer=customer,
        metadata=params.metadata(),
        **values,
        _return=params.text("return_url"),
    )
    if method:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    return _confirmed(call, intent) if params.flag("confirm") else intent


def _confirmed(call: Call, intent: Obj) -> Obj:
    if not intent["payment_method"]:
        message = "You cannot confirm this SetupIntent because it's missing a payment method."
        raise invalid(message, code="setup_intent_unexpected_state")
    method = call.merchant.objects[intent["payment_method"]]
    error = setting_up.keep(call.world, call.merchant, intent, method)
    if error:
        raise Refusal(402, {**error, "setup_intent": public(intent)})
    return intent


@on("GET", "/v1/setup_intents/{intent}")
def retrieve(call: Call) -> Obj:
    return intent_of(call)


@on("POST", "/v1/setup_intents/{intent}")
def update(call: Call) -> Obj:
    intent = intent_of(call)
    intent["metadata"] = call.params.metadata(intent["metadata"])
    return intent


@on("POST", "/v1/setup_intents/{intent}/confirm")
def confirm(call: Call) -> Obj:
    intent = intent_of(call)
    key = call.params.text("payment_method")
    if key:
        intent["payment_method"] = methods.usable(call.world, call.merchant, key, intent["customer"])["id"]
    return _confirmed(call, intent)


@on("POST", "/v1/setup_intents/{intent}/cancel")
def cancel(call: Call) -> Obj:
    intent = intent_of(call)
    if intent["status"] in ("succeeded", "canceled"):
        message = f"You cannot cancel this SetupIntent because it has a status of {intent['status']}."
        raise invalid(message, code="setup_intent_unexpected_state")
    intent.update(status="canceled", cancellation_reason=call.params.text("cancellation_reason"), next_action=None)
    call.world.emit(call.merchant, "setup_intent.canceled", intent)
    return intent


@on("GET", "/v1/setup_intents")
def all_intents(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("setup_intent"), "customer", "payment_method")
