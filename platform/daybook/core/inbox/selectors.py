"""Events for operators."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from daybook.core.inbox.models import InboxEvent


def find(
    *,
    source: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    business_id: UUID | None = None,
    since: datetime | None = None,
) -> QuerySet[InboxEvent]:
    """Events that were received at `since` (real time) or later, the latest first. None matches all."""
    wanted = {"source": source, "kind": kind, "state": state, "tenant_id": business_id, "received_at__gte": since}
    given = {name: value for name, value in wanted.items() if value is not None}
    return InboxEvent.objects.filter(**given).order_by("-id")


def named(name: str, *, source: str | None = None) -> list[InboxEvent]:
    """Events with this id: ours when it is a number, else the vendor's, which several sources may use."""
    if name.isdecimal() and len(name) < 19:
        return list(find(source=source).filter(pk=int(name)))
    return list(find(source=source).filter(event_id=name))
