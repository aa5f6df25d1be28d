"""Currencies that online payments take: decimals, smallest amounts, and which of them an account's country may use.

Amounts are integer minor units; codes are lower-case ISO 4217, countries ISO 3166. A currency outside `ALLOWED` can be
priced and paid in person. Minimums and countries are the vendor's and change: check before launch.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

MAX_AMOUNT = 99_999_999


@dataclass(frozen=True, slots=True)
class Currency:
    """`digits` decimals; amounts are multiples of `step` and at least `minimum`, to be paid online."""

    code: str
    digits: int
    minimum: int
    step: int = 1


_TWO = {
    "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400,
    "inr": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50,
    "thb": 1000, "usd": 50,
}  # fmt: skip
_ZERO = {"clp": 600, "jpy": 50, "krw": 1000, "vnd": 20000, "xaf": 400, "xof": 400, "xpf": 100}
_THREE = {"bhd": 200, "jod": 400, "kwd": 200, "omr": 200, "tnd": 2000}

ALLOWED: dict[str, Currency] = {
    **{code: Currency(code, 2, minimum) for code, minimum in _TWO.items()},
    **{code: Currency(code, 0, minimum) for code, minimum in _ZERO.items()},
    **{code: Currency(code, 3, minimum, step=10) for code, minimum in _THREE.items()},
}
"""Left out on purpose: isk, ugx, huf and twd, whose minor units differ between showing and charging."""

_ONLY = {"br": frozenset({"brl"}), "in": frozenset({"inr", "usd", "eur", "gbp"}), "my": frozenset({"myr"})}
"""Accounts of these countries charge in nothing else."""


def allowed(code: str, country: str) -> bool:
    """Whether an account of this country may charge in this currency. A country that is not known refuses nothing."""
    only = _ONLY.get(country.lower())
    return code.lower() in ALLOWED and (only is None or code.lower() in only)


def minimum(code: str) -> int | None:
    """The smallest amount that can be paid online; None where the currency cannot be."""
    found = ALLOWED.get(code.lower())
    return found.minimum if found else None


def step(code: str) -> int:
    """What amounts of this currency are multiples of: 10 for those with three decimals, else 1."""
    found = ALLOWED.get(code.lower())
    return found.step if found else 1


def payable(amount: int, code: str) -> bool:
    """Whether exactly this amount can be paid online."""
    found = ALLOWED.get(code.lower())
    return found is not None and found.minimum <= amount <= MAX_AMOUNT and amount % found.step == 0


def half_up(amount: Decimal, code: str) -> int:
    """The nearest amount that the currency has, halves up."""
    unit = step(code)
    return int((amount / unit).quantize(Decimal(1), ROUND_HALF_UP)) * unit


def down(amount: int, code: str) -> int:
    """The largest amount that the currency has and that is not above this one."""
    unit = step(code)
    return int((Decimal(amount) / unit).quantize(Decimal(1), ROUND_DOWN)) * unit
