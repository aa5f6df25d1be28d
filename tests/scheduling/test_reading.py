"""What staff read of appointments; busy times as they are kept."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from daybook.core.errors import Forbidden, NotFound
from scheduling.selectors import appointments as reading
from scheduling.services.busy import add_busy
from tenants.models import Business
from tests.factories import make_appointment, make_member, make_provider, make_service

MORNING = datetime(2027, 6, 7, 9, tzinfo=UTC)


@pytest.fixture
def day(business: Business) -> dict[str, Any]:
    """Monday's appointments of two providers, in several states, by name."""
    ana, marco = make_provider(business), make_provider(business, "Marco Vitale")
    service = make_service(business, providers=[ana, marco])

    def at(hour: int, provider: Any, status: str) -> Any:
        start = MORNING + timedelta(hours=hour)
        return make_appointment(business, service, provider, start, status=status, email=f"{uuid4().hex}@example.test")

    return {
        "ana": ana,
        "done": at(0, ana, "completed"),
        "next": at(1, ana, "confirmed"),
        "asked": at(2, marco, "pending_approval"),
        "held": at(3, marco, "held"),
        "gone": at(4, ana, "cancelled"),
        "tomorrow": at(24, marco, "confirmed"),
    }


def test_today_shows_what_takes_place_and_what_is_held(business: Business, day: dict[str, Any]) -> None:
    held_until = day["held"].hold_expires_at
    found = reading.today(business, None, now=MORNING)
    assert found == [day["done"], day["next"], day["asked"]]
    first, last = MORNING, MORNING + timedelta(days=1)
    assert day["held"] in reading.between(None, first, last, now=held_until - timedelta(seconds=1))


def test_next_up_and_waiting(business: Business, day: dict[str, Any]) -> None:
    assert reading.next_up(None, now=MORNING) == [day["next"], day["tomorrow"]]
    assert reading.next_up(None, now=MORNING, most=1) == [day["next"]]
    assert reading.waiting(None, now=MORNING) == [day["asked"]]
    assert reading.waiting(None, now=MORNING + timedelta(hours=2)) == []


def test_days_are_local_to_the_business(business: Business, day: dict[str, Any]) -> None:
    business.timezone = "Pacific/Kiritimati"  # UTC+14: nine in the morning in UTC is late in the evening
    assert reading.today(business, None, now=MORNING) == [day["done"]]


def test_providers_see_their_own(business: Business, day: dict[str, Any]) -> None:
    me = make_member(business, "provider", provider=day["ana"])
    nobody = make_member(business, "provider", email="new@acme.test")
    assert reading.today(business, me, now=MORNING) == [day["done"], day["next"]]
    assert reading.today(business, nobody, now=MORNING) == []
    assert reading.access_appointment(me, day["next"].pk) == day["next"]
    with pytest.raises(Forbidden):
        reading.access_appointment(me, day["asked"].pk)
    with pytest.raises(NotFound):
        reading.access_appointment(me, uuid4())


def test_a_day_is_one_query(
    business: Business, day: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert [row.service.name + row.provider.name for row in reading.today(business, None, now=MORNING)]


def test_busy_times_are_floored_and_ceiled_to_minutes(business: Business) -> None:
    second = timedelta(seconds=1)
    busy = add_busy(
        provider_id=make_provider(business).pk,
        start=MORNING + second, end=MORNING + timedelta(minutes=5) + second, source="test",
    )  # fmt: skip
    assert (busy.starts_at, busy.ends_at) == (MORNING, MORNING + timedelta(minutes=6))
    whole = add_busy(provider_id=busy.provider_id, start=MORNING, end=MORNING + timedelta(minutes=5), source="test")
    assert (whole.starts_at, whole.ends_at) == (MORNING, MORNING + timedelta(minutes=5))
