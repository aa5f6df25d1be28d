"""Two ways to pay the same: a kept card, a payment page and the desk never take the money twice, nor for nothing."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.enums import PaymentState
from billing.gateways.base import Misused
from billing.models import CheckoutAttempt, Concern, Payment, Refund, SavedCard
from billing.selectors import ledger
from billing.services import balance, desk, fee_charging, orders, reconciling
from billing.services.cancelling import Choice, Give
from billing.services.concerns import raise_concern
from billing.services.desk import Taken
from daybook.core.ids import new_id
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.errors import CheckoutOpen
from scheduling.models import Appointment
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.paying_world import Paying
from tests.factories import NOW, STAFF


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[Any], None]) -> Paying:
    clock(NOW)
    return Paying(business, stripe_sandbox)


@pytest.fixture
def booked(shop: Paying) -> Appointment:
    """A deposit of 3000 is paid, 7000 are due, and the card was kept."""
    attempt = shop.started()
    shop.pay(attempt)
    shop.work(minutes=5)
    return shop.fresh(attempt)


def charge(shop: Paying, booked: Appointment) -> Payment:
    return desk.charge_card(business=shop.business, appointment=booked, now=shop.now, by=STAFF)


def cancel(shop: Paying, booked: Appointment) -> None:
    booked.refresh_from_db()
    chosen = {"money": Choice(Give.FULL)}
    transitions.cancel(business=shop.business, appointment=booked, now=shop.now, by=STAFF, chosen=chosen)


def charged_there(shop: Paying) -> list[int]:
    found = shop.sandbox.of(shop.account, "payment_intent")
    return sorted(one["amount"] for one in found if one["status"] == "succeeded")


def test_no_page_opens_while_the_card_is_being_charged(shop: Paying, booked: Appointment) -> None:
    charge(shop, booked)
    with pytest.raises(CheckoutOpen):
        balance.open_page(business=shop.business, appointment=booked, now=shop.now)
    shop.work(minutes=5)
    assert charged_there(shop) == [3000, 7000]


def test_a_card_is_not_charged_for_what_was_cancelled_meanwhile(shop: Paying, booked: Appointment) -> None:
    payment = charge(shop, booked)
    cancel(shop, booked)
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert payment.state == PaymentState.CANCELLED
    assert charged_there(shop) == [3000]


def test_what_was_charged_while_somebody_cancelled_goes_back(shop: Paying, booked: Appointment) -> None:
    payment = charge(shop, booked)
    shop.sandbox.fail("after-commit", path="/v1/payment_intents", method="POST", times=3)
    shop.work()
    cancel(shop, booked)
    shop.work(minutes=5)
    shop.work(days=2)
    payment.refresh_from_db()
    assert payment.state == PaymentState.SUCCEEDED
    assert ledger.kept(booked) == 0
    assert sum(one["amount"] for one in shop.sandbox.of(shop.account, "refund")) == 10000


def test_a_card_is_not_charged_for_what_was_paid_at_the_desk_meanwhile(shop: Paying, booked: Appointment) -> None:
    payment = charge(shop, booked)
    desk.mark_paid(appointment=booked, taken=Taken(7000, "cash"), now=shop.now, by=STAFF)
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert payment.state == PaymentState.CANCELLED
    assert charged_there(shop) == [3000]


def test_s17_a_card_that_was_removed_after_a_lost_answer_is_not_asked_for_again(
    shop: Paying, booked: Appointment
) -> None:
    payment = charge(shop, booked)
    shop.sandbox.fail("after-commit", path="/v1/payment_intents", method="POST", times=3)
    shop.work()
    payment.refresh_from_db()
    assert payment.state == PaymentState.UNKNOWN
    SavedCard.objects.update(detached_at=shop.now)
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (PaymentState.SUCCEEDED, "")
    assert ledger.standing(booked).due == 0


def lost(shop: Paying, booked: Appointment, kind: str) -> Payment:
    """A charge whose answer never came; `kind` says whether Stripe did it."""
    payment = charge(shop, booked)
    shop.sandbox.fail(kind, path="/v1/payment_intents", method="POST", times=3)
    shop.work()
    payment.refresh_from_db()
    assert payment.state == PaymentState.UNKNOWN
    return payment


def test_s17_a_refusal_after_a_lost_answer_has_the_charge_looked_for(shop: Paying, booked: Appointment) -> None:
    payment = lost(shop, booked, "after-commit")
    Payment.objects.filter(pk=payment.pk).update(application_fee=1)  # another request under the same key: refused
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (PaymentState.SUCCEEDED, "")
    assert not Concern.objects.exists()


def test_s17_a_refusal_after_a_lost_answer_does_not_say_that_it_failed(shop: Paying, booked: Appointment) -> None:
    payment = lost(shop, booked, "reset")
    shop.sandbox.fail("status", path="/v1/payment_intents", method="POST", status=400, code="parameter_invalid_integer")
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert payment.state == PaymentState.UNKNOWN
    assert [(one.kind, one.payment_id) for one in Concern.objects.all()] == [("charge_unknown", payment.pk)]


def test_s17_an_account_that_is_gone_after_a_lost_answer_does_not_say_that_it_failed(
    shop: Paying, booked: Appointment
) -> None:
    payment = lost(shop, booked, "after-commit")
    shop.sandbox.deauthorize(shop.account)
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert payment.state == PaymentState.UNKNOWN
    assert [one.kind for one in Concern.objects.all()] == ["charge_unknown"]


def test_s17_what_stripe_has_no_charge_of_a_day_later_was_never_charged(shop: Paying, booked: Appointment) -> None:
    """Then the client can pay it with the link."""
    payment = lost(shop, booked, "reset")
    shop.sandbox.fail("status", path="/v1/payment_intents", method="POST", status=400, code="parameter_invalid_integer")
    shop.work(minutes=5)
    shop.work(hours=22)
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.UNKNOWN
    with pytest.raises(CheckoutOpen):
        balance.open_page(business=shop.business, appointment=booked, now=shop.now)
    shop.work(hours=3)
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (PaymentState.FAILED, "never_charged")
    assert not Concern.objects.filter(closed_at__isnull=True).exists()
    assert balance.open_page(business=shop.business, appointment=booked, now=shop.now)


def test_what_was_paid_at_the_desk_while_the_bank_was_asked_goes_back(shop: Paying, booked: Appointment) -> None:
    payment = lost(shop, booked, "after-commit")
    desk.mark_paid(appointment=booked, taken=Taken(5000, "cash"), now=shop.now, by=STAFF)
    shop.work(minutes=5)
    payment.refresh_from_db()
    assert payment.state == PaymentState.SUCCEEDED
    assert [(one.payment_id, one.amount, one.reason) for one in Refund.objects.all()] == [
        (payment.pk, 5000, "duplicate")
    ]
    assert ledger.kept(booked) == 10000


def test_a_refusal_at_the_first_ask_says_that_it_failed(shop: Paying, booked: Appointment) -> None:
    payment = charge(shop, booked)
    shop.sandbox.fail("status", path="/v1/payment_intents", method="POST", status=400, code="parameter_invalid_integer")
    shop.work()
    payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == (PaymentState.FAILED, "parameter_invalid_integer")


def test_a_charge_that_is_heard_of_after_all_needs_nobody_any_more(shop: Paying, booked: Appointment) -> None:
    payment = lost(shop, booked, "after-commit")
    shop.work(days=1)
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.SUCCEEDED
    raise_concern("charge_unknown", f"charge:{payment.pk}", payment=payment, now=shop.now)
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN, captured_at=None)
    reconciling.reconcile(business=shop.business, now=shop.now)
    assert Payment.objects.get(pk=payment.pk).state == PaymentState.SUCCEEDED
    assert not Concern.objects.filter(closed_at__isnull=True).exists()


@pytest.mark.parametrize(("in_cash", "back"), [(7000, 7500), (2000, 2000)])
def test_what_is_paid_on_a_page_and_at_the_desk_goes_back(
    shop: Paying, booked: Appointment, in_cash: int, back: int
) -> None:
    balance.open_page(business=shop.business, appointment=booked, tip=500, now=shop.now)
    desk.mark_paid(appointment=booked, taken=Taken(in_cash, "cash"), now=shop.now, by=STAFF)
    shop.pay(CheckoutAttempt.objects.latest("created_at"))
    shop.work(minutes=6)
    shop.work(minutes=6)
    assert [(one.amount, one.reason) for one in Refund.objects.all()] == [(back, "duplicate")]
    assert ledger.kept(booked) == (10000 if back == 7500 else 10500)


def test_a_paid_fee_stays_paid_when_the_account_is_gone_later(shop: Paying, booked: Appointment) -> None:
    payment = Payment.objects.get()
    fee_charging._fail(payment.pk, "account_gone", shop.now)
    payment.refresh_from_db()
    assert payment.state == PaymentState.SUCCEEDED


def test_no_address_of_a_buyer_gets_into_the_log(shop: Paying, caplog: pytest.LogCaptureFixture) -> None:
    attempt = CheckoutAttempt.objects.create(
        subject=new_id(), purpose="gift", number=1, account_id=shop.account, currency="usd", idempotency_key="k",
        state="open", expires_at=NOW + timedelta(hours=1), created_at=NOW,
    )  # fmt: skip
    with caplog.at_level(logging.ERROR):
        orders._out_of_reach(attempt, Misused("email_invalid", "Invalid email address: kim@example"), NOW)
    assert "email_invalid" in caplog.text
    assert "kim@example" not in caplog.text


def test_a_payment_at_the_edge_of_what_is_compared_does_not_differ(shop: Paying, booked: Appointment) -> None:
    """Its page was opened before the edge, it was captured after."""
    payment = Payment.objects.get()
    edge = payment.captured_at
    assert edge is not None
    Payment.objects.update(captured_at=edge + timedelta(hours=2))
    since = edge + timedelta(hours=1)
    report = reconciling.reconcile(business=shop.business, now=shop.now, reach=timezone.now() - since)
    assert report.checked == 1
    assert report.problems == []
    assert not Concern.objects.exists()
