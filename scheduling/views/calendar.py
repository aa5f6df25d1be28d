"""The calendar: a column per provider for a day, or per date for a week; a month; a list, which phones get for a day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from scheduling.domain.day_grid import length
from scheduling.selectors.calendar import Shown, shown, version
from scheduling.views import grid as grids
from scheduling.views import month as months
from scheduling.views.calendar_look import DAY, LIST, MONTH, WEEK, Look
from scheduling.views.grid import Hands
from scheduling.views.setup_doors import is_fragment
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right


@member_required(Right.SEE_OWN_APPOINTMENTS)
def calendar(request: HttpRequest) -> HttpResponse:
    """`?view=day|week|month|list&date=…&with=…`: times are the business's, and so is "today".

    An open calendar asks again every few seconds for its part of the page; nothing is sent when nothing has changed.
    """
    now = clock.now()
    look = look_of(request, request.GET, now)
    if is_fragment(request):
        tag = _tag(request, look, now)
        if request.headers.get("If-None-Match") == tag:
            return HttpResponseNotModified(headers={"ETag": tag})
        return _part(request, look, now, tag)
    return render(request, "scheduling/calendar/calendar.html", _context(request, look, now, _tag(request, look, now)))


def look_of(request: HttpRequest, address: QueryDict, now: datetime) -> Look:
    """What an address says, on the business's clock."""
    return Look.of(address, now.astimezone(ZoneInfo(business_of(request).timezone)).date())


def back_of(request: HttpRequest, now: datetime) -> Look:
    """The look that a form or a link of the calendar came from (`back`: its query)."""
    text = request.POST.get("back") or request.GET.get("back") or ""
    return look_of(request, QueryDict(text[:4000]), now)


def hands_of(request: HttpRequest) -> Hands:
    """What the member may change."""
    member = member_of(request)
    own = member.provider_id
    return Hands(
        every_appointment=member.may(Right.CHANGE_ALL_APPOINTMENTS),
        every_hour=member.may(Right.CHANGE_SETUP),
        own_appointments=own if member.may(Right.CHANGE_OWN_APPOINTMENTS) else None,
        own_hours=own if member.may(Right.CHANGE_OWN_HOURS) else None,
    )


def changed(request: HttpRequest, look: Look, text: str, *, undo: str = "") -> HttpResponse:
    """Say that something was done, with the calendar as it is now; without htmx, on its page."""
    undo = f"{undo}?{urlencode({'back': look.query})}" if undo and "?" not in undo else undo
    if not request.headers.get("HX-Request"):
        messages.success(request, text, extra_tags=undo)
        return redirect(look.url)
    now = clock.now()
    response = _part(request, look, now, _tag(request, look, now))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#cal", "outerHTML"
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "undo": undo}, "drawer:close": ""})
    return response


def _part(request: HttpRequest, look: Look, now: datetime, tag: str) -> HttpResponse:
    response = render(request, "scheduling/calendar/_live.html", _context(request, look, now, tag))
    response.headers["ETag"] = tag
    return response


def _tag(request: HttpRequest, look: Look, now: datetime) -> str:
    """Read before what it stands for, so that it is never newer."""
    first, last = _read(look)
    return f'W/"{version(business_of(request), member_of(request), first=first, last=last, now=now)}"'


def _read(look: Look) -> tuple[date, date]:
    """The dates that are read: phones show the days of the week above their list."""
    around = replace(look, view=WEEK) if look.view == DAY else look
    return around.first, around.last


def _context(request: HttpRequest, look: Look, now: datetime, tag: str) -> dict[str, Any]:
    business, member = business_of(request), member_of(request)
    zone, hands = business.timezone, hands_of(request)
    today = now.astimezone(ZoneInfo(zone)).date()
    first, last = _read(look)
    found = shown(business, member, first=first, last=last, only=look.only, now=now)
    context: dict[str, Any] = {
        "look": look,
        "view": look.view,
        "day": look.day,
        "tag": tag,
        "today": today,
        "today_shown": look.first <= today <= look.last,
        "chips": _chips(found, look),
        "totals": _totals(found, zone, look),
        "links": _links(look, today),
        "title": _title(look),
        "year": "" if look.view == MONTH else look.last.year,
        "clock_change": "" if look.view in (MONTH, LIST) else _clock_change(zone, look.days),
        "zone": zone,
        "now": now,
        "new_query": urlencode({"day": look.day.isoformat()}),
        "may_block": hands.every_hour or hands.own_hours is not None,
        "business": business,
    }
    if look.view == MONTH:
        return context | {"weeks": months.weeks(found, look, zone=zone, today=today, now=now)}
    if look.view == LIST:
        return context | {"days": _days(found, look, zone, now, hands)}
    return context | _columns(found, look, zone, now, hands)


def _columns(found: Shown, look: Look, zone: str, now: datetime, hands: Hands) -> dict[str, Any]:
    """The grid, and the list of the day for phones."""
    of_day = look.view == DAY
    week = replace(look, view=WEEK).days
    grid = grids.grid(found, zone=zone, days=look.days, by_person=of_day, now=now, hands=hands)
    everything = grids.with_blocks(found, zone=zone, now=now, hands=hands)
    return {
        "grid": grid,
        "agenda": grids.agenda(everything, zone=zone, day=look.day, now=now),
        "strip": [_strip(found, zone, replace(look, day=day)) for day in week],
        "day_totals": grids.totals(found, zone, look.day),
        "people": found.people,
    }


def _days(found: Shown, look: Look, zone: str, now: datetime, hands: Hands) -> list[dict[str, Any]]:
    """The dates of the list on which anything takes place."""
    everything = grids.with_blocks(found, zone=zone, now=now, hands=hands)
    lists = [(day, grids.agenda(everything, zone=zone, day=day, now=now)) for day in look.days]
    return [
        {"day": day, "agenda": agenda, "totals": grids.totals(found, zone, day), "url": replace(look, view=DAY, day=day).url}
        for day, agenda in lists
        if agenda
    ]  # fmt: skip


def _totals(found: Shown, zone: str, look: Look) -> dict[str, Any]:
    if look.view == DAY:
        return grids.totals(found, zone, look.day)
    if look.view == MONTH:
        return grids.totals(found, zone, month=look.day)
    return grids.totals(found, zone)


def _links(look: Look, today: date) -> dict[str, Any]:
    labels = {
        DAY: (_("Previous day"), _("Next day")),
        WEEK: (_("Previous week"), _("Next week")),
        MONTH: (_("Previous month"), _("Next month")),
        LIST: (_("Earlier"), _("Later")),
    }
    back, on = labels[look.view]
    names = {DAY: _("Day"), WEEK: _("Week"), MONTH: _("Month"), LIST: _("List")}
    return {
        "previous": {"url": look.before.url, "label": back},
        "next": {"url": look.after.url, "label": on},
        "today": replace(look, day=today).url,
        "views": [{"name": name, "url": replace(look, view=name).url, "label": text} for name, text in names.items()],
    }


def _chips(found: Shown, look: Look) -> list[dict[str, Any]]:
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
        only: tuple[UUID, ...] = () if len(wanted) == len(found.team) else tuple(wanted)
        chips.append({"person": person, "on": person.pk in on, "url": replace(look, only=only).url})
    return chips


def _strip(found: Shown, zone: str, look: Look) -> dict[str, Any]:
    return {"day": look.day, "url": look.url, "any": bool(grids.totals(found, zone, look.day)["count"])}


def _title(look: Look) -> str:
    if look.view == DAY:
        return formats.long_day(look.day, get_language())
    if look.view == MONTH:
        return formats.month(look.day, get_language())
    return _span_title(look.first, look.last)


def _span_title(first: date, last: date) -> str:
    """`9 – 15 November`, `30 November – 6 December`."""
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
