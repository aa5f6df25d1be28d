"""The workloads W1–W4: deterministic providers and busy intervals in New York, in epoch minutes (UTC).

Busy intervals start on the quarter hour, Monday to Friday 08:00–16:45 local, last 15 to 90 minutes and may overlap; the
window begins 2027-03-01 and has the change to daylight time inside. Rule: Monday to Friday 09:00–17:00.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.domain.zones import local_minute

ZONE = "America/New_York"
START = date(2027, 3, 1)
WEEKDAYS = (1, 2, 3, 4, 5)
OPENS, CLOSES = 540, 1020
DURATION, STEP = 30, 15

# providers, busy intervals, days
SIZES = {1: (1, 120, 30), 2: (10, 1_200, 30), 3: (50, 6_000, 60), 4: (1, 1_500, 365)}


@dataclass(frozen=True)
class Workload:
    """`first` and `last` bound the window; `busy` has one ordered list per provider."""

    number: int
    days: int
    first: int
    last: int
    busy: list[list[tuple[int, int]]]

    @property
    def size(self) -> int:
        """Provider-days and busy intervals: what the engine's time should grow with."""
        return len(self.busy) * self.days + sum(map(len, self.busy))


def workload(number: int) -> Workload:
    """The workload W<number>, 1 to 4."""
    providers, intervals, days = SIZES[number]
    dates = [START + timedelta(n) for n in range(days)]
    workdays = [day for day in dates if day.weekday() < 5]
    busy: list[list[tuple[int, int]]] = [[] for _ in range(providers)]
    numbers = _random(42 + number)
    for i in range(intervals):
        day = workdays[next(numbers) % len(workdays)]
        start = local_minute(ZONE, day.toordinal(), 480 + 15 * (next(numbers) % 36))
        busy[i % providers].append((start, start + (15, 30, 45, 60, 90)[next(numbers) % 5]))
    for spans in busy:
        spans.sort()
    first, last = (local_minute(ZONE, START.toordinal() + n, 0) for n in (0, days))
    return Workload(number, days, first, last, busy)


def _random(seed: int) -> Iterator[int]:
    """Knuth's 64-bit generator; the upper bits."""
    x = seed
    while True:
        x = (x * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
        yield x >> 33
