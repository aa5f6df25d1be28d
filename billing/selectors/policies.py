"""What a cancellation costs, read from the policy that the appointment copied when it was booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from billing.domain import policies
from billing.domain.policies import Tier
from billing.models import PolicyTier
from daybook.core.formats import clock, day, duration, money, percent

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service


def tiers(policy: dict[str, Any]) -> list[dict[str, int]]:
    """The tiers of a policy for showing: `hours_before_start`, `fee_percentage`, `fee_fixed`, most hours first."""
    return [
        {"hours_before_start": t.hours_before_start, "fee_percentage": t.fee_percentage, "fee_fixed": t.fee_fixed}
        for t in policies.tiers_of(policy)
    ]


def free_until(appointment: Appointment) -> datetime | None:
    """The last instant at which cancelling costs nothing, by its own policy; None when it always costs something."""
    return policies.free_until(appointment.policy, appointment.starts_at)


def own_tiers(service: Service | None = None) -> list[Tier]:
    """The list kept for a service, or the business's own; empty when it has none. Most hours first. 1 query."""
    rows = PolicyTier.objects.filter(service=service) if service else PolicyTier.objects.filter(service__isnull=True)
    return [Tier(row.hours_before_start, row.fee_percentage, row.fee_fixed) for row in rows]


def policy_in_words(policy: dict[str, Any], *, currency: str, language: str | None = None) -> list[str]:
    """A policy before anything is booked, a sentence for each tier: "Free up to 48 h before the start"."""
    sentences = [
        _("%(fee)s up to %(hours)s before the start")
        % {"fee": _fee(tier, currency, language), "hours": duration(tier.hours_before_start * 60)}
        if tier.hours_before_start
        else _("%(fee)s up to the start") % {"fee": _fee(tier, currency, language)}
        for tier in policies.tiers_of(policy)
    ]
    return [sentence[:1].upper() + sentence[1:] for sentence in sentences]


def deadlines_in_words(
    policy: dict[str, Any], start: datetime, *, zone: str, currency: str, language: str | None = None
) -> list[str]:
    """A booked appointment's policy with its dates: "Free until Wed 11 Nov, 10:30 am" (in `zone`)."""
    found = []
    for tier in policies.tiers_of(policy):
        until = start - timedelta(hours=tier.hours_before_start)
        words = {
            "fee": _fee(tier, currency, language),
            "when": f"{day(until.astimezone(ZoneInfo(zone)).date(), language)}, {clock(until, zone, language)}",
        }
        sentence = _("%(fee)s until %(when)s") % words
        found.append(sentence[:1].upper() + sentence[1:])
    return found


def _fee(tier: Tier, currency: str, language: str | None) -> str:
    fixed = money(tier.fee_fixed, currency, language) if tier.fee_fixed else ""
    if not tier.fee_percentage:
        return _("a fee of %(amount)s") % {"amount": fixed} if fixed else _("free")
    share = _("%(percent)s of the price") % {"percent": percent(tier.fee_percentage, language)}
    return _("%(percent)s plus %(amount)s") % {"percent": share, "amount": fixed} if fixed else share
