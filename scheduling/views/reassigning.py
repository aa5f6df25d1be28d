"""A provider's appointments ahead, to give to others, keep or cancel: for whoever leaves, is ill or takes time off."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock
from scheduling.selectors import offer as offers
from scheduling.selectors.appointments import day_start
from scheduling.selectors.setup import busy_then, upcoming_of
from scheduling.services import reassigning
from scheduling.services.reassigning import Outcome, Wish
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider

MOST = 100
KEEP, ANYBODY, CANCEL = "", "any", "cancel"


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=FORM)
def reassign(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Each with a choice: keep, somebody else, cancel. `?from=&to=` shows the appointments of some dates only."""
    person = offers.access_provider(provider_id)
    if request.method != "POST" or request.POST.get("do") == "set":
        return _page(request, person)
    outcomes = reassigning.reassign(
        business=business_of(request), wishes=_wishes(request, person), now=clock.now(), by=actor(request),
        notify=request.POST.get("notify") == "on", allow_outside_hours=request.POST.get("outside") == "on",
    )  # fmt: skip
    if text := _done(outcomes):
        messages.success(request, text)
    problems = {one.appointment.pk: one.problem for one in outcomes if one.problem}
    if problems or not outcomes:
        return _page(request, person, problems=problems, status=409 if problems else 200)
    response = HttpResponse(status=303)
    response.headers["Location"] = request.get_full_path()
    return response


def _wishes(request: HttpRequest, person: Provider) -> list[Wish]:
    rows, people = _rows(request, person), _people(person)
    found = []
    for row in rows:
        chosen = request.POST.get(f"to-{row.pk}", KEEP)
        if chosen == CANCEL:
            found.append(Wish(row, cancel=True))
        elif chosen == ANYBODY:
            found.append(Wish(row))
        elif match := next((p for p in people if str(p.pk) == chosen), None):
            found.append(Wish(row, match.pk))
    return found


def _done(outcomes: list[Outcome]) -> str:
    cancelled = sum(one.cancelled for one in outcomes)
    moved = sum(not one.problem for one in outcomes) - cancelled
    parts = []
    if moved:
        parts.append(ngettext("%(n)d appointment reassigned.", "%(n)d appointments reassigned.", moved) % {"n": moved})
    if cancelled:
        text = ngettext("%(n)d appointment cancelled.", "%(n)d appointments cancelled.", cancelled)
        parts.append(text % {"n": cancelled})
    return " ".join(parts)


def _page(
    request: HttpRequest, person: Provider, *, problems: dict[UUID, str] | None = None, status: int = 200
) -> HttpResponse:
    rows, people = _rows(request, person), _people(person)
    busy = busy_then([row.pk for row in rows], [p.pk for p in people]) if rows and people else set()
    everybody = request.POST.get("all", KEEP)
    asked = request.POST.get("do") == "set"
    context = {
        "person": person,
        "rows": [
            {
                "row": row,
                "choices": (choices := _choices(row, people, busy)),
                "chosen": _chosen(request, row, [key for key, _text in choices], everybody if asked else None),
                "problem": (problems or {}).get(row.pk, ""),
            }
            for row in rows[:MOST]
        ],
        "more": len(rows) > MOST,
        "people": people,
        "everybody": everybody,
        "failed": len(problems or {}),
        "notify": request.method != "POST" or request.POST.get("notify") == "on",
        "outside": request.POST.get("outside") == "on",
        "zone": business_of(request).timezone,
        "span": _span(request),
        "may_setup": member_of(request).may(Right.CHANGE_SETUP),
        "appointments_url": f"{reverse('appointments')}?tab=upcoming&provider={person.pk}",
    }
    return render(request, "scheduling/team/reassign.html", context, status=status)


def _rows(request: HttpRequest, person: Provider) -> list[Appointment]:
    first, last = _span(request)
    zone = business_of(request).timezone
    start: datetime | None = day_start(zone, first) if first else None
    end = day_start(zone, last + timedelta(days=1)) if last else None
    return list(upcoming_of(person.pk, now=clock.now(), first=start, last=end)[: MOST + 1])


def _span(request: HttpRequest) -> tuple[date | None, date | None]:
    found = []
    for name in ("from", "to"):
        try:
            day = date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            day = None
        found.append(day if day and 2000 <= day.year <= 2100 else None)
    return found[0], found[1]


def _people(person: Provider) -> list[Provider]:
    """Everybody else who can be booked."""
    return [p for p in offers.providers(active=True) if p.pk != person.pk]


def _choices(row: Appointment, people: list[Provider], busy: set[tuple[UUID, UUID]]) -> list[tuple[str, str]]:
    """What can become of one appointment: only those who give its service are named."""
    giving = [p for p in people if any(link.service_id == row.service_id for link in p.links.all())]
    found = [(KEEP, _("Keep with %(name)s") % {"name": row.provider_name})]
    if len(giving) > 1:
        found.append((ANYBODY, _("Anyone who is free")))
    for person in giving:
        text = _("%(name)s (booked then)") if (row.pk, person.pk) in busy else "%(name)s"
        found.append((str(person.pk), text % {"name": person.name}))
    return [*found, (CANCEL, _("Cancel the appointment"))]


def _chosen(request: HttpRequest, row: Appointment, keys: list[str], everybody: str | None) -> Any:
    """What is selected: the choice for all where it is possible, else what was chosen before."""
    wanted = request.POST.get(f"to-{row.pk}", KEEP) if everybody is None else everybody
    if wanted == ANYBODY and ANYBODY not in keys:
        others = [key for key in keys if key not in (KEEP, CANCEL)]
        return others[0] if others else KEEP
    return wanted if wanted in keys else KEEP
