"""The reference: bare sweeps over integers, without buffers, notice, limits or overrides. Sorted epoch minutes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import compress
from zoneinfo import ZoneInfo

Span = tuple[int, int]
_ONES = b"\1" * 4096


@lru_cache(None)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(4096)
def local_minute(tz: str, ordinal: int, minute: int) -> int:
    day = date.fromordinal(ordinal)
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone(tz))
    return int(local.timestamp()) // 60


@lru_cache(1024)
def working(tz: str, first: int, days: int, weekdays: frozenset[int], start: int, end: int) -> tuple[Span, ...]:
    """The weekly rule's hours over a window of dates (ordinals)."""
    dates = (ordinal for ordinal in range(first, first + days) if ordinal % 7 in weekdays)
    return tuple((local_minute(tz, ordinal, start), local_minute(tz, ordinal, end)) for ordinal in dates)


def sweep(work: Sequence[Span], providers: Iterable[Sequence[Span]], duration: int, step: int) -> list[int]:
    """Merge and sweep: two ordered lists per provider give gaps, gaps give ranges of starts, a set unites them."""
    out: set[int] = set()
    update = out.update
    for busy in providers:
        rest = iter(busy)
        upcoming = next(rest, None)
        for start, end in work:
            cursor = start
            while upcoming is not None and upcoming[0] < end:
                busy_start, busy_end = upcoming
                if busy_end > cursor:
                    if busy_start - cursor >= duration:
                        update(range(cursor + (-(cursor - start)) % step, busy_start - duration + 1, step))
                    cursor = busy_end
                    if busy_end > end:
                        break  # it may reach into the next working range
                upcoming = next(rest, None)
            if end - cursor >= duration:
                update(range(cursor + (-(cursor - start)) % step, end - duration + 1, step))
    return sorted(out)


def sweep_grid(
    work: Sequence[Span], providers: Iterable[Sequence[Span]], first: int, last: int, duration: int, step: int
) -> list[int]:
    """The same into one row of start times, for many providers; every working range starts on the window's grid."""
    row, ones, shift = bytearray((last - first) // step + 1), _ONES, duration + first - step
    for busy in providers:
        k, count = 0, len(busy)
        for start, end in work:
            cursor = start
            while k < count:
                busy_start, busy_end = busy[k]
                if busy_start >= end:
                    break
                if busy_end > cursor:
                    if busy_start - cursor >= duration:
                        i, j = -((first - cursor) // step), (busy_start - shift) // step
                        if j > i:
                            row[i:j] = ones[: j - i]
                    cursor = busy_end
                    if busy_end > end:
                        break
                k += 1
            if end - cursor >= duration:
                i, j = -((first - cursor) // step), (end - shift) // step
                if j > i:
                    row[i:j] = ones[: j - i]
    return list(compress(range(first, last + step, step), row))


def iso(minute: int) -> str:
    """An epoch minute as text with milliseconds and Z."""
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
