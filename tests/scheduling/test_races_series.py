"""A series against somebody else who wants one of its times, with real commits: every date has one winner, and says so."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from scheduling.domain.recurrence import Recurrence
from scheduling.enums import Status
from scheduling.models import Appointment
from scheduling.services import series
from scheduling.services.clients import clean_details
from scheduling.services.placing import Wish
from scheduling.services.series import Outcome, Part
from tenants.models import Business
from tests.factories import NOW, STAFF
from tests.faults import invariants
from tests.faults.racing import racers
from tests.scheduling.race_world import World, world

DATES = 6


def booking(here: World, nonce: object, email: str) -> Outcome:
    return series.book(
        business=here.business,
        series_id=series.series_id_of(caller="rosa", nonce=str(nonce)),
        recurrence=Recurrence(1, "week", count=DATES),
        parts=[Part(here.day(7 * n), here.providers[0].pk) for n in range(DATES)],
        wish=Wish(here.service, here.day(0)),
        client=clean_details(name="Kim Lee", email=email),
        terms=here.terms,
        now=NOW,
        by=STAFF,
    )


def test_two_series_and_a_client_for_the_same_dates(committed: Business) -> None:
    here = world(committed)
    nonces = [uuid4(), uuid4()]
    calls: list[Any] = [lambda nonce=nonce: booking(here, nonce, f"{nonce}@example.test") for nonce in nonces]
    calls.append(here.book(here.day(7), here.providers[0]))
    with racers(committed, len(calls)) as pool:
        first, second, client = pool.race(calls)
    held = list(Appointment.objects.filter(status=Status.CONFIRMED))
    assert sorted(row.starts_at for row in held) == [here.day(7 * n) for n in range(DATES)]
    for outcome in (first.value, second.value):
        assert len(outcome.done) + len(outcome.missed) == DATES
        assert all(one.why for one in outcome.missed)
    assert len(first.value.done) + len(second.value.done) + client.won == DATES
    invariants.assert_sound(NOW)


def test_the_same_form_twice_at_once_makes_one_series(committed: Business) -> None:
    here, nonce = world(committed), uuid4()
    with racers(committed, 2) as pool:
        first, second = pool.race([lambda: booking(here, nonce, "kim@example.test")] * 2)
    assert sorted(first.value.done) == sorted(second.value.done)
    assert Appointment.objects.count() == DATES
    assert Appointment.objects.order_by("starts_at")[1].starts_at - here.day(0) == timedelta(days=7)
