"""A month of free times as a page shows it: the grid of days, the chosen day's times by part of day."""

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, get_day_names
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.selectors.times import Free, Slot
from widget.views import zones
from widget.views.choice import Choice

LONG = 16
NOON, EVENING = 12, 17
"""The hours at which the afternoon and the evening begin."""


@dataclass(frozen=True, slots=True)
class Day:
    """A cell of the grid; `times` 0: it cannot be chosen. Days outside the month are empty cells."""

    date: date
    inside: bool
    times: int
    chosen: bool
    today: bool
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Time:
    """One start: its value in the form, its words, a small remark such as `1 left`, the other place's clock."""

    value: str
    text: str
    remark: str
    picked: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Morning, afternoon or evening with its times."""

    name: str
    times: list[Time]


@dataclass(frozen=True, slots=True)
class Month:
    """Everything the month and its times column show."""

    first: date
    title: SafeString
    weekdays: list[tuple[str, str]]
    weeks: list[list[Day]]
    previous: str
    previous_name: str
    following: str
    following_name: str
    day: date | None
    day_title: str
    status: str
    parts: list[Part]
    next_url: str
    next_words: str

    @property
    def is_long(self) -> bool:
        """More times than fit beside the month in one column."""
        return sum(len(part.times) for part in self.parts) > LONG

    @property
    def is_empty(self) -> bool:
        """No day of the month has a free time."""
        return not any(day.times for week in self.weeks for day in week)


def bounds(first: date) -> tuple[date, date]:
    """First and last date of a month."""
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def shift(first: date, months: int) -> date:
    """The first of the month that many months later."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def build(
    free: Free, choice: Choice, *, first: date, now: datetime, last_date: date, country: str, capacity: int = 1
) -> Month:
    """The month that begins with `first`. `last_date`: how far the service can be booked, in the choice's zone."""
    language = get_language()
    today = now.astimezone(ZoneInfo(choice.zone)).date()
    times = Counter(_date(slot, choice.zone) for slot in free.slots)
    day = _chosen_day(choice, first, times)
    slots = [slot for slot in free.slots if day is not None and _date(slot, choice.zone) == day]
    next_date = _next_date(free, choice.zone) if not times else None
    week = _first_weekday(country, language)
    return Month(
        first=first,
        title=_title(first, language),
        weekdays=_weekdays(week, language),
        weeks=_weeks(first, week, times, day, today, choice),
        previous=_turn(choice, shift(first, -1)) if first > today.replace(day=1) else "",
        previous_name=formats.month(shift(first, -1), language),
        following=_turn(choice, shift(first, 1)) if shift(first, 1) <= last_date else "",
        following_name=formats.month(shift(first, 1), language),
        day=day,
        day_title=formats.long_day(day, language) if day else "",
        status=_status(slots, choice),
        parts=_parts(slots, choice, capacity),
        next_url=choice.url(month=None, day=next_date, start=None) if next_date else "",
        next_words=_next_words(next_date, today, language),
    )


def clock(instant: datetime, choice: Choice) -> str:
    """The wall time of an instant in the chosen zone and clock; with the zone's letters where it happens twice."""
    text = formats.clock(instant, choice.zone, get_language(), hours=choice.hours)
    return f"{text} {zones.abbreviation(instant, choice.zone)}" if zones.is_repeated(instant, choice.zone) else text


def value(instant: datetime) -> str:
    """An instant as forms and addresses carry it."""
    return instant.strftime("%Y-%m-%dT%H:%MZ")


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _date(slot: Slot, zone: str) -> date:
    return _instant(slot[0]).astimezone(ZoneInfo(zone)).date()


def _chosen_day(choice: Choice, first: date, times: Counter[date]) -> date | None:
    """The day whose times show: that of the picked time, the chosen one or the next with times, else the first."""
    if choice.start is not None:
        picked = choice.start.astimezone(ZoneInfo(choice.zone)).date()
        if picked in times:
            return picked
    wanted = choice.day or first
    return min((day for day in times if day >= wanted), default=min(times, default=None))


def _weeks(
    first: date, week: int, times: Counter[date], chosen: date | None, today: date, choice: Choice
) -> list[list[Day]]:
    """The weeks of the month; those that are wholly past are left out."""
    found = calendar.Calendar(week).monthdatescalendar(first.year, first.month)
    kept = [days for days in found if days[-1] >= today] or found
    return [[_day(day, first, times[day], chosen == day, day == today, choice) for day in days] for days in kept]


def _day(day: date, first: date, times: int, chosen: bool, today: bool, choice: Choice) -> Day:
    inside = day.month == first.month
    if not inside or not times:
        return Day(day, inside, 0, False, today, "", "")
    words = ngettext("%(day)s, %(n)d time", "%(day)s, %(n)d times", times)
    label = words % {"day": formats.long_day(day, get_language()), "n": times}
    return Day(day, inside, times, chosen, today, choice.url(month=None, day=day, start=None), label)


def _parts(slots: Sequence[Slot], choice: Choice, capacity: int) -> list[Part]:
    names = (_("Morning"), _("Afternoon"), _("Evening"))
    parts = [Part(name, []) for name in names]
    for slot in slots:
        start = _instant(slot[0])
        hour = start.astimezone(ZoneInfo(choice.zone)).hour
        place = 0 if hour < NOON else 1 if hour < EVENING else 2
        parts[place].times.append(
            Time(value(start), clock(start, choice), _left(slot[3], capacity * len(slot[2])), start == choice.start)
        )
    return [part for part in parts if part.times]


def _left(seats: int | None, all_seats: int) -> str:
    """`3 left`, once somebody has a seat."""
    return "" if seats is None or seats >= all_seats else ngettext("%(n)d left", "%(n)d left", seats) % {"n": seats}


def _status(slots: Sequence[Slot], choice: Choice) -> str:
    if not slots:
        return _("Nothing is free this month")
    words = ngettext("%(n)d time · soonest %(first)s", "%(n)d times · soonest %(first)s", len(slots))
    return words % {"n": len(slots), "first": clock(_instant(slots[0][0]), choice)}


def _next_date(free: Free, zone: str) -> date | None:
    return None if free.next_start is None else _instant(free.next_start).astimezone(ZoneInfo(zone)).date()


def _next_words(day: date | None, today: date, language: str | None) -> str:
    if day is None:
        return ""
    pattern = "d MMMM" if day.year == today.year else "d MMMM y"
    locale = formats.locale_of(language)
    text = format_date(day, pattern if locale.language == "en" else "long", locale=locale)
    return _("Next available: %(day)s") % {"day": text}


def _turn(choice: Choice, month: date) -> str:
    return choice.url(month=month, day=None, start=None)


def _title(first: date, language: str | None) -> SafeString:
    """`November 2026` with a quiet year, wherever the language puts it."""
    before, year, after = formats.month(first, language).partition(str(first.year))
    return format_html("{}<span>{}</span>{}", before, year, after)


def _first_weekday(country: str, language: str | None) -> int:
    """0 = Monday: by the habit of the business's country, else of the language."""
    locale = formats.locale_of(language)
    try:
        return Locale.parse(f"{locale.language}_{country.upper()}").first_week_day if country else locale.first_week_day
    except (ValueError, UnknownLocaleError):
        return locale.first_week_day


def _weekdays(week: int, language: str | None) -> list[tuple[str, str]]:
    locale = formats.locale_of(language)
    short, full = get_day_names("abbreviated", locale=locale), get_day_names("wide", locale=locale)
    return [(short[(week + i) % 7], full[(week + i) % 7]) for i in range(7)]
