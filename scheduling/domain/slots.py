"""The slot engine: one piece of code says what is free and whether a time may be booked.

Everything is epoch minutes (UTC), half-open. No database, no clock, no objects per slot: open hours become a few
ranges of starts per window (cached), one pass over the busy intervals cuts them, Python's ranges are the answer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import chain
from math import ceil, floor
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from scheduling.domain.hours import Opening, Window
from scheduling.domain.spans import Span, around
from scheduling.domain.zones import local_date, local_minute

# (start, end, providers in the order of their calendars, seats left or None when not a class)
Slot = tuple[int, int, tuple[UUID, ...], int | None]
# A run of allowed starts: the first, which lies on the grid, and a minute that none may exceed.
_Lane = tuple[int, int]


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
    """A busy interval in full, to explain closed times: its own time and, with its buffers, its occupied range."""

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
    Give busy times from `first - before` to `last + duration + after`; leave out what is being moved or held by the
    asker.
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


def free_starts(calendar: Calendar, *, now: float, first: int, last: int) -> list[int]:
    """The starts in [first, last) that can be booked, in order. `now`: epoch minutes, fractions allowed."""
    ranges, several = _free_ranges(calendar, now, first, last)
    starts = list(chain.from_iterable(ranges))
    if several:
        starts = sorted(set(starts))
    if calendar.sessions:
        joinable = [s.start for s in _open_sessions(calendar, now, first, last)]
        starts = sorted({*starts, *joinable})
    return starts


def offered(calendar: Calendar, start: int, now: float) -> bool:
    """Whether a client may book this start: exactly when `free_starts` lists it."""
    return bool(free_starts(calendar, now=now, first=start, last=start + 1))


def any_starts(calendars: Iterable[Calendar], *, now: float, first: int, last: int) -> list[int]:
    """The starts in [first, last) that at least one of the providers has free, in order."""
    found: set[int] = set()
    for calendar in calendars:
        if calendar.sessions:
            found.update(free_starts(calendar, now=now, first=first, last=last))
        else:
            found.update(*_free_ranges(calendar, now, first, last)[0])
    return sorted(found)


def union(calendars: Iterable[Calendar], *, now: float, first: int, last: int) -> list[Slot]:
    """What the providers have free between them: one entry per (start, end), ordered by it.

    Providers stand in the order of their calendars; seats left are those of all of them together.
    """
    calendars = list(calendars)
    if len(calendars) == 1 and calendars[0].spec.capacity == 1:
        duration, who = calendars[0].spec.duration, (calendars[0].provider,)
        return [(s, s + duration, who, None) for s in free_starts(calendars[0], now=now, first=first, last=last)]
    providers: dict[tuple[int, int], list[UUID]] = {}
    seats: dict[tuple[int, int], int] = {}
    for calendar in calendars:
        for span, left in free_spans(calendar, now=now, first=first, last=last):
            providers.setdefault(span, []).append(calendar.provider)
            if left is not None:
                seats[span] = seats.get(span, 0) + left
    return [(*span, tuple(providers[span]), seats.get(span)) for span in sorted(providers)]


def free_spans(calendar: Calendar, *, now: float, first: int, last: int) -> list[tuple[Span, int | None]]:
    """The free starts with their ends (a session keeps the one it was made with) and the seats left there."""
    spec = calendar.spec
    starts = free_starts(calendar, now=now, first=first, last=last)
    if spec.capacity == 1:
        return [((start, start + spec.duration), None) for start in starts]
    made = {session.start: session for session in calendar.sessions}
    return [
        ((start, made[start].end), spec.capacity - made[start].seats_taken)
        if start in made
        else ((start, start + spec.duration), spec.capacity)
        for start in starts
    ]


def horizon_end(calendar: Calendar, now: float) -> int:
    """The first start too far ahead: the end of the last bookable local date."""
    today = local_date(calendar.zone, floor(now))
    return local_minute(calendar.zone, today + calendar.spec.max_advance_days + 1, 0)


def earliest_start(calendar: Calendar, now: float) -> int:
    """The first minute that keeps the notice."""
    return ceil(now + calendar.spec.notice)


def capped_days(calendar: Calendar) -> list[Span]:
    """The local dates, as instants, on which this service's daily cap is reached."""
    cap, zone = calendar.spec.daily_cap, calendar.zone
    if cap is None:
        return []
    full = sorted(day for day, count in calendar.counts.items() if count >= cap)
    return [(local_minute(zone, day, 0), local_minute(zone, day + 1, 0)) for day in full]


def _free_ranges(calendar: Calendar, now: float, first: int, last: int) -> tuple[list[range], bool]:
    """The free starts as ranges, and whether several grids overlap so that they are neither ordered nor unique."""
    spec = calendar.spec
    low = max(first, earliest_start(calendar, now))
    high = min(last, horizon_end(calendar, now)) - 1
    tracks = _tracks(calendar.opening, spec)
    busy = calendar.busy
    if calendar.sessions:
        busy = sorted([*busy, *((s.occupied_start, s.occupied_end) for s in calendar.sessions)])
    capped = capped_days(calendar)
    found: list[range] = []
    for track in tracks:
        lanes = _clipped(track, low, high, spec.step)
        for day_start, day_end in capped:
            lanes = _without(lanes, day_start, day_end, spec.step)
        _sweep(lanes, busy, spec, found)
    return found, len(tracks) > 1


def _sweep(lanes: Sequence[_Lane], busy: Sequence[Span], spec: Spec, found: list[range]) -> None:
    """Walk lanes and busy intervals together, both in order; append what stays free.

    A start s collides with busy [b, e) unless s + duration + after <= b or s - before >= e.
    """
    before, step, need = spec.before, spec.step, spec.duration + spec.after
    emit, k, count = found.append, 0, len(busy)
    for cursor, high in lanes:
        reach = high + need
        while k < count:
            busy_start, busy_end = busy[k]
            if busy_start >= reach:
                break
            busy_end += before
            if busy_end > cursor:
                if busy_start - need >= cursor:
                    emit(range(cursor, busy_start - need + 1, step))
                cursor = busy_end + (cursor - busy_end) % step
                if cursor > high:
                    break  # it may reach into the next lane, so it stays current
            k += 1
        if cursor <= high:
            emit(range(cursor, high + 1, step))


@lru_cache(4096)
def _tracks(opening: Opening, spec: Spec) -> tuple[tuple[_Lane, ...], ...]:
    """The starts that open hours and blocks allow, as tracks of disjoint lanes in order; usually one track.

    Windows that overlap keep their own grids, so their lanes may overlap and then go to tracks of their own.
    """
    tracks: list[list[_Lane]] = []
    for lane in sorted({lane for window in opening.windows for lane in _window_lanes(window, opening, spec)}):
        track = next((track for track in tracks if track[-1][1] < lane[0]), None)
        if track is None:
            tracks.append([lane])
        else:
            track.append(lane)
    return tuple(tuple(track) for track in tracks)


def _window_lanes(window: Window, opening: Opening, spec: Spec) -> list[_Lane]:
    """The lanes of one window: its own grid, where the occupied range lies in the joined open time and no block."""
    span = around(opening.open, window.start)
    assert span is not None  # the open time is made of the windows
    before, after = (spec.before, spec.after) if spec.buffers_within_hours else (0, 0)
    low = span[0] + before
    high = min(span[1] - after - spec.duration, window.end - 1)
    lanes = _clipped([(window.first_start(spec.step), high)], low, high, spec.step)
    for block_start, block_end in opening.blocks:
        closed_from = block_start - spec.duration - spec.after + 1
        lanes = _without(lanes, closed_from, block_end + spec.before, spec.step)
    return list(lanes)


def _clipped(lanes: Sequence[_Lane], low: int, high: int, step: int) -> Sequence[_Lane]:
    """The lanes' starts within [low, high], both included."""
    i = bisect_left(lanes, low, key=_high)
    j = bisect_right(lanes, high, key=_cursor)
    if i >= j:
        return ()
    if lanes[i][0] >= low and lanes[j - 1][1] <= high:
        return lanes[i:j]
    part = list(lanes[i:j])
    if part[0][0] < low:
        part[0] = (low + (part[0][0] - low) % step, part[0][1])
    if part[-1][1] > high:
        part[-1] = (part[-1][0], high)
    return [lane for lane in part if lane[0] <= lane[1]]


def _without(lanes: Sequence[_Lane], start: int, end: int, step: int) -> Sequence[_Lane]:
    """The lanes without the starts in [start, end)."""
    if end <= start:
        return lanes
    i = bisect_left(lanes, start, key=_high)
    j = bisect_left(lanes, end, key=_cursor)
    if i >= j:
        return lanes
    return [
        *lanes[:i],
        *_clipped(lanes[i:j], lanes[i][0], start - 1, step),
        *_clipped(lanes[i:j], end, lanes[j - 1][1], step),
        *lanes[j:],
    ]


def _open_sessions(calendar: Calendar, now: float, first: int, last: int) -> list[Session]:
    """Sessions with a seat left. Hours, grid and cap were settled when they were made; blocks and clashes count."""
    low = max(first, earliest_start(calendar, now))
    high = min(last, horizon_end(calendar, now))
    return [
        session
        for session in calendar.sessions
        if low <= session.start < high
        and session.seats_taken < calendar.spec.capacity
        and not _clashes(calendar, session)
    ]


def _clashes(calendar: Calendar, session: Session) -> bool:
    start, end = session.occupied_start, session.occupied_end
    others = ((s.occupied_start, s.occupied_end) for s in calendar.sessions if s is not session)
    return any(a < end and start < b for a, b in chain(calendar.opening.blocks, calendar.busy, others))


_cursor = itemgetter(0)
_high = itemgetter(1)
