"""How the Stripe sandbox takes requests: keys, idempotency, isolation, faults, and what breaks the contract."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from daybook.sandbox.stripe.server import StripeSandbox
from tests.sandbox.stripe_client import client, error_of, on, session_of
from tests.stripe_world import contract_folder


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's retries come at once."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)


@pytest.fixture
def own_sandbox() -> Iterator[StripeSandbox]:
    """One whose violations are the point."""
    with StripeSandbox(contract_folder()) as sandbox:
        yield sandbox


def test_the_same_key_answers_the_same_again(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    first = api.v1.checkout.sessions.create(session_of(), on(account, "hold:1:checkout:1"))
    again = api.v1.checkout.sessions.create(session_of(), on(account, "hold:1:checkout:1"))
    assert again.id == first.id
    assert [line["replayed"] for line in stripe_sandbox.requests("POST", "sessions")] == [False, True]
    assert len(stripe_sandbox.of(account, "checkout.session")) == 1


def test_the_same_key_with_other_parameters_is_refused(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    api.v1.customers.create({"email": "kim@example.test"}, on(account, "client-1"))
    with pytest.raises(stripe.IdempotencyError):
        api.v1.customers.create({"email": "lee@example.test"}, on(account, "client-1"))


def test_keys_belong_to_an_account(stripe_sandbox: StripeSandbox) -> None:
    api, one, two = client(stripe_sandbox), stripe_sandbox.connect(), stripe_sandbox.connect()
    customers = {api.v1.customers.create({}, on(account, "client-1")).id for account in (one, two)}
    assert len(customers) == 2


def test_a_replay_is_answered_even_when_it_would_come_too_late_now(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    asked = session_of(expires_at=int(stripe_sandbox.set_clock("2027-03-13T15:00Z")) + 2100)
    first = api.v1.checkout.sessions.create(asked, on(account, "k"))
    stripe_sandbox.advance(600)
    assert api.v1.checkout.sessions.create(asked, on(account, "k")).id == first.id
    with pytest.raises(stripe.InvalidRequestError) as late:
        api.v1.checkout.sessions.create(asked, on(account, "k2"))
    assert late.value.param == "expires_at"


def test_a_key_in_use_is_a_conflict(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    stripe_sandbox.fail("delay", path="/v1/customers", seconds=0.5)
    slow = threading.Thread(target=lambda: api.v1.customers.create({}, on(account, "k")))
    slow.start()
    while not stripe_sandbox.requests("POST", "/v1/customers"):
        pass
    conflicts = []
    for _ in range(50):
        try:
            api.v1.customers.create({}, on(account, "k"))
            break
        except stripe.StripeError as error:
            conflicts.append((error.http_status, error_of(error)["code"]))
    slow.join()
    assert set(conflicts) == {(409, "idempotency_key_in_use")}
    assert len(stripe_sandbox.of(account, "customer")) == 1


def test_a_decline_is_replayed_and_a_refused_request_is_not_kept(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({}, on(account)).id
    card = stripe_sandbox.saved_card(account, customer, "0341")
    asked = {"amount": 5000, "currency": "usd", "customer": customer, "payment_method": card}
    intents = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True}, on(account, "no-show:7:1"))
        intents.add(error_of(declined.value)["payment_intent"]["id"])
    assert len(intents) == len(stripe_sandbox.of(account, "payment_intent")) == 1


@pytest.mark.parametrize(("saved", "customers"), [(False, 1), (True, 0)])
def test_an_error_is_replayed_when_it_was_kept(stripe_sandbox: StripeSandbox, saved: bool, customers: int) -> None:
    api, account = client(stripe_sandbox, retries=1), stripe_sandbox.connect()
    stripe_sandbox.fail("status", path="/v1/customers", status=500, saved=saved)
    if saved:
        with pytest.raises(stripe.APIError):
            api.v1.customers.create({}, on(account, "k"))
    else:
        assert api.v1.customers.create({}, on(account, "k")).id
    assert len(stripe_sandbox.of(account, "customer")) == customers


@pytest.mark.parametrize("kind", ["reset", "after-commit"])
def test_s01_a_connection_cut_before_or_after_the_work_leaves_one_session(
    stripe_sandbox: StripeSandbox, kind: str
) -> None:
    api, account = client(stripe_sandbox, retries=2), stripe_sandbox.connect()
    stripe_sandbox.fail(kind, path="/v1/checkout/sessions")
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    assert [found["id"] for found in stripe_sandbox.of(account, "checkout.session")] == [session.id]
    assert len(stripe_sandbox.requests("POST", "sessions")) == 2


def test_an_answer_that_comes_too_late_is_an_unknown_outcome(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox, timeout=0.2), stripe_sandbox.connect()
    stripe_sandbox.fail("late", path="/v1/refunds", seconds=0.6)
    intent = paid_intent(stripe_sandbox, api, account)
    with pytest.raises(stripe.APIConnectionError):
        api.v1.refunds.create({"payment_intent": intent}, on(account, "refund:1"))
    refund = client(stripe_sandbox).v1.refunds.create({"payment_intent": intent}, on(account, "refund:1"))
    assert [found["id"] for found in stripe_sandbox.of(account, "refund")] == [refund.id]


def paid_intent(sandbox: StripeSandbox, api: Any, account: str) -> str:
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    sandbox.pay(session.id)
    intent: str = sandbox.get(session.id)["payment_intent"]
    return intent


def test_s20_a_burst_of_429_is_not_retried_by_the_sdk(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox, retries=2), stripe_sandbox.connect()
    stripe_sandbox.fail("status", status=429)
    with pytest.raises(stripe.RateLimitError):
        api.v1.customers.create({}, on(account))
    assert len(stripe_sandbox.requests("POST")) == 1


def test_one_account_does_not_see_what_another_has(stripe_sandbox: StripeSandbox) -> None:
    api, one, two = client(stripe_sandbox), stripe_sandbox.connect(), stripe_sandbox.connect()
    customer = api.v1.customers.create({}, on(one)).id
    session = api.v1.checkout.sessions.create(session_of(customer=customer), on(one)).id
    for options in (on(two), {}):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            api.v1.customers.retrieve(customer, {}, options)
        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
        with pytest.raises(stripe.InvalidRequestError):
            api.v1.checkout.sessions.retrieve(session, {}, options)
    assert api.v1.customers.list({}, on(two)).data == []


@pytest.mark.parametrize("account", ["acct_nobody", "acct_gone"])
def test_s08_an_account_that_is_not_connected_is_refused(stripe_sandbox: StripeSandbox, account: str) -> None:
    if account == "acct_gone":
        account = stripe_sandbox.connect()
        stripe_sandbox.deauthorize(account)
    with pytest.raises(stripe.PermissionError) as refused:
        client(stripe_sandbox).v1.customers.list({}, on(account))
    assert error_of(refused.value)["code"] == "account_invalid"


def test_another_key_is_refused(stripe_sandbox: StripeSandbox) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client(stripe_sandbox, key="sk_test_other").v1.customers.list()


def test_lists_have_pages_newest_first(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    made = [api.v1.customers.create({}, on(account)).id for _ in range(5)]
    first = api.v1.customers.list({"limit": 2}, on(account))
    assert ([found.id for found in first.data], first.has_more) == (made[:2:-1], True)
    whole = [found.id for found in api.v1.customers.list({"limit": 2}, on(account)).auto_paging_iter()]
    assert whole == made[::-1]


def test_what_breaks_the_contract_is_refused_and_listed(own_sandbox: StripeSandbox) -> None:
    api, account = client(own_sandbox), own_sandbox.connect()
    for bad in (
        session_of(payment_method_types=["card"]),
        session_of(customer_email="not@both.test", customer="cus_1"),
        session_of(amount=10),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            api.v1.checkout.sessions.create(bad, on(account))
    with pytest.raises(stripe.InvalidRequestError):
        api.raw_request("post", "/v1/nonsense")
    found = [(line["side"], line["param"]) for line in own_sandbox.violations]
    assert found == [
        ("request", "payment_method_types"),
        ("request", "customer_email"),
        ("request", "line_items"),
        ("request", ""),
    ]


def test_another_version_of_the_api_is_refused(own_sandbox: StripeSandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client(own_sandbox).v1.customers.list({}, {"stripe_version": "2024-06-20"})
    assert [line["param"] for line in own_sandbox.violations] == ["Stripe-Version"]


def test_an_answer_of_the_sandbox_that_stripe_would_not_give_is_listed(own_sandbox: StripeSandbox) -> None:
    api, account = client(own_sandbox), own_sandbox.connect()
    customer = api.v1.customers.create({}, on(account)).id
    own_sandbox.world.owner(customer).objects[customer]["age"] = 40
    api.v1.customers.retrieve(customer, {}, on(account))
    assert [(line["side"], line["param"]) for line in own_sandbox.violations] == [("reply", "customer.age")]
