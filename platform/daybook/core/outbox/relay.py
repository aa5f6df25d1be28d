"""The relay: claims due rows, calls their handlers with no transaction open, records what came of it."""

import json
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tenants.utils import get_tenant_model, schema_context, tenant_context

from daybook.core.outbox.models import OutboxRow, OutboxState
from daybook.core.outbox.registry import Drop, GiveUp, Postpone, registrations

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long a row stays with a worker that says nothing more. Renewed when its turn in the batch comes."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
MOST_ATTEMPTS = 100
"""About a day of pauses. Then the row is dead: kept, for people to look at."""
BATCH = 20


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this worker runs now. Whoever claims it after the lease has other `attempts`: they fence each other."""

    id: int
    schema: str
    kind: str
    payload: dict[str, Any]
    attempts: int


def drain(*, now: datetime, schema: str | None = None, most: int | None = None, impatient: bool = False) -> int:
    """Handle due rows until none is left, or `most` were handled; answers how many.

    `schema` limits it to one business; `impatient` does not wait for the pause after a failure (each row is then
    tried once).
    """
    handled, unsettled = 0, set[int]()
    while most is None or handled < most:
        size = BATCH if most is None else min(BATCH, most - handled)
        rows = claim(now=now, schema=schema, most=size, impatient=impatient, without=unsettled)
        if not rows:
            break
        for row in rows:
            if not run(row, now=now):
                unsettled.add(row.id)
            handled += 1
    return handled


def claim(
    *,
    now: datetime,
    most: int,
    schema: str | None = None,
    impatient: bool = False,
    without: Collection[int] = (),
) -> list[Claimed]:
    """Lease up to `most` due rows, turn by turn over the businesses, in order within an aggregate.

    Rows whose ids are in `without` stay where they are.
    """
    always = [kind for kind, registration in registrations.items() if registration.when_suspended]
    parameters = {
        "now": now,
        "most": most,
        "schema": schema,
        "impatient": impatient,
        "paused": import_string(settings.OUTBOX_PAUSED_SCHEMAS)(),
        "always": always,
        "lease": LEASE,
        "without": list(without),
    }
    with schema_context("public"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_claim_sql(), parameters)
        return sorted((Claimed(*row) for row in _decoded(cursor.fetchall())), key=lambda row: row.id)


def run(row: Claimed, *, now: datetime) -> bool:
    """Call the handler in the row's schema and record the outcome; answers whether the row is settled for good.

    Nothing that a handler raises gets out. A row that another worker has taken over meanwhile is left alone.
    """
    if not _update(row, locked_until=timezone.now() + LEASE):
        return True
    try:
        _handle(row, now)
    except Drop as reason:
        return _finish(row, OutboxState.DONE, str(reason))
    except GiveUp as reason:
        return _died(row, str(reason))
    except Postpone as later:
        _update(
            row, state=OutboxState.PENDING, next_at=later.until, locked_until=None, attempts=0, last_error=str(later)
        )
        return False
    except Exception as error:  # noqa: BLE001  one row must not stop the others
        return _failed(row, error)
    return _finish(row, OutboxState.DONE, "")


def _handle(row: Claimed, now: datetime) -> None:
    if row.attempts > MOST_ATTEMPTS:
        raise GiveUp("its worker never came back")
    registration = registrations.get(row.kind)
    if registration is None:
        raise LookupError(f"no handler for {row.kind}")
    if row.schema == "public":
        with schema_context("public"):
            registration.handler(row.payload, now)
        return
    business = get_tenant_model().objects.filter(schema_name=row.schema).first()
    if business is None:
        raise Drop("the business is gone")
    with tenant_context(business):
        registration.handler(row.payload, now)


def _failed(row: Claimed, error: Exception) -> bool:
    text = f"{type(error).__name__}: {error}"
    if row.attempts >= MOST_ATTEMPTS:
        return _died(row, text)
    log.warning("outbox row %s (%s, %s) failed: %s", row.id, row.kind, row.schema, type(error).__name__)
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 20), LONGEST_PAUSE)
    _update(row, state=OutboxState.PENDING, locked_until=timezone.now() + pause, last_error=text[:500])
    return False


def _died(row: Claimed, text: str) -> bool:
    log.error("outbox row %s (%s, %s) is dead after %s attempts", row.id, row.kind, row.schema, row.attempts)
    return _finish(row, OutboxState.DEAD, text)


def _finish(row: Claimed, state: OutboxState, reason: str) -> bool:
    _update(row, state=state, locked_until=None, done_at=timezone.now(), last_error=reason[:500])
    return True


def _update(row: Claimed, **changes: Any) -> bool:
    """Change the row if it is still this worker's."""
    with schema_context("public"):
        mine = OutboxRow.objects.filter(pk=row.id, state=OutboxState.RUNNING, attempts=row.attempts)
        return mine.update(**changes) == 1


def _decoded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(i, s, k, json.loads(p) if isinstance(p, str) else p, a) for i, s, k, p, a in rows]


@cache
def _claim_sql() -> str:
    return resources.files(__package__).joinpath("claim.sql").read_text()
