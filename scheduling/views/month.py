"""The month: for each date how much takes place, the first of it, and how full the day is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduling.domain.zones import floor_minute, local_date
from scheduling.views import grid as grids
from scheduling.views.calendar_look import DAY, Look

if TYPE_CHECKING:
    from scheduling.selectors.calendar import Shown
    from scheduling.views.grid import Item

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """A date. `more`: how many are not named; `load`: booked minutes in percent of the open ones, None when closed."""

    day: date
    url: str
    today: bool
    outside: bool
    count: int
    items: list[Item]
    more: int
    load: int | None

    @property
    def bar(self) -> int:
        """The width of the load's bar, at most 100."""
        return min(100, self.load or 0)


def weeks(shown: Shown, look: Look, *, zone: str, today: date, now: datetime) -> list[list[Cell]]:
    """The weeks of the month, Monday first, with the dates around it."""
    by_day: dict[date, list[Item]] = {}
    for item in grids.items(shown, zone=zone, now=now):
        if item.kind != "busy":
            by_day.setdefault(date.fromordinal(local_date(zone, floor_minute(item.start))), []).append(item)
    cells = [_cell(shown, look, day, by_day.get(day, []), zone, today) for day in look.days]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _cell(shown: Shown, look: Look, day: date, items: list[Item], zone: str, today: date) -> Cell:
    return Cell(
        day=day,
        url=replace(look, view=DAY, day=day).url,
        today=day == today,
        outside=day.month != look.day.month,
        count=sum(item.seats for item in items if item.status != "held"),
        items=items[:MOST_NAMED],
        more=max(0, len(items) - MOST_NAMED),
        load=grids.load(zone, day.toordinal(), shown.opened.values(), sum(item.booked for item in items)),
    )
