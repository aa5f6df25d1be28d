"""Refunds at the sandbox: asked once, followed to their end, also those made in the Dashboard."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from billing.enums import PaymentState, RefundReason, RefundState
from billing.models import Concern, Refund
from billing.selectors import ledger
from billing.services import refunds
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.money import make_payment
from tests.billing.stripe_money import Till, make_till
from tests.factories import CLIENT, NOW, STAFF

if TYPE_CHECKING:
    from daybook.sandbox.stripe.server import StripeSandbox


@pytest.fixture
def till(business: Business, stripe_sandbox: "StripeSandbox", platform_client: Any) -> Till:
    return make_till(business, stripe_sandbox, platform_client)


def test_s13_a_refund_is_asked_for_once_and_succeeds(till: Till) -> None:
    payment = till.pay(till.book(), fee=500)
    refund = refunds.by_staff(payment=payment, amount=5000, now=NOW, by=STAFF)
    till.work()
    till.work()
    refund.refresh_from_db()
    (there,) = till.refunds_at_stripe()
    assert (refund.state, refund.refund_id) == (RefundState.SUCCEEDED, there["id"])
    assert there["metadata"]["refund"] == str(refund.pk)
    till.hear()
    assert Refund.objects.count() == 1


def test_hc126_half_the_fee_goes_back_with_half_the_payment(till: Till) -> None:
    payment = till.pay(till.book(), fee=500)
    refunds.by_staff(payment=payment, amount=5000, now=NOW, by=STAFF)
    till.work()
    (fee,) = till.stripe.of(till.account, "application_fee") or till.stripe.of(None, "application_fee")
    assert fee["amount_refunded"] == 250


def test_hc126_without_a_fee_none_is_asked_back(till: Till) -> None:
    payment = till.pay(till.book())
    refunds.by_staff(payment=payment, amount=5000, now=NOW, by=STAFF)
    till.work()
    (request,) = till.stripe.requests("POST", "/v1/refunds")
    assert "refund_application_fee" not in str(request)


def test_hc114_an_answer_that_was_lost_is_asked_for_with_the_same_key(till: Till) -> None:
    payment = till.pay(till.book())
    till.stripe.fail("after-commit", path="/v1/refunds", times=3)
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    till.work()
    till.work()
    refund.refresh_from_db()
    assert len(till.refunds_at_stripe()) == 1
    assert refund.state == RefundState.SUCCEEDED
    assert payment.appointment is not None
    payment.appointment.refresh_from_db()
    assert payment.appointment.payment_status == "refunded"


def test_s20_a_burst_of_429_and_500_ends_in_one_refund(till: Till) -> None:
    payment = till.pay(till.book())
    till.stripe.fail("status", path="/v1/refunds", times=1, status=429)
    till.stripe.fail("status", path="/v1/refunds", times=3, status=500)
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    for _ in range(4):
        till.work()
    refund.refresh_from_db()
    assert (len(till.refunds_at_stripe()), refund.state) == (1, RefundState.SUCCEEDED)


def test_s14_a_refund_that_was_on_its_way_fails_days_later(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment, card="4000000000005126")
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    till.hear()
    refund.refresh_from_db()
    assert refund.state in (RefundState.PENDING, RefundState.SUCCEEDED)
    till.stripe.settle()
    till.hear(NOW + timedelta(days=3))
    refund.refresh_from_db()
    appointment.refresh_from_db()
    assert refund.state == RefundState.FAILED
    assert (ledger.left_to_refund(payment), appointment.payment_status) == (10000, "paid")
    assert Concern.objects.get(closed_at__isnull=True).kind == "refund_failed"


def test_s14_a_refund_that_is_pending_is_looked_at_again_without_a_webhook(till: Till) -> None:
    payment = till.pay(till.book(), card="4000000000007726")
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    refund.refresh_from_db()
    assert refund.state == RefundState.PENDING
    till.stripe.settle()
    till.stripe.take()  # its webhooks are lost
    till.work(NOW + timedelta(days=1))
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED


def test_s15_hc116_a_refund_made_in_the_dashboard_is_taken_over(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment)
    till.stripe.refund_in_dashboard(payment.payment_intent_id, 4000)
    till.hear()
    refund = Refund.objects.get()
    appointment.refresh_from_db()
    assert (refund.reason, refund.amount, refund.state) == (RefundReason.OUTSIDE, 4000, RefundState.SUCCEEDED)
    assert (ledger.left_to_refund(payment), appointment.payment_status) == (6000, "partially_refunded")


def test_s15_the_same_events_again_change_nothing(till: Till) -> None:
    payment = till.pay(till.book())
    till.stripe.refund_in_dashboard(payment.payment_intent_id, 4000)
    till.hear()
    for event in [e for e in till.stripe.events() if "refund" in e["type"]]:
        till.stripe.redeliver(event["id"])
    till.hear()
    assert Refund.objects.count() == 1


def test_hc115_stripe_refuses_because_it_was_refunded_there(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment)
    till.stripe.refund_in_dashboard(payment.payment_intent_id)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=CLIENT)
    till.work()
    appointment.refresh_from_db()
    states = dict(Refund.objects.values_list("reason", "state"))
    assert appointment.status == "cancelled"
    assert states == {RefundReason.POLICY: RefundState.FAILED, RefundReason.OUTSIDE: RefundState.SUCCEEDED}
    assert (ledger.refunded(appointment), appointment.payment_status) == (10000, "refunded")


def test_hc115_a_refused_refund_leaves_the_appointment_cancelled_and_can_be_tried_again(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment)
    till.stripe.fail("status", path="/v1/refunds", times=1, status=400, code="balance_insufficient")
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=CLIENT)
    till.work()
    refund = Refund.objects.get()
    appointment.refresh_from_db()
    assert (appointment.status, refund.state, refund.failure_code) == ("cancelled", "failed", "balance_insufficient")
    assert Concern.objects.filter(kind="refund_failed", closed_at__isnull=True).count() == 1

    refunds.try_again(refund=refund, now=NOW, by=STAFF)
    till.work()
    assert ledger.left_to_refund(payment) == 0
    appointment.refresh_from_db()
    assert appointment.payment_status == "refunded"


def test_s19_an_old_payment_is_refunded_on_the_account_where_it_was_made(till: Till) -> None:
    from tenants.models import StripeAccount

    payment = till.pay(till.book())
    fresh = till.stripe.connect(display_name="Acme again")
    StripeAccount.objects.filter(business=till.business).update(current=False, ended_at=NOW, ended="replaced")
    StripeAccount.objects.create(business=till.business, account_id=fresh, key="again", can_charge=True, created_at=NOW)
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert len(till.stripe.of(till.account, "refund")) == 1
    assert till.stripe.of(fresh, "refund") == []


def test_s19_a_disconnected_account_fails_the_refund_and_tells_a_person(till: Till) -> None:
    payment = till.pay(till.book())
    till.stripe.deauthorize(till.account)
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    refund.refresh_from_db()
    assert (refund.state, refund.failure_code) == (RefundState.FAILED, "account_gone")
    assert Concern.objects.get().kind == "refund_failed"


def test_s26_parameters_that_changed_under_a_key_alarm_and_are_left_to_a_person(till: Till) -> None:
    payment = till.pay(till.book())
    till.stripe.fail("status", path="/v1/refunds", times=1, status=400, code="parameter_unknown")
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    till.work()
    refund.refresh_from_db()
    assert refund.state == RefundState.REQUESTED
    assert Concern.objects.get().kind == "refund_misused"
    assert ledger.left_to_refund(payment) == 0


def test_hc107_nothing_due_means_no_call(till: Till) -> None:
    appointment = till.book()
    appointment.policy = {
        **appointment.policy,
        "tiers": [{"hours_before_start": 0, "fee_percentage": 0, "fee_fixed": 500}],
    }
    appointment.save()
    make_payment(appointment, 400, account_id=till.account)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=CLIENT)
    till.work()
    assert Refund.objects.count() == 0
    assert till.calls("/v1/refunds") == 0


def test_what_was_never_captured_is_not_refunded(till: Till) -> None:
    appointment = till.book()
    make_payment(appointment, 400, state=PaymentState.PENDING)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=STAFF)
    till.work()
    assert till.calls("/v1/refunds") == 0
