"""The pages of the Stripe sandbox in a real browser: a client pays, his bank asks, an owner is onboarded."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from daybook.sandbox.stripe.server import StripeSandbox
from tests.accessibility import assert_usable
from tests.sandbox.stripe_client import client, on, session_of
from tests.sandbox.test_stripe_accounts import link_of, new_account

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def session(stripe_sandbox: StripeSandbox) -> Any:
    """An open checkout that leads back to the sandbox's own front page."""
    account = stripe_sandbox.connect(display_name="Harbor & Pine")
    back: dict[str, Any] = {
        "success_url": f"{stripe_sandbox.url}/?paid={{CHECKOUT_SESSION_ID}}",
        "cancel_url": stripe_sandbox.url,
    }
    return client(stripe_sandbox).v1.checkout.sessions.create(session_of(**back), on(account))


def fill(page: "Page", number: str) -> None:
    page.get_by_label("Email").fill("kim@example.test")
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Name on card").fill("Kim Doe")
    page.get_by_role("button", name="Pay $100.00").click()


def test_a_client_is_declined_asked_by_the_bank_and_pays(
    stripe_sandbox: StripeSandbox, session: Any, page: "Page"
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(session.url)
    expect(page.get_by_role("heading", name="Pay Harbor & Pine")).to_be_visible()
    assert_usable(page)
    fill(page, "4000 0000 0000 0002")
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert_usable(page)
    fill(page, "4000 0027 6000 3184")
    assert_usable(page)
    page.get_by_role("button", name="Fail authentication").click()
    expect(page.get_by_role("alert")).to_contain_text("unable to authenticate")
    fill(page, "4000 0027 6000 3184")
    page.get_by_role("button", name="Complete").click()
    expect(page).to_have_url(re.compile(f"paid={session.id}"))
    assert stripe_sandbox.get(session.id)["payment_status"] == "paid"
    page.get_by_role("link", name="Harbor & Pine").click()
    page.get_by_role("textbox", name="amount").fill("40")
    page.get_by_role("button", name="Refund $100.00").click()
    expect(page.get_by_text("$60.00 left")).to_be_visible()
    assert_usable(page)


def test_a_client_goes_back(stripe_sandbox: StripeSandbox, session: Any, page: "Page") -> None:
    page.goto(session.url)
    page.get_by_role("link", name="Back to Harbor & Pine").click()
    expect(page).to_have_url(stripe_sandbox.url + "/")
    assert_usable(page)
    assert stripe_sandbox.get(session.id)["status"] == "open"


def test_an_owner_is_onboarded(stripe_sandbox: StripeSandbox, page: "Page") -> None:
    api = client(stripe_sandbox)
    account = new_account(api).id
    page.route("https://book.example.test/**", lambda route: route.fulfill(body="back"))
    page.goto(link_of(api, account))
    assert_usable(page)
    page.get_by_role("button", name="Finish onboarding").click()
    expect(page).to_have_url("https://book.example.test/done")
    assert api.v1.accounts.retrieve(account).charges_enabled
