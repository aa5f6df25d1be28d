"""Prices in a browser: an owner makes a coupon and a tax, a client books with them; the screens at every width."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from billing.models import Package, PriceSettings
from billing.services import gifts
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Appointment
from tests import factories as make
from tests.accessibility import assert_usable_in_every_look
from tests.billing.paying_world import connect
from tests.billing.prices_world import World, bill_of
from tests.dashboard.conftest import NOW
from tests.e2e.test_setup_browser import enter
from widget.services import booking

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site

NewClient = Callable[..., Any]


@pytest.fixture
def world(stripe_sandbox: StripeSandbox, committed: "Business", site: "Site", clock: Callable[[str], None]) -> World:
    clock(NOW)
    committed.country, committed.email, committed.timezone = "US", "hello@zen.test", "America/New_York"
    committed.currency = "usd"
    committed.save()
    connect(committed, stripe_sandbox)
    return World(committed)


def test_a_coupon_and_a_tax_from_the_owner_to_the_client(
    site: "Site", page: Page, client_for: NewClient, world: World
) -> None:
    enter(page, site, make.make_member(world.business), client_for)
    page.goto(site.url("zen", "/dashboard/"))
    page.get_by_role("link", name="Prices").first.click()
    page.get_by_role("link", name="New coupon").first.click()
    page.get_by_label("Code").fill("spring10")
    page.get_by_label("Percent off").fill("10")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="SPRING10")).to_be_visible()
    page.get_by_role("link", name="Taxes").click()
    page.get_by_role("link", name="New rate").first.click()
    page.get_by_label("Name").fill("Sales tax")
    page.get_by_label("Percent").fill("8.5")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("are without tax: it is added").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What is booked keeps its price.").first).to_be_visible()

    held = world.hold(make.at(NOW) + (make.at("2027-06-07T15:00Z") - make.at("2027-06-05T15:00Z")), now=make.at(NOW))
    token = booking.hold_token(world.business, held)
    page.goto(site.url("zen", f"/book/{world.cut.slug}/details?hold={token}"))
    expect(page.get_by_text("Sales tax 8.5%")).to_be_visible()
    page.get_by_label("Name").fill("Nadia Okafor")
    page.get_by_label("E-mail").fill("nadia@example.test")
    page.get_by_label("Coupon, package or gift code").fill("winter")
    page.get_by_role("button", name="Use code").click()
    expect(page.get_by_text("We do not know this code")).to_be_visible()
    page.get_by_label("Coupon, package or gift code").fill("Spring10")
    page.get_by_role("button", name="Use code").click()
    expect(page.get_by_text("Used. To pay: $97.65")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Nadia Okafor")
    assert_usable_in_every_look(page)
    page.locator(".bk-actions .btn--primary").click()
    expect(page.get_by_text("$97.65").first).to_be_visible()
    assert_usable_in_every_look(page)
    booked = Appointment.objects.get()
    assert (booked.status, bill_of(booked).total) == ("confirmed", 9765)


def test_the_screens_of_prices(site: "Site", page: Page, client_for: NewClient, world: World) -> None:
    gifts.set_selling(
        business=world.business, online=True, amounts=[2500, 5000], least=1000, most=20000, valid_days=None
    )
    offered = Package.objects.create(name="Five cuts", quantity=5, price=40000, created_at=make.at(NOW))
    sold, gift = world.package(), world.gift()
    enter(page, site, make.make_member(world.business), client_for)
    prices = "/dashboard/prices"
    for path in (
        f"{prices}/coupons/", f"{prices}/coupons/new", f"{prices}/packages/", f"{prices}/packages/{offered.pk}/",
        f"{prices}/packages/sell", f"{prices}/packages/sold/{sold.pk}/", f"{prices}/gifts/", f"{prices}/gifts/sell",
        f"{prices}/gifts/settings", f"{prices}/gifts/{gift.pk}/", f"{prices}/taxes/", f"{prices}/taxes/new",
        f"/dashboard/services/{world.cut.pk}/taxes", "/packages/", f"/packages/{offered.pk}/", "/gift/",
    ):  # fmt: skip
        page.goto(site.url("zen", path))
        expect(page.locator("h1, h2").first).to_be_visible()
        assert_usable_in_every_look(page)
    assert PriceSettings.objects.get().gifts_online
