"""When somebody is busy according to an iCalendar file: spans of time, and nothing else of what is in it.

Not busy: what is cancelled, marked as free, or declined. All-day entries count from midnight to midnight in the
calendar's zone, the end exclusive; times without a zone are the provider's. Files come from strangers: run it apart
(`apart.py`), with limits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event, Timezone, vBroken, vPeriod

from calendarsync.gateways.ics.texts import EVENT, TIMEZONE, File, TooMuch, taken_apart, zone_of

MOST_SPANS = 20_000
TOO_OFTEN = ("SECONDLY", "MINUTELY")
DAY = timedelta(days=1)
ODD = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ArithmeticError, RecursionError)
"""What broken entries make of the libraries."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: spans in [since, until). `zone` is the provider's; `me` his addresses.

    UIDs that end with one of `ours` may be of events that we made ourselves.
    """

    zone: str
    since: datetime
    until: datetime
    me: frozenset[str] = frozenset()
    ours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Busy in [start, end), aware. `uid` only of an entry that may be our own."""

    start: datetime
    end: datetime
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The spans in order, and how many entries could not be read."""

    spans: tuple[Span, ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """`Wanted`, with the zones: floating times are in `floating`, days in `days`."""

    wanted: Wanted
    floating: ZoneInfo
    days: ZoneInfo


def read(body: bytes, wanted: Wanted) -> Reading:
    """The busy spans of a file. Raises NotCalendar and TooMuch."""
    file = taken_apart(body)
    _learn_zones(file)
    frame, spans, skipped = _frame(file, wanted), set[Span](), 0
    for entries in _series(file, wanted):
        try:
            events = [_event(lines) for lines in entries]
            half = any(event.errors for event in events)
            found = list(_spans_of(events, frame))
        except TooMuch:
            raise
        except ODD:
            skipped += 1
            continue
        skipped += half
        spans.update(found)
        if len(spans) > MOST_SPANS:
            raise TooMuch
    for entry in file.busy:
        spans.update(_free_busy(entry, frame))
    return Reading(tuple(sorted(spans, key=lambda span: (span.start, span.end, span.uid))), skipped)


def _frame(file: File, wanted: Wanted) -> Frame:
    own = ZoneInfo(wanted.zone)
    name = file.headers.get("X-WR-CALNAME", "").lower()  # Google's is the address of whose calendar it is
    me = wanted.me | ({name} if "@" in name else set())
    return Frame(replace(wanted, me=me), own, zone_of(file.headers.get("X-WR-TIMEZONE", "")) or own)


def _learn_zones(file: File) -> None:
    """Zones that the file describes itself, under names that nobody else knows; a broken description is left out."""
    for lines in file.zones:
        text = "\r\n".join([f"BEGIN:{TIMEZONE}", *lines, f"END:{TIMEZONE}", ""])
        try:
            Timezone.from_ical(text)
        except ODD:
            continue


def _series(file: File, wanted: Wanted) -> Iterator[list[list[str]]]:
    """Entries that belong together by their UID; without what was surely over before."""
    groups: dict[str, list[list[str]]] = defaultdict(list)
    for number, lines in enumerate(file.events):
        uid = next((line[4:].strip() for line in lines if line[:4].upper() == "UID:"), "")
        groups[uid or f"#{number}"].append(lines)
    long_ago = (wanted.since - 3 * DAY).strftime("%Y%m%d")
    for entries in groups.values():
        if len(entries) > 1 or not _is_over(entries[0], long_ago):
            yield entries


def _is_over(lines: list[str], long_ago: str) -> bool:
    """Whether an entry that happens once surely ended before that day, seen without taking it apart."""
    days = []
    for line in lines:
        name = line.replace(":", ";").partition(";")[0].upper()
        if name in ("RRULE", "RDATE", "RECURRENCE-ID", "DURATION"):
            return False
        if name in ("DTSTART", "DTEND"):
            days.append(line.rpartition(":")[2].strip()[:8])
    return bool(days) and all(day.isdigit() and len(day) == 8 and day < long_ago for day in days)


def _spans_of(events: list[Event], frame: Frame) -> Iterator[Span]:
    for event in _occurrences(events, frame.wanted):
        if not is_busy(event, frame.wanted.me):
            continue
        start, end = _times(event, frame)
        start, end = max(start, frame.wanted.since), min(end, frame.wanted.until)
        if start < end:
            uid = str(event.get("UID", ""))
            yield Span(start, end, uid if uid.endswith(frame.wanted.ours) else "")


def _event(lines: list[str]) -> Event:
    """The entry; what cannot be read of it is left out, and stays in its `errors`."""
    event: Any = Event.from_ical("\r\n".join([f"BEGIN:{EVENT}", *lines, f"END:{EVENT}", ""]))
    for name in [name for name, value in event.items() if isinstance(value, vBroken)]:
        event.pop(name)
    if not isinstance(event["DTSTART"].dt, date):
        raise TypeError("no start")
    return cast(Event, event)


def _occurrences(events: list[Event], wanted: Wanted) -> Iterator[Event]:
    """Every time that entries of one UID take place. Entries that share a UID by mistake all count."""
    highest = max((_sequence(event) for event in events if "RECURRENCE-ID" not in event), default=0)
    masters = [event for event in events if "RECURRENCE-ID" not in event and _sequence(event) == highest]
    exceptions = [event for event in events if "RECURRENCE-ID" in event]
    if not exceptions and all("RRULE" not in event and "RDATE" not in event for event in masters):
        yield from masters
        return
    for master in [[one] for one in masters] or [[]]:
        calendar = Calendar()
        for event in master + exceptions:
            _refuse_too_often(event)
            calendar.add_component(event)
        yield from recurring_ical_events.of(calendar).between(wanted.since - 2 * DAY, wanted.until + 2 * DAY)


def _sequence(event: Event) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except ODD:
        return 0


def _refuse_too_often(event: Event) -> None:
    for rule in _listed(event, "RRULE"):
        if any(str(freq).upper() in TOO_OFTEN for freq in rule.get("FREQ", [])):
            raise TooMuch


def is_busy(event: Event, me: frozenset[str]) -> bool:
    """Whether an entry keeps its time closed. `me` are the addresses of the calendar's owner, in lower case."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return False
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE":
        return False
    return not _is_declined(event, me)


def _is_declined(event: Event, me: frozenset[str]) -> bool:
    """Whether the owner said no; of who that is nothing may be known, then all who are listed have to have said it."""
    answers = {_address(one): str(one.params.get("PARTSTAT", "")).upper() for one in _listed(event, "ATTENDEE")}
    own = {answer for address, answer in answers.items() if address in me}
    if own:
        return own == {"DECLINED"}
    organised = any(_address(one) in me for one in _listed(event, "ORGANIZER"))
    return bool(answers) and not organised and set(answers.values()) == {"DECLINED"}


def _listed(event: Event, name: str) -> list[Any]:
    found: Any = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _address(one: object) -> str:
    return str(one).lower().removeprefix("mailto:").strip()


def _times(event: Event, frame: Frame) -> tuple[datetime, datetime]:
    """Start and end in UTC; without an end a day lasts a day, and a time no time at all."""
    start, end = _value(event, "DTSTART"), _value(event, "DTEND")
    if end is None and (length := _value(event, "DURATION")) is not None:
        end = start + length
    if not isinstance(start, datetime) and not isinstance(end, datetime):
        end = max(end or start, start + DAY)
    return _instant(start, frame), _instant(start if end is None else end, frame)


def _value(event: Event, name: str) -> Any:
    found: Any = event.get(name)
    return None if found is None else found.dt


def _instant(value: date, frame: Frame) -> datetime:
    """A date's midnight in the calendar's zone, a time without a zone in the provider's; fold 0."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), frame.days).astimezone(UTC)
    if value.tzinfo is None:
        value = value.replace(tzinfo=frame.floating, fold=0)
    return value.astimezone(UTC)


def _free_busy(lines: Iterable[str], frame: Frame) -> Iterator[Span]:
    """The periods of a VFREEBUSY: what some servers publish instead of entries."""
    for line in lines:
        head, _colon, values = line.partition(":")
        if head.upper().startswith("FREEBUSY") and "FBTYPE=FREE" not in head.upper().split(";"):
            yield from filter(None, (_period(text, frame) for text in values.split(",")))


def _period(text: str, frame: Frame) -> Span | None:
    try:
        first, last = vPeriod.from_ical(text.strip())  # type: ignore[no-untyped-call]
        end = first + last if isinstance(last, timedelta) else last
        start, end = _instant(first, frame), _instant(end, frame)
    except ODD:
        return None
    start, end = max(start, frame.wanted.since), min(end, frame.wanted.until)
    return Span(start, end) if start < end else None
