"""Cancellation policies as pure arithmetic: tiers, the fee that applies, the refund that follows.

A policy is a plain dict, copied to the appointment when it is booked:
`{"tiers": [{"hours_before_start", "fee_percentage", "fee_fixed"}], "cancel_cutoff_minutes", "reschedule_cutoff_minutes",
"moves": [{"at", "start"}]}`. Amounts are integer minor units, instants aware or ISO 8601 in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Tier:
    """Received at least `hours_before_start` elapsed hours before: this percentage of the captured, plus `fee_fixed`."""

    hours_before_start: int
    fee_percentage: int
    fee_fixed: int = 0


DEFAULT = (Tier(48, 0), Tier(24, 50), Tier(0, 100))
NOTHING_KEPT = Tier(0, 100)
"""No tier is kept: the fee is 100 %."""


def tier_at(tiers: Sequence[Tier], start: datetime, at: datetime) -> Tier:
    """The tier with the most hours that a cancellation received `at` keeps."""
    kept = [tier for tier in tiers if start - at >= timedelta(hours=tier.hours_before_start)]
    return max(kept, key=lambda tier: tier.hours_before_start, default=NOTHING_KEPT)


def refund(captured: int, tier: Tier, refunded: int = 0) -> int:
    """What goes back: half_up(captured × (1 − p)) − fixed − already refunded, never below zero."""
    share = Decimal(captured) * (100 - tier.fee_percentage) / 100
    return max(0, int(share.quantize(Decimal(1), ROUND_HALF_UP)) - tier.fee_fixed - refunded)


def applying(policy: dict[str, Any], start: datetime, now: datetime, captured: int = 0) -> Tier:
    """The tier for a cancellation now. A reschedule never improves it: each move counts with its old start.

    "Worse" is judged by the refund of `captured`; without money by percentage, then the fixed part.
    """
    tiers = tiers_of(policy)
    candidates = [tier_at(tiers, start, now)]
    candidates += [tier_at(tiers, _instant(m["start"]), _instant(m["at"])) for m in policy.get("moves", [])]
    return min(candidates, key=lambda tier: (refund(captured, tier), -tier.fee_percentage, -tier.fee_fixed))


def tiers_of(policy: dict[str, Any]) -> list[Tier]:
    """The tiers of a stored policy, most hours first."""
    found = [Tier(t["hours_before_start"], t["fee_percentage"], t.get("fee_fixed", 0)) for t in policy.get("tiers", [])]
    return sorted(found, key=lambda tier: -tier.hours_before_start)


def free_until(policy: dict[str, Any], start: datetime) -> datetime | None:
    """The last instant at which cancelling costs nothing; None when it always costs something."""
    free = [tier for tier in tiers_of(policy) if tier.fee_percentage == 0 and tier.fee_fixed == 0]
    return start - timedelta(hours=min(t.hours_before_start for t in free)) if free else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
