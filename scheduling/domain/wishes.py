"""What somebody on the waiting list wishes for, and until when a time may be kept for him.

Starts and ends are epoch minutes (UTC); dates, weekdays and hours are those of the business's zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from scheduling.domain.zones import DAY, local_date, local_minute

AWAKE = (8 * 60, 21 * 60)
"""Between these local minutes of the day the clock of an offer runs."""
LEAST_MINUTES = 15
"""Nobody is offered a time that he has less than this to answer for."""
LONGEST_DAYS = 400
"""How many local dates are looked through for an offer's end: far more than any offer lasts."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Local dates, both included; weekdays 0 = Sunday (none: any); `hours` in which it must start (None: any)."""

    first_date: date
    last_date: date
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None

    def fits(self, start: int, zone: str) -> bool:
        """Whether an appointment that starts then is wished for."""
        ordinal = local_date(zone, start)
        if not self.first_date.toordinal() <= ordinal <= self.last_date.toordinal():
            return False
        if self.weekdays and ordinal % 7 not in self.weekdays:  # ordinal 1 was a Monday: Sundays are multiples of 7
            return False
        if self.hours is None:
            return True
        low, high = (local_minute(zone, ordinal, minute) for minute in self.hours)
        return low <= start < high


def overlaps_refused(start: int, duration: int, refused: Iterable[int]) -> bool:
    """Whether it is, for whoever refused those starts, the same time again."""
    return any(abs(start - one) < duration for one in refused)


def offer_end(now: float, *, start: int, minutes: int, notice: int, zone: str) -> int | None:
    """Until when a start is kept for somebody who is asked now: `minutes` of the hours in which people are awake.

    Never past the last minute at which it could be booked with the service's notice. None when he would have less
    than a quarter of an hour.
    """
    latest = start - notice
    end = min(_awake_end(now, minutes, zone), latest)
    return None if end - now < LEAST_MINUTES else end


def _awake_end(now: float, minutes: int, zone: str) -> int:
    """The minute at which so many waking minutes have passed since `now`."""
    at, left = float(now), float(max(minutes, LEAST_MINUTES))
    day = local_date(zone, floor(now))
    for ordinal in range(day, day + LONGEST_DAYS):
        opens, closes = (local_minute(zone, ordinal, minute) for minute in AWAKE)
        at = max(at, opens)
        if at >= closes:
            continue
        if at + left <= closes:
            return ceil(at + left)
        left -= closes - at
    return ceil(now + LONGEST_DAYS * DAY)
