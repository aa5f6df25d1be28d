"""Booking under contention (goal 6) and beside each other (goal 7), from two processes as the platform runs."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from queue import Queue
from statistics import median, quantiles
from threading import Thread
from time import perf_counter
from typing import Any

from django.db import connection as django_connection
from django.db import connections

from daybook.core.errors import DaybookError
from scheduling.services import write_path
from tenants.models import Business
from tests.bench import bench_designs
from tests.bench.report import Line
from tests.factories import NOW
from tests.faults import invariants
from tests.faults.racing import server_deadlocks
from tests.scheduling.race_world import World, world

connection: Any = django_connection  # django-tenants' methods have no types
PROCESSES = 2
Result = tuple[int, bool, float]
"""Number of the round, whether the caller won, milliseconds."""
fork = multiprocessing.get_context("fork")


def together(business: Business, callers: int, work: Callable[[int, Any], list[Result]]) -> list[Result]:
    """`work(number of the caller, barrier)` in threads of two processes; all results."""
    connections.close_all()
    gun, answers = fork.Barrier(callers), fork.Queue()
    each = callers // PROCESSES
    running = [fork.Process(target=_child, args=(business, range(n * each, (n + 1) * each), work, gun, answers))
               for n in range(PROCESSES)]  # fmt: skip
    for one in running:
        one.start()
    results = [result for _ in running for result in answers.get(timeout=120)]
    for one in running:
        one.join(30)
    connection.set_tenant(business)
    return results


def _child(
    business: Business, callers: range, work: Callable[[int, Any], list[Result]], gun: Any, answers: Any
) -> None:
    found: Queue[list[Result]] = Queue()

    def thread(number: int) -> None:
        connection.set_tenant(business)
        connection.ensure_connection()
        found.put(work(number, gun))
        connection.close()

    threads = [Thread(target=thread, args=(number,)) for number in callers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    answers.put([result for _ in callers for result in found.get()])


def timed(number: int, call: Callable[[], Any]) -> Result:
    began = perf_counter()
    try:
        call()
    except DaybookError:
        return number, False, (perf_counter() - began) * 1e3
    return number, True, (perf_counter() - began) * 1e3


def races(business: Business) -> list[Line]:
    """Goal 6: everybody wants the same time."""
    here, lines = world(business), []
    alone = median(timed(0, here.book(here.day(400 + n), here.providers[0]))[2] for n in range(40))
    before = server_deadlocks()
    for callers, rounds, first in ((4, 30, 0), (16, 20, 100), (64, 12, 200)):
        results = together(business, callers, partial(_contend, here, rounds, first))
        won = [sum(1 for number, winner, _ in results if winner and number == n) for n in range(rounds)]
        slow = quantiles([ms for _, winner, ms in results if not winner], n=20)[-1]
        lines.append(Line("6", f"races of {callers}: rounds without exactly one winner", rounds - won.count(1), "<= 0"))
        floor = "<= 60" if callers == 64 else ""
        detail = f"loser p95 {slow:.0f} ms, alone p50 {alone:.1f} ms"
        lines.append(Line("6", f"races of {callers}: loser p95, of one booking alone", slow / alone, floor, detail))
    bad = len(invariants.overlaps(NOW))
    lines.append(Line("6", "double bookings", bad, "<= 0"))
    lines.append(Line("6", "deadlocks", server_deadlocks() - before, "<= 0"))
    return [*lines, bench_designs.line(here)]


def _contend(here: World, rounds: int, first: int, caller: int, gun: Any) -> list[Result]:
    found = []
    for number in range(rounds):
        call = here.book(here.day(first + number), here.providers[0])
        gun.wait(60)
        found.append(timed(number, call))
    return found


def throughput(business: Business, seconds: float) -> list[Line]:
    """Goal 7: sixteen clients book distinct times, with lock and constraint and without."""
    here = world(business, providers=16)
    measured: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(4):
        guarded = number % 2 == 0
        with nullcontext() if guarded else _unguarded():
            results = together(business, 16, partial(_keep_booking, here, number, seconds))
            _clear()
        times = [ms for _, _, ms in results]
        measured[guarded].append((len(times) / seconds, quantiles(times, n=20)[-1]))
    rate = {kind: max(rate for rate, _ in rows) for kind, rows in measured.items()}
    slow = {kind: min(p95 for _, p95 in rows) for kind, rows in measured.items()}
    detail = f"{rate[True]:.0f} and {rate[False]:.0f} a second, p95 {slow[True]:.0f} and {slow[False]:.0f} ms"
    return [
        Line("7", "bookings a second at 16 clients, of those without lock, constraint",
             rate[True] / rate[False], ">= 0.5", detail),
        Line("7", "p95 of a booking on distinct times, of the same", slow[True] / slow[False], "<= 2"),
    ]  # fmt: skip


def _keep_booking(here: World, number: int, seconds: float, caller: int, gun: Any) -> list[Result]:
    found: list[Result] = []
    gun.wait(60)
    end = perf_counter() + seconds
    while perf_counter() < end:
        found.append(timed(caller, here.book(here.day(number * 150 + len(found) % 600), here.providers[caller])))
    assert all(won for _, won, _ in found)
    return found


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate scheduling_appointment cascade")


@contextmanager
def _unguarded() -> Iterator[None]:
    """No lock, no constraint: only in the scratch database, only for the comparison."""
    lock = write_path.lock
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_constraintdef(oid) from pg_constraint where conname = 'no_overlap' and"
                       " connamespace = to_regnamespace(current_schema())")  # fmt: skip
        (definition,) = cursor.fetchone()
        cursor.execute("alter table scheduling_appointment drop constraint no_overlap")
    write_path.lock = lambda providers: None
    try:
        yield
    finally:
        write_path.lock = lock
        with connection.cursor() as cursor:
            cursor.execute(f"alter table scheduling_appointment add constraint no_overlap {definition}")
