"""Choosing which calendars count as busy, which one receives appointments, and how they are treated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from calendarsync.domain.events import event_id
from calendarsync.enums import OnChange, Privacy, State
from calendarsync.models import Calendar, Connection, Mirror
from calendarsync.services import keeping, trouble, watching
from daybook.core.errors import Conflict, Invalid
from scheduling.selectors import blocks
from scheduling.services import write_path
from scheduling.services.busy import forget_busy

if TYPE_CHECKING:
    from tenants.models import Business

MOST = 100
"""Calendars of one account that are offered."""
USABLE = (State.CHOOSING, State.ACTIVE)


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody has chosen. No `receives`: appointments are not written anywhere."""

    counts: Collection[UUID]
    receives: UUID | None
    privacy: str = Privacy.FULL
    on_change: str = OnChange.APPLY
    tentative_is_busy: bool = True
    focus_is_busy: bool = True


def present(connection: Connection) -> dict[str, Any]:
    """What is chosen now, as the fields of a `Choice`."""
    rows = list(connection.calendars.all())
    return {
        "counts": [row.pk for row in rows if row.counts and row.gone_at is None],
        "receives": next((row.pk for row in rows if row.receives and row.gone_at is None), None),
        **{name: getattr(connection, name) for name in ("privacy", "on_change", "tentative_is_busy", "focus_is_busy")},
    }


def choose(*, business: Business, connection: Connection, choice: Choice, now: datetime) -> None:
    """Keep the choice and begin: read what counts, write what is ahead. What counts no more opens its times at once.

    Raises `Invalid` for a calendar that cannot be had, `Conflict` while the account has to be connected again.
    """
    if connection.state not in USABLE:
        raise _reconnect_first()
    _check(connection, choice)

    def work() -> None:
        write_path.lock([connection.provider_id])
        _still_there(connection)
        connection.calendars.update(lease=None, leased_until=None)  # who reads one now reads by the former choice
        _keep(connection, choice)
        for calendar in connection.calendars.all():
            _set(connection, calendar, choice, now)
        if choice.receives is not None:  # the former one receives no more by now
            connection.calendars.filter(pk=choice.receives).update(receives=True)
        connection.state = State.ACTIVE
        if not trouble.is_broken(connection.pk):
            connection.broken_at, connection.last_error, connection.last_error_at = None, "", None
        connection.save()
        _prepare(business, connection, now)
        keeping.begin(connection, now=now)
        keeping.rewrite(connection, now=now)
        trouble.pause_or_keep(connection, now=now)

    write_path.transact(work)


def _still_there(connection: Connection) -> None:
    """It was not left or lost since it was read."""
    mine = Connection.objects.select_for_update(no_key=True).filter(pk=connection.pk, state__in=USABLE)
    if mine.first() is None:
        raise _reconnect_first()


def _reconnect_first() -> Conflict:
    return Conflict("reconnect_first", _("Connect the calendar again first."))


def _check(connection: Connection, choice: Choice) -> None:
    usable = {row.pk: row for row in connection.calendars.filter(gone_at__isnull=True)}
    wrong = [pk for pk in choice.counts if pk not in usable]
    target = usable.get(choice.receives) if choice.receives else None
    if wrong or (choice.receives and (target is None or not target.writable)):
        message = _("This calendar cannot be used.")
        raise Invalid("calendar_not_usable", message, {"counts" if wrong else "receives": [message]})
    for name, value, known in (
        ("privacy", choice.privacy, Privacy.values),
        ("on_change", choice.on_change, OnChange.values),
    ):
        if value not in known:
            raise Invalid("validation_failed", _("This cannot be chosen."), {name: [_("This cannot be chosen.")]})


def _keep(connection: Connection, choice: Choice) -> None:
    """The settings; when those change that decide what is busy, everything is read again."""
    before = (connection.tentative_is_busy, connection.focus_is_busy)
    connection.privacy, connection.on_change = choice.privacy, choice.on_change
    connection.tentative_is_busy, connection.focus_is_busy = choice.tentative_is_busy, choice.focus_is_busy
    if before != (connection.tentative_is_busy, connection.focus_is_busy):
        connection.calendars.update(sync_token=None, synced_at=None)


def _set(connection: Connection, calendar: Calendar, choice: Choice, now: datetime) -> None:
    counted, used = calendar.counts, calendar.counts or calendar.receives
    calendar.counts, calendar.receives = calendar.pk in choice.counts, False
    wanted = calendar.counts or calendar.pk == choice.receives
    if counted and not calendar.counts:
        forget_busy(provider_id=connection.provider_id, source=calendar.source)
    if calendar.counts != counted or not wanted:
        calendar.sync_token, calendar.synced_at, calendar.expanded_until = None, None, None
        calendar.repeating.all().delete()
    if used and not wanted:
        watching.retire(calendar.channels.values_list("name", flat=True), now=now)
    calendar.dirty_since = None
    calendar.save()


def _prepare(business: Business, connection: Connection, now: datetime) -> None:
    """Know the ids of all events to come before the calendar is read: those left from another time are ours, too."""
    calendar = connection.calendars.filter(receives=True).first()
    if calendar is not None:
        Mirror.objects.bulk_create(
            [
                Mirror(
                    block_id=block,
                    connection=connection,
                    calendar=calendar,
                    event_id=event_id(business.pk, block, calendar.external_id, 0),
                )
                for block in blocks.ahead(connection.provider_id, now=now)
            ],
            ignore_conflicts=True,
        )
