"""/v1/customers and the cards they keep."""

from typing import Any

from daybook.sandbox.stripe import listing
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Merchant, Obj, World, new_id, nulls, public

FIELDS = ("email", "name", "phone", "description")


def new_customer(world: World, merchant: Merchant, **values: Any) -> Obj:
    customer = world.add(
        merchant,
        "customer",
        "cus",
        balance=0,
        delinquent=False,
        invoice_prefix=new_id("i")[2:10].upper(),
        invoice_settings={"custom_fields": None, "default_payment_method": None, "footer": None},
        metadata={},
        preferred_locales=[],
        tax_exempt="none",
        **nulls("address currency default_source description email name phone shipping test_clock"),
    )
    customer.update(values)
    world.emit(merchant, "customer.created", customer)
    return customer


@on("POST", "/v1/customers")
def create(call: Call) -> Obj:
    values = {name: call.params.text(name) for name in FIELDS}
    return new_customer(call.world, call.merchant, metadata=call.params.metadata(), **values)


@on("GET", "/v1/customers/{customer}")
def retrieve(call: Call) -> Obj:
    return call.merchant.get("customer", call.ids["customer"])


@on("POST", "/v1/customers/{customer}")
def update(call: Call) -> Obj:
    customer = call.merchant.get("customer", call.ids["customer"])
    customer.update({name: call.params.text(name) for name in FIELDS if name in call.params})
    customer["metadata"] = call.params.metadata(customer["metadata"])
    call.world.emit(call.merchant, "customer.updated", customer)
    return customer


@on("DELETE", "/v1/customers/{customer}")
def delete(call: Call) -> Obj:
    """The customer is gone, and what it kept is detached; its id still says that it was there."""
    customer = call.merchant.get("customer", call.ids["customer"])
    call.world.emit(call.merchant, "customer.deleted", customer)
    for method in call.merchant.of("payment_method"):
        if method["customer"] == customer["id"]:
            method.update(customer=None, _detached=True)
    key = customer["id"]
    customer.clear()
    customer.update(id=key, object="customer", deleted=True, created=call.world.now)
    return {"id": key, "object": "customer", "deleted": True}


@on("GET", "/v1/customers")
def all_customers(call: Call) -> Obj:
    there = (customer for customer in call.merchant.of("customer") if not customer.get("deleted"))
    return listing.page(call, there, "email")


@on("GET", "/v1/customers/{customer}/payment_methods")
def methods_of(call: Call) -> Obj:
    key = call.merchant.get("customer", call.ids["customer"])["id"]
    kept = (method for method in call.merchant.of("payment_method") if method["customer"] == key)
    return listing.page(call, kept, "type")


@on("GET", "/v1/customers/{customer}/payment_methods/{payment_method}")
def method_of(call: Call) -> Obj:
    call.merchant.get("customer", call.ids["customer"])
    return public(call.merchant.get("payment_method", call.ids["payment_method"]))  # type: ignore[no-any-return]
