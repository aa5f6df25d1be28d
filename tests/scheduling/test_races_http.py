"""Races as clients and staff run them: whole requests, each in a thread of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from statistics import quantiles
from time import perf_counter
from typing import Any

import pytest
from django.db import connection

from daybook.core.models import OutboxRow
from scheduling.enums import Status
from scheduling.models import Appointment
from tenants.models import Business
from tests.factories import NOW
from tests.faults import invariants
from tests.faults.racing import racers, server_deadlocks
from tests.scheduling.race_world import FIRST, World, world
from tests.scheduling.staff import Staff, by_key
from tests.widget.asking import KIM, Asker, wish

Answers = list[Any]


@pytest.fixture
def here(committed: Business, clock: Callable[[Any], None], settings: Any) -> Iterator[World]:
    """A business under load whose clock stands; afterwards its invariants hold."""
    clock(NOW)
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 100_000
    before = server_deadlocks()
    yield world(committed)
    invariants.assert_sound(NOW)
    assert invariants.unwatched() == []
    assert server_deadlocks() == before


def book(here: World, start: datetime, *, key: str = "", **more: Any) -> Callable[[], Any]:
    """A client's POST of his own."""
    asker = Asker(here.business)
    return lambda: asker.book(here.service, start.isoformat(), here.providers[0], key=key, **more)


def hold(here: World, start: datetime) -> Callable[[], Any]:
    asker = Asker(here.business)
    return lambda: asker.hold(here.service, start.isoformat(), here.providers[0])


def at_once(here: World, calls: list[Callable[[], Any]]) -> Answers:
    """The answers to requests that leave together; none is a fault of ours."""
    with racers(here.business, len(calls)) as pool:
        answers = [outcome.value for outcome in pool.race(calls)]
    assert all(answer.status_code < 500 for answer in answers), [answer.content for answer in answers]
    return answers


def statuses(answers: Answers) -> list[int]:
    return sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize("ask", [book, hold])
def test_hc070_ten_posts_for_one_time(here: World, ask: Callable[[World, datetime], Callable[[], Any]]) -> None:
    for number in range(3):
        answers = at_once(here, [ask(here, here.day(number)) for _ in range(10)])
        assert statuses(answers) == [201] + [409] * 9
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert {body["error"] for body in refused} == {"slot_unavailable"}
        assert all(body["details"]["next"] for body in refused)
    assert Appointment.objects.count() == 3
    assert OutboxRow.objects.filter(kind="client.confirmed").count() == (3 if ask is book else 0)


def test_an_address_that_asks_at_once_holds_ten_times_too(here: World) -> None:
    answers = at_once(here, [hold(here, here.day(number)) for number in range(14)])
    assert statuses(answers) == [201] * 10 + [429] * 4
    assert Appointment.objects.filter(status=Status.HELD).count() == 10


def test_hc072_a_hundred_overlapping_posts_twenty_at_a_time(here: World) -> None:
    """Staggered by a quarter hour over a day and a bit; every answer is 201 or 409, soon, and nothing overlaps."""
    starts = [FIRST + timedelta(minutes=15 * (number % 50)) for number in range(100)]
    spent: list[float] = []
    assert book(here, here.day(30))().status_code == 201  # the first request of a process imports all views

    def post(start: datetime) -> Any:
        connection.set_tenant(here.business)  # type: ignore[attr-defined]
        began = perf_counter()
        try:
            return book(here, start)()
        finally:
            spent.append(perf_counter() - began)
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, starts))
    assert set(statuses(answers)) == {201, 409}
    assert not any(b"40P01" in answer.content or b"deadlock" in answer.content for answer in answers)
    assert quantiles(spent, n=20)[-1] < 2
    acked = [answer.json()["appointment"] for answer in answers if answer.status_code == 201]
    raced = Appointment.objects.exclude(starts_at=here.day(30))
    kept = {str(pk): start for pk, start in raced.values_list("pk", "starts_at")}
    assert {a["id"]: datetime.fromisoformat(a["start_time_utc"]) for a in acked} == kept


def test_hc082_the_desk_and_a_client_post_for_one_time(here: World) -> None:
    for number in range(4):
        desk: Staff = by_key(here.business, Asker(here.business).http)
        start = here.day(number).isoformat()
        walk_in = {**wish(here.service, start, here.providers[0]), "client": {"name": "Walk-in"}, "source": "walk_in"}
        walk_in["allow_outside_hours"] = True
        answers = at_once(here, [partial(desk.post, "/appointments", walk_in), book(here, here.day(number))] * 3)
        assert statuses(answers) == [201] + [409] * 5, [answer.content for answer in answers]


def test_hc083_the_same_key_is_one_booking(here: World) -> None:
    """Twins at the same instant wait for the first and get its answer; another body is refused."""
    for number in range(4):
        key = f"key-{number}"
        twins = at_once(here, [book(here, here.day(number), key=key) for _ in range(3)])
        assert statuses(twins) == [201] * 3
        assert all(answer.json() == twins[0].json() for answer in twins)
        other = book(here, here.day(number), key=key, notes="another body")()
        assert other.status_code == 422
        assert other.json()["error"] == "idempotency_key_reused"
    assert Appointment.objects.count() == 4


def test_hc083_different_bodies_with_one_key_at_once(here: World) -> None:
    for number in range(4):
        calls = [book(here, here.day(number) + timedelta(hours=n), key=f"key-{number}") for n in range(3)]
        assert statuses(at_once(here, calls)) == [201, 422, 422]
    assert Appointment.objects.count() == 4


def test_hc080_client_and_staff_cancel_at_once(here: World) -> None:
    """One transition and one mail; the others are told that it has changed."""
    for number in range(4):
        made = Asker(here.business).booked(here.service, here.day(number).isoformat())
        pk = made["appointment"]["id"]
        token = {"cancellation_token": made["manage_token"]}
        desk = by_key(here.business, Asker(here.business).http)

        def by_client(pk: str = pk, token: dict[str, str] = token) -> Any:
            return Asker(here.business).post(f"appointments/{pk}/cancel", token)

        def by_staff(pk: str = pk, desk: Staff = desk) -> Any:
            return Staff(Asker(here.business).http, desk.authorization).post(f"/appointments/{pk}/cancel", {})

        answers = at_once(here, [by_client, by_staff, by_client, by_staff, by_client])
        assert statuses(answers) == [200] + [409] * 4
        assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {"invalid_transition"}
        assert OutboxRow.objects.filter(payload__appointment=pk, kind="client.cancelled").count() == 1
        assert Appointment.objects.get(pk=pk).status == Status.CANCELLED


def test_the_loser_of_a_reschedule_keeps_his_time(here: World) -> None:
    made = [Asker(here.business).booked(here.service, here.day(n).isoformat()) for n in range(6)]
    target = here.day(10).isoformat()

    def move(one: dict[str, Any]) -> Callable[[], Any]:
        body = {"cancellation_token": one["manage_token"], "start_time": target}
        return lambda: Asker(here.business).post(f"appointments/{one['appointment']['id']}/reschedule", body)

    answers = at_once(here, [move(one) for one in made])
    assert statuses(answers) == [200] + [409] * 5
    for one, answer in zip(made, answers, strict=True):
        kept = Appointment.objects.get(pk=one["appointment"]["id"]).starts_at
        before = datetime.fromisoformat(one["appointment"]["start_time_utc"])
        assert kept == (here.day(10) if answer.status_code == 200 else before)


def test_every_request_of_a_burst_with_its_own_key_is_found_again(here: World) -> None:
    """L1: what was acknowledged under a key is one appointment at that time; what was refused is none."""
    keys = [f"burst-{number}" for number in range(24)]
    starts = [FIRST + timedelta(minutes=30 * (number % 12)) for number in range(24)]
    answers: Answers = []
    calls = [book(here, start, key=key) for key, start in zip(keys, starts, strict=True)]
    for first in (0, 12):
        answers += at_once(here, calls[first : first + 12])
    again = [book(here, start, key=key)() for key, start in zip(keys, starts, strict=True)]
    acked = {}
    for first, second in zip(answers, again, strict=True):
        assert second.status_code == first.status_code
        if first.status_code == 201:
            assert second.json() == first.json()
            made = first.json()["appointment"]
            acked[made["id"]] = made["start_time_utc"]
    assert Appointment.objects.filter(client_email=KIM["email"]).count() == len(acked)
