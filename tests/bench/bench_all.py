"""Everything that `daybook bench` prints, measured in a database of its own that is thrown away."""

from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection as django_connection

from tenants.models import Business
from tests.bench import bench_http, bench_reads, bench_slots, bench_tenants, bench_writes
from tests.bench.report import Line
from tests.template_database import TestDatabase

connection = django_connection
PARTS = ("slots", "reads", "http", "races", "writes", "tenants")


def run(parts: list[str], seconds: float) -> Iterator[Line]:
    """The lines of the parts, as they are measured; each timing takes about `seconds`."""
    before, settings.OUTBOX_WAKE = connection.settings_dict["NAME"], False
    database = TestDatabase("bench")
    database.make()
    try:
        for part in parts:
            yield from _part(part, seconds)
            database.renew()
    finally:
        database.drop()
        connection.settings_dict["NAME"] = before


def _part(part: str, seconds: float) -> list[Line]:
    business = Business.objects.get(slug="zen")
    connection.set_tenant(business)  # type: ignore[attr-defined]
    measure: dict[str, Callable[[], list[Line]]] = {
        "slots": lambda: [_of(row) for row in bench_slots.run(seconds / 4)],
        "reads": lambda: bench_reads.run(business, seconds / 2) + bench_reads.query_counts(business),
        "http": lambda: bench_http.run(business, 3 * seconds),
        "races": lambda: bench_writes.races(business),
        "writes": lambda: bench_writes.throughput(business, 3 * seconds),
        "tenants": bench_tenants.run,
    }
    return measure[part]()


def _of(row: bench_slots.Row) -> Line:
    """A line of the engine's own report."""
    name, _, goal = row.name.partition(" (goal ")
    detail = f"{row.engine_ms:.3f} ms, reference {row.reference_ms:.3f} ms"
    return Line(goal.rstrip(")"), name, row.ratio, row.goal, detail)
