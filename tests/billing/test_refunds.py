"""Refunds that staff ask for, before anybody is asked outside."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection

from billing.enums import Method, RefundReason, RefundState
from billing.errors import Disputed, NotRefundable, RefundTooLarge
from billing.models import Payment, Refund
from billing.selectors import ledger
from billing.services import refunds
from daybook.core.errors import Conflict
from daybook.core.outbox.models import OutboxRow
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.money import make_dispute, make_payment, make_refund
from tests.factories import NOW, STAFF, make_appointment, make_provider, make_service, open_week


def appointment_of(business: Business) -> Appointment:
    ana = make_provider(business)
    cut = make_service(business, providers=[ana])
    open_week(ana)
    return make_appointment(business, cut, ana, "2027-06-07T10:00:00-04:00")


@pytest.fixture
def booked(business: Business) -> Appointment:
    return appointment_of(business)


def asked() -> list[str]:
    return list(OutboxRow.objects.filter(kind=refunds.ASK).values_list("dedupe_key", flat=True))


def test_hc112_staff_refund_within_what_is_left(booked: Appointment) -> None:
    payment = make_payment(booked, 10000)
    with pytest.raises(RefundTooLarge) as first:
        refunds.by_staff(payment=payment, amount=12000, now=NOW, by=STAFF)
    assert first.value.status == 422
    assert asked() == []

    refund = refunds.by_staff(payment=payment, amount=4000, now=NOW, by=STAFF, note="Late start")
    assert (refund.state, refund.made_by, refund.note) == (RefundState.REQUESTED, "Rosa Marín", "Late start")
    with pytest.raises(RefundTooLarge) as second:
        refunds.by_staff(payment=payment, amount=7000, now=NOW, by=STAFF)

    assert second.value.details["left"] == 6000
    assert asked() == [f"refund.ask:{refund.pk}"]
    booked.refresh_from_db()
    assert booked.payment_status == "partially_refunded"


def test_s13_the_same_form_twice_is_one_refund(booked: Appointment) -> None:
    payment = make_payment(booked, 10000)
    refunds.by_staff(payment=payment, amount=4000, now=NOW, by=STAFF, seen_left=10000)
    with pytest.raises(Conflict):
        refunds.by_staff(payment=payment, amount=4000, now=NOW, by=STAFF, seen_left=10000)
    assert ledger.left_to_refund(payment) == 6000
    assert Refund.objects.count() == 1


def test_the_history_says_who_refunded_how_much(booked: Appointment) -> None:
    refunds.by_staff(payment=make_payment(booked, 10000), amount=4000, now=NOW, by=STAFF)
    event = booked.events.order_by("id").last()
    assert event is not None
    assert (event.action, event.actor_name, event.detail["amount"]) == ("refund_requested", "Rosa Marín", 4000)


def test_hc126_the_platforms_fee_goes_back_in_proportion(booked: Appointment) -> None:
    payment = make_payment(booked, 10000, application_fee=500)
    assert refunds.by_staff(payment=payment, amount=5000, now=NOW, by=STAFF).application_fee == 250


def test_cash_that_was_given_back_is_marked_and_nobody_is_asked(booked: Appointment) -> None:
    payment = make_payment(booked, 10000, method=Method.CASH)
    refund = refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    assert (refund.state, refund.settled_at) == (RefundState.SUCCEEDED, NOW)
    assert asked() == []


def test_hc133_nothing_is_refunded_while_a_dispute_is_open(booked: Appointment) -> None:
    payment = make_payment(booked, 10000)
    make_dispute(payment, 10000)
    with pytest.raises(Disputed):
        refunds.by_staff(payment=payment, amount=100, now=NOW, by=STAFF)
    assert refunds.give_back_all(payment, reason=RefundReason.POLICY, now=NOW) is None


def test_hc115_a_refund_that_failed_is_asked_for_once_more_with_another_key(booked: Appointment) -> None:
    payment = make_payment(booked, 10000)
    failed = make_refund(payment, 4000, RefundState.FAILED, idempotency_key="refund:old")
    fresh = refunds.try_again(refund=failed, now=NOW, by=STAFF)
    assert (fresh.amount, fresh.state) == (4000, RefundState.REQUESTED)
    assert fresh.idempotency_key != failed.idempotency_key
    with pytest.raises(NotRefundable):
        refunds.try_again(refund=fresh, now=NOW, by=STAFF)


def test_several_payments_give_back_together_the_online_ones_first(booked: Appointment) -> None:
    cash = make_payment(booked, 4000, method=Method.CASH)
    card = make_payment(booked, 6000)
    order = refunds.refundable([cash, card])
    made = refunds.request_from(order, 7000, reason=RefundReason.POLICY, now=NOW, by=STAFF)
    assert [(one.payment_id, one.amount) for one in made] == [(card.pk, 6000), (cash.pk, 1000)]


def test_s13_two_of_staff_who_refund_at_once_never_give_more_than_was_captured(committed: Business) -> None:
    payment = make_payment(appointment_of(committed), 10000)
    outcomes: list[str] = []

    def refund() -> None:
        connection.set_tenant(committed)  # type: ignore[attr-defined]
        try:
            refunds.by_staff(payment=Payment.objects.get(pk=payment.pk), amount=6000, now=NOW, by=STAFF)
            outcomes.append("done")
        except RefundTooLarge:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=refund) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
    assert ledger.left_to_refund(payment) == 4000
    assert Refund.objects.count() == 1


def test_a_payment_of_no_appointment_is_refunded_too(business: Business) -> None:
    payment: Any = make_payment(None, 5000)
    refunds.by_staff(payment=payment, amount=5000, now=NOW, by=STAFF)
    assert ledger.left_to_refund(payment) == 0
