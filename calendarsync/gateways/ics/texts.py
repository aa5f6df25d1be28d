"""iCalendar files as text: the few lines that say when somebody is busy, cleaned of what programs get wrong.

What an entry is about (its title, place, notes) is left out here and read by nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

MOST_ENTRIES = 50_000
KEPT = frozenset(
    {
        "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "STATUS",
        "TRANSP", "ATTENDEE", "ORGANIZER", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY",
    }
)  # fmt: skip
"""Names of the lines of an entry that matter. A broken one among the others breaks nothing."""
CALENDAR, EVENT, FREEBUSY, TIMEZONE = "VCALENDAR", "VEVENT", "VFREEBUSY", "VTIMEZONE"
_NAME = re.compile(r"([A-Za-z0-9-]+)\s*[:;]")
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_ENDS = re.compile(r"\r\n|\n|\r")
_TZID = re.compile(r';\s*TZID\s*=\s*("[^"]*"|[^";:,]+)', re.IGNORECASE)


class NotCalendar(ValueError):
    """The text is no iCalendar file."""


class TooMuch(ValueError):
    """More entries, or more often repeated ones, than anybody's calendar has."""


@dataclass(slots=True)
class File:
    """The entries of a file, each as its lines; `headers` are the calendar's own lines by name, in upper case."""

    events: list[list[str]] = field(default_factory=list)
    busy: list[list[str]] = field(default_factory=list)
    zones: list[list[str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


def taken_apart(body: bytes) -> File:
    """The entries of an iCalendar file, whatever its line ends and encoding. Raises NotCalendar and TooMuch."""
    found, inside, entry, seen = File(), list[str](), list[str](), False
    for line in _ENDS.split(_FOLD.sub("", _decoded(body))):
        match = _NAME.match(line)
        if match is None:
            continue
        name, value = match[1].upper(), line[match.end() :].strip()
        if name == "BEGIN":
            inside.append(value.upper())
            seen = seen or inside == [CALENDAR]
            entry = [] if len(inside) == 2 else entry
        if inside[1:2] == [TIMEZONE] and len(inside) > 2:
            entry.append(line)
        elif len(inside) == 2 and (name in KEPT or inside[1] == TIMEZONE) and name not in ("BEGIN", "END"):
            entry.append(_with_known_zone(line))
        elif len(inside) == 1 and name not in ("BEGIN", "END"):
            found.headers.setdefault(name, value)
        if name == "END" and inside:
            _keep(found, inside, entry)
    if not seen or inside:  # without its end, part of it may be missing
        raise NotCalendar
    return found


def _keep(found: File, inside: list[str], entry: list[str]) -> None:
    """Something ended; an entry of a calendar is kept."""
    kind = inside.pop()
    places = {EVENT: found.events, FREEBUSY: found.busy, TIMEZONE: found.zones}
    if inside == [CALENDAR] and kind in places:
        places[kind].append(entry)
        if len(places[kind]) > MOST_ENTRIES:
            raise TooMuch


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _with_known_zone(line: str) -> str:
    """The line with its zone under the name that we know it by; a zone that nobody knows keeps its own."""

    def renamed(match: re.Match[str]) -> str:
        name = match[1].strip('"').strip()
        return f";TZID={zone_name(name) or match[1]}"

    head, colon, value = _head_and_value(line)
    return _TZID.sub(renamed, head) + colon + value


def _head_and_value(line: str) -> tuple[str, str, str]:
    """Name with parameters, and value: they part at the first colon outside of quotes."""
    quoted = False
    for place, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return line[:place], ":", line[place + 1 :]
    return line, "", ""


def zone_name(text: str) -> str | None:
    """The IANA name of a zone in whatever words: IANA's, Windows', or with a maker's prefix; None for none of them."""
    name = text.strip().strip('"').strip("/")
    parts = (name if name.lower() in _names() else WINDOWS_TO_OLSON.get(name, name)).split("/")
    tried = ("/".join(parts[place:]) for place in range(len(parts)))
    return next((_names()[one.lower()] for one in tried if one.lower() in _names()), None)


def zone_of(text: str) -> ZoneInfo | None:
    """The zone of that name, if `zone_name` knows it."""
    name = zone_name(text)
    return None if name is None else ZoneInfo(name)


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
