"""Shapes of the tenant-admin API: cancellation policies. Money in minor units."""

from datetime import datetime

from ninja import Schema
from pydantic import StrictInt


class PolicyTier(Schema):
    """Received at least so many hours before the start: this percentage of what was paid, plus a fixed part."""

    hours_before_start: StrictInt
    fee_percentage: StrictInt
    fee_fixed: StrictInt = 0


class NewPolicy(Schema):
    tiers: list[PolicyTier]


class PolicyRecord(Schema):
    """`tiers` is the list kept here, perhaps empty; `applies` what holds: the service's, else the business's, else
    the default."""

    tiers: list[PolicyTier]
    applies: list[PolicyTier]
    in_words: list[str]
    cancel_cutoff_minutes: int
    reschedule_cutoff_minutes: int


class AccountRecord(Schema):
    """The account at Stripe that clients pay into. `state`: none, unfinished, pending, ready, due, restricted, rejected, gone.

    `needs`: what Stripe still wants to know, in words. `fee_basis_points`: what the platform takes of each online
    payment, in hundredths of a percent.
    """

    state: str
    account_id: str | None
    can_charge: bool
    can_be_paid_out: bool
    needs: list[str]
    deadline_at: datetime | None
    checked_at: datetime | None
    fee_basis_points: int
