"""Several callers at the same instant, each in a thread with a database connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from time import perf_counter
from typing import Any

from django.db import connection as django_connection

from daybook.core.errors import DaybookError
from tenants.models import Business

connection: Any = django_connection  # django-tenants' methods have no types
Call = Callable[[], Any]


@dataclass(frozen=True)
class Outcome:
    """What one caller got: a value or one of Daybook's refusals (anything else fails the race), and seconds."""

    value: Any
    refusal: DaybookError | None
    seconds: float

    @property
    def won(self) -> bool:
        return self.refusal is None


class Racers:
    """`race(calls)` lets them go at once and answers their outcomes in the same order; connections are kept between."""

    def __init__(self, business: Business, most: int) -> None:
        self.business = business
        self.pool = ThreadPoolExecutor(most)

    def race(self, calls: Sequence[Call]) -> list[Outcome]:
        gun = Barrier(len(calls))
        return [future.result(120) for future in [self.pool.submit(self._run, call, gun) for call in calls]]

    def close(self) -> None:
        most = self.pool._max_workers
        gun = Barrier(most)
        for future in [self.pool.submit(self._leave, gun) for _ in range(most)]:
            future.result(120)
        self.pool.shutdown()

    def _run(self, call: Call, gun: Barrier) -> Outcome:
        connection.set_tenant(self.business)
        connection.ensure_connection()
        gun.wait(60)
        began = perf_counter()
        try:
            return Outcome(call(), None, perf_counter() - began)
        except DaybookError as refusal:
            return Outcome(None, refusal, perf_counter() - began)

    def _leave(self, gun: Barrier) -> None:
        gun.wait(60)  # so that each thread closes its own
        connection.close()


@contextmanager
def racers(business: Business, most: int) -> Iterator[Racers]:
    """Racers of a business, their connections closed at the end."""
    pool = Racers(business, most)
    try:
        yield pool
    finally:
        pool.close()


def winners(outcomes: Sequence[Outcome]) -> list[Any]:
    """What those who were not refused got."""
    return [outcome.value for outcome in outcomes if outcome.won]


def codes(outcomes: Sequence[Outcome]) -> set[str]:
    """The codes of the refusals."""
    return {outcome.refusal.code for outcome in outcomes if outcome.refusal is not None}


def server_deadlocks() -> int:
    """How many deadlocks this database has ever resolved."""
    with connection.cursor() as cursor:
        cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
        (count,) = cursor.fetchone()
    return int(count)
