"""Shapes of the tenant-admin API: cancellation policies. Money in minor units."""

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
