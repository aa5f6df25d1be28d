"""Dates that repeat, and times that keep their wall clock over changes of the clock. Pure arithmetic, no library.

A recurrence is counted from its first date, never from the one before: the 31st comes back after February. A month
without that day has its last day instead.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from scheduling.domain.zones import DAY, local_date, local_minute, offset_at

Unit = Literal["day", "week", "month"]
FEWEST, MOST = 2, 60
"""How many appointments a series may have when it is made."""
LONGEST = timedelta(days=731)
"""How far the last may lie from the first: two years."""
MOST_EVERY = 52


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `every` units, `count` times or until a date (included); exactly one of the two is given."""

    every: int
    unit: Unit
    count: int | None = None
    until: date | None = None

    def dates(self, first: date, *, most: int = MOST + 1) -> list[date]:
        """The dates from `first` on, in order; at most `most`, and none beyond the calendar's end."""
        found: list[date] = []
        wanted = most if self.count is None else min(most, self.count)
        while len(found) < wanted:
            day = self.nth(first, len(found))
            if day is None or (self.until is not None and day > self.until):
                break
            found.append(day)
        return found

    def nth(self, first: date, n: int) -> date | None:
        """The date `n` steps after `first`; None beyond the year 9999."""
        steps = n * self.every
        try:
            if self.unit == "month":
                return _months_later(first, steps)
            return first + timedelta(days=steps * (7 if self.unit == "week" else 1))
        except (OverflowError, ValueError):
            return None

    def shortens(self, first: date) -> bool:
        """Whether some months may lack the day of `first`, so that their last day stands for it."""
        yearly = self.every % 12 == 0 and first.month != 2
        return self.unit == "month" and first.day > 28 and not yearly


class Shift(NamedTuple):
    """A move on the wall clock: by whole dates, and by minutes of the day."""

    days: int
    minutes: int


def starts(zone: str, first: int, recurrence: Recurrence) -> list[int]:
    """Epoch minutes of the recurrence from the start `first` on, at the same wall time of `zone`.

    `first` stays as it is, also in an hour that is repeated. Others: a repeated time means its first occurrence, one in
    a gap takes the offset before the gap.
    """
    day, minute = wall(zone, first)
    dates = recurrence.dates(date.fromordinal(day))
    return [first, *(local_minute(zone, one.toordinal(), minute) for one in dates[1:])]


def wall(zone: str, epoch_minute: int) -> tuple[int, int]:
    """What the wall clock of `zone` shows at an instant: the date's ordinal and the minute of the day."""
    return local_date(zone, epoch_minute), (epoch_minute + offset_at(zone, epoch_minute)) % DAY


def shift_between(zone: str, old: int, new: int) -> Shift:
    """By how much the wall clock of `zone` differs between two instants."""
    (old_day, old_minute), (new_day, new_minute) = wall(zone, old), wall(zone, new)
    return Shift(new_day - old_day, new_minute - old_minute)


def shifted(zone: str, epoch_minute: int, shift: Shift) -> int:
    """The instant that lies by the same local difference from this one."""
    day, minute = wall(zone, epoch_minute)
    return local_minute(zone, day + shift.days, minute + shift.minutes)


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
