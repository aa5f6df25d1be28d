"""Money that goes to an account's bank."""

from daybook.sandbox.stripe.ledger import entry
from daybook.sandbox.stripe.world import Merchant, World, nulls


def pay_out(world: World, merchant: Merchant, currency: str, status: str) -> str | None:
    """Everything that no payout has taken yet; "failed" brings it back. The payout's id, None without money."""
    lines = [line for line in merchant.of("balance_transaction") if line["currency"] == currency]
    lines = [line for line in lines if not line.get("_payout")]
    amount = sum(line["net"] for line in lines)
    if amount <= 0:
        return None
    payout = world.add(
        merchant,
        "payout",
        "po",
        amount=amount,
        application_fee=None,
        application_fee_amount=None,
        arrival_date=world.now + 86400,
        automatic=True,
        currency=currency,
        metadata={},
        method="standard",
        reconciliation_status="completed",
        source_type="card",
        status=status,
        type="bank_account",
        **nulls("description destination failure_balance_transaction failure_code failure_message original_payout"),
        **nulls("reversed_by statement_descriptor"),
    )
    line = entry(world, merchant, "payout", payout, -amount)
    payout["balance_transaction"] = line["id"]
    for taken in [*lines, line]:
        taken.update(_payout=payout["id"], available_on=min(taken["available_on"], world.now))
    world.emit(merchant, "payout.created", payout)
    if status == "failed":
        payout.update(failure_code="account_closed", failure_message="The bank account has been closed.")
        back = entry(world, merchant, "payout_failure", payout, amount)
        payout["failure_balance_transaction"] = back["id"]
    if status in ("paid", "failed"):
        world.emit(merchant, f"payout.{status}", payout)
    return str(payout["id"])
