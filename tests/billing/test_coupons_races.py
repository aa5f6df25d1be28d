"""The last use of a coupon, the last visit of a package, the last of a gift certificate: one gets it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from billing.enums import LIVE_USES
from billing.models import ClientPackage, Coupon, GiftCertificate, PriceUse
from billing.selectors import uses
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.prices_world import EMAIL, World, make_coupon
from tests.factories import NOW, at
from tests.faults.racing import racers, server_deadlocks, winners
from tests.widget.asking import Asker

CALLERS = 4
NINE = at("2027-06-07T09:00:00-04:00")
Thing = Coupon | ClientPackage | GiftCertificate


@pytest.fixture
def world(committed: Business) -> World:
    return World(committed)


def holds(world: World) -> list[Appointment]:
    """Held times of as many clients, at the same provider one after the other."""
    return [world.hold(NINE + timedelta(hours=2 * number)) for number in range(CALLERS)]


def coupon(world: World) -> tuple[Thing, str]:
    return make_coupon("LAST", most_uses=1), "LAST"


def visit(world: World) -> tuple[Thing, str]:
    package = world.package(quantity=1)
    return package, world.code(package)


def value(world: World) -> tuple[Thing, str]:
    gift = world.gift(10000)
    return gift, world.code(gift)


@pytest.mark.parametrize("make", [coupon, visit, value])
def test_the_last_use_is_given_once(world: World, make: Callable[[World], tuple[Thing, str]]) -> None:
    before, (thing, code) = server_deadlocks(), make(world)
    held = holds(world)
    with racers(world.business, CALLERS) as pool:
        outcomes = pool.race([lambda one=one: world.apply(one, code, email=EMAIL) for one in held])  # type: ignore[misc]
    assert len(winners(outcomes)) == 1
    assert {str(getattr(o.refusal, "reason", "")) for o in outcomes if not o.won} <= {"used_up", "empty"}
    assert PriceUse.objects.filter(state__in=LIVE_USES).count() == 1
    match thing:
        case Coupon():
            assert uses.uses_of(thing) == 1
        case ClientPackage():
            assert uses.left_of(thing) == 0
        case GiftCertificate():
            assert uses.balance_of(thing) == 0
    assert server_deadlocks() == before


def test_the_same_click_twice_uses_a_code_once(world: World) -> None:
    make_coupon("TWICE")
    held = world.hold()
    with racers(world.business, CALLERS) as pool:
        outcomes = pool.race([lambda: world.apply(held, "TWICE")] * CALLERS)
    assert len(winners(outcomes)) == CALLERS
    assert PriceUse.objects.filter(state__in=LIVE_USES).count() == 1


def test_one_client_in_two_tabs_has_his_one_use_once(world: World) -> None:
    make_coupon("MINE", most_per_client=1)
    held = holds(world)[:2]
    for one in held:
        world.apply(one, "MINE")  # nobody knows yet that both are the same person
    with racers(world.business, 2) as pool:
        outcomes = pool.race([lambda one=one: world.book(one) for one in held])  # type: ignore[misc]
    assert len(winners(outcomes)) == 1
    assert Appointment.objects.filter(status="confirmed").count() == 1


def test_hc083_twins_with_one_key_and_a_code_are_answered_the_same(
    world: World, clock: Callable[[datetime], None]
) -> None:
    clock(NOW)
    make_coupon("TWINS")
    asker = Asker(world.business)
    with racers(world.business, CALLERS) as pool:
        outcomes = pool.race([lambda: asker.book(world.cut, NINE.isoformat(), key="k", coupon_code="TWINS")] * CALLERS)
    answers = [outcome.value for outcome in outcomes]
    assert [answer.status_code for answer in answers] == [201] * CALLERS, [answer.content for answer in answers]
    assert len({answer.json()["appointment"]["id"] for answer in answers}) == 1
    assert {answer.json()["appointment"]["discount"] for answer in answers} == {1000}
    assert Appointment.objects.count() == PriceUse.objects.count() == 1
