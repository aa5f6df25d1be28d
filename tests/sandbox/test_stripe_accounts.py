"""Connected accounts at the Stripe sandbox: making, onboarding, losing."""

from typing import Any

import pytest
import requests
import stripe

from daybook.sandbox.stripe.server import StripeSandbox
from tests.sandbox.stripe_client import client, error_of, on, session_of

PARTS = {"include": ["configuration.merchant", "requirements", "identity", "defaults"]}
STEPS = {"refresh_url": "https://book.example.test/again", "return_url": "https://book.example.test/done"}


def new_account(api: Any, **more: Any) -> Any:
    asked = {
        "contact_email": "owner@example.test",
        "display_name": "Harbor & Pine",
        "dashboard": "full",
        "identity": {"country": "us"},
        "configuration": {"merchant": {"capabilities": {"card_payments": {"requested": True}}}},
        "defaults": {"responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}},
    }
    return api.v2.core.accounts.create({**asked, **PARTS, **more})


def link_of(api: Any, account: str) -> str:
    use: Any = {"type": "account_onboarding", "account_onboarding": STEPS}
    found: str = api.v2.core.account_links.create({"account": account, "use_case": use}).url
    return found


def state(api: Any, account: str) -> tuple[str, str, int]:
    """Card payments, payouts, and how many questions are open."""
    found = api.v2.core.accounts.retrieve(account, PARTS)
    capabilities = found.configuration.merchant.capabilities
    entries = found.requirements.entries
    return capabilities.card_payments.status, capabilities.stripe_balance.payouts.status, len(entries)


def kinds(sandbox: StripeSandbox) -> list[str]:
    return [event["type"] for event in sandbox.events() if event["object"] == "v2.core.event"]


def test_a_new_account_has_to_be_onboarded(stripe_sandbox: StripeSandbox) -> None:
    api = client(stripe_sandbox)
    account = new_account(api)
    assert state(api, account.id) == ("restricted", "restricted", 3)
    assert (account.identity.country, account.defaults.responsibilities.losses_collector) == ("us", "stripe")
    bare = api.v2.core.accounts.retrieve(account.id)
    assert (bare.configuration, bare.requirements, bare.display_name) == (None, None, "Harbor & Pine")
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.checkout.sessions.create(session_of(), on(account.id))


def test_a_link_opens_once_and_finishing_makes_the_account_ready(stripe_sandbox: StripeSandbox) -> None:
    api = client(stripe_sandbox)
    account = new_account(api).id
    link = link_of(api, account)
    page = requests.get(link, timeout=5)
    assert "Finish onboarding" in page.text
    again = requests.get(link, timeout=5, allow_redirects=False)
    assert (again.status_code, again.headers["Location"]) == (303, STEPS["refresh_url"])
    done = requests.post(link, {"answer": "finish"}, timeout=5, allow_redirects=False)
    assert done.headers["Location"] == STEPS["return_url"]
    assert state(api, account) == ("active", "active", 0)
    assert kinds(stripe_sandbox) == [
        "v2.core.account.created",
        "v2.core.account[requirements].updated",
        "v2.core.account[configuration.merchant].capability_status_updated",
        "v2.core.account_link.returned",
    ]
    assert api.v1.accounts.retrieve(account).charges_enabled


def test_leaving_onboarding_comes_back_with_nothing_done(stripe_sandbox: StripeSandbox) -> None:
    api = client(stripe_sandbox)
    account = new_account(api).id
    left = requests.post(link_of(api, account), {"answer": "leave"}, timeout=5, allow_redirects=False)
    assert left.headers["Location"] == STEPS["return_url"]
    assert state(api, account) == ("restricted", "restricted", 3)


def test_a_link_dies_after_minutes(stripe_sandbox: StripeSandbox) -> None:
    api = client(stripe_sandbox)
    link = link_of(api, new_account(api).id)
    stripe_sandbox.advance(301)
    late = requests.get(link, timeout=5, allow_redirects=False)
    assert late.headers["Location"] == STEPS["refresh_url"]


@pytest.mark.parametrize("status", ["restricted", "rejected", "pending"])
def test_s18_an_account_that_loses_card_payments_takes_no_more(stripe_sandbox: StripeSandbox, status: str) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    stripe_sandbox.account_capability(account, status)
    assert state(api, account)[0] == status
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.checkout.sessions.create(session_of(), on(account))
    number = {"number": "4242424242424242", "email": "kim@example.test"}
    page = requests.post(session.url, number, timeout=5)
    assert (page.status_code, "cannot currently make charges" in page.text) == (402, True)


def test_requirements_come_back_with_a_deadline(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    stripe_sandbox.requirements(account, ["identity.individual.documents"], "past_due")
    found = api.v2.core.accounts.retrieve(account, PARTS).requirements
    assert found.summary.minimum_deadline.status == "past_due"
    assert [entry.description for entry in found.entries] == ["identity.individual.documents"]


def test_s18_a_disconnected_account_is_announced_and_out_of_reach(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    stripe_sandbox.deauthorize(account)
    [event] = stripe_sandbox.events("account.application.deauthorized")
    assert event["account"] == account
    with pytest.raises(stripe.PermissionError) as refused:
        api.v2.core.accounts.retrieve(account)
    assert error_of(refused.value)["code"] == "account_invalid"


def test_closing_an_account(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    closed = api.v2.core.accounts.close(account, {"applied_configurations": ["merchant"]})
    assert closed.closed
    assert kinds(stripe_sandbox)[-1] == "v2.core.account.closed"


def test_a_full_dashboard_cannot_leave_losses_to_us(stripe_sandbox: StripeSandbox) -> None:
    responsibilities = {"fees_collector": "stripe", "losses_collector": "application"}
    with pytest.raises(stripe.InvalidRequestError):
        new_account(client(stripe_sandbox), defaults={"responsibilities": responsibilities})
