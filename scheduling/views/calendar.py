"""The calendar: a column per provider for a day, or per date for a week; a list on phones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from scheduling.domain.day_grid import length
from scheduling.selectors.calendar import Shown, shown
from scheduling.views import grid as grids
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
DAY, WEEK = "day", "week"


@member_required(Right.SEE_OWN_APPOINTMENTS)
def calendar(request: HttpRequest) -> HttpResponse:
    """`?view=day|week&date=…&with=…`: times are the business's, and so is "today"."""
    business, now = business_of(request), clock.now()
    zone = business.timezone
    today = now.astimezone(ZoneInfo(zone)).date()
    day, view = _date(request, today), DAY if request.GET.get("view") == DAY else WEEK
    monday = day - timedelta(days=day.weekday())
    week = [monday + timedelta(days=n) for n in range(7)]
    only = _ids(request.GET.getlist("with"))
    found = shown(business, member_of(request), first=week[0], last=week[-1], only=only, now=now)
    of_day = view == DAY
    grid = grids.grid(found, zone=zone, days=[day] if of_day else week, by_person=of_day, now=now)
    agenda = grids.agenda(found, zone=zone, day=day, now=now)
    context = {
        "view": view,
        "day": day,
        "today_shown": today in week,
        "grid": grid,
        "agenda": agenda,
        "chips": _chips(found, view, day),
        "strip": [_strip(found, zone, one, view, only) for one in week],
        "totals": grids.totals(found, zone, day if of_day else None),
        "day_totals": grids.totals(found, zone, day),
        "links": _links(view, day, today, only),
        "title": formats.long_day(day, get_language()) if of_day else _week_title(week),
        "year": day.year if of_day else week[-1].year,
        "clock_change": _clock_change(zone, [day] if of_day else week),
        "zone": zone,
        "now": now,
        "new_query": urlencode({"day": day.isoformat()}),
        "business": business,
    }
    return render(request, "scheduling/calendar/calendar.html", context)


def _date(request: HttpRequest, today: date) -> date:
    try:
        wanted = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return today
    return wanted if FIRST <= wanted <= LAST else today


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts[:50]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _url(view: str, day: date, only: list[UUID]) -> str:
    return f"{reverse('calendar')}?{urlencode({'view': view, 'date': day.isoformat(), 'with': [str(one) for one in only]}, doseq=True)}"


def _links(view: str, day: date, today: date, only: list[UUID]) -> dict[str, str]:
    step = timedelta(days=1 if view == DAY else 7)
    return {
        "previous": _url(view, day - step, only),
        "next": _url(view, day + step, only),
        "today": _url(view, today, only),
        "day": _url(DAY, day, only),
        "week": _url(WEEK, day, only),
    }


def _chips(found: Shown, view: str, day: date) -> list[dict[str, Any]]:
    """A link per provider that takes him out or puts him in; nobody left means everybody."""
    on = [person.pk for person in found.people]
    chips = []
    for person in found.team:
        if len(on) == len(found.team):
            wanted = [person.pk] if len(found.team) > 1 else []
        elif person.pk in on:
            wanted = [other for other in on if other != person.pk]
        else:
            wanted = [*on, person.pk]
        everybody = len(wanted) == len(found.team)
        chips.append(
            {
                "person": person,
                "on": person.pk in on,
                "url": _url(view, day, [] if everybody else wanted),
            }
        )
    return chips


def _strip(found: Shown, zone: str, day: date, view: str, only: list[UUID]) -> dict[str, Any]:
    return {"day": day, "url": _url(view, day, only), "any": bool(grids.totals(found, zone, day)["count"])}


def _week_title(week: list[date]) -> str:
    """`9 – 15 November`, `30 November – 6 December`."""
    first, last = week[0], week[-1]
    name = formats.day_month(last, get_language())
    start = str(first.day) if first.month == last.month else formats.day_month(first, get_language())
    return f"{start} \N{EN DASH} {name}"


def _clock_change(zone: str, days: list[date]) -> str:
    """A word of warning for a date that is shorter or longer than others."""
    for day in days:
        difference = length(zone, day.toordinal()) - 1440
        if difference:
            name = formats.day(day, get_language())
            return (_("Clocks go back on %(day)s") if difference > 0 else _("Clocks go forward on %(day)s")) % {
                "day": name
            }
    return ""
