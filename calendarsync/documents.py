"""A provider's appointments as an iCalendar feed for his other calendars. In UTC: readers show it in their own zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendarsync.enums import Privacy
from daybook.core.checking import plain_lines
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

READ_AGAIN, LONGEST = "PT15M", 75
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
    """The appointments as a file, in the business's language. The same appointments give the same bytes.

    Written line by line: a year of a busy provider is thousands of events, and calendars read it all the time.
    """
    with translation.override(publisher.business.locale):
        lines = [*_head(publisher)]
        for block in _blocks(rows):
            lines += ["BEGIN:VEVENT", *_event(publisher, block), "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _head(publisher: Publisher) -> Iterator[str]:
    name = _text(one_line(f"{publisher.name} \N{MIDDLE DOT} {publisher.business.name}"))
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Daybook//Appointments//EN", "CALSCALE:GREGORIAN")
    yield from ("METHOD:PUBLISH", f"NAME:{name}", f"X-WR-CALNAME:{name}", f"X-WR-TIMEZONE:{publisher.zone}")
    yield from (f"REFRESH-INTERVAL;VALUE=DURATION:{READ_AGAIN}", f"X-PUBLISHED-TTL:{READ_AGAIN}")


def _blocks(rows: Iterable[Appointment]) -> Iterator[list[Appointment]]:
    """Each appointment by itself, and the seats of a class session together."""
    found: dict[UUID, list[Appointment]] = {}
    for row in rows:
        found.setdefault(row.block_id if row.capacity > 1 else row.pk, []).append(row)
    yield from found.values()


def _event(publisher: Publisher, seats: list[Appointment]) -> Iterator[str]:
    first, changed = seats[0], _instant(max(row.updated_at for row in seats))
    pending = all(row.status == Status.PENDING_APPROVAL for row in seats)
    yield f"UID:{uid(first.block_id if first.capacity > 1 else first.pk)}"
    yield f"SEQUENCE:{max(row.sequence for row in seats)}"
    yield from (f"DTSTAMP:{changed}", f"LAST-MODIFIED:{changed}")
    yield from (f"DTSTART:{_instant(first.starts_at)}", f"DTEND:{_instant(first.ends_at)}")
    yield f"SUMMARY:{_text(_summary(publisher.privacy, seats, pending))}"
    yield f"STATUS:{'TENTATIVE' if pending else 'CONFIRMED'}"
    yield "TRANSP:OPAQUE"
    if publisher.privacy == Privacy.BUSY:
        return
    if first.location in OURS or publisher.privacy == Privacy.FULL:
        where = place(publisher.business, first)
        if where:
            yield f"LOCATION:{_text(where)}"
    url = business_url(publisher.business, f"/dashboard/appointments/{first.pk}/")
    if first.capacity == 1:
        yield f"URL:{url}"
    if publisher.privacy == Privacy.FULL and first.capacity == 1:
        yield f"DESCRIPTION:{_text(_description(first, url))}"


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
    lines = [one_line(row.client_phone), plain_lines(row.notes).strip(), url]
    return "\n".join(line for line in lines if line)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """The text as the value of a line (RFC 5545, 3.3.11); nothing in it ends the line."""
    for char, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(char, written)
    return value


def _folded(line: str) -> str:
    """The line in pieces of at most 75 bytes, none of which ends within a character (RFC 5545, 3.1)."""
    if len(line) <= LONGEST // 4 or len(line.encode()) <= LONGEST:
        return line
    pieces, piece, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > LONGEST:
            pieces.append(piece)
            piece, size = "", 1  # the blank before it
        piece, size = piece + char, size + width
    return "\r\n ".join([*pieces, piece])


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
