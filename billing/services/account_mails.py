"""Telling owners that their account can no longer be paid into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from billing.selectors.accounts import needs_in_words
from tenants.selectors import business_url, owners
from tenants.services import mails

if TYPE_CHECKING:
    from tenants.models import Business, StripeAccount


def addresses(business: Business) -> list[str]:
    """Where the owners are written to."""
    return [owner.email for owner in owners(business)]


def lost(account: StripeAccount, *, gone: bool = False) -> None:
    """One mail to each owner, in the business's language, sent after the commit."""
    business = account.business
    with translation.override(business.locale):
        context = {
            "business": business,
            "gone": gone,
            "needs": needs_in_words(account.due),
            "link": business_url(business, "/dashboard/payments/account"),
        }
        for address in addresses(business):
            mails.send(to=address, template="payments_lost", context=context)
