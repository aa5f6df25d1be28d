"""What lies at Stripe for a business."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from billing.gateways.base import AccountGone, Misused, Unknown
from billing.gateways.stripe import gateway
from billing.selectors.accounts import account_of
from billing.services.accounts import StripeSilent
from daybook.core.errors import NotFound

if TYPE_CHECKING:
    from tenants.models import Business


def balance(*, business: Business) -> dict[str, Any]:
    """`available` and `pending`: (currency, minor units); `payouts`: the last ones with `amount`, `currency`, `at`.

    Raises StripeSilent; NotFound when there is no account, or it is not ours any more.
    """
    account = account_of(business)
    if account is None:
        raise NotFound()
    try:
        found = gateway().payouts(account.account_id)
    except AccountGone as gone:
        raise NotFound() from gone
    except Misused as error:
        raise StripeSilent from error
    if isinstance(found, Unknown):
        raise StripeSilent
    payouts = [{**move, "at": datetime.fromtimestamp(move["at"], UTC)} for move in found["payouts"]]
    return {
        "available": sorted(found["available"].items()),
        "pending": sorted(found["pending"].items()),
        "payouts": payouts,
    }
