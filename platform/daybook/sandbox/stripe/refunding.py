"""Refunds and disputes: money that goes back."""

import copy
from typing import Any

from daybook.sandbox.stripe import methods
from daybook.sandbox.stripe.ledger import DISPUTE_FEE, entry, share
from daybook.sandbox.stripe.refusals import invalid
from daybook.sandbox.stripe.world import Merchant, Obj, World, nulls

EVIDENCE_DAYS = 7
CLOSED = ("won", "lost", "warning_closed", "prevented")


def refund(
    world: World,
    merchant: Merchant,
    charge: Obj,
    *,
    amount: int | None = None,
    fee_too: bool = False,
    status: str | None = None,
    **values: Any,
) -> Obj:
    """Give back `amount`, or all that is left; with `fee_too` also the platform's fee, in proportion."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    _refundable(charge, amount, left, fee_too)
    card = methods.card_of(merchant.objects[charge["payment_method"]])
    thing = world.add(
        merchant,
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
        metadata={},
        payment_intent=charge["payment_intent"],
        status=status or card.refund,
        **nulls("balance_transaction reason receipt_number source_transfer_reversal transfer_reversal"),
        _later=card.refund_later,
        _fee=0,
    )
    del thing["livemode"]
    thing.update({name: value for name, value in values.items() if value is not None})
    if thing["status"] == "pending":
        thing["pending_reason"] = "processing"
    fee = _fee_back(world, charge, amount) if fee_too else 0
    thing["_fee"] = fee
    line = entry(world, merchant, "refund", thing, -amount, {"application_fee": -fee})
    thing["balance_transaction"] = line["id"]
    _count(world, merchant, charge, amount)
    world.emit(merchant, "refund.created", thing)
    world.emit(merchant, "charge.refunded", charge)
    return thing


def _refundable(charge: Obj, amount: int, left: int, fee_too: bool) -> None:
    if charge.get("_charged_back"):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(message, code="charge_disputed")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise invalid(f"This PaymentIntent ({charge['payment_intent']}) does not have a successful charge to refund.")
    if charge["refunded"]:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise invalid(message, param="amount")
    if fee_too and not charge["application_fee"]:
        message = "You cannot refund an application fee on a charge that has none."
        raise invalid(message, param="refund_application_fee")


def _count(world: World, merchant: Merchant, charge: Obj, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]


def _fee_back(world: World, charge: Obj, amount: int) -> int:
    """Give back the fee's share of this part; the parts of a whole charge sum up to the whole fee."""
    fee = world.platform.objects[charge["application_fee"]]
    due = share(fee["amount"], charge["amount_refunded"] + amount, charge["amount_captured"])
    back: int = max(0, min(due, fee["amount"]) - fee["amount_refunded"])
    if back:
        return_fee(world, fee, back)
    return back


def return_fee(world: World, fee: Obj, amount: int) -> Obj:
    """Take an amount of an application fee off the platform's balance."""
    back = world.add(
        world.platform, "fee_refund", "fr", amount=amount, currency=fee["currency"], fee=fee["id"], metadata={}
    )
    del back["livemode"]
    back["balance_transaction"] = entry(world, world.platform, "application_fee_refund", back, -amount)["id"]
    fee["amount_refunded"] += amount
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"]["data"].insert(0, copy.deepcopy(back))
    world.emit(world.platform, "application_fee.refunded", fee)
    return back


def settle(world: World, merchant: Merchant, thing: Obj, status: str, reason: str = "declined") -> Obj:
    """What became of a refund: succeeded, failed (the money is back with the account), canceled, requires_action."""
    before = {"status": thing["status"]}
    if thing["status"] in ("failed", "canceled"):
        raise invalid(f"A refund that {thing['status']} does not change any more.")
    thing.update(status=status, _later=None)
    thing.pop("pending_reason", None)
    if status in ("failed", "canceled"):
        thing["failure_reason"] = reason
        line = entry(world, merchant, "refund_failure", thing, thing["amount"])
        thing["failure_balance_transaction"] = line["id"]
        charge = merchant.objects[thing["charge"]]
        _count(world, merchant, charge, -thing["amount"])
        world.emit(merchant, "charge.updated", charge)
    world.emit(merchant, "refund.failed" if status == "failed" else "refund.updated", thing, before)
    return thing


def dispute(world: World, merchant: Merchant, charge: Obj, reason: str = "fraudulent") -> Obj:
    """The client's bank takes the money back; Stripe asks a fee of its own for it."""
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] or not amount:
        raise invalid(f"Charge {charge['id']} has nothing that could be disputed.")
    due = world.now + EVIDENCE_DAYS * 86400
    thing = world.add(
        merchant,
        "dispute",
        "dp",
        amount=amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"enhanced_evidence": {}},
        evidence_details={
            "due_by": due,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    charge.update(disputed=True, _charged_back=True)
    fees = {"stripe_fee": DISPUTE_FEE}
    line = entry(world, merchant, "adjustment", thing, -amount, fees)
    thing["balance_transactions"].append(copy.deepcopy(line))
    world.emit(merchant, "charge.dispute.created", thing)
    world.emit(merchant, "charge.dispute.funds_withdrawn", thing)
    return thing


def close_dispute(world: World, merchant: Merchant, thing: Obj, status: str) -> Obj:
    """The bank decides: won (the money comes back) or lost."""
    if thing["status"] in CLOSED:
        raise invalid(f"This dispute is already {thing['status']}.")
    before = {"status": thing["status"]}
    thing["status"] = status
    world.emit(merchant, "charge.dispute.closed", thing, before)
    if status == "won":
        line = entry(world, merchant, "adjustment", thing, thing["amount"])
        thing["balance_transactions"].append(copy.deepcopy(line))
        merchant.objects[thing["charge"]]["_charged_back"] = False
        world.emit(merchant, "charge.dispute.funds_reinstated", thing)
    return thing
