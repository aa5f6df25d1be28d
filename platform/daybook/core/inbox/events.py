"""An event as its handler sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from daybook.core.inbox.models import SETTLED, EventState, InboxEvent


class AlreadySettled(Exception):
    """Raised by `settle()`: another worker has applied the event meanwhile. Let it pass; nothing is left to do."""


class Ignore(Exception):
    """Raised by a handler: the event does not concern us. It is kept as ignored, with the reason."""


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event of `source`. It is a hint: its body may be stale, so handlers read the object itself again.

    `id` is our own; `event_id` the vendor's. `business_id` is None for events of no business.
    """

    id: int
    source: str
    event_id: str
    kind: str
    business_id: UUID | None
    object_id: str
    body: dict[str, Any] = field(repr=False)

    @contextmanager
    def settle(self) -> Iterator[None]:
        """A transaction in which the event counts as applied: what is written inside and the mark commit together.

        Raises `AlreadySettled` when the event was applied before; a second worker waits here for the first.
        """
        with transaction.atomic():
            row = InboxEvent.objects.select_for_update().filter(pk=self.id).first()
            if row is None or row.state in SETTLED:
                raise AlreadySettled
            yield
            InboxEvent.objects.filter(pk=self.id).update(
                state=EventState.APPLIED, applied_at=timezone.now(), last_error=""
            )
