"""The slot engine: one piece of code says what is free, and so whether a time may be booked.

Everything is epoch minutes (UTC), half-open. No database, no clock, no object per slot: open hours become lanes of
starts (cached), one pass over the busy intervals cuts them into runs, the runs are the answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, repeat
from typing import NamedTuple
from uuid import UUID

from scheduling.domain.calendars import Calendar, Session, Spec
from scheduling.domain.lanes import Lane, clipped, listed_times, tracks, without
from scheduling.domain.reasons import Closings, Reason, furthest
from scheduling.domain.spans import Span

# (start, end, providers in the order of their calendars, seats left or None when not a class)
Slot = tuple[int, int, tuple[UUID, ...], int | None]
# Free starts one step apart: the first, and the minute before which the last one lies.
_Run = tuple[int, int]


class Listed(NamedTuple):
    """A grid time of a day, free (`reason` None) or closed."""

    start: int
    end: int
    providers: tuple[UUID, ...]
    seats_left: int | None
    reason: Reason | None


def free_starts(calendar: Calendar, *, now: float, first: int, last: int) -> list[int]:
    """The starts in [first, last) that can be booked, in order. `now`: epoch minutes, fractions allowed."""
    runs, unordered = _free_runs(calendar, now, first, last)
    step = calendar.spec.step
    starts: list[int] = []
    extend = starts.extend
    for start, stop in runs:
        extend(range(start, stop, step))
    if unordered or calendar.sessions:
        return sorted({*starts, *(s.start for s in _open_sessions(calendar, now, first, last))})
    return starts


def offered(calendar: Calendar, start: int, now: float) -> bool:
    """Whether a client may book this start: exactly when `free_starts` lists it."""
    return bool(free_starts(calendar, now=now, first=start, last=start + 1))


def any_starts(calendars: Iterable[Calendar], *, now: float, first: int, last: int) -> list[int]:
    """The starts in [first, last) that at least one of the providers has free, in order."""
    calendars = list(calendars)
    if len(calendars) == 1:
        return free_starts(calendars[0], now=now, first=first, last=last)
    if (phase := _common_phase(calendars)) is None:
        lists = (free_starts(calendar, now=now, first=first, last=last) for calendar in calendars)
        return sorted(set(chain.from_iterable(lists)))
    step = calendars[0].spec.step
    base = first + (phase - first) % step
    row = bytearray(_cells(base, last, step))
    ones = b"\1" * len(row)
    for calendar in calendars:
        _mark(row, 0, _free_runs(calendar, now, first, last)[0], base, step, ones)
    return list(compress(range(base, last, step), row))


def union(calendars: Iterable[Calendar], *, now: float, first: int, last: int) -> list[Slot]:
    """What the providers have free between them: one entry per (start, end), ordered by it.

    Providers stand in the order of their calendars; seats left are those of all of them together.
    """
    calendars = list(calendars)
    if len(calendars) == 1 and calendars[0].spec.capacity == 1:
        duration, who = calendars[0].spec.duration, (calendars[0].provider,)
        return [(s, s + duration, who, None) for s in free_starts(calendars[0], now=now, first=first, last=last)]
    if (phase := _common_phase(calendars)) is not None:
        return _union_on_grid(calendars, phase, now, first, last)
    providers: dict[Span, list[UUID]] = {}
    seats: dict[Span, int] = {}
    for calendar in calendars:
        for span, left in free_spans(calendar, now=now, first=first, last=last):
            providers.setdefault(span, []).append(calendar.provider)
            if left is not None:
                seats[span] = seats.get(span, 0) + left
    return [(*span, tuple(providers[span]), seats.get(span)) for span in sorted(providers)]


def explain(calendars: Iterable[Calendar], *, now: float, first: int, last: int) -> list[Listed]:
    """Every grid time in [first, last) between a date's earliest opening and latest closing, with why it is closed.

    For several providers the reason is that of the one who comes furthest down the list of reasons.
    """
    calendars = list(calendars)
    listed = {slot[:2]: Listed(*slot, None) for slot in union(calendars, now=now, first=first, last=last)}
    closings = [Closings(calendar, now) for calendar in calendars]
    for closing in closings:
        times = listed_times(closing.calendar.opening, closing.calendar.spec.step)
        for start in {*times, *(session.start for session in closing.calendar.sessions)}:
            span = (start, closing.end(start))
            if first <= start < last and span not in listed:
                listed[span] = Listed(*span, (), None, furthest(closings, start))
    return [listed[span] for span in sorted(listed)]


def explain_start(calendars: Iterable[Calendar], start: int, now: float) -> Reason | None:
    """Why a single start, on the grid or not, cannot be booked with any of the providers; None when it can."""
    calendars = list(calendars)
    if any(offered(calendar, start, now) for calendar in calendars):
        return None
    return furthest([Closings(calendar, now) for calendar in calendars], start)


def free_spans(calendar: Calendar, *, now: float, first: int, last: int) -> Iterator[tuple[Span, int | None]]:
    """The free starts with their ends (a session keeps the one it was made with) and, for a class, the seats left."""
    duration, capacity = calendar.spec.duration, calendar.spec.capacity
    made = {session.start: session for session in calendar.sessions}
    for start in free_starts(calendar, now=now, first=first, last=last):
        session = made.get(start)
        if session is not None:
            yield (start, session.end), capacity - session.seats_taken
        else:
            yield (start, start + duration), None if capacity == 1 else capacity


def _free_runs(calendar: Calendar, now: float, first: int, last: int) -> tuple[list[_Run], bool]:
    """The free starts, sessions apart, and whether runs of several grids overlap: then they are unordered."""
    spec = calendar.spec
    low = max(first, calendar.earliest_start(now))
    high = min(last, calendar.horizon_end(now)) - 1
    busy = calendar.busy
    if calendar.sessions:
        busy = sorted([*busy, *((s.occupied_start, s.occupied_end) for s in calendar.sessions)])
    found: list[_Run] = []
    every = tracks(calendar.opening, spec).tracks
    for track in every:
        lanes = clipped(track, low, high, spec.step)
        for day_start, day_end in calendar.capped_days():
            lanes = without(lanes, day_start, day_end, spec.step)
        _sweep(lanes, busy, spec, found)
    return found, len(every) > 1


def _sweep(lanes: Sequence[Lane], busy: Sequence[Span], spec: Spec, found: list[_Run]) -> None:
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
                    emit((cursor, busy_start - need + 1))
                cursor = busy_end + (cursor - busy_end) % step
                if cursor > high:
                    break  # it may reach into the next lane, so it stays current
            k += 1
        if cursor <= high:
            emit((cursor, high + 1))


def _common_phase(calendars: Sequence[Calendar]) -> int | None:
    """Start modulo step where all calendars agree on grid and duration and none is a class, else None."""
    if not calendars:
        return None
    spec = calendars[0].spec
    duration, step, phases = spec.duration, spec.step, set()
    for calendar in calendars:
        own = calendar.spec
        if own.duration != duration or own.step != step or own.capacity > 1 or calendar.sessions:
            return None
        phases.add(tracks(calendar.opening, own).phase)
    return phases.pop() if len(phases) == 1 else None


def _union_on_grid(calendars: Sequence[Calendar], phase: int, now: float, first: int, last: int) -> list[Slot]:
    """`union` for one common grid: a byte per provider and grid time, read column by column."""
    step, duration = calendars[0].spec.step, calendars[0].spec.duration
    base = first + (phase - first) % step
    width = _cells(base, last, step)
    if not width:
        return []
    matrix, ones = bytearray(width * len(calendars)), b"\1" * width
    for number, calendar in enumerate(calendars):
        _mark(matrix, number * width, _free_runs(calendar, now, first, last)[0], base, step, ones)
    table = bytes(matrix)
    cells = list(compress(range(width), _any_row(table, width)))
    starts = [base + cell * step for cell in cells]
    columns = [table[cell::width] for cell in cells]
    who = map(_Teams(calendar.provider for calendar in calendars).__getitem__, columns)
    return list(zip(starts, [start + duration for start in starts], who, repeat(None), strict=False))


class _Teams(dict[bytes, tuple[UUID, ...]]):
    """Column of a table (a byte per provider, set if free) → those providers; equal columns share one tuple."""

    def __init__(self, providers: Iterable[UUID]) -> None:
        super().__init__()
        self._providers = tuple(providers)

    def __missing__(self, column: bytes) -> tuple[UUID, ...]:
        team = self[column] = tuple(compress(self._providers, column))
        return team


def _any_row(table: bytes, width: int) -> bytes:
    """One row that is set where any row of the table is."""
    merged = 0
    for offset in range(0, len(table), width):
        merged |= int.from_bytes(table[offset : offset + width], "little")
    return merged.to_bytes(width, "little")


def _cells(base: int, last: int, step: int) -> int:
    return max(0, -((base - last) // step))


def _mark(row: bytearray, offset: int, runs: Iterable[_Run], base: int, step: int, ones: bytes) -> None:
    """Set the byte of each free start in the row of grid times that begins at `offset` with the time `base`."""
    zero = base - offset * step
    over = zero - step + 1
    for start, stop in runs:
        i = (start - zero) // step
        j = (stop - over) // step
        row[i:j] = ones[: j - i]


def _open_sessions(calendar: Calendar, now: float, first: int, last: int) -> list[Session]:
    """Sessions with a seat left. Hours, grid and cap were settled when they were made; blocks and clashes count."""
    low = max(first, calendar.earliest_start(now))
    high = min(last, calendar.horizon_end(now))
    return [
        session
        for session in calendar.sessions
        if low <= session.start < high
        and session.seats_taken < calendar.spec.capacity
        and not calendar.clashes(session)
    ]
