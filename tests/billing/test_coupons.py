"""Coupons: a code takes something off while the time is held, counts once it is booked, and comes back if it is not."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import CodeRefused, PriceSettled
from billing.models import PriceUse
from billing.selectors import uses
from billing.services import discounts
from daybook.core.actors import SYSTEM
from scheduling.errors import HoldExpired
from scheduling.models import Appointment
from scheduling.services import bookings, holds, transitions
from tenants.models import Business
from tests.billing.money import make_payment
from tests.billing.prices_world import EMAIL, NINE, World, bill_of, make_coupon, make_rate, states, tax_on_top
from tests.factories import CLIENT, NOW, STAFF, make_service

LATER = NOW + timedelta(minutes=11)


@pytest.fixture
def world(business: Business) -> World:
    return World(business)


def reason(act: Callable[[], Any]) -> str:
    with pytest.raises(CodeRefused) as refusal:
        act()
    return refusal.value.reason


def test_a_code_in_any_case_takes_its_share_off_the_bill(world: World) -> None:
    make_coupon("SPRING")
    held = world.hold()
    bill = world.apply(held, " spring ")
    assert (bill.price, bill.discount, bill.discount_name, bill.total) == (10000, 1000, "SPRING", 9000)
    assert states(held) == ["reserved"]


def test_tax_follows_the_coupon(world: World) -> None:
    make_rate("8.5")
    tax_on_top()
    make_coupon("FIVE", amount=500)
    bill = world.apply(world.hold(), "FIVE")
    assert (bill.discount, bill.tax_added, bill.total) == (500, 808, 10308)
    assert bill.tax_lines == [{"name": "VAT", "percent": "8.5", "inclusive": False, "base": 9500, "amount": 808}]


def test_another_coupon_takes_the_place_of_the_first(world: World) -> None:
    first, second = make_coupon("ONE"), make_coupon("TWO", amount=2500)
    held = world.hold()
    world.apply(held, "ONE")
    assert world.apply(held, "TWO").total == 7500
    assert (uses.uses_of(first), uses.uses_of(second)) == (0, 1)


def test_a_coupon_is_taken_off_again(world: World) -> None:
    coupon = make_coupon()
    held = world.hold()
    world.apply(held, "SPRING")
    bill = discounts.remove(business=world.business, appointment=held, coupon=True, now=NOW, by=CLIENT)
    assert (bill.discount, bill.discount_name, bill.total, uses.uses_of(coupon)) == (0, "", 10000, 0)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"active": False}, "stopped"),
        ({"starts_on": NOW.date() + timedelta(days=1)}, "early"),
        ({"ends_on": NOW.date() - timedelta(days=1)}, "over"),
        ({"least_price": 10001}, "price"),
        ({"most_uses": 0}, "used_up"),
    ],
)
def test_a_code_that_does_not_hold_says_why(world: World, values: dict[str, Any], expected: str) -> None:
    make_coupon(**values)
    held = world.hold()
    assert reason(lambda: world.apply(held, "SPRING")) == expected
    assert reason(lambda: world.apply(held, "WINTER")) == "unknown"
    assert states(held) == []


def test_dates_are_the_businesss_own_days(world: World) -> None:
    world.business.timezone = "America/New_York"
    make_coupon("TODAY", starts_on=NOW.date(), ends_on=NOW.date())
    held = world.hold()
    late = NOW.replace(hour=3) + timedelta(days=1)  # 23:00 in New York
    held.hold_expires_at = late + timedelta(hours=2)
    held.save()
    assert world.apply(held, "TODAY", now=late).discount == 1000
    assert reason(lambda: world.apply(held, "TODAY", now=late + timedelta(hours=1))) == "over"


def test_a_coupon_of_other_services_is_refused(world: World) -> None:
    other = make_service(world.business, "Colour", providers=[world.ana])
    make_coupon(services=[other.pk])
    assert reason(lambda: world.apply(world.hold(), "SPRING")) == "service"
    assert world.apply(world.hold("2027-06-07T12:00:00-04:00", service=other), "SPRING").discount == 1000


def test_a_use_counts_once_when_it_is_booked(world: World) -> None:
    coupon = make_coupon(most_uses=1)
    held = world.hold()
    world.apply(held, "SPRING")
    booked = world.book(held)
    assert (states(booked), bill_of(booked).total, uses.uses_of(coupon)) == (["used"], 9000, 1)
    other = world.hold("2027-06-07T11:00:00-04:00")
    assert reason(lambda: world.apply(other, "SPRING")) == "used_up"


def test_a_use_comes_back_when_the_hold_is_over_or_released(world: World) -> None:
    coupon = make_coupon(most_uses=1)
    held = world.hold()
    world.apply(held, "SPRING")
    transitions.expire(business=world.business, appointment=held, now=LATER)
    assert (states(held), uses.uses_of(coupon)) == (["returned"], 0)
    second = world.hold("2027-06-07T11:00:00-04:00")
    world.apply(second, "SPRING")
    holds.release(business=world.business, appointment=second, now=NOW, by=CLIENT)
    assert uses.uses_of(coupon) == 0


def test_a_hold_that_is_over_and_books_anyway_takes_its_code_again(world: World) -> None:
    coupon = make_coupon(most_uses=1)
    held = world.hold()
    world.apply(held, "SPRING")
    transitions.expire(business=world.business, appointment=held, now=LATER)
    held.refresh_from_db()
    booked = world.book(held, now=LATER)
    assert (states(booked), bill_of(booked).total, uses.uses_of(coupon)) == (["used"], 9000, 1)


def test_a_hold_that_is_over_does_not_book_with_a_code_that_somebody_else_has_now(world: World) -> None:
    make_coupon(most_uses=1)
    held = world.hold()
    world.apply(held, "SPRING")
    transitions.expire(business=world.business, appointment=held, now=LATER)
    held.refresh_from_db()
    world.apply(world.hold("2027-06-07T11:00:00-04:00", now=LATER), "SPRING", now=LATER)
    assert reason(lambda: world.book(held, now=LATER)) == "used_up"
    held.refresh_from_db()
    assert held.status == "expired"


def test_what_was_paid_is_booked_whatever_became_of_its_code(world: World) -> None:
    make_coupon(most_uses=1)
    held = world.hold()
    world.apply(held, "SPRING", email=EMAIL)
    world.book(held)
    Appointment.objects.filter(pk=held.pk).update(status="expired")
    PriceUse.objects.update(state="returned")
    world.apply(world.hold("2027-06-07T11:00:00-04:00"), "SPRING")
    bookings.confirm(business=world.business, appointment=held, now=NOW, by=SYSTEM)
    assert states(held) == ["used"]


def test_a_client_uses_a_code_as_often_as_he_may(world: World) -> None:
    make_coupon(most_per_client=1)
    first = world.hold()
    world.apply(first, "SPRING", email=" Kim@Example.test")
    world.book(first)
    second = world.hold("2027-06-07T11:00:00-04:00")
    assert reason(lambda: world.apply(second, "SPRING", email=EMAIL)) == "used_by_client"
    world.apply(second, "SPRING")  # nobody knows yet who it is
    assert reason(lambda: world.book(second)) == "used_by_client"
    assert world.book(second, email="lou@example.test").status == "confirmed"


def test_cancelling_what_was_not_paid_gives_the_use_back(world: World) -> None:
    coupon = make_coupon(most_uses=1)
    held = world.hold()
    world.apply(held, "SPRING")
    booked = world.book(held)
    transitions.cancel(business=world.business, appointment=booked, now=NOW, by=CLIENT)
    assert uses.uses_of(coupon) == 0
    transitions.restore(business=world.business, appointment=booked, now=NOW, by=STAFF)
    assert (states(booked), uses.uses_of(coupon)) == (["used"], 1)


@pytest.mark.parametrize(("by", "left"), [(CLIENT, 1), (STAFF, 0)])
def test_cancelling_what_was_paid_keeps_the_use_unless_the_business_cancels(world: World, by: Any, left: int) -> None:
    coupon = make_coupon()
    held = world.hold()
    world.apply(held, "SPRING")
    booked = world.book(held)
    make_payment(booked, 9000)
    transitions.cancel(business=world.business, appointment=booked, now=NOW, by=by)
    assert uses.uses_of(coupon) == left


def test_a_booked_price_is_the_staffs_to_change_until_it_is_paid(world: World) -> None:
    make_coupon()
    booked = world.book(world.hold())
    with pytest.raises(PriceSettled):
        world.apply(booked, "SPRING")
    assert world.apply(booked, "SPRING", by=STAFF).total == 9000
    assert states(booked) == ["used"]
    make_payment(booked, 9000)
    with pytest.raises(PriceSettled):
        world.apply(booked, "SPRING", by=STAFF)


def test_a_hold_that_is_over_takes_no_codes(world: World) -> None:
    make_coupon()
    held = world.hold()
    transitions.expire(business=world.business, appointment=held, now=LATER)
    with pytest.raises(HoldExpired):
        world.apply(held, "SPRING", now=LATER)


def test_a_new_hold_takes_over_the_codes_of_the_old_one(world: World) -> None:
    coupon = make_coupon()
    old = world.hold()
    world.apply(old, "SPRING")
    transitions.expire(business=world.business, appointment=old, now=LATER)
    fresh = world.hold(NINE, now=LATER)
    assert discounts.carry(business=world.business, old=old, fresh=fresh, now=LATER, by=CLIENT)
    assert bill_of(fresh).total == 9000
    coupon.active = False
    coupon.save()
    last = world.hold("2027-06-07T11:00:00-04:00", now=LATER)
    assert not discounts.carry(business=world.business, old=old, fresh=last, now=LATER, by=CLIENT)


def test_s22_hc128_a_coupon_of_the_whole_price_leaves_nothing_to_pay_online(world: World) -> None:
    world.cut.payment_modes = ["full"]
    world.cut.save()
    make_coupon("FREE", percent=Decimal(100))
    held = world.hold()
    held.payment_mode, held.amount_due_now = "full", 10000
    held.save()
    bill = world.apply(held, "FREE")
    held.refresh_from_db()
    assert (bill.total, bill.to_pay, bill.due_now, held.amount_due_now) == (0, 0, 0, 0)


def test_booking_without_a_code_asks_one_question_more(
    world: World, django_assert_num_queries: Callable[[int], Any]
) -> None:
    held = world.hold()
    with django_assert_num_queries(1):
        discounts.count(business=world.business, appointment=held, now=NOW, by=CLIENT)
