"""The account that a business's clients pay into, and what the platform takes of a payment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.domain import fees
from billing.gateways.base import AccountStatus
from tenants.selectors import account_by_id, fee_basis_points, payment_account

if TYPE_CHECKING:
    from tenants.models import Business, StripeAccount


def account_of(business: Business) -> StripeAccount | None:
    """The account that the business uses now, ready or not; None when nothing is connected. 1 query."""
    found = payment_account(business)
    return found if found is not None and found.account_id else None


def ready_account(business: Business) -> AccountStatus | None:
    """The account that can be charged now, as it was last read; None closes paid booking, not unpaid. 1 query."""
    found = account_of(business)
    return status_of(found) if found is not None and found.can_charge else None


def business_of(account_id: str) -> Business | None:
    """Whose account this is, or was: events and refunds of former accounts still belong to their business."""
    found = account_by_id(account_id)
    return None if found is None else found.business


def application_fee(business: Business, amount: int) -> int:
    """What the platform takes of `amount` (minor units); zero: name no fee to Stripe at all. 1 query."""
    return fees.application_fee(amount, fee_basis_points(business))


def status_of(account: StripeAccount) -> AccountStatus:
    """The account in the words of the vendor port."""
    return AccountStatus(
        account_id=account.account_id,
        can_charge=account.can_charge,
        can_be_paid_out=account.can_be_paid_out,
        capability=account.capability,
        due=tuple(account.due),
        deadline=account.deadline,
        disabled_reason=account.disabled_reason,
        display_name=account.display_name,
        email=account.email,
        country=account.country,
        deadline_at=account.deadline_at,
    )
