"""Forgetting what has had its time. Ages are real time."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from daybook.core.inbox.models import EventState
from daybook.core.models import AuditEntry, GrantEnd, IdempotencyKey, InboxEvent, OutboxRow

KEEP_KEYS = timedelta(hours=24)
KEEP_ROWS = timedelta(days=30)
KEEP_UNSETTLED = timedelta(days=90)


def sweep() -> int:
    """Delete idempotency keys older than 24 hours, handled outbox rows and settled events older than 30 days.

    Events that were never settled go after 90 days: they hold personal data. Marks of access given back serve minutes.
    """
    now = timezone.now()
    keys, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEEP_KEYS).delete()
    rows, _ = OutboxRow.objects.filter(done_at__lt=now - KEEP_ROWS).delete()
    events, _ = InboxEvent.objects.filter(
        Q(applied_at__lt=now - KEEP_ROWS)
        | Q(state=EventState.IGNORED, received_at__lt=now - KEEP_ROWS)
        | Q(received_at__lt=now - KEEP_UNSETTLED)
    ).delete()
    ends, _ = GrantEnd.objects.filter(until__lt=now - KEEP_KEYS).delete()
    return keys + rows + events + ends


def forget(*, tenant_id: UUID, schema: str) -> None:
    """Delete the rows of one business that is erased. Run it in `public`, in the transaction that erases it."""
    IdempotencyKey.objects.filter(tenant_id=tenant_id).delete()
    OutboxRow.objects.filter(schema=schema).delete()
    InboxEvent.objects.filter(tenant_id=tenant_id).delete()
    AuditEntry.objects.filter(tenant_id=tenant_id).delete()
