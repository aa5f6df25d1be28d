"""From open hours to the starts they allow: lanes of grid times, before anything busy is looked at."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter

from scheduling.domain.calendars import Spec
from scheduling.domain.hours import Opening, Window
from scheduling.domain.spans import around, joined

# A run of allowed starts: the first, which lies on the grid, and a minute that none may exceed.
Lane = tuple[int, int]

_first = itemgetter(0)
_high = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Lanes sorted into tracks, each of them disjoint and in order; usually there is one track.

    Windows that overlap keep their own grids, so their lanes may overlap and then go to tracks of their own.
    `phase` is every start modulo the step, None when the grids differ in it.
    """

    tracks: tuple[tuple[Lane, ...], ...]
    phase: int | None


@lru_cache(4096)
def tracks(opening: Opening, spec: Spec) -> Tracks:
    """The starts that open hours and blocks allow."""
    found: list[list[Lane]] = []
    for lane in sorted({lane for window in opening.windows for lane in _window_lanes(window, opening, spec)}):
        track = next((track for track in found if track[-1][1] < lane[0]), None)
        if track is None:
            found.append([lane])
        else:
            track.append(lane)
    phases = {first % spec.step for track in found for first, _ in track}
    return Tracks(tuple(map(tuple, found)), phases.pop() if len(phases) == 1 else None)


def _window_lanes(window: Window, opening: Opening, spec: Spec) -> Sequence[Lane]:
    """The lanes of one window: its own grid, where the occupied range lies in the joined open time and no block."""
    span = around(opening.open, window.start)
    assert span is not None  # the open time is made of the windows
    before, after = (spec.before, spec.after) if spec.buffers_within_hours else (0, 0)
    low = span[0] + before
    high = min(span[1] - after - spec.duration, window.end - 1)
    lanes = clipped([(window.first_start(spec.step), high)], low, high, spec.step)
    for block_start, block_end in opening.blocks:
        closed_from = block_start - spec.duration - spec.after + 1
        lanes = without(lanes, closed_from, block_end + spec.before, spec.step)
    return lanes


def listed_times(opening: Opening, step: int) -> Iterator[int]:
    """The grid's times of each date from its earliest opening to its latest closing, free or not.

    Through a pause the grid of the window before it is carried on.
    """
    for day in opening.days:
        parts = joined((window.start, window.end) for window in day)
        resumes = {end: start for (_, end), (start, _) in pairwise(parts)}
        for window in day:
            yield from range(window.first_start(step), resumes.get(window.end, window.end), step)


def clipped(lanes: Sequence[Lane], low: int, high: int, step: int) -> Sequence[Lane]:
    """The starts within [low, high], both included, of disjoint lanes in order."""
    i = bisect_left(lanes, low, key=_high)
    j = bisect_right(lanes, high, key=_first)
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


def without(lanes: Sequence[Lane], start: int, end: int, step: int) -> Sequence[Lane]:
    """Disjoint lanes in order without the starts in [start, end)."""
    i = bisect_left(lanes, start, key=_high)
    j = bisect_left(lanes, end, key=_first)
    if i >= j or end <= start:
        return lanes
    return [
        *lanes[:i],
        *clipped(lanes[i:j], lanes[i][0], start - 1, step),
        *clipped(lanes[i:j], end, lanes[j - 1][1], step),
        *lanes[j:],
    ]
