"""Laying out a day: intervals on local dates, beside each other where they overlap. All minutes; rows are five of them."""

from collections.abc import Iterator, Sequence
from math import lcm
from typing import NamedTuple

from scheduling.domain.spans import Span, joined
from scheduling.domain.zones import DAY, local_date, local_minute, offset_at

ROW = 5
MARGIN = 30
MOST_LANES = 60
WORKING_DAY = (9 * 60, 17 * 60)


class Place(NamedTuple):
    """Where an event lies in its column: its first lane (from 1) and how many it spans."""

    lane: int
    span: int


class Piece(NamedTuple):
    """The part of an interval that lies on one local date (ordinal), as minutes of that date's wall clock."""

    day: int
    start: int
    end: int


def pieces(zone: str, start: int, end: int) -> Iterator[Piece]:
    """An interval of epoch minutes by the local dates it touches.

    Ends are read on the wall clock, but no piece is drawn shorter than it lasts: when clocks go back, an hour that
    ends where it began is still an hour high.
    """
    for day in range(local_date(zone, start), local_date(zone, max(start, end - 1)) + 1):
        midnight, next_midnight = local_minute(zone, day, 0), local_minute(zone, day + 1, 0)
        low, high = max(start, midnight), min(end, next_midnight)
        first = _wall(zone, low)
        last = DAY if high == next_midnight else _wall(zone, high)
        yield Piece(day, first, min(DAY, max(last, first + high - low)))


def skipped(zone: str, day: int) -> tuple[Span, ...]:
    """The wall-clock minutes that a local date does not have, because clocks go forward."""
    if local_minute(zone, day + 1, 0) - local_minute(zone, day, 0) >= DAY:
        return ()
    return joined((m, m + 15) for m in range(0, DAY, 15) if _wall(zone, local_minute(zone, day, m)) != m)


def length(zone: str, day: int) -> int:
    """How many minutes a local date has."""
    return local_minute(zone, day + 1, 0) - local_minute(zone, day, 0)


def lanes(spans: Sequence[Span]) -> tuple[int, list[Place]]:
    """How many lanes a column needs, and each interval's place, in the order given.

    Intervals that overlap directly or through others form a cluster, which shares the whole width.
    """
    order = sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1]))
    clusters: list[list[int]] = []
    end = -1
    for i in order:
        if not clusters or spans[i][0] >= end:
            clusters.append([])
            end = -1
        clusters[-1].append(i)
        end = max(end, spans[i][1])
    taken = [_cluster(cluster, spans) for cluster in clusters]
    widths = [max(cluster.values()) + 1 for cluster in taken]
    count = lcm(*widths) if widths else 1
    if count > MOST_LANES:
        count = max(widths)
    places = [Place(1, 1)] * len(spans)
    for cluster, width in zip(taken, widths, strict=True):
        for i, lane in cluster.items():
            places[i] = Place(lane * (count // width) + 1, count // width)
    return count, places


def _cluster(cluster: list[int], spans: Sequence[Span]) -> dict[int, int]:
    """Each interval of a cluster in the first lane that is free at its start."""
    ends: list[int] = []
    found: dict[int, int] = {}
    for i in cluster:
        start, end = spans[i]
        lane = next((n for n, until in enumerate(ends) if until <= start), len(ends))
        if lane == len(ends):
            ends.append(end)
        ends[lane] = end
        found[i] = lane
    return found


def window(opened: Sequence[Span], events: Sequence[Span]) -> Span:
    """Which minutes of the day are worth showing: opening hours and half an hour, and every event; whole hours."""
    edges = [(start - MARGIN, end + MARGIN) for start, end in opened] + list(events) or [WORKING_DAY]
    low = max(0, min(start for start, _ in edges))
    high = min(DAY, max(end for _, end in edges))
    return low // 60 * 60, -(-high // 60) * 60


def gaps(opened: Sequence[Span], low: int, high: int) -> list[Span]:
    """What is closed between two minutes of a day."""
    found, at = [], low
    for start, end in joined(opened):
        if start > at:
            found.append((at, min(start, high)))
        at = max(at, end)
    if at < high:
        found.append((at, high))
    return [(start, end) for start, end in found if start < end]


def minus(opened: Sequence[Span], blocks: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of ordered disjoint spans when blocks are taken out."""
    left = list(opened)
    for low, high in blocks:
        left = [part for start, end in left for part in ((start, min(end, low)), (max(start, high), end))]
        left = [(start, end) for start, end in left if start < end]
    return joined(left)


def _wall(zone: str, minute: int) -> int:
    return (minute + offset_at(zone, minute)) % DAY
