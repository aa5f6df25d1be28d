"""Writing rows: inside the business transaction, in the current schema's name."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from daybook.core.outbox.models import OutboxRow, OutboxState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to be written: `kind` is to be handled at `due_at` (domain time) or soon after."""

    kind: str
    aggregate: str
    dedupe_key: str
    due_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)


def enqueue(
    *, kind: str, aggregate: str, dedupe_key: str, due_at: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Ask for `kind` to be handled at `due_at` (domain time) or soon after.

    A row with the same key in the same schema is written once: asking again for a row that was already handled does
    nothing. Rows of one `aggregate` are handled in order.
    """
    enqueue_all([Entry(kind, aggregate, dedupe_key, due_at, payload or {})])


def enqueue_all(entries: Iterable[Entry]) -> None:
    """`enqueue` for several rows, in one statement."""
    tenant, schema = connection.tenant, connection.schema_name  # type: ignore[attr-defined]
    rows = [
        OutboxRow(
            tenant_id=getattr(tenant, "pk", None),
            schema=schema,
            kind=entry.kind,
            aggregate=entry.aggregate,
            dedupe_key=entry.dedupe_key,
            payload=entry.payload,
            next_at=entry.due_at,
        )
        for entry in entries
    ]
    if rows:
        OutboxRow.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(_wake, robust=True)


def cancel(*, dedupe_prefix: str) -> int:
    """Take back the pending rows of this schema whose key begins so; answers how many."""
    rows = OutboxRow.objects.filter(
        schema=connection.schema_name,  # type: ignore[attr-defined]
        state=OutboxState.PENDING,
        dedupe_key__startswith=dedupe_prefix,
    )
    return rows.delete()[0]


def _wake() -> None:
    """Tell a worker that there is work. The row stays when nobody can be told: beat finds it within seconds."""
    if not settings.OUTBOX_WAKE:
        return
    from daybook.core.outbox.tasks import relay

    try:
        relay.apply_async(headers={"schema": "public"}, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001  the broker may fail in any way; the row is kept
        log.warning("the relay could not be woken: %s", type(error).__name__)
