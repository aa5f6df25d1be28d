"""A transaction that never ends: its provider's clients are told soon, everybody else notices nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import perf_counter
from typing import Any

import pytest
from django.db import connection as django_connection
from django.db import transaction

from scheduling.models import Appointment, Provider
from scheduling.services import write_path
from tenants.models import Business
from tests.factories import NOW
from tests.faults import invariants
from tests.scheduling.race_world import World, world
from tests.widget.asking import Asker

connection: Any = django_connection  # django-tenants' methods have no types


@contextmanager
def stuck(business: Business, provider: Provider) -> Iterator[None]:
    """Another connection holds the provider's lock and does not let go."""
    held, enough = Event(), Event()

    def hold() -> None:
        connection.set_tenant(business)
        with transaction.atomic():
            write_path.lock([provider.pk])
            held.set()
            enough.wait(30)
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    try:
        assert held.wait(10)
        yield
    finally:
        enough.set()
        thread.join()


@pytest.fixture
def here(committed: Business, clock: Callable[[Any], None], settings: Any) -> World:
    clock(NOW)
    settings.PUBLIC_LIMIT_PER_ADDRESS = 100_000
    return world(committed, providers=2)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    began = perf_counter()
    return call(), perf_counter() - began


def test_hc265_his_clients_are_told_soon_and_others_are_served(here: World) -> None:
    ana, marco = here.providers
    asker, start = Asker(here.business), here.day(0).isoformat()
    with stuck(here.business, ana):
        for ask in (asker.book, asker.hold):
            answer, seconds = timed(lambda ask=ask: ask(here.service, start, ana))  # type: ignore[misc]
            assert answer.status_code == 503
            assert answer.json()["error"] == "busy"
            assert int(answer.headers["Retry-After"]) >= 1
            assert 1.8 <= seconds < 3.5
        answer, seconds = timed(lambda: asker.book(here.service, start, marco))
        assert answer.status_code == 201
        assert seconds < 1
        assert asker.slots(here.service, "2027-06-08", provider_id=str(ana.pk))  # reading waits for nobody
    assert asker.book(here.service, start, ana).status_code == 201
    invariants.assert_sound(NOW)


def test_hc265_changes_of_his_appointments_are_told_soon_too(here: World) -> None:
    ana, marco = here.providers
    asker = Asker(here.business)
    made = asker.booked(here.service, here.day(0).isoformat(), ana)
    other = asker.booked(here.service, here.day(0).isoformat(), marco)
    with stuck(here.business, ana):
        for one, path, body, expected in (
            (made, "cancel", {}, 503),
            (made, "reschedule", {"start_time": here.day(1).isoformat(), "provider_id": str(marco.pk)}, 503),
            (other, "cancel", {}, 200),
        ):
            token = {"cancellation_token": one["manage_token"]}
            address = f"appointments/{one['appointment']['id']}/{path}"
            answer, seconds = timed(lambda a=address, b={**body, **token}: asker.post(a, b))  # type: ignore[misc]
            assert answer.status_code == expected, answer.content
            assert seconds < 3.5
    kept = Appointment.objects.get(pk=made["appointment"]["id"])
    assert (kept.status, kept.starts_at, kept.sequence) == ("confirmed", here.day(0), 0)
    invariants.assert_sound(NOW)


def test_hc265_a_key_is_free_again_after_the_refusal(here: World) -> None:
    """The retry that Retry-After asks for books with the same key."""
    asker, start = Asker(here.business), here.day(0).isoformat()
    with stuck(here.business, here.providers[0]):
        assert asker.book(here.service, start, here.providers[0], key="again").status_code == 503
    assert asker.book(here.service, start, here.providers[0], key="again").status_code == 201
    assert Appointment.objects.count() == 1


def test_hc265_any_provider_goes_to_somebody_who_is_free(here: World) -> None:
    with stuck(here.business, here.providers[0]):
        answer, seconds = timed(lambda: Asker(here.business).book(here.service, here.day(0).isoformat()))
    assert answer.status_code in (201, 503)
    assert seconds < 3.5
