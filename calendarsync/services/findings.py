"""What somebody has to look at: opened by a change outside, closed by an answer, or when it has settled by itself.

While a move waits for its answer both times are closed: the appointment keeps its own, a busy time the other.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from calendarsync.domain.events import Outside, Span, span
from calendarsync.enums import Answer, Found, Vendor
from calendarsync.errors import AlreadyAnswered
from calendarsync.models import Attention, Connection, Mirror
from calendarsync.services import rows
from scheduling.services.busy import Busy, replace_busy

CHANGES = (Found.MOVED, Found.DELETED, Found.RESHAPED)
"""What was done to our own event; one at a time is open for a block."""


def open_finding(block_id: UUID) -> Attention | None:
    """The change of our event that waits for an answer."""
    return _open(block_id).filter(found__in=CHANGES).first()


def questions(connection: Connection) -> dict[UUID, str]:
    """The blocks whose changes wait for an answer, with the version of the event that was asked about. 1 query."""
    asked = Attention.objects.filter(connection=connection, answer=Answer.OPEN, found__in=CHANGES)
    return dict(asked.values_list("block_id", "etag"))


def find(*, mirror: Mirror, found: Found, seen: Outside, start: datetime, now: datetime) -> None:
    """Ask about a change of our event, whose appointment begins at `start`. A later change takes an earlier one's place."""
    connection = mirror.calendar.connection
    shown = None if seen.cancelled else span(seen, mirror.calendar.timezone)
    times = {"starts_at": shown[0], "ends_at": shown[1]} if shown and shown[0] < shown[1] else {}
    with transaction.atomic():
        asked = open_finding(mirror.block_id)
        if asked is not None and asked.found != found:
            _close(asked, Answer.OVER, now=now)
            asked = None
        if asked is None:
            asked = Attention(connection=connection, block_id=mirror.block_id, found=found, found_at=now)
            rows.found(asked.pk, now=now, ends=max(start, now))
        asked.starts_at, asked.ends_at, asked.etag = times.get("starts_at"), times.get("ends_at"), seen.etag
        asked.save()
        _keep_closed(asked, shown if times else None)


def overlaps(*, connection: Connection, clashes: dict[UUID, tuple[datetime, Span]], now: datetime, tell: bool) -> None:
    """Ask about blocks on whose time something else has appeared: the block's start, and the other's time."""
    for block_id, (start, other) in clashes.items():
        if _open(block_id).filter(found=Found.OVERLAP).exists():
            continue
        made = Attention.objects.create(
            connection=connection, block_id=block_id, found=Found.OVERLAP, starts_at=other[0], ends_at=other[1],
            found_at=now,
        )  # fmt: skip
        rows.found(made.pk, now=now, ends=max(start, now), tell=tell)


def close(attention: Attention, answer: Answer, *, now: datetime, by: str = "") -> None:
    """Note the answer and open the other time. Raises `AlreadyAnswered` for whoever comes second."""
    with transaction.atomic():
        if not _close(attention, answer, now=now, by=by):
            raise AlreadyAnswered()


def over(block_id: UUID, *, now: datetime) -> None:
    """Nothing has to be answered about the block any more."""
    for attention in _open(block_id):
        _close(attention, Answer.OVER, now=now)


def over_one(attention: Attention, *, now: datetime) -> None:
    """This one has settled by itself."""
    _close(attention, Answer.OVER, now=now)


def end(attention_id: UUID, *, now: datetime) -> None:
    """The appointment begins: it stands as it is booked."""
    attention = Attention.objects.filter(pk=attention_id, answer=Answer.OPEN).first()
    if attention is not None:
        _close(attention, Answer.OVER, now=now)


def _open(block_id: UUID) -> QuerySet[Attention]:
    return Attention.objects.filter(block_id=block_id, answer=Answer.OPEN).select_related("connection")


def _close(attention: Attention, answer: Answer, *, now: datetime, by: str = "") -> bool:
    """Answer it and open the other time at once, in one transaction; False for whoever comes second."""
    mine, closed = Attention.objects.filter(pk=attention.pk, answer=Answer.OPEN), [0]

    def note(_added: list[Busy]) -> None:
        closed[0] = mine.update(answer=answer, answered_at=now, answered_by=by[:100])

    if attention.found == Found.OVERLAP:
        note([])
    else:
        replace_busy(provider_id=attention.connection.provider_id, source=attention.source, times=(), finish=note)
    return bool(closed[0])


def _keep_closed(attention: Attention, shown: Span | None) -> None:
    connection = attention.connection
    times = [Busy(shown[0], shown[1])] if shown else []
    title = Vendor(connection.vendor).label
    replace_busy(provider_id=connection.provider_id, source=attention.source, times=times, title=title)
