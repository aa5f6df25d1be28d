"""Money at the Stripe sandbox, asked for by the real SDK."""

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
