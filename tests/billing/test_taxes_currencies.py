"""An account takes the currencies that its country allows."""

from collections.abc import Callable

import pytest

from billing.selectors.accounts import ready_account
from daybook.sandbox.stripe.server import StripeSandbox
from tenants.models import Business, StripeAccount
from tests.billing.paying_world import connect
from tests.conftest import HostClient
from tests.factories import make_member, sign_in


@pytest.mark.parametrize(
    ("currency", "country", "ready"),
    [("usd", "US", True), ("usd", "BR", False), ("brl", "BR", True), ("isk", "IS", False), ("jpy", "", True)],
)
def test_paid_booking_is_closed_while_account_and_currency_do_not_fit(
    business: Business,
    stripe_sandbox: StripeSandbox,
    client_for: Callable[..., HostClient],
    currency: str,
    country: str,
    ready: bool,
) -> None:
    connect(business, stripe_sandbox)
    StripeAccount.objects.update(country=country)
    Business.objects.filter(pk=business.pk).update(currency=currency)
    business.refresh_from_db()
    assert (ready_account(business) is not None) is ready
    owner = sign_in(client_for("acme"), make_member(business))
    page = owner.get("/dashboard/payments/account/").content.decode()
    assert (f"This account cannot take {currency.upper()}." in page) is not ready
