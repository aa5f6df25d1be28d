"""A client pays a deposit in a real browser: to Stripe's page, declined, paid, back, and what is left later."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from playwright.sync_api import expect

from daybook.core.outbox import relay
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Appointment
from tests.accessibility import assert_usable
from tests.billing.paying_world import connect
from tests.factories import at, make_appointment, make_member, sign_in
from tests.widget.pages import NOW, Shop, make_shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tenants.models import Business
    from tests.conftest import Site

NOVEMBER_5 = "/book/deep-tissue-massage/?date=2026-11-05"


@pytest.fixture
def shop(
    committed: "Business", site: "Site", clock: Callable[[str | None], None], stripe_sandbox: StripeSandbox
) -> Shop:
    clock(NOW)
    modes = ["deposit", "full", "card_on_file", "pay_in_person"]
    shop = make_shop(committed, payment_modes=modes, deposit_type="percent", deposit_value=30)
    connect(committed, stripe_sandbox)
    return shop


def look(page: "Page", name: str) -> None:
    """Accessible, nothing runs out of the page; a picture where somebody asks for it."""
    assert_usable(page, name)
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_deposit_is_paid_on_stripes_page(
    page: "Page", site: "Site", shop: Shop, stripe_sandbox: StripeSandbox, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(site.url("zen", NOVEMBER_5))
    page.get_by_text("10:00 am", exact=True).click()
    page.get_by_role("button", name="Continue").locator("visible=true").click()
    page.wait_for_url("**/details?hold=*")
    page.get_by_label("Name").fill("Nadia Okafor")
    page.get_by_label("E-mail").fill("nadia@example.test")
    expect(page.get_by_role("button", name="Pay $28.50 now")).to_be_visible()
    page.get_by_label("Pay $95 at the visit", exact=True).check()
    expect(page.get_by_role("button", name="Book Thu 5 Nov, 10:00 am")).to_be_visible()
    page.get_by_label("Pay a deposit of $28.50 now").check()
    look(page, f"details-{width}")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Pay $28.50 now").click()

    page.wait_for_url(f"{stripe_sandbox.url}/**")
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.get_by_label("Name on card").fill("Nadia Okafor")
    page.get_by_role("button", name="Pay $28.50").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay $28.50").click()

    page.wait_for_url("**/pay/*/return")
    expect(page.get_by_role("heading", name="Your payment is being checked")).to_be_visible()
    look(page, f"checking-{width}")
    relay.drain(now=at(NOW))
    page.wait_for_url("**/a/*")  # the page leads on by itself
    expect(page.get_by_role("heading", name="You are booked")).to_be_visible()
    expect(page.get_by_text("$66.50")).to_be_visible()
    look(page, f"booked-{width}")

    page.get_by_role("link", name="Pay the balance").click()
    expect(page.get_by_role("heading", name="$66.50 to pay")).to_be_visible()
    look(page, f"balance-{width}")
    page.get_by_label("Tip").fill("5")
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url(f"{stripe_sandbox.url}/**")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Pay $71.50").click()
    page.wait_for_url("**/paid?*")
    relay.drain(now=at(NOW))
    page.wait_for_url("**/a/*said=paid*")
    expect(page.get_by_text("Your payment has reached us.")).to_be_visible()
    assert Appointment.objects.get().payment_status == "paid"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_staff_take_the_rest_at_the_desk(
    page: "Page", site: "Site", shop: Shop, stripe_sandbox: StripeSandbox, width: int, scheme: str
) -> None:
    booked = make_appointment(shop.business, shop.massage, shop.ana, "2026-11-05T15:00:00Z", now=at(NOW))
    browser = sign_in(Client(), make_member(shop.business))
    url = site.url("zen", f"/dashboard/appointments/{booked.pk}/")
    cookies = [{"name": name, "value": morsel.value, "url": url} for name, morsel in browser.cookies.items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(url)
    page.get_by_text("Mark as paid at the desk").click()
    look(page, f"desk-{width}")
    page.get_by_label("Amount").first.fill("40")
    page.get_by_role("button", name="Mark as paid", exact=True).click()
    expect(page.get_by_text("Balance due $55.00")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Nothing was paid yet.")).to_be_visible()
