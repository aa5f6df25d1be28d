"""The relay: claims due rows, calls their handlers with no transaction open, records what came of it."""

import logging
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
from daybook.core.outbox.registry import Drop, Postpone, registrations

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this worker runs now."""

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
    handled, seen = 0, set[int]()
    while most is None or handled < most:
        claimed = claim(
            now=now, schema=schema, most=20 if most is None else min(20, most - handled), impatient=impatient
        )
        fresh = [row for row in claimed if row.id not in seen]
        for row in claimed:
            if row.id in seen:
                _release(row)
        if not fresh:
            break
        for row in fresh:
            run(row, now=now)
            seen.add(row.id)
            handled += 1
    return handled


def claim(*, now: datetime, most: int, schema: str | None = None, impatient: bool = False) -> list[Claimed]:
    """Lease up to `most` due rows, turn by turn over the businesses, in order within an aggregate."""
    always = [kind for kind, registration in registrations.items() if registration.when_suspended]
    parameters = {
        "now": now,
        "most": most,
        "schema": schema,
        "impatient": impatient,
        "paused": import_string(settings.OUTBOX_PAUSED_SCHEMAS)(),
        "always": always,
        "lease": LEASE,
    }
    with schema_context("public"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_claim_sql(), parameters)
        return sorted((Claimed(*row) for row in _decoded(cursor.fetchall())), key=lambda row: row.id)


def run(row: Claimed, *, now: datetime) -> None:
    """Call the handler in the row's schema and record the outcome. Nothing that a handler raises gets out."""
    try:
        _handle(row, now)
    except Drop as reason:
        _finish(row, OutboxState.DONE, str(reason))
    except Postpone as later:
        _update(row, state=OutboxState.PENDING, next_at=later.until, locked_until=None, last_error=str(later))
    except Exception as error:
        _failed(row, error)
    else:
        _finish(row, OutboxState.DONE, "")


def _handle(row: Claimed, now: datetime) -> None:
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


def _failed(row: Claimed, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}"[:500]
    if row.attempts >= MOST_ATTEMPTS:
        log.error("outbox row %s (%s, %s) is dead after %s attempts", row.id, row.kind, row.schema, row.attempts)
        _finish(row, OutboxState.DEAD, text)
        return
    log.warning("outbox row %s (%s, %s) failed: %s", row.id, row.kind, row.schema, type(error).__name__)
    pause = min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
    _update(row, state=OutboxState.PENDING, locked_until=timezone.now() + pause, last_error=text)


def _finish(row: Claimed, state: OutboxState, reason: str) -> None:
    _update(row, state=state, locked_until=None, done_at=timezone.now(), last_error=reason)


def _release(row: Claimed) -> None:
    _update(row, state=OutboxState.PENDING, attempts=row.attempts - 1)


def _update(row: Claimed, **changes: Any) -> None:
    with schema_context("public"):
        OutboxRow.objects.filter(pk=row.id, state=OutboxState.RUNNING).update(**changes)


def _decoded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    import json

    return [(i, s, k, json.loads(p) if isinstance(p, str) else p, a) for i, s, k, p, a in rows]


@cache
def _claim_sql() -> str:
    return resources.files(__package__).joinpath("claim.sql").read_text()
