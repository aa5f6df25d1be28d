"""Applying an event once more, because an operator says so."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from daybook.core.errors import NotFound
from daybook.core.inbox.models import EventState, InboxEvent
from daybook.core.inbox.receiving import dedupe_prefix, order, schema_of
from daybook.core.outbox.models import OutboxRow, OutboxState


def replay(event_id: int, *, now: datetime) -> None:
    """Have the event with this id of ours applied as if it had just come, whatever its state. NotFound.

    One that waits for its next attempt goes at once; one that a worker has in hand is applied again afterwards,
    if it is still unsettled then.
    """
    with transaction.atomic():
        event = InboxEvent.objects.select_for_update().filter(pk=event_id).first()
        if event is None:
            raise NotFound()
        InboxEvent.objects.filter(pk=event.pk).update(
            state=EventState.RECEIVED, applied_at=None, attempts=0, last_error="", replays=F("replays") + 1
        )
        if not _hasten(event, now):
            order(
                event.pk,
                event.replays + 1,
                source=event.source,
                object_id=event.object_id,
                business_id=event.tenant_id,
                now=now,
            )


def _hasten(event: InboxEvent, now: datetime) -> bool:
    """End the pause of the event's row; whether there is one that waits."""
    with schema_of(event.tenant_id):
        waiting = OutboxRow.objects.filter(
            schema=connection.schema_name,  # type: ignore[attr-defined]
            dedupe_key__startswith=dedupe_prefix(event.pk),
            state=OutboxState.PENDING,
        )
        return waiting.update(attempts=0, locked_until=None, next_at=now) > 0
