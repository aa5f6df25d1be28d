"""What cancelling, or not coming, comes to in money. Integer minor units."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.domain import policies
from billing.domain.policies import NOTHING_KEPT, Tier


@dataclass(frozen=True, slots=True)
class Outcome:
    """`refund` goes back now, `kept` stays of what was captured, `charge` is asked of the kept card."""

    refund: int
    kept: int
    charge: int = 0
    tier: Tier = NOTHING_KEPT


def by_policy(
    policy: dict[str, Any], start: datetime, now: datetime, *, to_pay: int, captured: int, refunded: int, card: bool
) -> Outcome:
    """What the copied policy says. A fee is charged to a kept card only where nothing was paid: what was paid is the most
    that cancelling ever costs."""
    tier = policies.applying(policy, start, now, captured or to_pay)
    refund = policies.refund(captured, tier, refunded)
    charge = fee(to_pay, tier) if card and not captured else 0
    return Outcome(refund, captured - refunded - refund, charge, tier)


def in_full(captured: int, refunded: int) -> Outcome:
    """Everything goes back and nothing is charged."""
    return Outcome(max(0, captured - refunded), 0, 0, Tier(0, 0))


def fee(to_pay: int, tier: Tier) -> int:
    """The tier's fee in money, the price at most."""
    return min(to_pay, to_pay - policies.refund(to_pay, tier))


def no_show_fee(*, to_pay: int, kept: int) -> int:
    """What not coming costs beside what was kept: no tier of the policy is kept, so the whole price."""
    return max(0, fee(to_pay, NOTHING_KEPT) - kept)
