"""How long a new business takes: from the template against by migrations (goal 8)."""

from statistics import median
from time import perf_counter

from django.db import connection

from tenants.services import provisioning, schemas
from tests.bench.report import Line


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
    return [Line("8", "a whole business from the template, of a schema by migrations", ours / floor, "<= 0.5", detail)]
