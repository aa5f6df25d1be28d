"""Writing cancellation policies: a whole list of tiers, for the business or one service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.policies import Tier
from billing.models import PolicyTier
from daybook.core.checking import Checks

if TYPE_CHECKING:
    from scheduling.models import Service

MOST_TIERS, MOST_HOURS, HIGHEST_FEE = 20, 8760, 99_999_999


def replace_tiers(*, tiers: Sequence[Tier], service: Service | None = None) -> None:
    """Replace the business's list, or a service's own. An empty one falls back: service → business → the default.

    What is booked keeps the policy it was booked under. Raises `Invalid` naming each bad one as `tiers.<place>.…`.
    """
    _check(tiers)
    rows = [
        PolicyTier(
            service=service,
            hours_before_start=tier.hours_before_start,
            fee_percentage=tier.fee_percentage,
            fee_fixed=tier.fee_fixed,
        )
        for tier in tiers
    ]
    own = PolicyTier.objects.filter(service=service) if service else PolicyTier.objects.filter(service__isnull=True)
    with transaction.atomic():
        own.delete()
        PolicyTier.objects.bulk_create(rows)


def _check(tiers: Sequence[Tier]) -> None:
    checks = Checks()
    if len(tiers) > MOST_TIERS:
        checks.problem("tiers", _("At most %(most)d.") % {"most": MOST_TIERS})
    if len({tier.hours_before_start for tier in tiers}) != len(tiers):
        checks.problem("tiers", _("Each number of hours may appear once."))
    for place, tier in enumerate(tiers):
        checks.number(f"tiers.{place}.hours_before_start", tier.hours_before_start, least=0, most=MOST_HOURS)
        checks.number(f"tiers.{place}.fee_percentage", tier.fee_percentage, least=0, most=100)
        checks.number(f"tiers.{place}.fee_fixed", tier.fee_fixed, least=0, most=HIGHEST_FEE)
    checks.done()
