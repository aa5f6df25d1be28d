"""The mini month of special days: a page of dates with marks, and what one chosen date is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.enums import OverrideKind
from scheduling.forms.hours import FIRST, LAST, NAMES
from scheduling.selectors.explain import clock as clock_text
from scheduling.selectors.hours import DayState, days_between

if TYPE_CHECKING:
    from scheduling.models import DateOverride


@dataclass(frozen=True, slots=True)
class Cell:
    """A date of the month: its address, mark, and all of it in words."""

    state: DayState
    url: str
    inside: bool
    chosen: bool
    today: bool
    label: str
    hues: tuple[str, ...]
    """Of providers who have something special on a date of the business."""


def address(scope: str, day: date) -> str:
    """The page of a date, for the business (`all`) or a provider."""
    return f"{reverse('special_days')}?{urlencode({'for': scope, 'day': day.isoformat()})}"


def month(scope: str, day: date, *, today: date) -> dict[str, Any]:
    """The month around a date, in whole weeks. 2 queries."""
    start = day.replace(day=1)
    week = formats.locale_of(get_language()).first_week_day
    first = start - timedelta(days=(start.weekday() - week) % 7)
    last = first + timedelta(days=41)
    provider_id = None if scope == "all" else UUID(scope)
    states = days_between(first, last, provider_id=provider_id)
    cells = [_cell(state, scope, start, day, today) for state in states]
    weeks = [cells[n : n + 7] for n in range(0, 42, 7)]
    names = [NAMES[(week + n + 1) % 7] for n in range(7)]
    return {
        "title": formats.month(start, get_language()),
        "first": start,
        "weekdays": [(str(name)[:2], str(name)) for name in names],
        "weeks": [cells for cells in weeks if any(cell.inside for cell in cells)],
        "chosen": next(state for state in states if state.day == day),
        "before": _turned(scope, day, -1),
        "after": _turned(scope, day, 1),
        "year_before": _turned(scope, day, -12),
        "year_after": _turned(scope, day, 12),
    }


def _turned(scope: str, day: date, months: int) -> str:
    number = day.year * 12 + day.month - 1 + months
    year, month_ = divmod(number, 12)
    if not FIRST.year <= year <= LAST.year:
        return ""
    following = date(year + (month_ == 11), (month_ + 1) % 12 + 1, 1)
    return address(scope, date(year, month_ + 1, min(day.day, (following - timedelta(days=1)).day)))


def _cell(state: DayState, scope: str, start: date, chosen: date, today: date) -> Cell:
    inside = state.day.month == start.month and FIRST <= state.day <= LAST
    hues = tuple(dict.fromkeys(one.provider.hue for one in state.others if one.provider))[:3]
    return Cell(state, address(scope, state.day), inside, state.day == chosen, state.day == today, _label(state), hues)


def _label(state: DayState) -> str:
    """`Wednesday, 9 June: closed all day, Christmas`."""
    text = formats.long_day(state.day, get_language())
    about = [what(one) for one in state.overrides]
    if state.others:
        count = len(state.others)
        about.append(ngettext("%(n)d person differs", "%(n)d people differ", count) % {"n": count})
    if not about:
        about = [usual(state)]
    return f"{text}: {', '.join(about)}"


def what(one: DateOverride) -> str:
    """An override in a few words."""
    hours = span(one)
    if one.kind == OverrideKind.EXCEPTION:
        text = _("open %(hours)s only") % {"hours": hours}
    elif hours:
        text = _("closed %(hours)s") % {"hours": hours}
    else:
        text = _("closed all day")
    return f"{text} ({one.note})" if one.note else text


def span(one: DateOverride) -> str:
    """`09:00 – 12:00`; empty for whole days."""
    if one.start_minute is None or one.end_minute is None:
        return ""
    return f"{clock_text(one.start_minute)} \N{EN DASH} {clock_text(one.end_minute)}"


def usual(state: DayState) -> str:
    """The weekly hours of the date in words."""
    spans = [f"{clock_text(r.start_minute)} \N{EN DASH} {clock_text(r.end_minute)}" for r in state.weekly]
    return ", ".join(spans) or _("no weekly hours")
