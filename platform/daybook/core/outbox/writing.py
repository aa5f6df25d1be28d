"""Writing rows: inside the business transaction, in the current schema's name."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from daybook.core.outbox.models import OutboxRow, OutboxState

log = logging.getLogger(__name__)


def enqueue(
    *, kind: str, aggregate: str, dedupe_key: str, due_at: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Ask for `kind` to be handled at `due_at` (domain time) or soon after.

    A row with the same key in the same schema is written once: asking again for a row that was already handled does
    nothing. Rows of one `aggregate` are handled in order.
    """
    tenant = connection.tenant  # type: ignore[attr-defined]
    OutboxRow.objects.bulk_create(
        [
            OutboxRow(
                tenant_id=getattr(tenant, "pk", None),
                schema=connection.schema_name,  # type: ignore[attr-defined]
                kind=kind,
                aggregate=aggregate,
                dedupe_key=dedupe_key,
                payload=payload or {},
                next_at=due_at,
            )
        ],
        ignore_conflicts=True,
    )
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
    except Exception as error:
        log.warning("the relay could not be woken: %s", type(error).__name__)
