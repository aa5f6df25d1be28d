"""What came, what went back, what is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.enums import Method, PaymentState, Purpose, RefundState
from billing.selectors import ledger
from billing.selectors.ledger import Sums
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.money import make_dispute, make_payment, make_refund
from tests.factories import NOW, make_appointment, make_provider, make_service, open_week


@pytest.fixture
def booked(business: Business) -> Callable[[int], Appointment]:
    ana = make_provider(business)
    cut = make_service(business, providers=[ana])
    open_week(ana)
    return lambda hour: make_appointment(business, cut, ana, f"2027-06-07T{hour:02d}:00:00-04:00")


def test_without_payments_all_sums_are_zero(booked: Callable[[int], Appointment]) -> None:
    appointment = booked(9)
    assert ledger.sums(appointment) == Sums()
    assert ledger.standing(appointment).status == "unpaid"


def test_captured_is_kept_and_refunded_and_lost(booked: Callable[[int], Appointment]) -> None:
    appointment = booked(9)
    card = make_payment(appointment, 6000)
    make_payment(appointment, 4500, method=Method.CASH, tip=500, purpose=Purpose.BALANCE)
    make_payment(appointment, 9999, state=PaymentState.FAILED)
    make_payment(appointment, 777, state=PaymentState.UNKNOWN)
    make_refund(card, 1000)
    make_refund(card, 500, RefundState.REQUESTED)
    make_refund(card, 2000, RefundState.FAILED)
    make_dispute(card, 1500, "lost", closed_at=NOW)
    make_payment(appointment, 2500, purpose=Purpose.NO_SHOW_FEE)

    found = ledger.sums(appointment)

    assert found == Sums(
        captured=10500, refunded=1500, lost=1500, tips=500, fees=2500, moving=500, pending=777, failed=True
    )
    assert found.kept == 7500
    assert (ledger.captured(appointment), ledger.refunded(appointment), ledger.kept(appointment)) == (10500, 1500, 7500)
    assert ledger.left_to_refund(card) == 4500


def test_a_failed_refund_is_left_to_refund_again(booked: Callable[[int], Appointment]) -> None:
    payment = make_payment(booked(9), 6000)
    make_refund(payment, 6000, RefundState.FAILED)
    assert ledger.left_to_refund(payment) == 6000


def test_nothing_is_left_of_what_was_not_captured(booked: Callable[[int], Appointment]) -> None:
    assert ledger.left_to_refund(make_payment(booked(9), 6000, state=PaymentState.PENDING)) == 0


@pytest.mark.parametrize(
    ("paid", "back", "status"),
    [
        (0, 0, "unpaid"),
        (3000, 0, "deposit_paid"),
        (10000, 0, "paid"),
        (10000, 2500, "partially_refunded"),
        (10000, 10000, "refunded"),
    ],
)
def test_the_payment_status_follows_the_ledger(
    booked: Callable[[int], Appointment], paid: int, back: int, status: str
) -> None:
    appointment = booked(9)
    if paid:
        payment = make_payment(appointment, paid)
        if back:
            make_refund(payment, back)
    assert ledger.standing(appointment).status == status


def test_a_dispute_shows_while_it_is_open(booked: Callable[[int], Appointment]) -> None:
    appointment = booked(9)
    dispute = make_dispute(make_payment(appointment, 10000), 10000)
    assert ledger.standing(appointment).status == "disputed"
    dispute.status, dispute.closed_at = "won", NOW
    dispute.save()
    assert ledger.standing(appointment).status == "paid"


@pytest.mark.parametrize("status", ["no_show", "cancelled", "declined"])
def test_of_what_does_not_take_place_no_price_is_due(booked: Callable[[int], Appointment], status: str) -> None:
    appointment = booked(9)
    make_payment(appointment, 3000)
    assert ledger.standing(appointment).due == 7000
    appointment.status = status
    found = ledger.standing(appointment)
    assert (found.due, found.status) == (0, "deposit_paid")


@pytest.mark.parametrize("count", [1, 3])
def test_the_sums_of_many_appointments_cost_as_much_as_of_one(
    booked: Callable[[int], Appointment], django_assert_num_queries: Any, count: int
) -> None:
    appointments = [booked(9 + n) for n in range(count)]
    for appointment in appointments:
        make_refund(make_payment(appointment, 5000), 1000)
    with django_assert_num_queries(4):
        found = ledger.standings(appointments)
    assert {one.refunded for one in found.values()} == {1000}


def test_a_client_has_sums_for_each_currency(booked: Callable[[int], Appointment]) -> None:
    appointment = booked(9)
    make_payment(appointment, 5000)
    make_payment(appointment, 700, currency="eur")
    assert appointment.client is not None
    found = ledger.sums_of_client(appointment.client)
    assert {currency: one.captured for currency, one in found.items()} == {"usd": 5000, "eur": 700}
