"""/v1/checkout/sessions"""

from typing import Any

from daybook.sandbox.stripe import checkout, listing, paying, setting_up
from daybook.sandbox.stripe.params import Params
from daybook.sandbox.stripe.refusals import invalid
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Merchant, Obj, World, new_id, nulls

ITEM_NULLS = "adjustable_quantity discounts"
DEFAULT_LIFE = 86400


@on("POST", "/v1/checkout/sessions")
def create(call: Call) -> Obj:
    world, merchant, params = call.world, call.merchant, call.params
    customer = params.text("customer")
    if customer:
        merchant.get("customer", customer, param="customer")
    mode = params.text("mode") or "payment"
    if mode == "subscription":
        raise invalid("This stand-in has no subscriptions.", param="mode")
    paying.may_charge(world, merchant)
    items = [_item(world, item) for item in params.hashes("line_items")]
    currency = _currency(params, items)
    total = sum(item["amount_total"] for item in items)
    session = _make(call, mode, currency, total if mode == "payment" else None)
    session.update(customer=customer, _items=items, _payment_intent_data=_intent_values(params))
    if mode == "setup":
        data = params.hash("setup_intent_data")
        values = {"description": data.text("description"), "metadata": data.metadata()}
        intent = setting_up.new_intent(world, merchant, customer=customer, _session=session["id"], **values)
        session["setup_intent"] = intent["id"]
    return session


def _make(call: Call, mode: str, currency: str | None, total: int | None) -> Obj:
    world, params = call.world, call.params
    nothing = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    session = world.add(
        call.merchant,
        "checkout.session",
        "cs_test",
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        cancel_url=params.text("cancel_url"),
        client_reference_id=params.text("client_reference_id"),
        currency=currency,
        custom_fields=[],
        custom_text=nulls("after_submit shipping_address submit terms_of_service_acceptance"),
        customer_creation=params.text("customer_creation", "if_required" if mode == "payment" else "always"),
        customer_email=params.text("customer_email"),
        expires_at=params.integer("expires_at", world.now + DEFAULT_LIFE),
        locale=params.text("locale"),
        metadata=params.metadata(),
        mode=mode,
        payment_method_types=["card"],
        allowed_payment_method_types=params.each("allowed_payment_method_types") or None,
        payment_status="unpaid" if mode == "payment" else "no_payment_required",
        shipping_options=[],
        status="open",
        submit_type=params.text("submit_type"),
        success_url=params.text("success_url"),
        total_details=nothing if mode == "payment" else None,
        ui_mode=params.text("ui_mode", "hosted_page"),
        **nulls("after_expiration allow_promotion_codes billing_address_collection client_secret consent"),
        **nulls("consent_collection currency_conversion customer customer_details invoice invoice_creation"),
        **nulls("payment_intent payment_link payment_method_collection recovered_from setup_intent"),
        **nulls("shipping_cost subscription return_url"),
    )
    session["url"] = f"{world.base_url}/c/pay/{session['id']}"
    return session


def _item(world: World, item: Params) -> Obj:
    """A line: its price is written into it, as `price_data`."""
    if "price_data" not in item:
        raise invalid("This stand-in knows no stored prices: use price_data.", param="line_items[0][price]")
    data, quantity = item.hash("price_data"), item.integer("quantity", 1) or 0
    if quantity < 1:
        raise invalid("This value must be greater than or equal to 1.", param="line_items[0][quantity]")
    if "unit_amount" not in data:
        raise invalid(
            "You must specify either `unit_amount` or `unit_amount_decimal`.", param="line_items[0][price_data]"
        )
    amount, currency = data.number("unit_amount"), (data.text("currency") or "").lower()
    if amount < 0:
        raise invalid("Invalid non-negative integer", param="line_items[0][price_data][unit_amount]")
    total = amount * quantity
    product = data.hash("product_data")
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": product.text("name"),
        "metadata": {},
        "price": None,
        "quantity": quantity,
        "_detail": product.text("description"),
    }


def _currency(params: Params, items: list[Obj]) -> str | None:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    named = params.text("currency")
    return currencies.pop() if currencies else named.lower() if named else None


def _intent_values(params: Params) -> dict[str, Any]:
    data = params.hash("payment_intent_data")
    texts = ("description", "receipt_email", "setup_future_usage", "capture_method")
    values: dict[str, Any] = {name: data.text(name) for name in texts if name in data}
    return values | {
        "metadata": data.metadata(),
        "application_fee_amount": data.integer("application_fee_amount"),
    }


def session_of(call: Call) -> Obj:
    session = call.merchant.get("checkout.session", call.ids["session"])
    checkout.expire_if_late(call.world, call.merchant, session)
    return session


@on("GET", "/v1/checkout/sessions/{session}")
def retrieve(call: Call) -> Obj:
    return session_of(call)


@on("POST", "/v1/checkout/sessions/{session}")
def update(call: Call) -> Obj:
    session = session_of(call)
    session["metadata"] = call.params.metadata(session["metadata"])
    return session


@on("POST", "/v1/checkout/sessions/{session}/expire")
def expire(call: Call) -> Obj:
    return checkout.expire(call.world, call.merchant, session_of(call))


@on("GET", "/v1/checkout/sessions")
def all_sessions(call: Call) -> Obj:
    checkout.expire_late(call.world)
    there = call.merchant.of("checkout.session")
    return listing.page(call, there, "customer", "payment_intent", "status")


@on("GET", "/v1/checkout/sessions/{session}/line_items")
def items(call: Call) -> Obj:
    return listing.whole_list(session_of(call)["_items"], call.path)


@listing.shown_on_request("checkout.session", "line_items")
def shown_items(merchant: Merchant, session: Obj) -> Obj:
    return listing.whole_list(session["_items"], f"/v1/checkout/sessions/{session['id']}/line_items")
