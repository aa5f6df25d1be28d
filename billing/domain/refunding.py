"""Refunds as pure arithmetic: what is taken from which payment, the platform's part of it, and how states follow.

Integer minor units.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

ORDER = {"requested": 0, "pending": 1, "succeeded": 2, "failed": 3, "cancelled": 3}
"""A refund only goes forwards; even one that had succeeded may fail in the end."""
STATES = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "cancelled",
}
"""The vendor's words in ours."""


def fee_share(application_fee: int, amount: int, part: int, before: int = 0) -> int:
    """What goes back of the platform's fee with `part` of a payment of `amount`, of which `before` went back earlier.

    Half up of what has gone back in all, so that parts never add up to more than the fee, and all parts to all of it.
    """
    if not application_fee or not amount:
        return 0
    return _half_up(application_fee * (before + part), amount) - _half_up(application_fee * before, amount)


def spread(amount: int, left: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """From which payments `amount` is taken, in the given order: (payment, part), never more than is left of one."""
    parts = []
    for name, rest in left:
        part = min(amount, rest)
        if part > 0:
            parts.append((name, part))
            amount -= part
    return parts


def follows(present: str, news: str) -> bool:
    """Whether `news` is later than `present` in a refund's life."""
    return ORDER[news] > ORDER[present]


def _half_up(dividend: int, divisor: int) -> int:
    return int((Decimal(dividend) / Decimal(divisor)).quantize(Decimal(1), ROUND_HALF_UP))
