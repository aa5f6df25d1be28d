"""What a cancellation costs, read from the policy that the appointment copied when it was booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from billing.domain import policies

if TYPE_CHECKING:
    from scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What cancelling would return and cost: minor units of `currency`, and the tier that says so.

    `free_until` is the last instant at which it costs nothing, None when it always costs something.
    """

    refund_amount: int
    fee_amount: int
    currency: str
    fee_percentage: int
    fee_fixed: int
    free_until: datetime | None


def cancellation(appointment: Appointment, *, now: datetime, captured: int = 0, refunded: int = 0) -> Cancellation:
    """The cost of cancelling now. `captured` and `refunded`: what was paid and has gone back; nothing in person."""
    tier = policies.applying(appointment.policy, appointment.starts_at, now, captured)
    refund = policies.refund(captured, tier, refunded)
    return Cancellation(
        refund_amount=refund,
        fee_amount=max(0, captured - refunded - refund),
        currency=appointment.currency,
        fee_percentage=tier.fee_percentage,
        fee_fixed=tier.fee_fixed,
        free_until=policies.free_until(appointment.policy, appointment.starts_at),
    )


def tiers(policy: dict[str, Any]) -> list[dict[str, int]]:
    """The tiers of a policy for showing: `hours_before_start`, `fee_percentage`, `fee_fixed`, most hours first."""
    return [
        {"hours_before_start": t.hours_before_start, "fee_percentage": t.fee_percentage, "fee_fixed": t.fee_fixed}
        for t in policies.tiers_of(policy)
    ]
