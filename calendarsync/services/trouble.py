"""Connections that do not work: what is known stays, one mail asks to connect again, bookings go on or pause."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from calendarsync.enums import State, Vendor, WhenBroken
from calendarsync.models import Calendar, CalendarChoice, Connection
from calendarsync.services import rows
from scheduling.services import write_path
from scheduling.services.busy import Busy, forget_busy, replace_busy

PAUSE = timedelta(days=800)
"""How long a paused provider is closed ahead: longer than anybody can book."""


def when_broken() -> str:
    """What the business has chosen."""
    choice = CalendarChoice.objects.first()
    return choice.when_broken if choice else WhenBroken.KEEP


def choose_when_broken(choice: str, *, now: datetime) -> None:
    """Choose, also for the connections that are broken at this moment."""
    CalendarChoice.objects.update_or_create(id=1, defaults={"when_broken": choice})
    for connection in Connection.objects.filter(broken_at__isnull=False):
        pause_or_keep(connection, now=now)


def lost(*, connection: Connection, why: str, now: datetime) -> None:
    """Access is lost: the connection waits for somebody to connect it again. Said once, however often it is found."""

    def work() -> None:
        write_path.lock([connection.provider_id])
        standing = Connection.objects.filter(pk=connection.pk, connected_at=connection.connected_at)
        standing = standing.exclude(state__in=(State.RECONNECT, State.LEAVING))
        if standing.update(state=State.RECONNECT, broken_at=now, last_error=why[:300], last_error_at=now):
            rows.tell_broken(connection.pk, since=now, now=now)
            pause_or_keep(connection, now=now)

    write_path.transact(work)


def calendar_gone(*, calendar: Calendar, why: str, now: datetime) -> None:
    """A calendar was deleted or closed to us; somebody has to choose again. The others of the account work on.

    What was busy in it stays closed until then: nobody knows whether the events are gone, too.
    """

    def work() -> None:
        write_path.lock([calendar.connection.provider_id])
        there = Calendar.objects.filter(pk=calendar.pk, gone_at__isnull=True)
        if not there.update(gone_at=now, last_error=why[:300], last_error_at=now, dirty_since=None):
            return
        connection = Connection.objects.filter(pk=calendar.connection_id)
        connection.update(broken_at=now, last_error=f"{calendar.name}: {why}"[:300], last_error_at=now)
        rows.tell_broken(calendar.connection_id, since=now, now=now)
        pause_or_keep(calendar.connection, now=now)

    write_path.transact(work)


def note(*, connection: Connection, calendar: Calendar | None, why: str, now: datetime) -> None:
    """Keep the last error for the Team screen and for operators."""
    Connection.objects.filter(pk=connection.pk).update(last_error=why[:300], last_error_at=now)
    if calendar is not None:
        Calendar.objects.filter(pk=calendar.pk).update(last_error=why[:300], last_error_at=now)


def pause_source(connection_id: UUID) -> str:
    """Under which the closed time of a paused provider is kept in scheduling."""
    return f"paused:{connection_id.hex}"


def is_broken(connection_id: UUID) -> bool:
    """Whether somebody has to act before everything works again."""
    broken = Q(state=State.RECONNECT) | Q(calendars__gone_at__isnull=False, calendars__counts=True)
    broken |= Q(calendars__gone_at__isnull=False, calendars__receives=True)
    return Connection.objects.filter(broken, pk=connection_id).exists()


def pause_or_keep(connection: Connection, *, now: datetime) -> None:
    """Close the provider's future while his calendar is unknown and the business wants that; else open it."""
    if when_broken() == WhenBroken.PAUSE and is_broken(connection.pk):
        replace_busy(
            provider_id=connection.provider_id,
            source=pause_source(connection.pk),
            times=[Busy(now, now + PAUSE)],
            title=Vendor(connection.vendor).label,
        )
    else:
        forget_busy(provider_id=connection.provider_id, source=pause_source(connection.pk))
