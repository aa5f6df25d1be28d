"""Reading an outside calendar: what keeps its provider busy, and what was done to our own events in it.

All pages are read before anything is written; then one transaction under the provider's lock replaces the busy times,
keeps where to go on, and asks for what follows. A reading that fails anywhere leaves everything as it was. Intervals
are kept, no titles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from calendarsync.domain.events import Outside, Rules, Span, busy, key_of, made_by_us, span, unreadable
from calendarsync.enums import State, Vendor
from calendarsync.gateways.base import Account, Delta, Gone, ResyncNeeded
from calendarsync.models import Calendar, Mirror, RepeatingEvent
from calendarsync.services import clashes, findings, mirrors, rows
from calendarsync.services.accounts import fail, opened
from daybook.core.ids import new_id
from daybook.core.outbox import Drop, Postpone
from scheduling.selectors import blocks
from scheduling.services.busy import Busy, forget_past, replace_busy

if TYPE_CHECKING:
    from tenants.models import Business

BACK = timedelta(days=2)
"""How far back events are read: what has ended before closes nothing that can still be booked."""
LEASE = timedelta(minutes=5)
"""Real time; renewed at each series."""
SPACING = timedelta(seconds=3)
"""Between two readings of a calendar that notifications ask for."""
FORGOTTEN = timedelta(days=30)
"""How long the past is still shown in the calendar."""
MOST_UNREADABLE = 100
"""So many events whose dates nobody can read are counted."""
STUCK = timedelta(minutes=10)
"""After this a notification that was not read for is asked for again."""


class Overtaken(Exception):
    """Another worker reads this calendar now; what this one has read counts for nothing."""


@dataclass(slots=True)
class Found:
    """What a reading has found, before it is written. `series`: the heads that are laid out anew, with their times.

    `touched` and `unreadable` are keys of events: all that are told of, and those whose dates nobody can read.
    """

    delta: Delta
    times: list[Busy] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    series: dict[str, bool] = field(default_factory=dict)
    ours: list[Outside] = field(default_factory=list)
    laid_out: bool = False


def mark_dirty(calendar: Calendar, *, now: datetime, again: bool = False) -> None:
    """A calendar has changed: have it read soon. However often this is said, one reading is asked for.

    `again`: whoever says so has taken back what was asked before.
    """
    clean = Q() if again else Q(dirty_since__isnull=True) | Q(dirty_since__lt=now - STUCK)
    if Calendar.objects.filter(clean, pk=calendar.pk).update(dirty_since=now):
        last = calendar.synced_at
        rows.read(calendar.pk, due=max(now, last + SPACING) if last and last <= now else now)


def read(*, business: Business, calendar_id: UUID, now: datetime, whole: bool = False) -> None:
    """Bring what we know of a calendar up to date. One reading at a time; `whole` from the start.

    Raises `Postpone` while another reads it, `NotNow` when the vendor cannot be reached.
    """
    calendar = _leased(calendar_id, now)
    try:
        with opened(calendar.connection) as account:
            found = _found(business, account, calendar, now, whole=whole)
        _write(business, calendar, found, now)
    finally:
        _release(calendar)


def lay_out(*, business: Business, calendar_id: UUID, now: datetime) -> None:
    """Lay the repeating events out anew, up to today's horizon: once a night, as it moves on. Forgets what is past."""
    calendar = _leased(calendar_id, now)
    try:
        heads = list(calendar.repeating.values_list("external_id", flat=True))
        found = Found(Delta((), calendar.sync_token or ""), laid_out=True)
        with opened(calendar.connection) as account:
            for head in heads:
                _lay_out(account, calendar, head, found, now)
        _write(business, calendar, found, now)
        forget_past(provider_id=calendar.connection.provider_id, source=calendar.source, before=now - FORGOTTEN)
    finally:
        _release(calendar)


def _leased(calendar_id: UUID, now: datetime) -> Calendar:
    """The calendar, with this worker as its only reader for some minutes of real time."""
    lease, real = new_id(), timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=real)
    taken = Calendar.objects.filter(free, pk=calendar_id).update(lease=lease, leased_until=real + LEASE)
    calendar = Calendar.objects.select_related("connection").filter(pk=calendar_id).first()
    if calendar is None:
        raise Drop("the calendar is gone")
    if not taken:
        raise Postpone(now + SPACING)
    if calendar.gone_at or not (calendar.counts or calendar.receives) or calendar.connection.state != State.ACTIVE:
        _release(calendar)
        raise Drop("nobody wants this calendar to be read at present")
    Calendar.objects.filter(pk=calendar_id, lease=lease).update(dirty_since=None)
    return calendar


def _release(calendar: Calendar) -> None:
    Calendar.objects.filter(pk=calendar.pk, lease=calendar.lease).update(lease=None, leased_until=None)


def _found(business: Business, account: Account, calendar: Calendar, now: datetime, *, whole: bool) -> Found:
    """Ask the vendor for everything that this reading needs."""
    delta = _delta(account, calendar, now, whole=whole)
    calendar.timezone = delta.zone or calendar.timezone
    found = Found(delta)
    known = _mirrored(business, calendar, delta.events)
    rules = rules_of(calendar)
    known_heads = set(calendar.repeating.values_list("external_id", flat=True))
    heads: dict[str, None] = {}
    for event in delta.events:
        if event.id in known:
            found.ours.append(event)
        elif event.series and event.series in known:
            continue  # a part of ours that somebody made repeating: judged at its head
        elif event.series or event.repeats and not event.cancelled:
            heads[event.series or event.id] = None
        else:
            _single(calendar, event, found, rules, now)
            if event.id in known_heads:
                found.series[event.id] = False
    for head in heads:
        if found.series.get(head, True):
            _lay_out(account, calendar, head, found, now)
    return found


def _delta(account: Account, calendar: Calendar, now: datetime, *, whole: bool) -> Delta:
    """What has changed; everything, when the cursor is too old or the calendar's time zone is another by now."""
    for cursor in (None if whole else calendar.sync_token, None):
        delta = account.changes(calendar.external_id, cursor, since=now - BACK)
        if isinstance(delta, Delta):
            if delta.whole or delta.zone in ("", calendar.timezone):
                return delta
        elif not isinstance(delta, ResyncNeeded):
            fail(delta, calendar.connection, calendar, now=now)
    raise Postpone(now + timedelta(minutes=1))


def rules_of(calendar: Calendar) -> Rules:
    """What the connection's owner has chosen about events that may or may not keep him busy."""
    return Rules(calendar.connection.tentative_is_busy, calendar.connection.focus_is_busy)


def _mirrored(business: Business, calendar: Calendar, events: Iterable[Outside]) -> set[str]:
    """The ids among these that are events of ours: by our table, or worked out for those that it has forgotten."""
    ids = [event.id for event in events] + [event.series for event in events if event.series]
    known = set(Mirror.objects.filter(event_id__in=ids).values_list("event_id", flat=True))
    for event in events:
        if event.id not in known and event.block and made_by_us(event, business.pk, calendar.external_id):
            known.add(event.id)
    return known


def _single(calendar: Calendar, event: Outside, found: Found, rules: Rules, now: datetime) -> None:
    key = key_of(event.id)
    found.touched.add(key)
    if unreadable(event, rules):
        found.unreadable.add(key)
    closed = busy(event, calendar.timezone, rules)
    if closed and closed[1] > now - BACK:
        found.times.append(Busy(*closed, key))


def _lay_out(account: Account, calendar: Calendar, head: str, found: Found, now: datetime) -> None:
    """The single times of a series up to the horizon, in place of what was known of it."""
    Calendar.objects.filter(pk=calendar.pk, lease=calendar.lease).update(leased_until=timezone.now() + LEASE)
    parts = account.instances(calendar.external_id, head, first=now - BACK, last=blocks.horizon(now))
    if not isinstance(parts, list | Gone):
        fail(parts, calendar.connection, calendar, now=now)
    key, rules = key_of(head), rules_of(calendar)
    found.touched.add(key)
    found.series[head] = isinstance(parts, list)
    for part in parts if isinstance(parts, list) else ():
        closed = busy(part, calendar.timezone, rules)
        if unreadable(part, rules):
            found.unreadable.add(key)
        if closed:
            found.times.append(Busy(*closed, key))


def _write(business: Business, calendar: Calendar, found: Found, now: datetime) -> None:
    """Everything at once: busy times, heads of series, where to go on, what has to be judged or looked at."""
    connection = calendar.connection

    def finish(added: list[Busy]) -> None:
        _still_mine(calendar)
        _keep_heads(calendar, found)
        _judge(business, calendar, found, now)
        first = calendar.synced_at is None
        clashes.look(connection=connection, added=added, now=now, tell=not first)
        Calendar.objects.filter(pk=calendar.pk).update(
            sync_token=found.delta.cursor,
            timezone=calendar.timezone,
            synced_at=now,
            expanded_until=_expanded(calendar, found, now),
            unreadable=_unreadable(calendar, found),
            last_error="",
            last_error_at=None,
        )

    if not calendar.counts:
        found.times = []
    replace_busy(
        provider_id=connection.provider_id,
        source=calendar.source,
        times=found.times,
        events=None if found.delta.whole else found.touched,
        title=Vendor(connection.vendor).label,
        finish=finish,
    )


def _expanded(calendar: Calendar, found: Found, now: datetime) -> datetime | None:
    """Up to where every series is laid out: one that was laid out alone may reach less far than before."""
    horizon, before = blocks.horizon(now), calendar.expanded_until
    if found.delta.whole or found.laid_out or before is None:
        return horizon
    return min(before, horizon) if found.series else before


def _unreadable(calendar: Calendar, found: Found) -> list[str]:
    before = set() if found.delta.whole else set(calendar.unreadable) - found.touched
    return sorted(before | found.unreadable)[:MOST_UNREADABLE]


def _still_mine(calendar: Calendar) -> None:
    row = Calendar.objects.select_for_update().filter(pk=calendar.pk).first()
    if row is None or row.lease != calendar.lease:
        raise Overtaken


def _keep_heads(calendar: Calendar, found: Found) -> None:
    """Remember which events repeat; those that are gone are forgotten."""
    alive = [head for head, parts in found.series.items() if parts]
    calendar.repeating.filter(external_id__in=[head for head, parts in found.series.items() if not parts]).delete()
    if found.delta.whole:
        calendar.repeating.exclude(external_id__in=alive).delete()
    RepeatingEvent.objects.bulk_create(
        [RepeatingEvent(calendar=calendar, external_id=head) for head in alive], ignore_conflicts=True
    )


def _judge(business: Business, calendar: Calendar, found: Found, now: datetime) -> None:
    """Our events that are not as we left them: those of this calendar are judged one by one, later.

    A reading from the start does not tell of deleted ones: whatever should be there and is not is judged, too.
    """
    ids = {event.id for event in found.ours}
    here = {mirror.event_id: mirror for mirror in calendar.mirrors.filter(event_id__in=ids)}
    questions = findings.questions(calendar.connection)
    asked: list[tuple[UUID, UUID]] = []
    if found.delta.whole:
        missing = calendar.mirrors.filter(written_at__isnull=False, ends_at__gt=now).exclude(event_id__in=ids)
        asked += [(mirror.block_id, mirror.pk) for mirror in missing]
    others = Mirror.objects.filter(event_id__in=ids).exclude(calendar=calendar).exclude(connection__state=State.LEAVING)
    elsewhere = set(others.values_list("event_id", flat=True))  # of somebody who shares this calendar: his to judge
    for event in found.ours:
        mirror = here.get(event.id)
        if mirror is None:
            if event.id not in elsewhere:
                _found_again(business, calendar, event, now)
        elif mirror.block_id in questions and not event.cancelled:
            if event.etag != questions[mirror.block_id]:
                asked.append((mirror.block_id, mirror.pk))
        elif not _echo(mirror, event, calendar.timezone):
            asked.append((mirror.block_id, mirror.pk))
    rows.judge(asked, now=now)


def _found_again(business: Business, calendar: Calendar, event: Outside, now: datetime) -> None:
    """An event that we made and have no record of: it is taken on again, or out if its block has another by now."""
    block = None if event.cancelled else made_by_us(event, business.pk, calendar.external_id)
    if block is None:
        return
    mirror = mirrors.prepare(business, calendar, block)
    if mirror.starts_at is None:
        mirrors.adopt(mirror, calendar, event)
        rows.match([block], now=now)
    else:
        rows.remove(block, mirror.pk, event.id, now=now)


def _echo(mirror: Mirror, event: Outside, zone: str) -> bool:
    """Whether the event is as we left it. What people change without moving it (its colour, its words) is theirs."""
    if event.cancelled:
        return mirror.starts_at is None
    if mirror.starts_at is None:
        return False
    if event.etag == mirror.etag:
        return True
    shown: Span | None = span(event, zone)
    same = not event.all_day and not event.repeats and shown == (mirror.starts_at, mirror.ends_at)
    if same:
        Mirror.objects.filter(pk=mirror.pk).update(etag=event.etag)
    return same
