"""Gift certificates: a value that is redeemed in parts and comes back with a cancellation."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from billing.enums import OrderState
from billing.errors import CodeRefused
from billing.selectors import uses
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.prices_world import World, bill_of, make_coupon, states
from tests.factories import CLIENT, NOW, STAFF, at

TEN, ELEVEN = "2027-06-07T10:00:00-04:00", "2027-06-07T11:00:00-04:00"
START = at("2027-06-07T09:00:00-04:00")


@pytest.fixture
def world(business: Business) -> World:
    return World(business)


def reason(act: Callable[[], Any]) -> str:
    with pytest.raises(CodeRefused) as refusal:
        act()
    return refusal.value.reason


def test_a_gift_certificate_is_redeemed_in_parts(world: World) -> None:
    gift = world.gift(15000)
    first = world.hold()
    bill = world.apply(first, world.code(gift))
    assert (bill.covered, bill.to_pay, uses.balance_of(gift)) == (10000, 0, 5000)
    second = world.hold(TEN)
    bill = world.apply(second, world.code(gift))
    assert (bill.covered, bill.to_pay, uses.balance_of(gift)) == (5000, 5000, 0)
    assert bill.covered_by == f"Gift certificate …{gift.code_end}"
    assert reason(lambda: world.apply(world.hold(ELEVEN), world.code(gift))) == "empty"


def test_a_coupon_typed_later_leaves_more_on_the_gift_certificate(world: World) -> None:
    gift = world.gift(15000)
    make_coupon("HALF", percent=50)
    held = world.hold()
    world.apply(held, world.code(gift))
    bill = world.apply(held, "half")
    assert (bill.discount, bill.covered, bill.to_pay, uses.balance_of(gift)) == (5000, 5000, 0, 10000)


def test_a_coupon_of_everything_leaves_the_gift_certificate_alone(world: World) -> None:
    gift = world.gift(15000)
    make_coupon("ALL", percent=100)
    held = world.hold()
    world.apply(held, world.code(gift))
    assert world.apply(held, "ALL").covered == 0
    assert uses.balance_of(gift) == 15000


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"state": OrderState.ORDERED}, "stopped"),
        ({"state": OrderState.STOPPED}, "stopped"),
        ({"expires_on": NOW.date() - timedelta(days=1)}, "over"),
    ],
)
def test_a_gift_certificate_that_does_not_hold_says_why(world: World, values: dict[str, Any], expected: str) -> None:
    gift = world.gift(**values)
    assert reason(lambda: world.apply(world.hold(), world.code(gift))) == expected


@pytest.mark.parametrize(
    ("before", "by", "balance"),
    [
        (timedelta(hours=48), CLIENT, 15000),
        (timedelta(hours=24), CLIENT, 10000),
        (timedelta(hours=3), CLIENT, 5000),
        (timedelta(hours=3), STAFF, 15000),
    ],
)
def test_cancelling_gives_back_what_the_policy_gives_back(
    world: World, before: timedelta, by: Any, balance: int
) -> None:
    gift = world.gift(15000)
    held = world.hold()
    world.apply(held, world.code(gift))
    booked = world.book(held)
    transitions.cancel(business=world.business, appointment=booked, now=START - before, by=by)
    assert uses.balance_of(gift) == balance
    transitions.restore(business=world.business, appointment=booked, now=START - before, by=STAFF)
    assert (uses.balance_of(gift), bill_of(booked).covered, states(booked)) == (5000, 10000, ["used"])


def test_what_is_restored_is_paid_by_what_the_gift_certificate_still_has(world: World) -> None:
    gift = world.gift(15000)
    held = world.hold()
    world.apply(held, world.code(gift))
    booked = world.book(held)
    transitions.cancel(business=world.business, appointment=booked, now=NOW, by=STAFF)
    world.apply(world.hold(TEN), world.code(gift))
    transitions.restore(business=world.business, appointment=booked, now=NOW, by=STAFF)
    assert (bill_of(booked).covered, bill_of(booked).to_pay, uses.balance_of(gift)) == (5000, 5000, 0)
