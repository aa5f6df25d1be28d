"""Keeping an event: its row and the order to apply it, once."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django_tenants.utils import get_tenant_model, schema_context, tenant_context

from daybook.core.outbox import enqueue

KIND = "inbox.apply"
LONGEST_ID, LONGEST_KIND = 200, 100


@dataclass(frozen=True, slots=True)
class Incoming:
    """A delivery that was verified. `event_id` is the vendor's and unique within the source.

    Events with the same `object_id` are applied one after the other, in the order in which they came. `body` is what
    the handler needs, without signatures and other secrets. ValueError for an id or kind that cannot be one.
    """

    event_id: str
    kind: str
    business_id: UUID | None = None
    object_id: str = ""
    body: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        fits = (
            _is_name(self.event_id, LONGEST_ID)
            and _is_name(self.kind, LONGEST_KIND)
            and (not self.object_id or _is_name(self.object_id, LONGEST_ID))
        )
        if not fits:
            raise ValueError("not an event's id, kind or object")


def receive(
    *,
    source: str,
    event_id: str,
    kind: str,
    business_id: UUID | None,
    body: dict[str, Any],
    now: datetime,
    object_id: str = "",
) -> bool:
    """Keep a verified event and have it applied; whether it is new. The same event again changes nothing.

    One transaction. A twin that comes at the same time waits for the first: it is kept by one of them, whatever
    becomes of the other. `now` is domain time. ValueError for an id or kind that cannot be one.
    """
    incoming = Incoming(event_id, kind, business_id, object_id, body)
    with transaction.atomic():
        pk = _insert(source, incoming)
        if pk is None:
            return False
        order(pk, 0, source=source, object_id=object_id, business_id=business_id, now=now)
    return True


def order(pk: int, turn: int, *, source: str, object_id: str, business_id: UUID | None, now: datetime) -> None:
    """Have the event applied by a worker, after the earlier ones of its object. `turn` counts the replays."""
    with schema_of(business_id):
        enqueue(
            kind=KIND,
            aggregate=_aggregate(source, object_id or f"#{pk}"),
            dedupe_key=f"{dedupe_prefix(pk)}{turn}",
            due_at=now,
            payload={"event": pk},
        )


def dedupe_prefix(pk: int) -> str:
    """How the keys of the outbox rows of one event begin."""
    return f"{KIND}:{pk}:"


@contextmanager
def schema_of(business_id: UUID | None) -> Iterator[None]:
    """The schema in which events of the business are applied: `public` when there is no such business."""
    found = None if business_id is None else get_tenant_model().objects.filter(pk=business_id).first()
    place: AbstractContextManager[None] = schema_context("public") if found is None else tenant_context(found)
    with place:
        yield


def _insert(source: str, incoming: Incoming) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into public.core_inboxevent (source, event_id, kind, tenant_id, object_id, body, received_at, "
            "state, attempts, replays, last_error) values (%s, %s, %s, %s, %s, %s::jsonb, now(), 'received', 0, 0, '') "
            "on conflict (source, event_id) do nothing returning id",
            [
                source,
                incoming.event_id,
                incoming.kind,
                incoming.business_id,
                incoming.object_id,
                json.dumps(_storable(incoming.body)),
            ],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _storable(value: Any) -> Any:
    """The value with what PostgreSQL cannot keep in JSON replaced by U+FFFD: a vendor's event is not lost for it."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value


def _aggregate(source: str, object_id: str) -> str:
    name = f"inbox:{source}:{object_id}"
    return name if len(name) <= 120 else f"inbox:{source}:{sha256(object_id.encode()).hexdigest()}"


def _is_name(text: str, longest: int) -> bool:
    return 1 <= len(text) <= longest and text.isprintable()
