"""/v1/events and /v2/core/events"""

from daybook.sandbox.stripe import listing
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Obj


@on("GET", "/v1/events")
def all_events(call: Call) -> Obj:
    """`delivery_success=false` finds those that an endpoint has not taken."""
    found = call.merchant.of("event")
    kinds = set(call.params.each("types")) | ({call.params.text("type")} - {None})
    if kinds:
        found = (event for event in found if event["type"] in kinds)
    if "delivery_success" in call.params:
        wanted = call.params.flag("delivery_success")
        found = (event for event in found if (event["pending_webhooks"] == 0) == wanted)
    return listing.page(call, found)


@on("GET", "/v1/events/{id}")
def event(call: Call) -> Obj:
    return call.merchant.get("event", call.ids["id"])


@on("GET", "/v2/core/events/{id}")
def thin_event(call: Call) -> Obj:
    return call.merchant.get("v2.core.event", call.ids["id"])
