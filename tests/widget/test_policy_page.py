"""The page of the cancellation policy says what cancelling costs those who paid online."""

from collections.abc import Callable
from typing import Any

from billing.domain.policies import Tier
from billing.services.policies import replace_tiers
from daybook.sandbox.stripe.server import StripeSandbox
from tenants.models import Business
from tests.billing.stripe_money import make_till
from tests.conftest import HostClient
from tests.widget.pages import NOW, hold, make_shop
from widget.views import policy

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
        "50% of the price up to 24 h",
        "If you do not come: the whole price",
    ):
        assert words in page


def test_a_service_with_rules_of_its_own_names_them(
    business: Business, client_for: Callable[[str], HostClient], stripe_sandbox: StripeSandbox, platform_client: Any
) -> None:
    cut = make_till(business, stripe_sandbox, platform_client).service
    replace_tiers(tiers=[Tier(12, 25)], service=cut)
    visitor = client_for(business.slug)
    page = visitor.get(policy.address(cut)).content.decode()
    assert "25% of the price up to 12 h" in page
    assert cut.name in page
    assert "48 h" not in page
    assert "25%" not in visitor.get("/policy").content.decode()
    assert visitor.get("/policy?service=nothing-of-the-kind").status_code == 404
    cut.active = False
    assert policy.address(cut) == "/policy"


def test_the_page_before_booking_links_to_what_applies(
    business: Business, client_for: Callable[[str], HostClient], clock: Callable[[str], None]
) -> None:
    clock(NOW)
    shop, visitor = make_shop(business), client_for(business.slug)
    page = visitor.get(hold(visitor, "2026-11-05T15:00Z").headers["Location"]).content.decode()
    assert f'href="{policy.address(shop.massage)}"' in page
