"""/v1/charges, /v1/refunds, /v1/disputes, /v1/application_fees, /v1/balance and /v1/payouts"""

from daybook.sandbox.stripe import ledger, listing, refunding
from daybook.sandbox.stripe.refusals import invalid
from daybook.sandbox.stripe.registry import Call, on
from daybook.sandbox.stripe.world import Merchant, Obj, public


@on("GET", "/v1/charges")
def all_charges(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("charge"), "customer", "payment_intent")


@on("GET", "/v1/charges/{charge}")
def charge(call: Call) -> Obj:
    return call.merchant.get("charge", call.ids["charge"])


@listing.shown_on_request("charge", "refunds")
def refunds_of(merchant: Merchant, thing: Obj) -> Obj:
    found = [refund for refund in merchant.of("refund") if refund["charge"] == thing["id"]]
    return listing.whole_list(reversed(found), f"/v1/charges/{thing['id']}/refunds")


@on("POST", "/v1/refunds")
def refund(call: Call) -> Obj:
    params = call.params
    return refunding.refund(
        call.world,
        call.merchant,
        _charge_named(call),
        amount=params.integer("amount"),
        fee_too=params.flag("refund_application_fee"),
        reason=params.text("reason"),
        metadata=params.metadata(),
    )


def _charge_named(call: Call) -> Obj:
    key = call.params.text("payment_intent")
    if not key:
        return call.merchant.get("charge", call.params.text("charge") or "", param="charge")
    intent = call.merchant.get("payment_intent", key, param="payment_intent")
    if not intent["latest_charge"]:
        raise invalid(
            f"This PaymentIntent ({key}) does not have a successful charge to refund.", param="payment_intent"
        )
    return call.merchant.objects[intent["latest_charge"]]


@on("GET", "/v1/refunds/{refund}")
def one_refund(call: Call) -> Obj:
    return call.merchant.get("refund", call.ids["refund"])


@on("POST", "/v1/refunds/{refund}")
def update_refund(call: Call) -> Obj:
    thing = one_refund(call)
    thing["metadata"] = call.params.metadata(thing["metadata"])
    call.world.emit(call.merchant, "refund.updated", thing)
    return thing


@on("POST", "/v1/refunds/{refund}/cancel")
def cancel_refund(call: Call) -> Obj:
    thing = one_refund(call)
    if thing["status"] != "requires_action":
        raise invalid(f"A refund with the status {thing['status']} cannot be canceled.")
    return refunding.settle(call.world, call.merchant, thing, "canceled", "merchant_request")


@on("GET", "/v1/refunds")
def all_refunds(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("refund"), "charge", "payment_intent")


@on("GET", "/v1/disputes")
def all_disputes(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("dispute"), "charge", "payment_intent")


@on("GET", "/v1/disputes/{dispute}")
def dispute(call: Call) -> Obj:
    return call.merchant.get("dispute", call.ids["dispute"])


@on("POST", "/v1/disputes/{dispute}")
def update_dispute(call: Call) -> Obj:
    thing = dispute(call)
    thing["metadata"] = call.params.metadata(thing["metadata"])
    evidence = call.params.hash("evidence").values
    thing["evidence"].update(evidence)
    thing["evidence_details"]["has_evidence"] = bool(evidence) or thing["evidence_details"]["has_evidence"]
    if call.params.flag("submit"):
        thing["status"] = "under_review"
        thing["evidence_details"].update(submission_count=1, submission_method="manual")
    call.world.emit(call.merchant, "charge.dispute.updated", thing)
    return thing


@on("POST", "/v1/disputes/{dispute}/close")
def close_dispute(call: Call) -> Obj:
    """The account accepts it: lost."""
    return refunding.close_dispute(call.world, call.merchant, dispute(call), "lost")


@on("GET", "/v1/application_fees")
def all_fees(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("application_fee"), "charge")


@on("GET", "/v1/application_fees/{id}")
def fee(call: Call) -> Obj:
    return call.merchant.get("application_fee", call.ids["id"])


@on("POST", "/v1/application_fees/{id}/refunds")
def refund_fee(call: Call) -> Obj:
    thing = fee(call)
    left = thing["amount"] - thing["amount_refunded"]
    amount = call.params.integer("amount", left) or 0
    if not 0 < amount <= left:
        raise invalid(f"Refund amount ({amount}) is greater than fee amount left ({left})", param="amount")
    back = refunding.return_fee(call.world, thing, amount)
    merchant = call.world.accounts[thing["account"]]
    ledger.entry(call.world, merchant, "application_fee_refund", {**back, "id": thing["charge"]}, amount)
    return back


@on("GET", "/v1/application_fees/{id}/refunds")
def fee_refunds(call: Call) -> Obj:
    found = (thing for thing in call.merchant.of("fee_refund") if thing["fee"] == call.ids["id"])
    return listing.page(call, found)


@on("GET", "/v1/application_fees/{fee}/refunds/{id}")
def fee_refund(call: Call) -> Obj:
    return call.merchant.get("fee_refund", call.ids["id"])


@on("GET", "/v1/balance")
def balance(call: Call) -> Obj:
    return ledger.balance(call.world, call.merchant)


@on("GET", "/v1/balance_transactions")
def entries(call: Call) -> Obj:
    ledger.balance(call.world, call.merchant)  # what has become available meanwhile
    found = call.merchant.of("balance_transaction")
    if payout := call.params.text("payout"):
        found = (line for line in found if line.get("_payout") == payout)
    return listing.page(call, found, "currency", "source", "type")


@on("GET", "/v1/balance_transactions/{id}")
def one_entry(call: Call) -> Obj:
    return call.merchant.get("balance_transaction", call.ids["id"])


@on("GET", "/v1/payouts")
def payouts(call: Call) -> Obj:
    return listing.page(call, call.merchant.of("payout"), "status")


@on("GET", "/v1/payouts/{payout}")
def payout(call: Call) -> Obj:
    return public(call.merchant.get("payout", call.ids["payout"]))  # type: ignore[no-any-return]
