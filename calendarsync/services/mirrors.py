"""Making outside calendars agree with what is booked: one event for each block, the newest state wins.

A row of the outbox names a block; whatever was asked before or after, the event becomes what the block is now. Rows of
one block are handled one after the other. Network and transactions take turns: before an event is made its id is kept,
so that a crash at any point leaves something that the next attempt recognises.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from calendarsync.domain.changes import Booked, Verdict, judge
from calendarsync.domain.events import Desired, Outside, event_id, span
from calendarsync.enums import OnChange, State
from calendarsync.gateways.base import Account, Conflict, Exists, Gone, Removed, Written
from calendarsync.models import Calendar, Mirror
from calendarsync.services import contents, rows
from calendarsync.services.accounts import fail, opened
from calendarsync.services.findings import open_finding, over
from daybook.core.outbox import Drop, Postpone
from scheduling.enums import Status
from scheduling.selectors import blocks

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

WRITES_AN_HOUR = 20
"""No appointment is written more often: two programs that answer each other's changes come to rest."""
ROUNDS = 5
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def match(*, business: Business, block_id: UUID, now: datetime) -> None:
    """Make the calendars agree with the block: its event where it belongs, and nowhere else.

    Raises `Drop` while somebody has to answer first, `NotNow` when the vendor cannot be reached.
    """
    seats = blocks.seats(block_id)
    goal = receiving(seats[0].provider_id) if seats else None
    if goal is not None:
        _put(business, goal, block_id, seats, now)
    others = Mirror.objects.filter(block_id=block_id, starts_at__isnull=False)
    for mirror in others.select_related("calendar__connection").exclude(calendar=goal):
        take_out(mirror, now=now)


def receiving(provider_id: UUID) -> Calendar | None:
    """The calendar that receives the provider's appointments."""
    found = Calendar.objects.filter(connection__provider_id=provider_id, receives=True, gone_at__isnull=True)
    return found.exclude(connection__state=State.LEAVING).select_related("connection").first()


def prepare(business: Business, calendar: Calendar, block_id: UUID) -> Mirror:
    """The mirror of a block in a calendar, made if need be. Its event's id is known before the event is."""
    first = event_id(business.pk, block_id, calendar.external_id, 0)
    found, _made = Mirror.objects.get_or_create(
        block_id=block_id, calendar=calendar, defaults={"connection": calendar.connection, "event_id": first}
    )
    return found


def booked_of(mirror: Mirror, seats: list[Appointment]) -> Booked:
    """What is booked where the mirror stands; not live when the block belongs into another calendar, or none."""
    if not seats:
        return Booked(NEVER, NEVER, live=False)
    goal, first = receiving(seats[0].provider_id), seats[0]
    live = goal is not None and goal.pk == mirror.calendar_id
    return Booked(first.starts_at, first.ends_at, seats=len(seats), live=live, paid=blocks.paid(seats))


def judged(mirror: Mirror, seen: Outside, seats: list[Appointment], *, now: datetime) -> Verdict:
    """What to do about our event as it is in the calendar now."""
    booked = booked_of(mirror, seats)
    pushed = (mirror.starts_at or booked.start, mirror.ends_at or booked.end)
    connection = mirror.calendar.connection
    return judge(
        seen,
        etag=mirror.etag,
        pushed=pushed,
        booked=booked,
        apply=connection.on_change == OnChange.APPLY,
        zone=mirror.calendar.timezone,
        now=now,
    )


def take_out(mirror: Mirror, *, now: datetime) -> None:
    """Take the event out of its calendar. Nothing to do where the calendar itself is out of reach."""
    connection = mirror.calendar.connection
    if mirror.calendar.gone_at is not None or connection.state in (State.RECONNECT, State.LEAVING):
        return
    with opened(connection) as account:
        answer = account.remove(mirror.calendar.external_id, mirror.event_id)
        if not isinstance(answer, Removed):
            fail(answer, connection, mirror.calendar, now=now)
    over(mirror.block_id, now=now)
    Mirror.objects.filter(pk=mirror.pk).update(starts_at=None, ends_at=None, etag="", content="", written_at=None)


def forget_version(mirror: Mirror, seen: Outside) -> None:
    """Take the version that is in the calendar as the one to be written over; a deleted event gets a new id."""
    mirror.content = ""
    if seen.cancelled:
        renew(mirror)
    else:
        mirror.etag = seen.etag
        mirror.save(update_fields=["etag", "content"])


def renew(mirror: Mirror) -> None:
    """The next event has another id: one that was deleted never becomes free again."""
    calendar = mirror.calendar
    mirror.generation += 1
    mirror.event_id = event_id(_business_id(), mirror.block_id, calendar.external_id, mirror.generation)
    mirror.etag, mirror.content, mirror.written_at, mirror.starts_at, mirror.ends_at = "", "", None, None, None
    mirror.save()


def adopt(mirror: Mirror, calendar: Calendar, seen: Outside) -> None:
    """Take on an event that we made before and had no record of: it is brought in step like any other."""
    mirror.event_id, mirror.etag, mirror.content = seen.id, seen.etag, ""
    mirror.starts_at, mirror.ends_at = span(seen, calendar.timezone) or (None, None)
    mirror.save()


def accept(mirror: Mirror, seen: Outside, desired: Desired) -> None:
    """Keep that the event in the calendar is what it shall be."""
    mirror.etag, mirror.content = seen.etag, desired.rev
    mirror.starts_at, mirror.ends_at = desired.start, desired.end
    mirror.save(update_fields=["etag", "content", "starts_at", "ends_at"])


def _put(business: Business, calendar: Calendar, block_id: UUID, seats: list[Appointment], now: datetime) -> None:
    mirror = prepare(business, calendar, block_id)
    mirror.calendar = calendar
    desired = contents.desired(business, calendar.connection, mirror, seats)
    if _same_time(mirror, desired):
        if open_finding(block_id) is not None:
            raise Drop("somebody has to answer first")
    else:
        over(block_id, now=now)  # it was moved here: what was asked is out of date
    if mirror.written_at is not None and mirror.content == desired.rev:
        return
    if mirror.written_at is None and seats[0].status != Status.CONFIRMED and seats[0].ends_at < now:
        return
    _count(mirror, now)
    with opened(calendar.connection) as account:
        _write(business, account, mirror, seats, now)


def _write(business: Business, account: Account, mirror: Mirror, seats: list[Appointment], now: datetime) -> None:
    """Insert or change until the calendar has what shall be, or somebody else's change has to be judged first."""
    calendar = mirror.calendar
    for _round in range(ROUNDS):
        desired = contents.desired(business, calendar.connection, mirror, seats)
        if not mirror.etag:
            Mirror.objects.filter(pk=mirror.pk).update(starts_at=desired.start, ends_at=desired.end)
            mirror.starts_at, mirror.ends_at = desired.start, desired.end
        answer = account.put(calendar.external_id, desired, etag=mirror.etag)
        if isinstance(answer, Written):
            _written(mirror, desired, answer.etag, now)
            return
        if isinstance(answer, Gone):  # purged without a trace: nobody asked for the appointment to go
            renew(mirror)
            continue
        if not isinstance(answer, Exists | Conflict):
            fail(answer, calendar.connection, calendar, now=now)
        if _reconciled(account, mirror, desired, seats, now):
            return
    raise Postpone(now + timedelta(minutes=1))


def _reconciled(account: Account, mirror: Mirror, desired: Desired, seats: list[Appointment], now: datetime) -> bool:
    """Look at what stands in the way; True when nothing is left to write (or it has to be judged first)."""
    calendar, known = mirror.calendar, bool(mirror.etag)
    seen = account.look(calendar.external_id, mirror.event_id)
    if isinstance(seen, Gone):
        renew(mirror)
        return False
    if not isinstance(seen, Outside):
        fail(seen, calendar.connection, calendar, now=now)
    if not seen.cancelled and seen.rev == desired.rev and span(seen, calendar.timezone) == (desired.start, desired.end):
        _written(mirror, desired, seen.etag, now)
        return True
    if known and judged(mirror, seen, seats, now=now) not in (Verdict.NOTHING, Verdict.PUT_BACK):
        rows.judge([(mirror.block_id, mirror.pk)], now=now)
        return True
    forget_version(mirror, seen)
    return False


def _written(mirror: Mirror, desired: Desired, etag: str, now: datetime) -> None:
    mirror.written_at = now
    mirror.etag, mirror.content = etag, desired.rev
    mirror.starts_at, mirror.ends_at = desired.start, desired.end
    mirror.save(update_fields=["written_at", "etag", "content", "starts_at", "ends_at"])


def _same_time(mirror: Mirror, desired: Desired) -> bool:
    return (mirror.starts_at, mirror.ends_at) == (desired.start, desired.end)


def _count(mirror: Mirror, now: datetime) -> None:
    """Count a write; raises `Postpone` when the hour has had its share."""
    hour = timedelta(hours=1)
    if mirror.counted_since is None or mirror.counted_since + hour <= now or mirror.counted_since > now:
        mirror.counted_since, mirror.writes = now, 0
    if mirror.writes >= WRITES_AN_HOUR:
        raise Postpone(mirror.counted_since + hour)
    mirror.writes += 1
    mirror.save(update_fields=["counted_since", "writes"])


def _business_id() -> UUID:
    from django.db import connection

    return UUID(str(connection.tenant.pk))  # type: ignore[attr-defined]
