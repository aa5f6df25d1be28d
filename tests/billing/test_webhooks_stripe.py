"""Stripe's deliveries at our doors: what is kept, for whom, and what is refused."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from billing.domain.deliveries import order_of
from daybook.core.inbox.models import EventState, InboxEvent
from tenants.models import Business, StripeAccount

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.conftest import HostClient

SECRET, OLD = "whsec_present", "whsec_former"
SNAPSHOTS, THIN = "/v1/webhooks/stripe", "/v1/webhooks/stripe-thin"


@pytest.fixture(autouse=True)
def _secrets(settings: "Settings") -> None:
    settings.STRIPE_WEBHOOK_SECRETS, settings.STRIPE_THIN_SECRETS = [OLD, SECRET], ["whsec_thin"]
    settings.STRIPE_SECRET_KEY = "sk_test_ours"


@pytest.fixture
def account(business: Business) -> StripeAccount:
    return StripeAccount.objects.create(
        business=business, account_id="acct_acme", key="k", can_charge=True, created_at=timezone.now()
    )


def signature(body: bytes, secret: str = SECRET, age: int = 0) -> str:
    at = int(time.time()) - age
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def snapshot(event_id: str = "evt_1", **changes: Any) -> dict[str, Any]:
    about = {
        "id": "cs_1", "object": "checkout.session", "payment_intent": "pi_1", "customer": "cus_1",
        "customer_details": {"name": "Kim Lee", "email": "kim@example.com"},
        "client_reference_id": "a-1", "metadata": {"appointment": "a-1", "attempt": "t-1"},
    }  # fmt: skip
    event = {
        "id": event_id, "object": "event", "type": "checkout.session.completed", "account": "acct_acme",
        "livemode": False, "data": {"object": about},
    }  # fmt: skip
    return {**event, **changes}


Deliver = Callable[..., int]


@pytest.fixture
def deliver(platform_client: "HostClient") -> Deliver:
    def send(event: Any, *, signed: str | None = None, door: str = SNAPSHOTS, sent: bytes | None = None) -> int:
        body = json.dumps(event).encode()
        headers = {"Stripe-Signature": signature(body) if signed is None else signed}
        answer = platform_client.post(door, sent or body, content_type="application/json", headers=headers)
        return int(answer.status_code)

    return send


def test_hc123_s07_only_a_fresh_signature_over_the_raw_body_is_taken(deliver: Deliver, account: StripeAccount) -> None:
    event = snapshot()
    body = json.dumps(event).encode()
    assert deliver(event, signed="") == 400
    assert deliver(event, signed=signature(body, "whsec_other")) == 400
    assert deliver(event, signed=signature(body, age=301)) == 400
    assert deliver(event, signed=signature(body), sent=json.dumps(event, indent=1).encode()) == 400
    assert not InboxEvent.objects.exists()
    assert deliver(event) == 200
    assert InboxEvent.objects.get().event_id == "evt_1"


def test_hc123_nothing_is_taken_while_there_is_no_secret(
    deliver: Deliver, account: StripeAccount, settings: "Settings"
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert deliver(snapshot(), signed=signature(json.dumps(snapshot()).encode(), "")) == 400
    assert not InboxEvent.objects.exists()


def test_a_secret_is_rolled_while_both_are_known(deliver: Deliver, account: StripeAccount) -> None:
    body = json.dumps(snapshot()).encode()
    assert deliver(snapshot(), signed=signature(body, OLD)) == 200
    both = f"{signature(body, 'whsec_next')},{signature(body).partition(',')[2]}"
    assert deliver(snapshot(), signed=both) == 200


def test_an_event_is_kept_for_the_business_of_its_account_without_anybody_s_name(
    deliver: Deliver, account: StripeAccount
) -> None:
    assert deliver(snapshot()) == 200
    kept = InboxEvent.objects.get()
    assert (kept.source, kept.kind, kept.tenant_id) == ("stripe", "checkout.session.completed", account.business_id)
    assert kept.body["account"] == "acct_acme"
    assert (kept.body["id"], kept.body["payment_intent"], kept.body["reference"]) == ("cs_1", "pi_1", "a-1")
    assert "Kim" not in json.dumps(kept.body)


def test_s05_the_same_event_twice_is_kept_once(deliver: Deliver, account: StripeAccount) -> None:
    assert [deliver(snapshot()), deliver(snapshot())] == [200, 200]
    assert InboxEvent.objects.count() == 1


def test_events_of_one_appointment_are_applied_in_order() -> None:
    about = {"id": "cs_1", "payment_intent": "pi_1", "metadata": {"appointment": "a-1"}}
    refund = {"id": "re_1", "payment_intent": "pi_1", "metadata": {}}
    assert order_of("acct_1", about) == order_of("acct_1", {"id": "pi_1", "metadata": {"appointment": "a-1"}})
    assert order_of("acct_1", refund) == order_of("acct_1", {"id": "du_1", "payment_intent": "pi_1"})
    assert order_of("acct_1", refund) != order_of("acct_2", refund)


def test_s08_an_event_of_an_account_that_is_not_ours_is_noted_and_ignored(
    deliver: Deliver, account: StripeAccount
) -> None:
    assert deliver(snapshot(account="acct_foreign")) == 200
    kept = InboxEvent.objects.get()
    assert (kept.kind, kept.tenant_id) == ("foreign:checkout.session.completed", None)


def test_s08_an_event_of_the_platform_itself_is_no_business_s(deliver: Deliver, account: StripeAccount) -> None:
    event = snapshot()
    del event["account"]
    assert deliver(event) == 200
    assert InboxEvent.objects.get().tenant_id is None


def test_s23_an_event_of_test_mode_changes_nothing_where_money_is_real(
    deliver: Deliver, account: StripeAccount, settings: "Settings"
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_ours"
    assert deliver(snapshot()) == 200
    kept = InboxEvent.objects.get()
    assert (kept.kind, kept.tenant_id) == ("other-mode:checkout.session.completed", None)
    assert deliver(snapshot("evt_2", livemode=True)) == 200
    assert InboxEvent.objects.get(event_id="evt_2").tenant_id == account.business_id


def test_events_of_a_former_account_still_belong_to_its_business(deliver: Deliver, account: StripeAccount) -> None:
    StripeAccount.objects.update(current=False, ended="disconnected", ended_at=timezone.now())
    assert deliver(snapshot()) == 200
    assert InboxEvent.objects.get().tenant_id == account.business_id


def thin() -> dict[str, Any]:
    return {
        "id": "evt_thin", "object": "v2.core.event", "livemode": False, "created": "2026-11-20T00:00:00.000Z",
        "type": "v2.core.account[configuration.merchant].capability_status_updated",
        "related_object": {"id": "acct_acme", "type": "v2.core.account", "url": "/v2/core/accounts/acct_acme"},
    }  # fmt: skip


def test_each_door_takes_its_own_kind_of_event_under_its_own_secret(deliver: Deliver, account: StripeAccount) -> None:
    body = json.dumps(thin()).encode()
    assert deliver(thin(), door=THIN) == 400  # the other door's secret
    assert deliver(thin(), door=SNAPSHOTS) == 400
    assert deliver(thin(), door=THIN, signed=signature(body, "whsec_thin")) == 200
    kept = InboxEvent.objects.get()
    assert (kept.source, kept.tenant_id, kept.body["account"]) == ("stripe-thin", account.business_id, "acct_acme")
    assert kept.state == EventState.RECEIVED


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b'{"object": "event"}', b'{"object": "event", "data": 1}'])
def test_a_signed_body_that_is_no_event_is_refused(platform_client: "HostClient", db: None, body: bytes) -> None:
    answer = platform_client.post(
        SNAPSHOTS, body, content_type="application/json", headers={"Stripe-Signature": signature(body)}
    )
    assert answer.status_code == 400
    assert not InboxEvent.objects.exists()
