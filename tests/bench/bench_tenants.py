"""How long a new business takes, and a deployment that changes nothing over a hundred of them (goal 8)."""

import sys
from statistics import median
from time import perf_counter

from django.db import connection

from tenants.services import provisioning, schemas
from tests.bench.report import Line
from tests.faults.processes import process

BUSINESSES = 100


def run() -> list[Line]:
    """Both ways, in turns."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    copied, migrated = [], []
    for number in range(5):
        began = perf_counter()
        provisioning.make_business(name=f"Bench {number}", slug=f"bench-{number}")
        copied.append(perf_counter() - began)
        if number % 2 == 0:
            began = perf_counter()
            schemas.migrate(f"b_migrated{number}")
            migrated.append(perf_counter() - began)
    ours, floor = median(copied), median(migrated)
    detail = f"{ours * 1e3:.0f} ms, by migrations {floor * 1e3:.0f} ms"
    return [
        Line("8", "a whole business from the template, of a schema by migrations", ours / floor, "<= 0.5", detail),
        _nothing_to_do(),
    ]


def _nothing_to_do() -> Line:
    """Whole commands over `BUSINESSES` schemas that are at head, the start of their processes included."""
    for number in range(BUSINESSES):
        provisioning.make_business(name=f"Deploy {number}", slug=f"deploy-{number}")
    ours, theirs = _seconds("migrate"), _seconds("migrate_schemas")
    name = f"a deployment without migrations over {BUSINESSES} businesses, of migrate_schemas"
    return Line("8", name, ours / theirs, "<= 0.05", f"{ours:.1f} and {theirs:.1f} s")


def _seconds(command: str) -> float:
    began = perf_counter()
    with process(sys.executable, "-m", "daybook", command) as running:
        assert running.wait(600) == 0
    return perf_counter() - began
