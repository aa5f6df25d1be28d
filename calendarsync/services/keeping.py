"""Looking after a connection every quarter of an hour: what was lost on the way is found here at the latest.

No network: it asks for what is due, in rows of their own, and comes again. One row of the outbox for each connection
does it for ever; there is no scan over businesses.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from calendarsync.enums import State
from calendarsync.models import Calendar, Connection, Mirror
from calendarsync.services import reading, rows, watching
from calendarsync.services.mirrors import receiving
from daybook.core.outbox import Drop, Postpone
from scheduling.selectors import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

LATEST, EARLIEST = timedelta(minutes=15), timedelta(minutes=13)
"""Between two looks, at random, so that not all connections of the platform are read in the same second."""
OLD = timedelta(minutes=12)
"""A calendar that was read so long ago is read again."""
NIGHTLY = timedelta(days=1)


def begin(connection: Connection, *, now: datetime) -> None:
    """Look after the connection from now on. A row that did so before finds itself followed and ends."""
    connection.turn += 1
    connection.save(update_fields=["turn"])
    rows.keep(connection.pk, connection.turn, due=now)


def keep(*, connection_id: UUID, turn: int, now: datetime) -> None:
    """Ask for everything that is due. Always raises: `Postpone` until the next look, `Drop` when it is over."""
    connection = Connection.objects.filter(pk=connection_id, turn=turn).exclude(state=State.LEAVING).first()
    if connection is None:
        raise Drop("the connection is gone, or looked after by a later row")
    if connection.state == State.ACTIVE:
        look_after(connection, now=now)
    raise Postpone(now + EARLIEST + (LATEST - EARLIEST) * random.random())


def look_after(connection: Connection, *, now: datetime) -> None:
    """Calendars that were not read for long, channels that end, series whose horizon moved on, events that are missing."""
    horizon = blocks.horizon(now)
    for calendar in _used(connection):
        if calendar.synced_at is None or calendar.synced_at <= now - OLD:
            rows.forget(calendar_id=calendar.pk)  # while the vendor is away rows shall not pile up
            reading.mark_dirty(calendar, now=now, again=True)
        if calendar.expanded_until is not None and calendar.expanded_until <= horizon - NIGHTLY:
            rows.lay_out(calendar.pk, until=horizon, now=now)
        if watching.needs_channel(calendar, now=now):
            rows.watch(calendar.pk, now=now)
    reconcile(connection, now=now)


def reconcile(connection: Connection, *, now: datetime) -> None:
    """Ask again for blocks that have no event, or one at another time, and for events whose block is gone. 3 queries."""
    ahead, goal = blocks.ahead(connection.provider_id, now=now), receiving(connection.provider_id)
    placed = Mirror.objects.filter(connection=connection, starts_at__isnull=False, ends_at__gt=now)
    right, wrong = set[UUID](), set[UUID]()
    for mirror in placed:
        here = goal is not None and mirror.calendar_id == goal.pk and mirror.block_id in ahead
        as_booked = here and ahead[mirror.block_id] == (mirror.starts_at, mirror.ends_at)
        (right if as_booked and mirror.written_at else wrong).add(mirror.block_id)
    missing = set(ahead) - right if goal is not None else set()
    rows.forget(blocks=missing | wrong)
    rows.match(missing | wrong, now=now)


def rewrite(connection: Connection, *, now: datetime) -> None:
    """Write every event ahead anew where it has changed: after a setting did."""
    rows.match(blocks.ahead(connection.provider_id, now=now), now=now)


def _used(connection: Connection) -> Iterable[Calendar]:
    found = connection.calendars.filter(gone_at__isnull=True)
    return [calendar for calendar in found if calendar.counts or calendar.receives]
