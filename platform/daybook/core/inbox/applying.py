"""Applying a kept event: called by the relay for its outbox row, with no transaction open."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from daybook.core.inbox.events import AlreadySettled, Event, Ignore
from daybook.core.inbox.models import SETTLED, EventState, InboxEvent
from daybook.core.inbox.receiving import KIND
from daybook.core.inbox.registry import handler_of
from daybook.core.outbox import Drop, GiveUp, Postpone, handles, relay


@handles(KIND, when_suspended=True)
def apply(payload: dict[str, Any], now: datetime) -> None:
    """Have the event handled, and note what came of it. An event that is settled already stays as it is.

    Runs for suspended businesses too: what a vendor says happened has happened. What follows from it waits in outbox
    rows of its own kinds.
    """
    event = _begin(payload["event"])
    if event is None:
        raise Drop("settled before")
    try:
        _handle(event, now)
    except AlreadySettled:
        return
    except (Ignore, Drop) as reason:
        _note(event, state=EventState.IGNORED, last_error=str(reason))
    except Postpone:
        _note(event, state=EventState.RECEIVED, attempts=0)
        raise
    except GiveUp as reason:
        _note(event, state=EventState.DEAD, last_error=str(reason))
        raise
    except Exception as error:
        _note(event, last_error=f"{type(error).__name__}: {error}")
        raise


def _handle(event: Event, now: datetime) -> None:
    handler = handler_of(event.source, event.kind)
    if handler is None:
        raise Ignore
    handler(event, now)
    with event.settle():
        pass  # whoever returns without having settled had nothing to write


def _begin(pk: int) -> Event | None:
    """Count the attempt. Before the last one the event is called dead: it is, if its worker never comes back."""
    row = _unsettled(pk).first()
    if row is None:
        return None
    attempts = row.attempts + 1
    state = EventState.DEAD if attempts >= relay.MOST_ATTEMPTS else EventState.RECEIVED
    _unsettled(pk).update(attempts=attempts, state=state)
    return Event(row.pk, row.source, row.event_id, row.kind, row.tenant_id, row.object_id, row.body)


def _note(event: Event, **changes: Any) -> None:
    """Write down the outcome, unless the event was settled after all."""
    if "last_error" in changes:
        changes["last_error"] = changes["last_error"].replace("\0", "")[:500]
    _unsettled(event.id).update(**changes)


def _unsettled(pk: int) -> QuerySet[InboxEvent]:
    return InboxEvent.objects.filter(pk=pk).exclude(state__in=SETTLED)
