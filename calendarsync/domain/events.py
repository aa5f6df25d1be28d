"""Events of outside calendars: when they keep somebody busy, and what ours look like. Instants are aware, spans half-open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
Kind = Literal["default", "birthday", "focusTime", "fromGmail", "outOfOffice", "workingLocation"]
Reply = Literal["", "accepted", "declined", "needsAction", "tentative"]
NEVER_BUSY = ("birthday", "workingLocation")
UNSURE = ("needsAction", "tentative")
GENERATIONS = 50
"""How many ids of one block in one calendar are looked for: each deletion uses one up."""
LONGEST_ID = 300
"""The longest id under which scheduling keeps a busy time; longer ones are shortened to a digest."""


@dataclass(frozen=True, slots=True)
class Outside:
    """An event as its calendar tells it. Of a deleted one often nothing but the id is known.

    `start` and `end` of one with hours, `first` and `last` (the day after) of an all-day one; `repeats`: it is the
    head of a series; `series`: the id of the head of the series that it is a part of; `reply`: what the calendar's
    owner answered to the invitation; `unreadable`: it has a date that nobody can read; `rev` and `block`: what we wrote
    into ours, to know its content again, and whose it is (a copy that somebody made carries it, too).
    """

    id: str
    etag: str = ""
    cancelled: bool = False
    start: datetime | None = None
    end: datetime | None = None
    first: date | None = None
    last: date | None = None
    repeats: bool = False
    series: str = ""
    free: bool = False
    reply: Reply = ""
    kind: Kind = "default"
    unreadable: bool = False
    rev: str = ""
    block: str = ""

    @property
    def all_day(self) -> bool:
        """Whether it has dates instead of hours."""
        return self.first is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner of the calendar has chosen: whether unanswered invitations and focus time keep him busy."""

    tentative_is_busy: bool = True
    focus_is_busy: bool = True


@dataclass(frozen=True, slots=True)
class Desired:
    """Our event as it shall be. `rev` is the digest of everything else, written along."""

    id: str
    start: datetime
    end: datetime
    zone: str
    title: str
    description: str = ""
    location: str = ""
    block_id: str = ""
    rev: str = field(init=False, default="")

    def __post_init__(self) -> None:
        parts = (self.id, self.start.isoformat(), self.end.isoformat(), self.zone, self.title, self.description)
        text = "\x1f".join((*parts, self.location))
        object.__setattr__(self, "rev", hashlib.sha256(text.encode()).hexdigest())


def span(event: Outside, zone: str) -> Span | None:
    """When the event is; all-day ones from midnight to midnight in the calendar's `zone`. None when nothing is known."""
    if event.first is not None and event.last is not None:
        return _midnight(event.first, zone), _midnight(event.last, zone)
    if event.start is not None and event.end is not None:
        return event.start.astimezone(UTC), event.end.astimezone(UTC)
    return None


def busy(event: Outside, zone: str, rules: Rules) -> Span | None:
    """The time that the event closes, None when it closes none. Heads of series close nothing themselves."""
    found = span(event, zone) if _counts(event, rules) else None
    return found if found and found[0] < found[1] else None


def unreadable(event: Outside, rules: Rules) -> bool:
    """Whether the event would close a time, and nobody can say which."""
    return event.unreadable and _counts(event, rules)


def _counts(event: Outside, rules: Rules) -> bool:
    if event.cancelled or event.free or event.repeats or event.kind in NEVER_BUSY or event.reply == "declined":
        return False
    if event.reply in UNSURE and not rules.tentative_is_busy:
        return False
    return event.kind != "focusTime" or rules.focus_is_busy


def event_id(business_id: UUID, block_id: UUID, calendar: str, generation: int) -> str:
    """The id of our event for a block in a calendar: hexadecimal, so it is base32hex, too. Each generation is another.

    It can be worked out again after everything else is forgotten, and nobody can copy it.
    """
    return uuid5(business_id, f"{block_id}:{calendar}:{generation}").hex


def made_by_us(event: Outside, business_id: UUID, calendar: str) -> UUID | None:
    """The block of an event that we made some time ago and have no record of; None for anybody else's."""
    try:
        block = UUID(event.block)
    except ValueError:
        return None
    known = (event_id(business_id, block, calendar, generation) for generation in range(GENERATIONS))
    return block if event.id in known else None


def key_of(external_id: str) -> str:
    """Under which scheduling keeps the busy times of an event."""
    if len(external_id) <= LONGEST_ID:
        return external_id
    return hashlib.sha256(external_id.encode()).hexdigest()


def whole_minutes(found: Span) -> Span | None:
    """The span on whole minutes, its length kept; None when nothing is left."""
    start = found[0].replace(second=0, microsecond=0)
    length = timedelta(minutes=round((found[1] - found[0]).total_seconds() / 60))
    return (start, start + length) if length else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
