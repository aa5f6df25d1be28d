"""Goal 6's last clause: our order of statements against the exclusion constraint alone, both in bare SQL.

The service call would hide the difference: its own work keeps rivals from meeting in the same instant.
"""

from collections.abc import Iterator
from datetime import datetime
from selectors import EVENT_READ, DefaultSelector
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection as django_connection
from psycopg.pq import DiagnosticField
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from scheduling.models import Appointment
from tests.bench.report import Line
from tests.faults.processes import database_url, eventually
from tests.scheduling.race_world import World

connection: Any = django_connection  # django-tenants' methods have no types
CALLERS, GUN = 64, 6_464
LOST = (b"23P01", b"40P01", b"22012")
"""Refused by the constraint, as the victim of a deadlock, or by the look."""
LONG_ENOUGH = 45_000
"""Milliseconds for races with the constraint alone: about every second of them takes a fraction of a minute."""
_GUN = f"select pg_advisory_lock_shared({GUN});"
_CHECKED = """
select pg_advisory_xact_lock(hashtextextended(%(provider_id)s::text, 0));
select 1 / (not exists (select from scheduling_appointment where provider_id = %(provider_id)s
                        and starts_at < %(ends_at)s and ends_at > %(starts_at)s))::int;
"""
"""As `write_path`: the lock, then a look; who finds the time taken writes nothing (here he divides by zero)."""


def line(here: World) -> Line:
    """The slow losers of 64 sessions that want one time: with the lock first, of those with the constraint alone.

    There, rivals that insert in the same instant wait for each other: each deadlock takes a second to be seen. How
    many meet is chance, so the slowest of several races counts.
    """
    here.book(here.day(500), here.providers[0])()
    row = Appointment.objects.values(*(f.attname for f in _columns())).get(starts_at=here.day(500))
    columns, values = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    plain = f"insert into scheduling_appointment ({columns}) values ({values});"
    ours = _CHECKED + plain
    slow = median(_race(ours, row, here.day(501 + number)) for number in range(5))
    plainly: list[float] = []
    while len(plainly) < 40 and sum(plainly) < LONG_ENOUGH:
        plainly.append(_race(plain, row, here.day(510 + len(plainly))))
    slowest = max(plainly)
    detail = f"{slow:.0f} and {slowest:.0f} ms (of {len(plainly)} races)"
    return Line("6", "64 sessions in SQL: loser p95, of the plain constraint's", slow / slowest, "<= 0.001", detail)


def _race(statement: str, row: dict[str, Any], start: datetime) -> float:
    """Milliseconds from the gun to the answer of the 95th of 100 losers. Exactly one may win."""
    sessions = [_session() for _ in range(CALLERS)]
    for session in sessions:  # as in a process that has booked before: what a session knows of tables is read already
        with session.transaction(force_rollback=True), psycopg.ClientCursor(session) as cursor:
            cursor.execute(statement, _rival(row, start))
    with psycopg.connect(database_url(), autocommit=True) as gun:
        gun.execute("select pg_advisory_lock(%s)", [GUN])
        for session in sessions:
            query = psycopg.ClientCursor(session).mogrify(_GUN + statement, _rival(row, start))
            session.pgconn.send_query(query.encode())
            session.pgconn.flush()
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and objid = %s and not granted"
        eventually(lambda: gun.execute(waiting, [GUN]).fetchone() == (CALLERS,))
        began = perf_counter()
        gun.execute("select pg_advisory_unlock(%s)", [GUN])
        answers = list(_answers(sessions))
    for session in sessions:
        session.close()
    assert sum(won for _, won in answers) == 1
    return quantiles([(at - began) * 1e3 for at, won in answers if not won], n=20)[-1]


def _session() -> psycopg.Connection[Any]:
    session = psycopg.connect(database_url(), autocommit=True)
    session.execute(f'set search_path = "{connection.schema_name}", public')
    session.execute("set deadlock_timeout = '1s'")  # PostgreSQL's own; our server's is shorter
    return session


def _rival(row: dict[str, Any], start: datetime) -> dict[str, Any]:
    """The values of another appointment like this one, at `start`."""
    end = start + (row["ends_at"] - row["starts_at"])
    own = {"id": uuid4(), "reference": uuid4().hex[:8], "manage_digest": uuid4().hex, "hold_digest": uuid4().hex}
    when = {"starts_at": start, "ends_at": end, "block_id": uuid4(), "occupied": TimestamptzRange(start, end)}
    same = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in row.items()}
    return same | own | when


def _answers(sessions: list[psycopg.Connection[Any]]) -> Iterator[tuple[float, bool]]:
    """When each session had its answer, and whether its row was inserted."""
    ready = DefaultSelector()
    for session in sessions:
        ready.register(session.fileno(), EVENT_READ, session.pgconn)
    while ready.get_map():
        for key, _events in ready.select():
            inserted, done = False, True
            key.data.consume_input()
            while not key.data.is_busy():
                if (result := key.data.get_result()) is None:
                    break
                inserted = result.command_status == b"INSERT 0 1"
                sent_back = result.error_field(DiagnosticField.SQLSTATE)
                assert sent_back in (None, *LOST), result.get_error_message()
            else:
                done = False
            if done:
                ready.unregister(key.fd)
                yield perf_counter(), inserted


def _columns() -> list[Any]:
    return [field for field in Appointment._meta.concrete_fields if not field.generated]
