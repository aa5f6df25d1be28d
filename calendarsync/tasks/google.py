"""What the outbox asks of this app. Handlers read what is there now: late or repeated rows do no harm."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from calendarsync.services import changes, findings, keeping, mirrors, parting, reading, rows, telling, watching
from daybook.core.outbox import handles

if TYPE_CHECKING:
    from tenants.models import Business


@handles(rows.MATCH)
def match(payload: dict[str, Any], now: datetime) -> None:
    """Make the outside calendars agree with a block."""
    mirrors.match(business=_business(), block_id=UUID(payload["block"]), now=now)


@handles(rows.JUDGE)
def judge(payload: dict[str, Any], now: datetime) -> None:
    """Do what follows from a change of our event."""
    changes.settle(business=_business(), mirror_id=UUID(payload["mirror"]), now=now)


@handles(rows.REMOVE)
def remove(payload: dict[str, Any], now: datetime) -> None:
    """Take out an old event of ours."""
    changes.remove(mirror_id=UUID(payload["mirror"]), event_id=payload["event"], now=now)


@handles(rows.READ)
def read(payload: dict[str, Any], now: datetime) -> None:
    """Read what has changed in a calendar."""
    reading.read(
        business=_business(), calendar_id=UUID(payload["calendar"]), now=now, whole=payload.get("whole", False)
    )


@handles(rows.LAY_OUT)
def lay_out(payload: dict[str, Any], now: datetime) -> None:
    """Lay out repeating events up to today's horizon."""
    reading.lay_out(business=_business(), calendar_id=UUID(payload["calendar"]), now=now)


@handles(rows.WATCH)
def watch(payload: dict[str, Any], now: datetime) -> None:
    """Open a channel."""
    watching.open_channel(business_id=_business().pk, calendar_id=UUID(payload["calendar"]), now=now)


@handles(rows.HUSH)
def hush(payload: dict[str, Any], now: datetime) -> None:
    """Stop a channel."""
    watching.hush(channel=payload["channel"], now=now)


@handles(rows.KEEP)
def keep(payload: dict[str, Any], now: datetime) -> None:
    """Look after a connection, and come again."""
    keeping.keep(connection_id=UUID(payload["connection"]), turn=payload["turn"], now=now)


@handles(rows.LEAVE, when_suspended=True)
def leave(payload: dict[str, Any], now: datetime) -> None:
    """Tidy up after a connection."""
    parting.farewell(business=_business(), connection_id=UUID(payload["connection"]), now=now)


@handles(rows.TELL_BROKEN)
def tell_broken(payload: dict[str, Any], now: datetime) -> None:
    """Write that a calendar has to be connected again."""
    connection_id, who = UUID(payload["connection"]), payload.get("who", "")
    telling.tell_broken(business=_business(), connection_id=connection_id, who=who, now=now)


@handles(rows.TELL_DEPARTED)
def tell_departed(payload: dict[str, Any], now: datetime) -> None:
    """Write that a calendar went with a member who left."""
    provider_id, connection_id = UUID(payload["provider"]), UUID(payload["connection"])
    telling.tell_departed(
        business=_business(), provider_id=provider_id, connection_id=connection_id, who=payload["who"]
    )


@handles(rows.TELL_FOUND)
def tell_found(payload: dict[str, Any], now: datetime) -> None:
    """Write that an answer is needed."""
    attention_id, who = UUID(payload["attention"]), payload.get("who", "")
    telling.tell_found(business=_business(), attention_id=attention_id, who=who, now=now)


@handles(rows.FOUND_END)
def end_found(payload: dict[str, Any], now: datetime) -> None:
    """The appointment begins: nothing has to be answered any more."""
    findings.end(UUID(payload["attention"]), now=now)


def _business() -> Business:
    """The relay calls handlers inside their business."""
    return cast("Business", connection.tenant)  # type: ignore[attr-defined]
