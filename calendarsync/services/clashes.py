"""Something else has appeared in a provider's calendar on top of an appointment: somebody is told, nothing is cancelled."""

from __future__ import annotations

from datetime import datetime

from calendarsync.domain.events import Span
from calendarsync.enums import Answer, Found
from calendarsync.models import Attention, Connection
from calendarsync.services import findings
from scheduling.selectors import blocks
from scheduling.selectors.busy import overlapped
from scheduling.services.busy import Busy


def look(*, connection: Connection, added: list[Busy], now: datetime, tell: bool) -> None:
    """Ask about blocks under times that are new; settle what was asked about where nothing overlaps any more."""
    spans = sorted((one.start, one.end) for one in added if one.end > now)
    found = {}
    for block_id, start, end in blocks.touching(connection.provider_id, spans, now=now):
        other = _first_on(spans, start, end)
        found[block_id] = (start, other)
    findings.overlaps(connection=connection, clashes=found, now=now, tell=tell)
    _settle(connection, now=now)


def _first_on(spans: list[Span], start: datetime, end: datetime) -> Span:
    return next(one for one in spans if one[0] < end and one[1] > start)


def _settle(connection: Connection, *, now: datetime) -> None:
    asked = list(
        Attention.objects.filter(connection=connection, found=Found.OVERLAP, answer=Answer.OPEN).select_related(
            "connection"
        )
    )
    if not asked:
        return
    still = overlapped(connection.provider_id, [one.block_id for one in asked])
    for one in asked:
        if one.block_id not in still:
            findings.over_one(one, now=now)
