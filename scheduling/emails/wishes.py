"""A wish of the waiting list in words: which dates, weekdays and hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from babel.dates import get_day_names
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.models import WaitlistEntry

MORNING, AFTERNOON, EVENING = (0, 720), (720, 1020), (1020, 1440)
"""The parts of a day, in minutes from midnight: as the booking page groups its times."""
WORKDAYS, WEEKEND = frozenset(range(1, 6)), frozenset({0, 6})


@dataclass(frozen=True, slots=True)
class WishWords:
    """`Thu 12 Nov – Thu 3 Dec`, `Mon, Wed`, `Mornings`."""

    dates: str
    days: str
    hours: str

    def __str__(self) -> str:
        return f"{self.dates} · {self.days} · {self.hours}"


def words(entry: WaitlistEntry, language: str | None = None) -> WishWords:
    """An entry's wish; dates and hours are the business's."""
    return WishWords(_dates(entry, language), days(entry.weekdays, language), _hours(entry, language))


def days(weekdays: list[int], language: str | None = None) -> str:
    """Weekdays (0 = Sunday; none: any) in the week's order from Monday."""
    chosen = frozenset(weekdays)
    if not chosen or len(chosen) == 7:
        return _("Any day")
    if chosen == WORKDAYS:
        return _("Monday to Friday")
    if chosen == WEEKEND:
        return _("Weekends")
    names = get_day_names("abbreviated" if len(chosen) > 1 else "wide", locale=formats.locale_of(language))
    return ", ".join(names[place] for place in range(7) if (place + 1) % 7 in chosen)


def _dates(entry: WaitlistEntry, language: str | None) -> str:
    first, last = formats.day(entry.first_date, language), formats.day(entry.last_date, language)
    return first if first == last else f"{first} – {last}"


def _hours(entry: WaitlistEntry, language: str | None) -> str:
    if entry.start_minute is None or entry.end_minute is None:
        return _("Any time")
    parts = {MORNING: _("Mornings"), AFTERNOON: _("Afternoons"), EVENING: _("Evenings")}
    start, end = (_clock(minute, language) for minute in (entry.start_minute, entry.end_minute))
    return parts.get((entry.start_minute, entry.end_minute)) or f"{start} – {end}"


def _clock(minute: int, language: str | None) -> str:
    wall = datetime.combine(datetime(2000, 1, 1, tzinfo=UTC), time(minute % 1440 // 60, minute % 60), UTC)
    return formats.clock(wall, "UTC", language)
