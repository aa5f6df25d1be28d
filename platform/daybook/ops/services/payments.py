"""A business of demo or test that can be paid into."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django_tenants.utils import tenant_context

from billing.selectors.accounts import account_of
from billing.services import accounts
from daybook.core.actors import SYSTEM
from tenants.selectors import business_url

if TYPE_CHECKING:
    from tenants.models import Business

TIMEOUT = 10


def connect(business: Business, *, now: datetime) -> str:
    """Connect an account, with the steps of an owner; its id, "" where the platform takes no payments.

    At the sandbox the owner's part is done through its control plane, so the account can be charged at once; at Stripe
    itself it is begun only. Twice changes nothing. Raises StripeSilent.
    """
    if not settings.STRIPE_SECRET_KEY:
        return ""
    with tenant_context(business):
        found = account_of(business)
        if found is not None:
            return found.account_id
        page = business_url(business, "/dashboard/payments/account/")
        accounts.connect(business=business, return_url=page, refresh_url=page, by=SYSTEM, now=now)
        found = account_of(business)
        assert found is not None
        if settings.STRIPE_API_BASE:
            _answer_everything(found.account_id)
            accounts.look(found.account_id, now=now)
    return found.account_id


def _answer_everything(account_id: str) -> None:
    """Have the sandbox's owner answer every question of Stripe's."""
    body = json.dumps({"account": account_id}).encode()
    address = f"{settings.STRIPE_API_BASE}/_control/onboard"
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT):
        pass
