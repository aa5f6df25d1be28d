"""A provider's appointments as an iCalendar feed for his other calendars. In UTC: readers show it in their own zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event, vDuration, vUri

from calendarsync.enums import Privacy
from daybook.core.mail import one_line
from scheduling.documents import place, uid
from scheduling.enums import Location, Status
from tenants.selectors import business_url

if TYPE_CHECKING:
    from uuid import UUID

    from calendarsync.models import Calendar as Chosen
    from calendarsync.models import Connection
    from scheduling.models import Appointment
    from tenants.models import Business

READ_AGAIN = timedelta(minutes=15)
OURS = (Location.BUSINESS, Location.VIDEO)
"""Places that say nothing about the client."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Whose appointments, and how much of them is told. `zone` is the provider's."""

    business: Business
    name: str
    zone: str
    privacy: str


def feed(publisher: Publisher, rows: Iterable[Appointment]) -> bytes:
    """The appointments as a file, in the business's language. The same appointments give the same bytes."""
    with translation.override(publisher.business.locale):
        calendar = _frame(publisher)
        for block in _blocks(rows):
            calendar.add_component(_event(publisher, block))
    content: bytes = calendar.to_ical()
    return content


def _frame(publisher: Publisher) -> Calendar:
    name = one_line(f"{publisher.name} \N{MIDDLE DOT} {publisher.business.name}")
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Daybook//Appointments//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", publisher.zone)
    calendar.add("refresh-interval", vDuration(READ_AGAIN), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(READ_AGAIN))
    return calendar


def _blocks(rows: Iterable[Appointment]) -> Iterator[list[Appointment]]:
    """Each appointment by itself, and the seats of a class session together."""
    found: dict[UUID, list[Appointment]] = {}
    for row in rows:
        found.setdefault(row.block_id if row.capacity > 1 else row.pk, []).append(row)
    yield from found.values()


def _event(publisher: Publisher, seats: list[Appointment]) -> Event:
    first, changed = seats[0], max(row.updated_at for row in seats)
    pending = all(row.status == Status.PENDING_APPROVAL for row in seats)
    event = Event()
    event.add("uid", uid(first.block_id if first.capacity > 1 else first.pk))
    event.add("sequence", max(row.sequence for row in seats))
    event.add("dtstamp", _second(changed))
    event.add("last-modified", _second(changed))
    event.add("dtstart", first.starts_at.astimezone(UTC))
    event.add("dtend", first.ends_at.astimezone(UTC))
    event.add("summary", _summary(publisher.privacy, seats, pending))
    event.add("status", "TENTATIVE" if pending else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if publisher.privacy == Privacy.BUSY:
        return event
    if first.location in OURS or publisher.privacy == Privacy.FULL:
        where = place(publisher.business, first)
        if where:
            event.add("location", where)
    url = business_url(publisher.business, f"/dashboard/appointments/{first.pk}/")
    if first.capacity == 1:
        event.add("url", vUri(url))
    if publisher.privacy == Privacy.FULL and first.capacity == 1:
        event.add("description", _description(first, url))
    return event


def _summary(privacy: str, seats: list[Appointment], pending: bool) -> str:
    first = seats[0]
    if privacy == Privacy.BUSY:
        return _("Busy")
    words = first.service_name
    if first.capacity > 1:
        taken = ngettext("%(n)d of %(all)d seat", "%(n)d of %(all)d seats", first.capacity)
        words = f"{words} ({taken % {'n': len(seats), 'all': first.capacity}})"
    elif privacy == Privacy.FULL and first.client_name:
        words = f"{first.client_name} \N{MIDDLE DOT} {words}"
    return one_line(_("Request: %(what)s") % {"what": words} if pending else words)


def _description(row: Appointment, url: str) -> str:
    lines = [one_line(row.client_phone), row.notes.strip(), url]
    return "\n".join(line for line in lines if line)


def _second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def connection_record(row: Connection) -> dict[str, Any]:
    """A connected account with its calendars, as the API shows it. No tokens."""
    return {
        "id": str(row.pk),
        "provider_id": str(row.provider_id),
        "vendor": row.vendor,
        "account": row.account,
        "state": row.state,
        "privacy": row.privacy,
        "on_change": row.on_change,
        "tentative_is_busy": row.tentative_is_busy,
        "focus_is_busy": row.focus_is_busy,
        "connected_at": row.connected_at.isoformat(),
        "last_error": row.last_error,
        "calendars": [_calendar_record(calendar) for calendar in row.calendars.all()],
    }


def _calendar_record(row: Chosen) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "timezone": row.timezone,
        "primary": row.primary,
        "writable": row.writable,
        "counts": row.counts,
        "receives": row.receives,
        "synced_at": row.synced_at.isoformat() if row.synced_at else None,
        "gone_at": row.gone_at.isoformat() if row.gone_at else None,
    }
