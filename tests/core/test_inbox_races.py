"""The inbox under real commits: deliveries at once, two workers with one event, processes that are killed."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import connection as django_connection
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import schema_context

from daybook.core import inbox
from daybook.core.inbox.models import InboxEvent
from daybook.core.inbox.registry import handlers
from daybook.core.models import OutboxRow
from daybook.core.outbox import relay
from tenants.models import Business
from tests.core.inbox_world import NOW, Vendor, effects, kept, put, work
from tests.faults.processes import process

connection: Any = django_connection  # django-tenants' methods have no types
T = TypeVar("T")

KILLED = f"""
import django, os
django.setup()
from datetime import datetime
from daybook.core.inbox.registry import handlers
from daybook.core.outbox import relay
from scheduling.models import Provider

def apply(event, now):
    with event.settle():
        Provider.objects.create(name=event.event_id)
        os._exit(9)

handlers["vendor"] = {{"": apply}}
relay.drain(now=datetime.fromisoformat("{NOW.isoformat()}"))
"""


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    vendor = Vendor()
    monkeypatch.setitem(handlers, "vendor", {"": vendor.apply})
    return vendor


def at_once(number: int, act: Callable[[int], T]) -> list[T]:
    """`act(0)` … `act(number - 1)` at the same moment, each on a connection of its own."""
    start = threading.Barrier(number)

    def run(turn: int) -> T:
        try:
            start.wait(10)
            return act(turn)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def lose_the_lease() -> None:
    """The worker said nothing for too long: the next one takes the row over."""
    OutboxRow.objects.update(locked_until=timezone.now() - timedelta(seconds=1))


def test_v9_ten_deliveries_at_once_are_one_event_and_one_effect(committed: Business, vendor: Vendor) -> None:
    new = at_once(10, lambda _turn: put("evt_1", committed.pk))
    assert sorted(new) == [False] * 9 + [True]
    assert OutboxRow.objects.filter(kind="inbox.apply").count() == 1
    at_once(4, lambda _turn: work())
    assert (vendor.seen, effects(committed), kept("evt_1").attempts) == (["evt_1"], ["evt_1"], 1)
    assert vendor.contexts == [(committed.schema_name, False)]  # no transaction was open


def test_v9_when_the_first_delivery_fails_a_waiting_one_is_kept(committed: Business, vendor: Vendor) -> None:
    inserted, wait = threading.Event(), threading.Event()

    def deliver(turn: int) -> bool:
        if turn == 1:
            inserted.wait(10)
            threading.Timer(0.2, wait.set).start()
            return put("evt_1", committed.pk)
        with suppress(ZeroDivisionError), transaction.atomic():
            put("evt_1", committed.pk)
            inserted.set()
            wait.wait(10)
            raise ZeroDivisionError
        return False

    assert at_once(2, deliver) == [False, True]
    work()
    assert effects(committed) == ["evt_1"]


def test_an_event_and_the_order_to_apply_it_commit_together(
    committed: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daybook.core.inbox.receiving.enqueue", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put("evt_1", committed.pk)
    assert not InboxEvent.objects.exists()


def test_two_workers_that_have_the_same_event_apply_it_once(committed: Business, vendor: Vendor) -> None:
    """The first one's lease ends while it reads the object at the vendor; both then come to settle."""
    reading, both = threading.Event(), threading.Barrier(2)

    def read_slowly(event: inbox.Event) -> None:
        reading.set()
        both.wait(10)

    def run(turn: int) -> bool:
        if turn == 1:
            reading.wait(10)
            lose_the_lease()
        [row] = relay.claim(now=NOW, most=20)
        return relay.run(row, now=NOW)

    vendor.before = read_slowly
    put("evt_1", committed.pk)
    assert at_once(2, run) == [True, True]
    assert (vendor.seen, effects(committed)) == (["evt_1", "evt_1"], ["evt_1"])
    assert kept("evt_1").state == "applied"
    assert [row.state for row in OutboxRow.objects.filter(kind="inbox.apply")] == ["done"]


def test_a_worker_killed_between_effect_and_mark_leaves_neither_and_the_next_does_both(
    committed: Business, vendor: Vendor
) -> None:
    put("evt_1", committed.pk)
    with process(sys.executable, "-c", KILLED) as worker:
        assert worker.wait(60) == 9
    assert (effects(committed), kept("evt_1").state, kept("evt_1").attempts) == ([], "received", 1)
    assert work() == 0  # the lease of the dead worker
    lose_the_lease()
    assert work() == 1
    assert (effects(committed), kept("evt_1").state, kept("evt_1").attempts) == (["evt_1"], "applied", 2)


def test_a_mark_that_cannot_be_written_takes_the_effect_back(
    committed: Business, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(event: inbox.Event) -> None:
        with connection.cursor() as cursor:
            cursor.execute("set transaction read only")

    vendor.inside = spoil
    put("evt_1", committed.pk)
    work()
    event = kept("evt_1")
    assert (effects(committed), event.state) == ([], "received")
    assert event.last_error.startswith("InternalError: cannot execute UPDATE in a read-only transaction")
    vendor.inside = None
    work()
    assert (effects(committed), kept("evt_1").state) == (["evt_1"], "applied")


def test_a_burst_of_shuffled_repeated_deliveries_ends_with_each_applied_once(
    committed: Business, vendor: Vendor
) -> None:
    names = [f"evt_{number:02}" for number in range(12)]
    deliveries = [names[(turn * 7 + step * 5) % 12] for turn in range(6) for step in range(12)]

    def deliver(turn: int) -> int:
        new = sum(put(name, committed.pk, object_id=name[-1]) for name in deliveries[turn * 12 : turn * 12 + 12])
        return new + 0 * work()

    with schema_context("public"):
        assert sum(at_once(6, deliver)) == 12
    work()
    assert effects(committed) == names
    assert sorted(vendor.seen) == names
    assert set(InboxEvent.objects.values_list("state", "attempts")) == {("applied", 1)}
