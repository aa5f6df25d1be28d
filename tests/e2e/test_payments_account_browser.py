"""An owner connects an account in a browser: to Stripe's pages and back, with the words that each state has."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from billing.services import accounts
from daybook.core import clock as domain_clock
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Service
from tenants.models import StripeAccount
from tests import factories as make
from tests.accessibility import assert_usable_in_every_look
from tests.dashboard.conftest import NOW
from tests.e2e.test_setup_browser import enter

if TYPE_CHECKING:
    from tenants.models import Business
    from tests.conftest import Site

NewClient = Callable[..., Any]
PAGE = "/dashboard/payments/account/"


@pytest.fixture
def owner(
    stripe_sandbox: StripeSandbox,  # its address is allowed by the policy of the site that starts after it
    committed: "Business",
    site: "Site",
    page: Page,
    client_for: NewClient,
    clock: Callable[[str], None],
) -> Page:
    clock(NOW)
    committed.country, committed.email = "DE", "hello@zen.test"
    committed.save()
    enter(page, site, make.make_member(committed), client_for)
    return page


def test_an_owner_connects_and_sees_each_state(site: "Site", owner: Page, stripe_sandbox: StripeSandbox) -> None:
    owner.goto(site.url("zen", "/dashboard/"))
    owner.get_by_role("link", name="Payments").first.click()
    owner.get_by_role("link", name="Account", exact=True).click()
    expect(owner.get_by_text("Not connected", exact=True)).to_be_visible()
    assert_usable_in_every_look(owner)
    owner.set_viewport_size({"width": 390, "height": 900})
    owner.reload()
    expect(owner.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
    owner.set_viewport_size({"width": 1280, "height": 900})
    owner.get_by_role("button", name="Connect with Stripe").click()
    owner.get_by_role("button", name="Leave incomplete").click()
    expect(owner.get_by_text("Not finished", exact=True)).to_be_visible()
    expect(owner.get_by_text("Stripe wants to know")).to_be_visible()
    assert_usable_in_every_look(owner)
    owner.get_by_role("button", name="Go on at Stripe").click()
    owner.get_by_role("button", name="Finish onboarding").click()
    expect(owner.get_by_text("Ready", exact=True)).to_be_visible()
    expect(owner.get_by_text("Nothing has been paid out yet.")).to_be_visible()
    assert_usable_in_every_look(owner)
    account = StripeAccount.objects.get().account_id
    stripe_sandbox.requirements(account, ["identity.individual.verification.document"], "past_due")
    stripe_sandbox.account_capability(account, "restricted")
    accounts.look(account, now=domain_clock.now())
    owner.reload()
    expect(owner.get_by_text("Stopped by Stripe", exact=True)).to_be_visible()
    expect(owner.get_by_text("Clients cannot pay online at the moment.")).to_be_visible()
    assert_usable_in_every_look(owner)
    owner.get_by_role("link", name="Disconnect…").click()
    expect(owner.get_by_role("heading", name="Disconnect the account?")).to_be_visible()
    assert_usable_in_every_look(owner)
    owner.get_by_role("button", name="Disconnect").click()
    expect(owner.get_by_text("Earlier accounts")).to_be_visible()
    assert_usable_in_every_look(owner)
    owner.get_by_role("button", name="Use it again").click()
    expect(owner.get_by_text("Stopped by Stripe", exact=True)).to_be_visible()


def test_a_link_that_was_opened_leads_to_a_new_one(site: "Site", owner: Page, stripe_sandbox: StripeSandbox) -> None:
    owner.goto(site.url("zen", PAGE))
    owner.get_by_role("button", name="Connect with Stripe").click()
    expect(owner.get_by_role("button", name="Finish onboarding")).to_be_visible()
    owner.reload()  # Stripe leads to our own address, and that to a new link
    expect(owner.get_by_role("button", name="Finish onboarding")).to_be_visible()
    owner.get_by_role("button", name="Finish onboarding").click()
    expect(owner.get_by_text("Ready", exact=True)).to_be_visible()


def test_a_service_is_set_to_be_paid_online_and_is_closed_until_it_can_be(site: "Site", owner: Page) -> None:
    owner.goto(site.url("zen", "/dashboard/services/new"))
    owner.get_by_label("Name", exact=True).fill("Colour")
    owner.locator("#id_price").fill("80")
    owner.get_by_label("At the visit", exact=True).uncheck()
    owner.get_by_label("A deposit online, the rest at the visit").check()
    assert_usable_in_every_look(owner)
    owner.get_by_role("button", name="Make this service").click()
    expect(owner.get_by_text("Choose from 1 to 100 percent.").first).to_be_visible()
    owner.get_by_label("Share").fill("25")
    owner.get_by_role("button", name="Make this service").click()
    expect(owner.get_by_label("Share")).to_be_hidden()
    made = Service.objects.get(name="Colour")
    assert (made.payment_modes, made.deposit_value) == (["deposit"], 25)
    owner.goto(site.url("zen", f"/book/{made.slug}/"))
    expect(owner.get_by_role("heading", name="Colour cannot be booked online at present")).to_be_visible()
    assert_usable_in_every_look(owner)
