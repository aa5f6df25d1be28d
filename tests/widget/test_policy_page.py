"""The page of the cancellation policy says what cancelling costs those who paid online."""

from collections.abc import Callable
from typing import Any

from daybook.sandbox.stripe.server import StripeSandbox
from tenants.models import Business
from tests.billing.stripe_money import make_till
from tests.conftest import HostClient

PAID = "If you paid online or left a card"


def test_the_policy_names_its_fees_where_clients_can_pay_online(
    business: Business, client_for: Callable[[str], HostClient], stripe_sandbox: StripeSandbox, platform_client: Any
) -> None:
    visitor = client_for(business.slug)
    assert PAID not in visitor.get("/policy").content.decode()
    make_till(business, stripe_sandbox, platform_client)
    page = visitor.get("/policy").content.decode()
    for words in (
        PAID,
        "Free up to 48 h before the start",
        "50 % of the price up to 24 h",
        "If you do not come: the whole price",
    ):
        assert words in page
