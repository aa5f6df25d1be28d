"""Price, way of paying and policy of a booking, as the value that scheduling copies to the appointment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.domain import pricing
from billing.domain.currencies import payable
from billing.domain.policies import DEFAULT, Tier
from billing.models import PolicyTier
from billing.selectors.accounts import ready_account
from billing.selectors.offer import due_now
from billing.selectors.prices import tax_rules
from billing.services.checkout import PaymentsUnavailable
from daybook.core.errors import Invalid
from scheduling.enums import PaymentMode
from scheduling.services.placing import Terms

if TYPE_CHECKING:
    from tenants.models import Business

ONLINE = (PaymentMode.DEPOSIT, PaymentMode.FULL, PaymentMode.CARD_ON_FILE)


def terms(
    *,
    business: Business,
    service_id: UUID,
    prices: Mapping[UUID, int],
    allowed_modes: Sequence[str],
    payment_mode: str | None = PaymentMode.PAY_IN_PERSON,
    deposit_type: str = "",
    deposit_value: int = 0,
    by_staff: bool = False,
    to_pay: Mapping[UUID, int] | None = None,
) -> dict[UUID, Terms]:
    """The terms of booking a service with each provider (`prices`: minor units by provider). At most 5 queries.

    `to_pay`: what is to be paid in money, where that is known better than from prices and taxes.

    No `payment_mode`: the first that the service takes, in person before all others. What costs nothing, or
    too little to be paid online, is paid in person. Staff may have anything paid in person. Raises `Invalid` (422) when the service does not take this way
    of paying, `PaymentsUnavailable` (409) when it is online and the business's account is not ready.
    """
    mode = payment_mode if payment_mode is not None else default_mode(allowed_modes)
    in_person = mode == PaymentMode.PAY_IN_PERSON
    sums = to_pay if to_pay is not None else _with_tax(service_id, prices, business.currency)
    offline = not any(payable(amount, business.currency) for amount in sums.values())
    if mode not in allowed_modes and not (in_person and (by_staff or offline)):
        message = _("This service cannot be paid this way.")
        raise Invalid("payment_mode_not_offered", message, {"payment_mode": [message]})
    if mode in ONLINE and not offline and ready_account(business) is None:
        raise PaymentsUnavailable()
    policy = policy_of(business, service_id)
    return {
        provider: Terms(
            price=price,
            currency=business.currency,
            payment_mode=mode if payable(sums[provider], business.currency) else PaymentMode.PAY_IN_PERSON,
            due_now=due_now(
                mode, sums[provider], business.currency, deposit_type=deposit_type, deposit_value=deposit_value
            ),
            policy=policy,
        )
        for provider, price in prices.items()
    }


def _with_tax(service_id: UUID, prices: Mapping[UUID, int], currency: str) -> dict[UUID, int]:
    if not any(prices.values()):
        return dict(prices)
    rules = tax_rules(service_id)
    return {
        provider: pricing.quote(price=price, currency=currency, rates=rules.rates, inclusive=rules.inclusive).to_pay
        for provider, price in prices.items()
    }


def default_mode(allowed: Sequence[str]) -> str:
    """How a service is paid when nobody chose: in person if it can be, else the first that it takes."""
    modes = [str(mode) for mode in allowed]
    return PaymentMode.PAY_IN_PERSON if not modes or PaymentMode.PAY_IN_PERSON in modes else modes[0]


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
