"""Price and policy of a booking, as the value that scheduling copies to the appointment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.domain.policies import DEFAULT, Tier
from billing.models import PolicyTier
from daybook.core.errors import Invalid
from scheduling.enums import PaymentMode
from scheduling.services.placing import Terms

if TYPE_CHECKING:
    from tenants.models import Business


def terms(
    *,
    business: Business,
    service_id: UUID,
    prices: Mapping[UUID, int],
    allowed_modes: list[str],
    payment_mode: str = PaymentMode.PAY_IN_PERSON,
) -> dict[UUID, Terms]:
    """The terms of booking a service with each provider (`prices`: minor units by provider). 1 query.

    Raises `Invalid` (422) when the service does not take this way of paying.
    """
    if payment_mode not in allowed_modes or payment_mode != PaymentMode.PAY_IN_PERSON:
        message = _("This service cannot be paid this way.")
        raise Invalid("payment_mode_not_offered", message, {"payment_mode": [message]})
    policy = policy_of(business, service_id)
    return {
        provider: Terms(price=price, currency=business.currency, payment_mode=payment_mode, due_now=0, policy=policy)
        for provider, price in prices.items()
    }


def policy_of(business: Business, service_id: UUID | None) -> dict[str, Any]:
    """The policy that holds for a service now: its own tiers, else the business's, else the default; and cut-offs.

    No service: the business's own.
    """
    rows = list(PolicyTier.objects.filter(Q(service_id=service_id) | Q(service__isnull=True)))
    own = [row for row in rows if row.service_id is not None] or rows
    tiers = [Tier(row.hours_before_start, row.fee_percentage, row.fee_fixed) for row in own] or list(DEFAULT)
    return {
        "tiers": [asdict(tier) for tier in sorted(tiers, key=lambda tier: -tier.hours_before_start)],
        "cancel_cutoff_minutes": business.cancel_cutoff_minutes,
        "reschedule_cutoff_minutes": business.reschedule_cutoff_minutes,
    }
