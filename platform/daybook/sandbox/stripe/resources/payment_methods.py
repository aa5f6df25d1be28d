"""/v1/payment_methods"""

from daybook.sandbox.stripe import listing, methods
from daybook.sandbox.stripe.refusals import invalid
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Obj


def method(call: Call) -> Obj:
    return call.merchant.get("payment_method", call.ids["payment_method"])


@on("GET", "/v1/payment_methods")
def all_methods(call: Call) -> Obj:
    there = (thing for thing in call.merchant.of("payment_method") if thing["customer"])
    return listing.page(call, there, "customer", "type")


@on("GET", "/v1/payment_methods/{payment_method}")
def retrieve(call: Call) -> Obj:
    return method(call)


@on("POST", "/v1/payment_methods/{payment_method}")
def update(call: Call) -> Obj:
    thing = method(call)
    thing["metadata"] = call.params.metadata(thing["metadata"])
    call.world.emit(call.merchant, "payment_method.updated", thing)
    return thing


@on("POST", "/v1/payment_methods/{payment_method}/attach")
def attach(call: Call) -> Obj:
    customer = call.params.text("customer") or ""
    call.merchant.get("customer", customer, param="customer")
    thing = methods.usable(call.world, call.merchant, call.ids["payment_method"], None)
    card = methods.card_of(thing)
    if card.decline and not card.saves:
        raise invalid("Your card was declined.", code=card.decline[0], status=402)
    methods.attach(call.world, call.merchant, thing, customer)
    return thing


@on("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(call: Call) -> Obj:
    return methods.detach(call.world, call.merchant, method(call))
