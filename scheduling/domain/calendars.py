"""What the slot engine is given: a service's demands and, per provider, what is open and what is taken.

Everything is epoch minutes (UTC), half-open, unless said otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import chain
from math import ceil, floor
from typing import NamedTuple
from uuid import UUID

from scheduling.domain.hours import Opening
from scheduling.domain.spans import Span
from scheduling.domain.zones import local_date, local_minute


@dataclass(frozen=True, slots=True)
class Spec:
    """What a service asks of a time; minutes, unless said otherwise. Capacity above 1 makes it a class."""

    duration: int
    before: int = 0
    after: int = 0
    step: int = 15
    notice: int = 0
    max_advance_days: int = 365
    daily_cap: int | None = None
    capacity: int = 1
    buffers_within_hours: bool = True


class Kind(IntEnum):
    """What keeps an interval busy."""

    BOOKED = 0
    HELD = 1
    OUTSIDE = 2


class Taken(NamedTuple):
    """A busy interval in full, to explain closed times: its occupied range (with buffers) and its own time."""

    occupied_start: int
    occupied_end: int
    kind: Kind
    start: int
    end: int


class Session(NamedTuple):
    """A class session of the service asked for, as it was made."""

    start: int
    end: int
    occupied_start: int
    occupied_end: int
    seats_taken: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """What one provider's answer depends on.

    `busy`: occupied ranges of live appointments and outside busy times as (start, end), ordered by start; overlaps are
    fine. `sessions`: this class's sessions, which are *not* repeated in `busy`. `counts`: appointments of this service
    per local date (ordinal) for the daily cap, a session once. `taken`: `busy` in full; only `explain` reads it.
    Give busy times that touch [first - before, last + duration + after); leave out what is being moved, or held by
    whoever asks.
    """

    provider: UUID
    spec: Spec
    opening: Opening
    busy: Sequence[Span] = ()
    sessions: tuple[Session, ...] = ()
    counts: Mapping[int, int] = field(default_factory=dict)
    taken: Sequence[Taken] = ()
    position: int = 0

    @property
    def zone(self) -> str:
        """The provider's zone: hours, horizon and daily cap follow its dates."""
        return self.opening.zone

    def horizon_end(self, now: float) -> int:
        """The first start too far ahead: the end of the last local date that can be booked."""
        return local_minute(self.zone, local_date(self.zone, floor(now)) + self.spec.max_advance_days + 1, 0)

    def earliest_start(self, now: float) -> int:
        """The first minute that keeps the notice."""
        return ceil(now + self.spec.notice)

    def capped_days(self) -> list[Span]:
        """The local dates, as instants, on which this service's daily cap is reached."""
        cap, zone = self.spec.daily_cap, self.zone
        if cap is None:
            return []
        full = sorted(day for day, count in self.counts.items() if count >= cap)
        return [(local_minute(zone, day, 0), local_minute(zone, day + 1, 0)) for day in full]

    def clashes(self, session: Session) -> bool:
        """Whether a session's occupied range touches a block, another session or anything busy."""
        start, end = session.occupied_start, session.occupied_end
        others = ((s.occupied_start, s.occupied_end) for s in self.sessions if s is not session)
        return any(a < end and start < b for a, b in chain(self.opening.blocks, self.busy, others))
