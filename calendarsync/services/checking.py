"""Comparing outside calendars with what is booked, and bringing them in step again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from calendarsync.domain.events import Outside, busy, made_by_us, span
from calendarsync.enums import State
from calendarsync.gateways.base import Account, Delta
from calendarsync.models import Calendar, Connection, Mirror
from calendarsync.services import keeping, reading, rows
from calendarsync.services.accounts import NotNow, opened
from calendarsync.services.mirrors import receiving
from daybook.core.outbox import Drop
from scheduling.selectors import blocks
from scheduling.selectors.busy import busy_spans
from scheduling.services.busy import outward

if TYPE_CHECKING:
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree: in whose calendar, `what` it is (missing, superfluous, elsewhere, busy, free), and when."""

    provider: str
    what: str
    when: str


def differences(*, business: Business, now: datetime) -> Iterator[Difference]:
    """Compare every connection with its calendars, read from the start. Nothing is changed, no title is read."""
    for connection in Connection.objects.filter(state=State.ACTIVE).select_related("provider"):
        name = connection.provider.name
        try:
            with opened(connection) as account:
                for calendar in connection.calendars.filter(gone_at__isnull=True):
                    if calendar.counts or calendar.receives:
                        yield from _calendar(business, account, calendar, name, now)
        except (Drop, NotNow) as error:
            yield Difference(name, "unreadable", str(error))


def resync(*, whole: bool, now: datetime) -> int:
    """Have all calendars read (`whole`: from the start) and all events compared soon; answers how many connections."""
    found = list(Connection.objects.filter(state=State.ACTIVE))
    for connection in found:
        with transaction.atomic():
            for calendar in connection.calendars.filter(gone_at__isnull=True):
                if calendar.counts or calendar.receives:
                    rows.read(calendar.pk, due=now, whole=whole)
            keeping.rewrite(connection, now=now)
            keeping.begin(connection, now=now)
    return len(found)


def _calendar(
    business: Business, account: Account, calendar: Calendar, name: str, now: datetime
) -> Iterator[Difference]:
    delta = account.changes(calendar.external_id, None, since=now)
    if not isinstance(delta, Delta):
        yield Difference(name, "unreadable", str(delta))
        return
    events = {event.id: event for event in delta.events if not event.cancelled}
    if calendar.receives:
        yield from _ours(business, calendar, events, name, now)
    if calendar.counts:
        yield from _theirs(business, account, calendar, events, name, now)


def _ours(
    business: Business, calendar: Calendar, events: dict[str, Outside], name: str, now: datetime
) -> Iterator[Difference]:
    goal = receiving(calendar.connection.provider_id)
    wanted = blocks.ahead(calendar.connection.provider_id, now=now) if goal and goal.pk == calendar.pk else {}
    seats = blocks.seats_of(wanted)
    known = {mirror.block_id: mirror.event_id for mirror in Mirror.objects.filter(calendar=calendar)}
    for block in sorted(wanted, key=str):
        event, booked = events.get(known.get(block, "")), seats[block][0]
        if event is None:
            yield Difference(name, "missing", _said(booked.starts_at, booked.ends_at))
        elif span(event, calendar.timezone) != (booked.starts_at, booked.ends_at):
            yield Difference(name, "elsewhere", _said(booked.starts_at, booked.ends_at))
    right = {known[block] for block in wanted if block in known}
    for event in events.values():
        there = span(event, calendar.timezone)
        if event.id not in right and made_by_us(event, business.pk, calendar.external_id) and there:
            yield Difference(name, "superfluous", _said(*there))


def _theirs(
    business: Business, account: Account, calendar: Calendar, events: dict[str, Outside], name: str, now: datetime
) -> Iterator[Difference]:
    closed = set(busy_spans(calendar.source))
    ours = set(Mirror.objects.filter(event_id__in=list(events)).values_list("event_id", flat=True))
    there: set[tuple[datetime, datetime]] = set()
    for event in events.values():
        if event.id in ours or made_by_us(event, business.pk, calendar.external_id) or event.series:
            continue
        parts: object = [event]
        if event.repeats:
            parts = account.instances(calendar.external_id, event.id, first=now, last=blocks.horizon(now))
        for part in parts if isinstance(parts, list) else []:
            if found := busy(part, calendar.timezone, reading.rules_of(calendar)):
                there.add(outward(*found))
    for start, end in sorted(there - closed):
        yield Difference(name, "busy", _said(start, end))
    horizon = calendar.expanded_until or blocks.horizon(now)
    for start, end in sorted(closed - there):
        if end > now and start < horizon:
            yield Difference(name, "free", _said(start, end))


def _said(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M}Z to {end:%Y-%m-%d %H:%M}Z"
