"""Money: what a charge costs, and the entries of an account's balance. Sums are in the smallest unit."""

from typing import Any

from daybook.sandbox.stripe.world import Merchant, Obj, World

DAYS_UNTIL_AVAILABLE = 2
DISPUTE_FEE = 1500


def processing_fee(amount: int) -> int:
    """2.9 % and 30, rounded half up."""
    return (amount * 29 + 500) // 1000 + 30


def share(fee: int, part: int, whole: int) -> int:
    """The part of a fee, rounded half up."""
    return (2 * fee * part + whole) // (2 * whole)


def entry(
    world: World,
    merchant: Merchant,
    kind: str,
    source: Obj,
    amount: int,
    fees: dict[str, int] | None = None,
    **more: Any,
) -> Obj:
    """Add an entry to the balance; `fees` by type (stripe_fee, application_fee) are taken off."""
    currency = source["currency"]
    details = [
        {
            "amount": fee,
            "currency": currency,
            "type": name,
            "description": "Daybook application fee" if name == "application_fee" else "Stripe processing fees",
            "application": "ca_daybook" if name == "application_fee" else None,
        }
        for name, fee in (fees or {}).items()
        if fee
    ]
    total = sum((fees or {}).values())
    entry = world.add(
        merchant,
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=world.now + DAYS_UNTIL_AVAILABLE * 86400,
        balance_type="payments",
        currency=currency,
        description=None,
        exchange_rate=None,
        fee=total,
        fee_details=details,
        net=amount - total,
        reporting_category=kind,
        source=source["id"],
        status="pending",
        type=kind,
        **more,
    )
    del entry["livemode"]  # entries of a balance do not say
    return entry


def balance(world: World, merchant: Merchant) -> Obj:
    """What is available and what is on its way, by currency; both sum up every entry."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for line in merchant.of("balance_transaction"):
        line["status"] = "available" if line["available_on"] <= world.now else "pending"
        part = sums[line["status"]]
        part[line["currency"]] = part.get(line["currency"], 0) + line["net"]
    currencies = sorted({currency for part in sums.values() for currency in part}) or ["usd"]
    lists = {
        name: [
            {"amount": part.get(currency, 0), "currency": currency, "source_types": {"card": part.get(currency, 0)}}
            for currency in currencies
        ]
        for name, part in sums.items()
    }
    return {"object": "balance", "livemode": False, **lists}
