"""Connecting an account at Stripe: the owner's way there and back, what is kept of it, and losing it again."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.db import connection as django_connection

from billing.enums import AccountState
from billing.selectors.accounts import account_page, business_of, ready_account
from billing.services import account_rows, accounts
from daybook.core.actors import SYSTEM
from daybook.core.audit import entries
from daybook.core.errors import Conflict, Invalid, NotFound
from daybook.core.inbox.models import EventState, InboxEvent
from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from daybook.sandbox.stripe.server import StripeSandbox
from tenants.enums import AccountEnd, Role
from tenants.models import Business, StripeAccount
from tests.core.test_inbox_races import at_once
from tests.factories import make_member, sign_in
from tests.stripe_world import deliver

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import HostClient

    NewClient = Callable[..., HostClient]

connection: Any = django_connection  # django-tenants' methods have no types
NOW = datetime(2027, 6, 7, 14, tzinfo=UTC)
PAGE = "/dashboard/payments/account/"


def has_lost(business: Business) -> bool:
    """Whether every page of the dashboard says so."""
    return bool(Business.objects.get(pk=business.pk).payments_lost)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits half a second before it tries again: not here."""
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.02)


@pytest.fixture
def acme(business: Business) -> Business:
    business.country, business.email = "US", "hello@acme.test"
    business.save()
    return business


@pytest.fixture
def owner(acme: Business, client_for: "NewClient") -> "HostClient":
    made: HostClient = sign_in(client_for("acme"), make_member(acme, Role.OWNER, email="olga@acme.test"))
    return made


def connect(business: Business) -> str:
    back, onward = "https://acme.test/return", "https://acme.test/onward"
    return accounts.connect(business=business, return_url=back, refresh_url=onward, by=SYSTEM, now=NOW)


def connected(business: Business, sandbox: StripeSandbox) -> str:
    """The id of a ready account."""
    connect(business)
    account = StripeAccount.objects.get(business=business, current=True).account_id
    sandbox.onboard(account)
    accounts.look(account, now=NOW)
    return account


def settle(now: datetime = NOW) -> None:
    """What waits in the outbox is done."""
    relay.drain(now=now)


def test_the_owner_goes_to_stripe_and_comes_back_with_a_ready_account(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    assert "Not connected" in owner.get(PAGE).content.decode()
    there = owner.post(f"{PAGE}connect")
    assert (there.status_code, there.headers["Location"].startswith(stripe_sandbox.url)) == (303, True)
    row = StripeAccount.objects.get(business=acme)
    assert account_page(acme).state == AccountState.UNFINISHED
    assert "Go on at Stripe" in owner.get(PAGE).content.decode()
    stripe_sandbox.onboard(row.account_id)
    back = owner.get(f"{PAGE}return", follow=True)
    assert "Clients can pay online" in back.content.decode()
    ready = ready_account(acme)
    assert ready is not None
    assert (ready.account_id, ready.can_charge, ready.country) == (row.account_id, True, "US")


def test_coming_back_proves_nothing(acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox) -> None:
    owner.post(f"{PAGE}connect")
    back = owner.get(f"{PAGE}return", follow=True).content.decode()
    assert "Stripe still needs something" in back
    assert ready_account(acme) is None


def test_a_used_link_is_replaced_for_owners_only(
    acme: Business, owner: "HostClient", client_for: "NewClient", stripe_sandbox: StripeSandbox
) -> None:
    first = owner.post(f"{PAGE}connect").headers["Location"]
    again = owner.get(f"{PAGE}onward")
    assert again.status_code == 303
    assert again.headers["Location"] != first
    assert StripeAccount.objects.count() == 1
    manager = sign_in(client_for("acme"), make_member(acme, Role.MANAGER, email="max@acme.test"))
    assert manager.get(f"{PAGE}onward").status_code == 403
    assert manager.get(PAGE).status_code == 200


def test_a_lost_answer_and_a_second_click_make_one_account(acme: Business, stripe_sandbox: StripeSandbox) -> None:
    stripe_sandbox.fail("after-commit", method="POST", path="/v2/core/accounts", times=3)
    with pytest.raises(accounts.StripeSilent):
        connect(acme)
    assert account_page(acme).state == AccountState.UNFINISHED
    connect(acme)
    connect(acme)
    assert StripeAccount.objects.count() == 1
    assert len(stripe_sandbox.world.accounts) == 1


def test_the_page_says_it_when_stripe_does_not_answer(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    stripe_sandbox.fail("status", status=503, path="/v2/", times=3)
    answer = owner.post(f"{PAGE}connect", follow=True)
    assert "Stripe does not answer at the moment" in answer.content.decode()


def test_a_country_that_nobody_named_is_asked_for(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    Business.objects.update(country="")
    refused = owner.post(f"{PAGE}connect", {"country": "Atlantis"})
    assert refused.status_code == 422
    assert not StripeAccount.objects.exists()
    assert owner.post(f"{PAGE}connect", {"country": "DE"}).status_code == 303
    acme.refresh_from_db()
    assert acme.country == "DE"
    assert StripeAccount.objects.get().country == "DE"


def test_what_stripe_refuses_is_told_and_the_next_attempt_is_a_new_one(
    acme: Business, stripe_sandbox: StripeSandbox
) -> None:
    stripe_sandbox.fail("status", status=400, code="country_unsupported", message="No accounts there.", path="/v2/")
    with pytest.raises(Invalid, match=re.escape("No accounts there.")):
        connect(acme)
    key = StripeAccount.objects.get().key
    connect(acme)
    assert StripeAccount.objects.get().account_id
    assert StripeAccount.objects.get().key == key != f"account:{StripeAccount.objects.get().pk}"


def test_readiness_follows_stripe_s_thin_events(
    acme: Business, stripe_sandbox: StripeSandbox, platform_client: "HostClient"
) -> None:
    connect(acme)
    account = StripeAccount.objects.get().account_id
    stripe_sandbox.onboard(account)
    assert {answer.status_code for answer in deliver(stripe_sandbox, platform_client)} == {200}
    assert ready_account(acme) is None
    settle()
    assert ready_account(acme) is not None
    assert set(InboxEvent.objects.exclude(source="stripe").values_list("state", flat=True)) <= {
        EventState.APPLIED, EventState.IGNORED,
    }  # fmt: skip


def test_s18_lost_readiness_is_told_once_and_comes_back(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox, platform_client: "HostClient"
) -> None:
    account = connected(acme, stripe_sandbox)
    settle()
    mail.outbox.clear()
    stripe_sandbox.requirements(account, ["identity.individual.verification.document"], "past_due")
    stripe_sandbox.account_capability(account, "restricted")
    deliver(stripe_sandbox, platform_client)
    settle()
    assert ready_account(acme) is None
    assert has_lost(acme)
    assert account_page(acme).state == AccountState.RESTRICTED
    page = owner.get(PAGE).content.decode()
    assert "Stripe stopped card payments" in page
    assert "A document that proves an identity" in page
    assert "Clients cannot pay online at the moment" in owner.get("/dashboard/").content.decode()
    assert [letter.to for letter in mail.outbox] == [["olga@acme.test"]]
    assert "cannot take online payments" in mail.outbox[0].subject
    accounts.look(account, now=NOW)
    settle()
    assert len(mail.outbox) == 1
    stripe_sandbox.onboard(account)
    deliver(stripe_sandbox, platform_client)
    settle()
    assert ready_account(acme) is not None
    assert not has_lost(acme)
    assert len(mail.outbox) == 1


def test_an_open_question_with_a_deadline_is_said_before_anything_stops(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    account = connected(acme, stripe_sandbox)
    stripe_sandbox.requirements(account, ["configuration.merchant.support.phone"])
    accounts.look(account, now=NOW)
    assert account_page(acme).state == AccountState.DUE
    assert ready_account(acme) is not None
    assert "How clients recognise and reach the business" in owner.get(PAGE).content.decode()


def test_what_was_read_earlier_does_not_overwrite_what_was_read_later(
    acme: Business, stripe_sandbox: StripeSandbox
) -> None:
    account = connected(acme, stripe_sandbox)
    early = accounts.read(account)
    stripe_sandbox.account_capability(account, "restricted")
    accounts.look(account, now=NOW)
    accounts.keep(early, now=NOW)
    assert ready_account(acme) is None


def test_hc125_an_account_disconnected_at_stripe_closes_its_business_only(
    acme: Business,
    other_business: Business,
    owner: "HostClient",
    stripe_sandbox: StripeSandbox,
    platform_client: "HostClient",
) -> None:
    other_business.country, other_business.email = "DE", "hello@zen.test"
    account, others = connected(acme, stripe_sandbox), connected(other_business, stripe_sandbox)
    deliver(stripe_sandbox, platform_client)
    settle()
    mail.outbox.clear()
    stripe_sandbox.deauthorize(account)
    deliver(stripe_sandbox, platform_client)
    settle()
    assert ready_account(acme) is None
    assert account_page(acme).state == AccountState.GONE
    assert has_lost(acme)
    assert "no access to your Stripe account" in owner.get(PAGE).content.decode()
    assert business_of(account) == acme
    still = ready_account(other_business)
    assert still is not None
    assert still.account_id == others
    assert [letter.to for letter in mail.outbox] == [["olga@acme.test"]]


def test_s19_another_account_takes_over_and_the_old_one_is_kept_for_refunds(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    old = connected(acme, stripe_sandbox)
    asked = owner.get(f"{PAGE}disconnect").content.decode()
    assert "Earlier payments are still refunded" in asked
    assert owner.post(f"{PAGE}disconnect").status_code == 303
    assert ready_account(acme) is None
    assert not has_lost(acme)
    new = connected(acme, stripe_sandbox)
    assert new != old
    ready = ready_account(acme)
    assert ready is not None
    assert ready.account_id == new
    assert business_of(old) == acme
    page = owner.get(PAGE).content.decode()
    assert old in page
    assert "refunded there" in page
    actions = [entry.action for entry in entries(acme.pk)]
    assert actions == ["payments.connected", "payments.disconnected", "payments.connected"]


def test_s19_a_disconnected_account_is_used_again(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    old = connected(acme, stripe_sandbox)
    accounts.disconnect(business=acme, by=SYSTEM, now=NOW)
    row = StripeAccount.objects.get(account_id=old)
    assert owner.post(f"{PAGE}{row.pk}/reconnect").status_code == 303
    ready = ready_account(acme)
    assert ready is not None
    assert ready.account_id == old
    assert StripeAccount.objects.count() == 1


def test_an_account_is_not_used_again_beside_another_or_by_another_business(
    acme: Business, other_business: Business, stripe_sandbox: StripeSandbox
) -> None:
    old = connected(acme, stripe_sandbox)
    accounts.disconnect(business=acme, by=SYSTEM, now=NOW)
    connected(acme, stripe_sandbox)
    row = StripeAccount.objects.get(account_id=old)
    with pytest.raises(Conflict):
        accounts.reconnect(business=acme, account=row.pk, by=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        accounts.reconnect(business=other_business, account=row.pk, by=SYSTEM, now=NOW)


def test_disconnecting_twice_is_harmless(acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox) -> None:
    connected(acme, stripe_sandbox)
    owner.post(f"{PAGE}disconnect")
    assert owner.post(f"{PAGE}disconnect").status_code == 303
    assert StripeAccount.objects.get().ended == AccountEnd.DISCONNECTED


def test_every_night_the_account_is_read_and_missed_events_are_fetched(
    acme: Business, stripe_sandbox: StripeSandbox
) -> None:
    account = connected(acme, stripe_sandbox)
    stripe_sandbox.take()
    stripe_sandbox.account_capability(account, "restricted")
    customer = stripe_sandbox.saved_card(account, _customer(account))
    assert customer
    settle(NOW + timedelta(days=1))
    assert ready_account(acme) is None
    missed = set(InboxEvent.objects.filter(tenant_id=acme.pk).values_list("kind", flat=True))
    assert "customer.created" in missed
    rows = OutboxRow.objects.filter(kind=account_rows.NIGHTLY, state="pending")
    assert [row.next_at for row in rows] == [NOW + timedelta(days=2)]


def _customer(account: str) -> str:
    from billing.gateways.stripe import gateway

    made = gateway().customer(account, name="Kim", email="", reference="c", key="c:1")
    assert isinstance(made, str)
    return made


def test_the_balance_is_asked_for_by_itself(acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox) -> None:
    connected(acme, stripe_sandbox)
    assert "Nothing has been paid out yet" in owner.get(f"{PAGE}balance").content.decode()
    part = owner.get(f"{PAGE}balance", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    stripe_sandbox.fail("status", status=503, path="/v1/balance", times=5)
    assert "Stripe does not answer" in owner.get(f"{PAGE}balance").content.decode()


def test_without_a_key_of_the_platform_nothing_can_be_connected(
    acme: Business, owner: "HostClient", settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = ""
    page = owner.get(PAGE).content.decode()
    assert "not set up on this platform" in page
    assert "Connect with Stripe" not in page
    assert "not set up on this platform" in owner.post(f"{PAGE}connect", follow=True).content.decode()
    assert not StripeAccount.objects.exists()


def test_the_checklist_of_a_new_business_offers_payments(
    acme: Business, owner: "HostClient", stripe_sandbox: StripeSandbox
) -> None:
    assert "Take payments" in owner.get("/dashboard/").content.decode()
    owner.post("/dashboard/checklist/no_payments")
    acme.refresh_from_db()
    assert acme.onboarding["no_payments"]
    assert "payments at the visit only" not in owner.get(PAGE).content.decode()


def test_the_api_tells_the_account_to_those_who_may_see_payments(
    acme: Business, owner: "HostClient", client_for: "NewClient", stripe_sandbox: StripeSandbox
) -> None:
    address = "/v1/tenant-admin/payments/account"
    assert owner.get(address).json()["state"] == "none"
    account = connected(acme, stripe_sandbox)
    found = owner.get(address).json()
    assert (found["state"], found["account_id"], found["can_charge"]) == ("ready", account, True)
    assert (found["needs"], found["fee_basis_points"]) == ([], 0)
    desk = sign_in(client_for("acme"), make_member(acme, Role.FRONT_DESK, email="desk@acme.test"))
    assert desk.get(address).status_code == 403


def test_two_owners_at_once_connect_one_account(committed: Business, stripe_sandbox: StripeSandbox) -> None:
    committed.country, committed.email = "DE", "hello@zen.test"
    committed.save()
    stripe_sandbox.fail("late", method="POST", path="/v2/core/accounts", seconds=0.3)

    def click(turn: int) -> str:
        connection.set_tenant(committed)
        return connect(committed)

    assert len(set(at_once(3, click))) == 3
    assert StripeAccount.objects.count() == 1
    assert len(stripe_sandbox.world.accounts) == 1
