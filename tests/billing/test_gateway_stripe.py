"""The adapter against the sandbox, through the real SDK: what each answer of Stripe's becomes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.gateways import base
from billing.gateways.base import AccountGone, Missing, Misused, Unknown
from billing.gateways.stripe import clients, gateway
from daybook.sandbox.stripe.server import StripeSandbox


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The SDK waits half a second before it tries again: not here."""
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.02)
    yield
    clients._client.cache_clear()


def asked(amount: int = 5000, *, minutes: int = 35, **more: Any) -> dict[str, Any]:
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Cut"}}
    return {
        "mode": "payment",
        "success_url": "https://book.example.test/return",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": "a-1",
        "metadata": {"appointment": "a-1"},
        "expires_at": int(time.time()) + minutes * 60,
        **more,
    }


def started(account: str, key: str = "k-1", **more: Any) -> base.CheckoutStarted:
    found = gateway().start_checkout(account, request=asked(**more), key=key)
    assert isinstance(found, base.CheckoutStarted)
    return found


def paid(sandbox: StripeSandbox, account: str, card: str = "4242", **more: Any) -> str:
    """The id of a payment that a client made."""
    session = started(account, **more)
    assert sandbox.pay(session.session_id, card=card).done
    found = gateway().session(account, session.session_id)
    assert isinstance(found, base.Session)
    return found.payment_intent_id


def test_an_account_is_made_once_however_often_it_is_asked_for(stripe_sandbox: StripeSandbox) -> None:
    wanted = {"email": "o@acme.test", "name": "Acme", "country": "US", "key": "account:1"}
    first, again = gateway().create_account(**wanted), gateway().create_account(**wanted)
    assert isinstance(first, base.AccountStatus)
    assert first == again
    assert (first.can_charge, first.capability, first.country) == (False, "restricted", "US")
    assert first.due
    stripe_sandbox.onboard(first.account_id)
    ready = gateway().account(first.account_id)
    assert isinstance(ready, base.AccountStatus)
    assert (ready.can_charge, ready.can_be_paid_out, ready.due) == (True, True, ())


def test_a_deadline_of_stripe_is_told(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    stripe_sandbox.requirements(account, ["identity.individual.dob"], "past_due")
    found = gateway().account(account)
    assert isinstance(found, base.AccountStatus)
    assert (found.deadline, found.due) == ("past_due", ("identity.individual.dob",))


def test_an_onboarding_link_leads_to_stripe(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect(active=False)
    link = gateway().onboarding_link(account, refresh_url="https://b.test/refresh", return_url="https://b.test/return")
    assert isinstance(link, str)
    assert link.startswith(stripe_sandbox.url)


def test_s18_an_account_that_is_not_ours_any_more_is_gone(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    stripe_sandbox.deauthorize(account)
    for call in (
        lambda: gateway().account(account),
        lambda: gateway().onboarding_link(account, refresh_url="https://b.test/", return_url="https://b.test/"),
        lambda: gateway().start_checkout(account, request=asked(), key="k"),
        lambda: gateway().session(account, "cs_1"),
    ):
        with pytest.raises(AccountGone):
            call()
    with pytest.raises(AccountGone):
        gateway().account("acct_of_nobody")


def test_a_checkout_is_paid_by_card_only_and_read_with_its_card(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    session = started(account)
    assert stripe_sandbox.get(session.session_id)["payment_method_types"] == ["card"]
    assert session.url.startswith(stripe_sandbox.url)
    stripe_sandbox.pay(session.session_id)
    found = gateway().session(account, session.session_id)
    assert isinstance(found, base.Session)
    assert (found.status, found.paid, found.amount, found.currency) == ("complete", True, 5000, "usd")
    assert (found.reference, found.metadata) == ("a-1", {"appointment": "a-1"})
    assert found.card is not None
    assert (found.card.brand, found.card.last4) == ("visa", "4242")


def test_a_card_is_kept_without_a_payment(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    customer = gateway().customer(account, name="Kim", email="kim@example.test", reference="c-1", key="customer:1")
    assert isinstance(customer, str)
    request = {
        "mode": "setup", "currency": "usd", "customer": customer, "success_url": "https://book.example.test/return",
    }  # fmt: skip
    session = gateway().start_checkout(account, request=request, key="k-setup")
    assert isinstance(session, base.CheckoutStarted)
    stripe_sandbox.pay(session.session_id)
    found = gateway().session(account, session.session_id)
    assert isinstance(found, base.Session)
    assert found.paid
    assert found.setup_intent_id
    assert found.card is not None
    assert found.customer_id == customer


def test_s01_a_lost_answer_is_asked_again_and_there_is_one_session(stripe_sandbox: StripeSandbox) -> None:
    account, request = stripe_sandbox.connect(), asked()
    stripe_sandbox.fail("after-commit", method="POST", path="/checkout/sessions")
    lost = gateway().start_checkout(account, request=request, key="hold:1:checkout:1", quick=True)
    assert isinstance(lost, Unknown)
    found = gateway().start_checkout(account, request=request, key="hold:1:checkout:1", quick=True)
    assert isinstance(found, base.CheckoutStarted)
    assert len(stripe_sandbox.of(account, "checkout.session")) == 1


def test_the_worker_asks_again_by_itself_under_the_same_key(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    stripe_sandbox.fail("after-commit", method="POST", path="/checkout/sessions")
    assert started(account, "k-worker")
    assert len(stripe_sandbox.of(account, "checkout.session")) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_s20_bursts_of_errors_are_an_unknown_outcome_not_a_no(stripe_sandbox: StripeSandbox, status: int) -> None:
    account = stripe_sandbox.connect()
    stripe_sandbox.fail("status", status=status, times=5, path="/v1/")
    assert isinstance(gateway().start_checkout(account, request=asked(), key="k", quick=True), Unknown)
    assert isinstance(gateway().intent(account, "pi_1"), Unknown)


def test_s20_429_is_asked_once_only(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    stripe_sandbox.fail("status", status=429, times=5, path="/v1/")
    assert isinstance(gateway().session(account, "cs_1"), Unknown)
    assert len(stripe_sandbox.requests("GET", "/checkout/sessions")) == 1


def test_an_address_where_nobody_listens_is_an_unknown_outcome(stripe_sandbox: StripeSandbox, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert isinstance(gateway().account("acct_1"), Unknown)


def test_a_checkout_that_would_end_too_soon_needs_another_time(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    found = gateway().start_checkout(account, request=asked(minutes=20), key="k-late")
    assert found == base.TooLateToStart()


def test_s26_other_parameters_under_the_same_key_are_our_own_mistake(
    stripe_sandbox: StripeSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    account = stripe_sandbox.connect()
    assert started(account, "k-same")
    with pytest.raises(Misused) as refused:
        gateway().start_checkout(account, request=asked(amount=6000), key="k-same")
    assert refused.value.code == "idempotency_error"
    assert "idempotency key" in caplog.text


def test_a_wrong_key_of_ours_is_our_own_mistake(stripe_sandbox: StripeSandbox, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    with pytest.raises(Misused) as refused:
        gateway().account("acct_1")
    assert refused.value.code == "authentication"


def test_s09_a_checkout_is_ended_unless_it_was_paid_meanwhile(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    one, other = started(account, "k-one"), started(account, "k-other")
    assert gateway().expire(account, one.session_id) == base.Expired()
    assert gateway().expire(account, one.session_id) == base.Expired()
    stripe_sandbox.pay(other.session_id)
    found = gateway().expire(account, other.session_id)
    assert isinstance(found, base.Session)
    assert found.paid
    assert gateway().expire(account, "cs_of_nobody") == base.Expired()


def test_nobody_knows_whether_a_checkout_ended(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    session = started(account)
    stripe_sandbox.fail("status", status=503, path="/expire", times=3)
    assert isinstance(gateway().expire(account, session.session_id), Unknown)


def test_a_payment_tells_its_fees(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    session = started(account, amount=10_000, payment_intent_data={"application_fee_amount": 500})
    stripe_sandbox.pay(session.session_id)
    kept = gateway().session(account, session.session_id)
    assert isinstance(kept, base.Session)
    found = gateway().intent(account, kept.payment_intent_id)
    assert isinstance(found, base.Intent)
    assert (found.status, found.captured, found.refunded) == ("succeeded", 10_000, 0)
    assert (found.application_fee, found.stripe_fee) == (500, 320)
    assert found.captured_at is not None
    assert (found.disputed, found.failure_code) == (False, "")


def test_objects_of_one_account_are_missing_on_another(stripe_sandbox: StripeSandbox) -> None:
    one, other = stripe_sandbox.connect(), stripe_sandbox.connect()
    intent = paid(stripe_sandbox, one)
    assert gateway().intent(other, intent) == Missing()
    assert gateway().session(other, "cs_1") == Missing()
    assert gateway().refund_of(other, "re_1") == Missing()
    assert gateway().dispute(other, "du_1") == Missing()
    assert gateway().refunds(other, intent) == []


def charge(sandbox: StripeSandbox, card: str, *, fee: int = 0, key: str = "fee:1") -> Any:
    """A no-show fee of 50.00 from a card that was kept."""
    account = sandbox.connect()
    customer = gateway().customer(account, name="Kim", email="", reference="c-1", key=f"customer:{account}")
    assert isinstance(customer, str)
    return gateway().charge(
        account,
        amount=5000,
        currency="usd",
        customer_id=customer,
        payment_method_id=sandbox.saved_card(account, customer, card),
        application_fee=fee,
        metadata={"appointment": "a-1"},
        key=key,
    )


def test_a_kept_card_is_charged_without_the_client(stripe_sandbox: StripeSandbox) -> None:
    found = charge(stripe_sandbox, "4242", fee=125)
    assert isinstance(found, base.Charged)
    assert found.charge_id
    assert found.card is not None
    asked_for = stripe_sandbox.get(found.payment_intent_id)
    assert asked_for["application_fee_amount"] == 125


def test_s17_each_no_of_a_bank_is_told_apart(stripe_sandbox: StripeSandbox) -> None:
    declined = charge(stripe_sandbox, "0341")
    assert isinstance(declined, base.Declined)
    assert (declined.code, declined.again) == ("generic_decline", True)
    lost = charge(stripe_sandbox, "9987")
    assert isinstance(lost, base.Declined)
    assert (lost.code, lost.again) == ("lost_card", False)
    assert lost.payment_intent_id
    wanted = charge(stripe_sandbox, "3184")
    assert isinstance(wanted, base.NeedsCustomer)
    assert wanted.payment_intent_id


def test_s17_a_card_that_was_taken_away_is_gone(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    customer = gateway().customer(account, name="Kim", email="", reference="c-1", key="customer:1")
    assert isinstance(customer, str)
    card = stripe_sandbox.saved_card(account, customer)
    stripe_sandbox.detach_card(card)
    found = gateway().charge(
        account, amount=5000, currency="usd", customer_id=customer, payment_method_id=card, application_fee=0,
        metadata={}, key="fee:1",
    )  # fmt: skip
    assert found == base.CardGone()


def test_hc114_a_lost_answer_to_a_refund_is_asked_again_and_there_is_one_refund(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    intent = paid(stripe_sandbox, account)
    stripe_sandbox.fail("after-commit", method="POST", path="/refunds", times=3)
    wanted: dict[str, Any] = {
        "payment_intent_id": intent, "amount": 2000, "refund_application_fee": False, "metadata": {"refund": "r"},
        "key": "refund:1",
    }  # fmt: skip
    assert isinstance(gateway().refund(account, **wanted), Unknown)
    found = gateway().refund(account, **wanted)
    assert isinstance(found, base.Refunded)
    assert (found.amount, found.status, found.metadata) == (2000, "succeeded", {"refund": "r"})
    assert gateway().refunds(account, intent) == [found]
    assert gateway().refund_of(account, found.refund_id) == found


def test_hc126_the_platform_s_fee_goes_back_in_proportion_and_is_not_named_where_there_is_none(
    stripe_sandbox: StripeSandbox,
) -> None:
    account = stripe_sandbox.connect()
    with_fee = paid(
        stripe_sandbox, account, key="k-fee", amount=10_000, payment_intent_data={"application_fee_amount": 500}
    )
    refund: dict[str, Any] = {"amount": 5000, "metadata": {}}
    found = gateway().refund(account, payment_intent_id=with_fee, refund_application_fee=True, key="r-1", **refund)
    assert isinstance(found, base.Refunded)
    (fee,) = stripe_sandbox.of(None, "application_fee")
    assert fee["amount_refunded"] == 250
    without = paid(stripe_sandbox, account, key="k-free", amount=10_000)
    again = gateway().refund(account, payment_intent_id=without, refund_application_fee=False, key="r-2", **refund)
    assert isinstance(again, base.Refunded)
    (_, last) = stripe_sandbox.requests("POST", "/v1/refunds")
    assert "refund_application_fee" not in str(last)


def test_hc115_a_refund_that_stripe_refuses_says_why(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    intent = paid(stripe_sandbox, account)
    stripe_sandbox.refund_in_dashboard(intent)
    found = gateway().refund(
        account, payment_intent_id=intent, amount=5000, refund_application_fee=False, metadata={}, key="r-1"
    )
    assert found == base.RefundRefused("charge_already_refunded")


def test_s15_refunds_of_the_dashboard_are_listed(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    intent = paid(stripe_sandbox, account)
    made = stripe_sandbox.refund_in_dashboard(intent, amount=1500)
    found = gateway().refunds(account, intent)
    assert isinstance(found, list)
    assert [(refund.refund_id, refund.amount) for refund in found] == [(made, 1500)]


def test_s16_a_disputed_payment_is_known_and_not_refunded(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    intent = paid(stripe_sandbox, account)
    dispute = stripe_sandbox.dispute(intent)
    found = gateway().dispute(account, dispute)
    assert isinstance(found, base.Disputed)
    assert (found.payment_intent_id, found.amount, found.status) == (intent, 5000, "needs_response")
    assert found.due_by is not None
    payment = gateway().intent(account, intent)
    assert isinstance(payment, base.Intent)
    assert payment.disputed
    refused = gateway().refund(
        account, payment_intent_id=intent, amount=5000, refund_application_fee=False, metadata={}, key="r-1"
    )
    assert refused == base.RefundRefused("charge_disputed")


def test_balance_and_payouts_are_shown(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    paid(stripe_sandbox, account, amount=10_000)
    before = gateway().payouts(account)
    assert isinstance(before, dict)
    assert before["available"].get("usd", 0) + before["pending"].get("usd", 0) == 10_000 - 320
    stripe_sandbox.payout(account)
    after = gateway().payouts(account)
    assert isinstance(after, dict)
    assert [(move["amount"], move["currency"]) for move in after["payouts"]] == [(9680, "usd")]


def test_s04_events_that_never_came_are_found(stripe_sandbox: StripeSandbox) -> None:
    account = stripe_sandbox.connect()
    session = started(account)
    stripe_sandbox.pay(session.session_id)
    found = gateway().missed_events(account, since=datetime.now(UTC) - timedelta(hours=1))
    assert isinstance(found, list)
    completed = next(event for event in found if event.kind == "checkout.session.completed")
    assert completed.object_id == session.session_id
    assert completed.body["metadata"] == {"appointment": "a-1"}
    assert "kim@example.test" not in str(completed.body)
    later = gateway().missed_events(account, since=datetime.now(UTC) + timedelta(hours=1))
    assert later == []
