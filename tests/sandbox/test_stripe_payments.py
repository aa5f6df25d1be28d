"""Money at the Stripe sandbox, asked for by the real SDK."""

from typing import Any

import pytest
import stripe

from daybook.sandbox.stripe.server import StripeSandbox
from tests.sandbox.stripe_client import client, error_of, on, session_of


def test_a_session_is_paid_and_the_charge_tells_its_fees(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    asked = session_of(payment_intent_data={"application_fee_amount": 500, "metadata": {"appointment": "7"}})
    session = api.v1.checkout.sessions.create(asked, on(account))
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 10000)
    outcome = stripe_sandbox.pay(session.id)
    assert outcome.address == f"https://book.example.test/paid?session={session.id}"
    expand = {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    paid = api.v1.checkout.sessions.retrieve(session.id, expand, on(account))
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.line_items.data[0].description == "Haircut"
    charge = paid.payment_intent.latest_charge
    assert charge.metadata["appointment"] == "7"
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (320 + 500, 9180)


@pytest.mark.parametrize(
    ("card", "decline_code"), [("0002", "generic_decline"), ("9995", "insufficient_funds"), ("0069", "expired_card")]
)
def test_a_declined_card_can_be_followed_by_another(
    stripe_sandbox: StripeSandbox, card: str, decline_code: str
) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    assert stripe_sandbox.pay(session.id, card=card).message
    failed = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}, on(account))
    assert failed.payment_intent.last_payment_error.decline_code == decline_code
    assert stripe_sandbox.pay(session.id).done


def test_an_off_session_decline_is_a_card_error_with_the_intent(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({"email": "kim@example.test"}, on(account))
    card = stripe_sandbox.saved_card(account, customer.id, "3184")
    asked = {"amount": 5000, "currency": "usd", "customer": customer.id, "payment_method": card}
    with pytest.raises(stripe.CardError) as declined:
        api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True}, on(account))
    assert declined.value.code == "authentication_required"
    assert error_of(declined.value)["payment_intent"]["status"] == "requires_payment_method"


def test_refunds_give_back_the_fee_in_proportion(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    asked = session_of(payment_intent_data={"application_fee_amount": 500})
    session = api.v1.checkout.sessions.create(asked, on(account))
    stripe_sandbox.pay(session.id)
    intent = api.v1.checkout.sessions.retrieve(session.id, {}, on(account)).payment_intent
    half = {"payment_intent": intent, "amount": 5000, "refund_application_fee": True}
    refund = api.v1.refunds.create({**half, "expand": ["balance_transaction"]}, on(account))
    assert (refund.status, refund.balance_transaction.net) == ("succeeded", -4750)
    balance = api.v1.balance.retrieve({}, on(account))
    assert balance.pending[0].amount == 10000 - 320 - 500 - 5000 + 250
    assert api.v1.balance.retrieve().pending[0].amount == 250


def intent_of(
    sandbox: StripeSandbox, api: Any, account: str, amount: int = 10000, card: str = "4242", **data: Any
) -> str:
    """A paid checkout; its payment's id."""
    more: dict[str, Any] = {"payment_intent_data": data} if data else {}
    asked = session_of(amount, **more)
    session = api.v1.checkout.sessions.create(asked, on(account))
    assert sandbox.pay(session.id, card=card).done
    found: str = sandbox.get(session.id)["payment_intent"]
    return found


def charged(sandbox: StripeSandbox, api: Any, account: str, card: str, **options: Any) -> Any:
    """A no-show fee on a card that a customer kept."""
    customer = api.v1.customers.create({"email": "kim@example.test"}, on(account)).id
    kept = sandbox.saved_card(account, customer, card)
    asked = {"amount": 5000, "currency": "usd", "customer": customer, "payment_method": kept}
    return api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True, **options}, on(account))


def test_a_card_is_kept_with_the_deposit_and_charged_later(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({"email": "kim@example.test"}, on(account)).id
    data = {"setup_future_usage": "off_session"}
    session = api.v1.checkout.sessions.create(session_of(customer=customer, payment_intent_data=data), on(account))
    assert stripe_sandbox.pay(session.id, card="3155").done
    [card] = api.v1.customers.payment_methods.list(customer, {"type": "card"}, on(account)).data
    asked = {"amount": 5000, "currency": "usd", "customer": customer, "payment_method": card.id}
    intent = api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True}, on(account))
    assert (intent.status, card.card.last4) == ("succeeded", "3155")


def test_a_card_without_consent_to_keep_it_cannot_be_charged_again(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({}, on(account)).id
    session = api.v1.checkout.sessions.create(session_of(customer=customer), on(account))
    stripe_sandbox.pay(session.id)
    assert api.v1.customers.payment_methods.list(customer, {}, on(account)).data == []
    method = stripe_sandbox.get(stripe_sandbox.get(session.id)["payment_intent"])["payment_method"]
    asked = {"amount": 5000, "currency": "usd", "customer": customer, "payment_method": method}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True}, on(account))
    assert "may not be used again" in str(refused.value)


@pytest.mark.parametrize(("card", "challenged"), [("4242", False), ("0341", False), ("3155", True), ("3184", True)])
def test_a_card_is_kept_without_paying(stripe_sandbox: StripeSandbox, card: str, challenged: bool) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    setup = {"mode": "setup", "currency": "usd", "success_url": "https://book.example.test/kept"}
    session = api.v1.checkout.sessions.create({**setup, "setup_intent_data": {"metadata": {"hold": "7"}}}, on(account))
    outcome = stripe_sandbox.pay(session.id, card=card, challenge=None)
    assert outcome.done is not challenged
    if challenged:
        assert stripe_sandbox.answer_challenge(session.setup_intent).address == setup["success_url"]
    expand = {"expand": ["setup_intent.payment_method"]}
    found = api.v1.checkout.sessions.retrieve(session.id, expand, on(account))
    assert (found.status, found.payment_status, found.setup_intent.status) == (
        *("complete", "no_payment_required", "succeeded"),
    )
    assert found.setup_intent.payment_method.customer == found.customer
    assert found.setup_intent.metadata["hold"] == "7"


def test_a_card_that_is_declined_cannot_be_kept(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    setup = {"mode": "setup", "currency": "usd", "success_url": "https://book.example.test/kept"}
    session = api.v1.checkout.sessions.create(setup, on(account))
    assert stripe_sandbox.pay(session.id, card="0002").message == "Your card was declined."
    assert [event["type"] for event in stripe_sandbox.events("setup_intent.setup_failed")]
    assert stripe_sandbox.get(session.id)["status"] == "open"


@pytest.mark.parametrize("passed", [True, False])
def test_the_bank_asks_who_pays(stripe_sandbox: StripeSandbox, passed: bool) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    outcome = stripe_sandbox.pay(session.id, card="4000002760003184", challenge=passed)
    found = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}, on(account))
    if passed:
        assert (outcome.done, found.payment_status) == (True, "paid")
    else:
        error = found.payment_intent.last_payment_error
        assert (found.status, error.code) == ("open", "payment_intent_authentication_failure")
        assert stripe_sandbox.pay(session.id).done


@pytest.mark.parametrize("card", ["4242", "3155"])
def test_s17_a_no_show_fee_is_charged_off_session(stripe_sandbox: StripeSandbox, card: str) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    options = {"application_fee_amount": 100, "expand": ["latest_charge.balance_transaction"]}
    intent = charged(stripe_sandbox, api, account, card, **options)
    line = intent.latest_charge.balance_transaction
    assert (intent.status, line.amount, line.net) == ("succeeded", 5000, 5000 - 175 - 100)


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("0002", "card_declined", "generic_decline"),
        ("0341", "card_declined", "generic_decline"),
        ("9995", "card_declined", "insufficient_funds"),
        ("9987", "card_declined", "lost_card"),
        ("0069", "expired_card", "expired_card"),
        ("3184", "authentication_required", "authentication_required"),
    ],
)
def test_s17_a_no_show_fee_is_declined(stripe_sandbox: StripeSandbox, card: str, code: str, decline_code: str) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    with pytest.raises(stripe.CardError) as declined:
        charged(stripe_sandbox, api, account, card)
    error = error_of(declined.value)
    assert (declined.value.http_status, error["code"], error["decline_code"]) == (402, code, decline_code)
    assert error["payment_intent"]["last_payment_error"]["charge"] == error["charge"]
    again = api.v1.payment_intents.retrieve(error["payment_intent"]["id"], {}, on(account))
    assert again.status == "requires_payment_method"
    assert api.v1.balance.retrieve({}, on(account)).pending[0].amount == 0


def test_s17_a_card_that_is_gone_is_refused(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({}, on(account)).id
    card = stripe_sandbox.saved_card(account, customer)
    api.v1.payment_methods.detach(card, {}, on(account))
    assert [event["data"]["object"]["id"] for event in stripe_sandbox.events("payment_method.detached")] == [card]
    with pytest.raises(stripe.InvalidRequestError) as again:
        api.v1.payment_methods.detach(card, {}, on(account))
    assert (again.value.http_status, again.value.code) == (400, None)
    assert api.v1.payment_methods.retrieve(card, {}, on(account)).customer is None
    asked = {"amount": 5000, "currency": "usd", "customer": customer, "payment_method": card}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.create({**asked, "off_session": True, "confirm": True}, on(account))
    assert refused.value.http_status == 400


def test_a_test_token_pays_as_its_number_does(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    asked = {"amount": 5000, "currency": "jpy", "payment_method": "pm_card_visa", "confirm": True}
    assert api.v1.payment_intents.create(asked, on(account)).status == "succeeded"
    with pytest.raises(stripe.CardError):
        api.v1.payment_intents.create({**asked, "payment_method": "pm_card_chargeDeclinedExpiredCard"}, on(account))


def test_an_amount_is_authorized_first_and_captured_or_given_up_later(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    one, two = (intent_of(stripe_sandbox, api, account, capture_method="manual") for _ in range(2))
    sessions = api.v1.checkout.sessions.list({"payment_intent": one}, on(account)).data
    assert [(found.status, found.payment_status) for found in sessions] == [("complete", "unpaid")]
    assert api.v1.balance.retrieve({}, on(account)).pending[0].amount == 0
    captured = api.v1.payment_intents.capture(one, {"amount_to_capture": 4000}, on(account))
    given_up = api.v1.payment_intents.cancel(two, {"cancellation_reason": "abandoned"}, on(account))
    assert (captured.status, captured.amount_received, given_up.status) == ("succeeded", 4000, "canceled")


def test_the_payment_of_a_checkout_is_ended_by_expiring_the_session(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    stripe_sandbox.pay(session.id, card="0002")
    intent = stripe_sandbox.get(session.id)["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.cancel(intent, {}, on(account))
    assert api.v1.checkout.sessions.expire(session.id, {}, on(account)).status == "expired"
    assert stripe_sandbox.get(intent)["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        api.v1.checkout.sessions.expire(session.id, {}, on(account))


def test_s09_a_paid_session_cannot_be_expired(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    stripe_sandbox.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="complete"):
        api.v1.checkout.sessions.expire(session.id, {}, on(account))


def test_s10_the_second_tab_of_a_paid_checkout_takes_nothing(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    assert stripe_sandbox.pay(session.id).done
    assert stripe_sandbox.pay(session.id).message == "This checkout is closed."
    assert len(stripe_sandbox.of(account, "charge")) == 1


def test_s12_a_client_who_leaves_the_banks_page_has_paid_nothing(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    session = api.v1.checkout.sessions.create(session_of(), on(account))
    stripe_sandbox.pay(session.id, card="3184", challenge=None)
    found = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}, on(account))
    assert (found.status, found.payment_intent.status) == ("open", "requires_action")
    api.v1.checkout.sessions.expire(session.id, {}, on(account))
    late = stripe_sandbox.answer_challenge(found.payment_intent.id)
    assert late.message == "There is nothing to authenticate any more."
    assert stripe_sandbox.of(account, "charge") == []


def test_s13_never_more_than_was_captured_is_given_back(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account)
    api.v1.refunds.create({"payment_intent": intent, "amount": 4000}, on(account))
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        api.v1.refunds.create({"payment_intent": intent, "amount": 6001}, on(account))
    assert too_much.value.param == "amount"
    rest = api.v1.refunds.create({"payment_intent": intent, "expand": ["charge"]}, on(account))
    assert (rest.amount, rest.charge.refunded) == (6000, True)
    with pytest.raises(stripe.InvalidRequestError) as again:
        api.v1.refunds.create({"payment_intent": intent}, on(account))
    assert again.value.code == "charge_already_refunded"


def test_the_parts_of_a_fee_add_up(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account, 1000, application_fee_amount=101)
    for amount in (333, 333, 334):
        asked = {"payment_intent": intent, "amount": amount, "refund_application_fee": True}
        api.v1.refunds.create(asked, on(account))
    [fee] = api.v1.application_fees.list().data
    assert (fee.amount_refunded, fee.refunded) == (101, True)
    assert api.v1.balance.retrieve().pending[0].amount == 0


def test_a_fee_that_does_not_exist_cannot_be_given_back(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account)
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.refunds.create({"payment_intent": intent, "refund_application_fee": True}, on(account))


def test_a_fee_is_at_most_the_amount(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account, 1000, application_fee_amount=5000)
    assert stripe_sandbox.get(intent)["application_fee_amount"] == 1000


@pytest.mark.parametrize(("card", "statuses"), [("5126", ["succeeded", "failed"]), ("7726", ["pending", "succeeded"])])
def test_s14_a_refund_may_end_otherwise_later(stripe_sandbox: StripeSandbox, card: str, statuses: list[str]) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account, card=card)
    refund = api.v1.refunds.create({"payment_intent": intent}, on(account))
    stripe_sandbox.settle()
    later = api.v1.refunds.retrieve(refund.id, {}, on(account))
    assert [refund.status, later.status] == statuses
    kind = "refund.failed" if later.status == "failed" else "refund.updated"
    assert stripe_sandbox.events(kind)[0]["data"]["object"]["id"] == refund.id


def test_s14_money_of_a_failed_refund_is_back_with_the_account(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account)
    before = api.v1.balance.retrieve({}, on(account)).pending[0].amount
    refund = api.v1.refunds.create({"payment_intent": intent}, on(account))
    stripe_sandbox.refund_result(refund.id, "failed", reason="expired_or_canceled_card")
    failed = api.v1.refunds.retrieve(refund.id, {}, on(account))
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert api.v1.balance.retrieve({}, on(account)).pending[0].amount == before
    assert api.v1.refunds.create({"payment_intent": intent}, on(account)).status == "succeeded"


def test_s15_a_refund_of_the_dashboard_is_told(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account)
    refund = stripe_sandbox.refund_in_dashboard(intent, amount=2500)
    [event] = stripe_sandbox.events("charge.refunded")
    assert (event["account"], event["request"]["id"]) == (account, None)
    assert [found.id for found in api.v1.refunds.list({"payment_intent": intent}, on(account)).data] == [refund]


@pytest.mark.parametrize(("status", "net"), [("lost", -1500 - 320), ("won", 10000 - 1500 - 320)])
def test_s16_a_dispute_takes_the_money_and_stops_refunds(stripe_sandbox: StripeSandbox, status: str, net: int) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    intent = intent_of(stripe_sandbox, api, account, card="0259")
    stripe_sandbox.settle()
    [dispute] = api.v1.disputes.list({"payment_intent": intent}, on(account)).data
    assert (dispute.status, dispute.amount) == ("needs_response", 10000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"payment_intent": intent}, on(account))
    assert refused.value.code == "charge_disputed"
    stripe_sandbox.close_dispute(dispute.id, status)
    assert api.v1.disputes.retrieve(dispute.id, {}, on(account)).status == status
    assert api.v1.balance.retrieve({}, on(account)).pending[0].amount == net


def test_every_cent_of_a_balance_is_an_entry(stripe_sandbox: StripeSandbox) -> None:
    """Gross, fees, refunds, disputes and payouts of an account, and the platform's fees, from both sides."""
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    sums = [(10000, 500, 5000), (1234, 37, 0), (9999, 0, 9999), (501, 25, 250)]
    for amount, fee, back in sums:
        data: dict[str, Any] = {"application_fee_amount": fee} if fee else {}
        intent = intent_of(stripe_sandbox, api, account, amount, **data)
        if back:
            asked = {"payment_intent": intent, "amount": back, **({"refund_application_fee": True} if fee else {})}
            api.v1.refunds.create(asked, on(account))
    lines = list(api.v1.balance_transactions.list({"limit": 2}, on(account)).auto_paging_iter())
    assert all(line.net == line.amount - line.fee for line in lines)
    assert all(line.fee == sum(part.amount for part in line.fee_details) for line in lines)
    balance = api.v1.balance.retrieve({}, on(account))
    stripe_fees = sum(part.amount for line in lines for part in line.fee_details if part.type == "stripe_fee")
    fees_kept = 250 + 37 + (25 - 12)
    gross = sum(amount - back for amount, _, back in sums)
    assert balance.pending[0].amount == sum(line.net for line in lines) == gross - stripe_fees - fees_kept
    assert api.v1.balance.retrieve().pending[0].amount == fees_kept
    stripe_sandbox.advance(3 * 86400)
    assert api.v1.balance.retrieve({}, on(account)).available[0].amount == balance.pending[0].amount
    payout = stripe_sandbox.payout(account)
    assert payout
    assert api.v1.payouts.retrieve(payout, {}, on(account)).amount == balance.pending[0].amount
    assert api.v1.balance.retrieve({}, on(account)).available[0].amount == 0


def test_currencies_have_balances_of_their_own(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    for currency in ("usd", "jpy"):
        session = api.v1.checkout.sessions.create(session_of(5000, currency), on(account))
        stripe_sandbox.pay(session.id)
    found = {part.currency: part.amount for part in api.v1.balance.retrieve({}, on(account)).pending}
    assert found == {"usd": 5000 - 175, "jpy": 5000 - 175}


def test_a_customer_who_is_deleted_keeps_no_card(stripe_sandbox: StripeSandbox) -> None:
    api, account = client(stripe_sandbox), stripe_sandbox.connect()
    customer = api.v1.customers.create({"email": "kim@example.test"}, on(account)).id
    card = stripe_sandbox.saved_card(account, customer)
    assert api.v1.customers.delete(customer, {}, on(account)).deleted
    assert api.v1.customers.retrieve(customer, {}, on(account)).deleted
    assert stripe_sandbox.get(card)["customer"] is None
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.checkout.sessions.create(session_of(customer=customer), on(account))
