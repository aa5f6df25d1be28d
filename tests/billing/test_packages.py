"""Packages: visits or minutes that were bought before; redeemed at booking, given back or lost afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from billing.enums import OrderState
from billing.errors import CodeRefused
from billing.models import ClientPackage
from billing.selectors import uses
from billing.services import codes, discounts
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.prices_world import EMAIL, World, bill_of, states
from tests.factories import CLIENT, NOW, STAFF, at, make_service

TEN, ELEVEN = "2027-06-07T10:00:00-04:00", "2027-06-07T11:00:00-04:00"
START = at("2027-06-07T09:00:00-04:00")


@pytest.fixture
def world(business: Business) -> World:
    return World(business)


def reason(act: Callable[[], Any]) -> str:
    with pytest.raises(CodeRefused) as refusal:
        act()
    return refusal.value.reason


def test_a_visit_pays_the_whole_appointment(world: World) -> None:
    package = world.package()
    held = world.hold()
    bill = world.apply(held, world.code(package).lower().replace("-", " "), email=EMAIL.upper())
    assert (bill.total, bill.covered, bill.covered_by, bill.to_pay) == (10000, 10000, "Five cuts", 0)
    booked = world.book(held)
    assert (states(booked), uses.left_of(package)) == (["used"], 4)


def test_minutes_are_taken_as_long_as_the_appointment_lasts(world: World) -> None:
    package = world.package(unit="minutes", quantity=90)
    held = world.hold()
    assert world.apply(held, world.code(package), email=EMAIL).to_pay == 0
    assert uses.left_of(package) == 30
    assert reason(lambda: world.apply(world.hold(TEN), world.code(package), email=EMAIL)) == "empty"


def test_a_package_belongs_to_its_clients_address(world: World) -> None:
    package = world.package()
    held = world.hold()
    assert reason(lambda: world.apply(held, world.code(package))) == "person"
    assert reason(lambda: world.apply(held, world.code(package), email="lou@example.test")) == "person"
    world.apply(held, world.code(package), email=EMAIL)
    assert reason(lambda: world.book(held, email="lou@example.test")) == "person"
    assert world.book(held).status == "confirmed"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"state": OrderState.STOPPED}, "stopped"),
        ({"state": OrderState.ORDERED}, "stopped"),
        ({"expires_on": START.date() - timedelta(days=1)}, "over"),
    ],
)
def test_a_package_that_does_not_hold_says_why(world: World, values: dict[str, Any], expected: str) -> None:
    package = world.package(**values)
    assert reason(lambda: world.apply(world.hold(), world.code(package), email=EMAIL)) == expected


def test_a_package_holds_on_its_last_day_and_for_its_services(world: World) -> None:
    other = make_service(world.business, "Colour", providers=[world.ana])
    package = world.package(expires_on=START.date(), services=[other.pk])
    assert reason(lambda: world.apply(world.hold(), world.code(package), email=EMAIL)) == "service"
    held = world.hold(TEN, service=other)
    assert world.apply(held, world.code(package), email=EMAIL).to_pay == 0


def test_staff_redeem_a_package_without_its_code(world: World) -> None:
    package = world.package(client_email="")
    booked = world.book(world.hold())
    bill = discounts.redeem(business=world.business, appointment=booked, found=package, now=NOW, by=STAFF)
    assert (bill.to_pay, uses.left_of(package), states(booked)) == (0, 4, ["used"])


def booked_with(world: World, package: ClientPackage) -> Any:
    held = world.hold()
    world.apply(held, world.code(package), email=EMAIL)
    return world.book(held)


@pytest.mark.parametrize(
    ("before", "by", "left"),
    [
        (timedelta(hours=48), CLIENT, 5),
        (timedelta(hours=48) - timedelta(seconds=1), CLIENT, 4),
        (timedelta(hours=3), CLIENT, 4),
        (timedelta(hours=3), STAFF, 5),
    ],
)
def test_a_visit_comes_back_when_cancelling_costs_nothing(world: World, before: timedelta, by: Any, left: int) -> None:
    package = world.package()
    booked = booked_with(world, package)
    transitions.cancel(business=world.business, appointment=booked, now=START - before, by=by)
    assert uses.left_of(package) == left


def test_not_coming_loses_the_visit_and_undoing_that_does_not_take_another(world: World) -> None:
    package = world.package()
    booked = booked_with(world, package)
    transitions.no_show(business=world.business, appointment=booked, now=START, by=STAFF)
    assert (states(booked), uses.left_of(package)) == (["lost"], 4)
    transitions.restore(business=world.business, appointment=booked, now=START, by=STAFF)
    assert (states(booked), uses.left_of(package), bill_of(booked).to_pay) == (["used"], 4, 0)


def test_what_is_restored_is_to_be_paid_when_the_package_is_empty_by_then(world: World) -> None:
    package = world.package(quantity=1)
    booked = booked_with(world, package)
    transitions.cancel(business=world.business, appointment=booked, now=NOW, by=STAFF)
    other = world.hold(TEN)
    world.apply(other, world.code(package), email=EMAIL)
    transitions.restore(business=world.business, appointment=booked, now=NOW, by=STAFF)
    assert (bill_of(booked).covered, bill_of(booked).to_pay) == (0, 10000)
    assert uses.left_of(package) == 0


def test_a_visit_comes_back_when_the_hold_is_over(world: World) -> None:
    package = world.package()
    held = world.hold()
    world.apply(held, world.code(package), email=EMAIL)
    transitions.expire(business=world.business, appointment=held, now=NOW + timedelta(minutes=11))
    assert uses.left_of(package) == 5


def test_a_new_code_makes_the_old_one_worthless(world: World) -> None:
    package = world.package()
    old = world.code(package)
    package.generation += 1
    codes.stamp(world.business, package)
    package.save()
    assert reason(lambda: world.apply(world.hold(), old, email=EMAIL)) == "unknown"
    assert len(codes.plain(world.code(package))) == 16
    assert old not in str(ClientPackage.objects.values())
