"""Half-open spans of epoch minutes, kept as plain pairs because the sweep reads thousands of them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes as disjoint spans in order; touching ones become one, empty and inverted ones vanish."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            if end > found[-1][1]:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def around(disjoint: Sequence[Span], minute: int) -> Span | None:
    """The span out of ordered disjoint ones that holds a minute."""
    i = bisect_right(disjoint, minute, key=_start) - 1
    return disjoint[i] if i >= 0 and minute < disjoint[i][1] else None


def touches(disjoint: Sequence[Span], start: int, end: int) -> bool:
    """Whether [start, end) shares a minute with one of ordered disjoint spans."""
    i = bisect_right(disjoint, end - 1, key=_start) - 1
    return i >= 0 and disjoint[i][1] > start


def covers(disjoint: Sequence[Span], start: int, end: int) -> bool:
    """Whether [start, end) lies within a single one of ordered disjoint spans."""
    span = around(disjoint, start)
    return span is not None and end <= span[1]


def _start(span: Span) -> int:
    return span[0]
