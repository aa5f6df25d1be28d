"""What of a price is asked for at booking. Integer minor units; ROUND_HALF_UP where a share is computed."""

from decimal import ROUND_HALF_UP, Decimal

MINIMUMS = {
    "usd": 50, "eur": 50, "cad": 50, "aud": 50, "nzd": 50, "chf": 50, "sgd": 50, "brl": 50, "inr": 50,
    "gbp": 30, "jpy": 50, "mxn": 1000, "hkd": 400, "nok": 300, "sek": 300, "dkk": 250, "pln": 200, "ron": 200,
    "bgn": 100, "czk": 1500, "huf": 17500, "aed": 200, "myr": 200, "thb": 1000,
}  # fmt: skip
"""The least that can be charged online."""


def minimum(currency: str) -> int:
    """The least that can be charged online in this currency."""
    return MINIMUMS.get(currency, 50)


def deposit(price: int, currency: str, *, kind: str, value: int) -> int:
    """`percent` of the price, or a `fixed` amount: at least the currency's minimum, at most the price."""
    if not price or not kind:
        return price
    wanted = value
    if kind == "percent":
        wanted = int((Decimal(price) * value / 100).quantize(Decimal(1), ROUND_HALF_UP))
    return min(price, max(wanted, minimum(currency)))
