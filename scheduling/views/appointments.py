"""The list of appointments, and one of them with all there is to know."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core import clock
from scheduling.enums import Status
from scheduling.forms.lists import FilterForm
from scheduling.selectors import desk
from scheduling.selectors.appointments import access_appointment, history
from scheduling.selectors.desk import Tab
from scheduling.selectors.offer import service_names
from scheduling.views import actions, timeline
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment

PAGE = 25


@member_required(Right.SEE_OWN_APPOINTMENTS)
def appointments(request: HttpRequest) -> HttpResponse:
    """One of four lists, narrowed and searched by what stands in the address."""
    business, member, now = business_of(request), member_of(request), clock.now()
    people = desk.people(member)
    form = FilterForm(request.GET, services=service_names(), people=[(person.pk, person.name) for person in people])
    tab = Tab(request.GET["tab"]) if request.GET.get("tab") in list(Tab) else Tab.UPCOMING
    rows = desk.tab(business, member, tab, form.filters(), now=now)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [
            {"name": name, "label": label, "query": _query(request.GET, tab=name), "current": name == tab}
            for name, label in _tabs()
        ],
        "tab": tab,
        "waiting": desk.waiting_count(member, now=now),
        "form": form,
        "page": page,
        "rows": row_contexts(
            page, now=now, zone=business.timezone, hues={person.pk: f"p-{person.hue}" for person in people}
        ),
        "query": _query(request.GET, tab=tab, also="&"),
        "zone": business.timezone,
        "back": request.get_full_path(),
    }
    template = "scheduling/appointments/_list.html" if _is_fragment(request) else "scheduling/appointments/list.html"
    return render(request, template, context)


@member_required(Right.SEE_OWN_APPOINTMENTS)
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment: details, what may be done, notes, and everything that happened to it."""
    found = access_appointment(member_of(request), appointment_id)
    context = page_context(request, found, clock.now())
    return render(request, "scheduling/appointments/appointment.html", context)


def page_context(request: HttpRequest, found: Appointment, now: datetime, **extra: Any) -> dict[str, Any]:
    """What the page of an appointment needs."""
    came, missed = desk.visits(found.client_id, before=found.starts_at) if found.client_id else (0, 0)
    zone = business_of(request).timezone
    return {
        "row": found,
        "zone": zone,
        "zone_differs": bool(found.client_timezone) and found.client_timezone != zone,
        "hue": f"p-{found.provider.hue}",
        "came": came,
        "missed": missed,
        "actions": actions.possible(found, now=now, zone=zone),
        "movable": actions.movable(found),
        "clash": request.GET.get("clash") == "1" and found.status == Status.CANCELLED,
        "timeline": timeline.entries(history(found), desk.messages_about(found), zone),
        "now": now,
        **extra,
    }


def row_contexts(
    rows: Page[Appointment] | list[Appointment], *, now: datetime, zone: str, hues: dict[UUID, str]
) -> list[Any]:
    """Rows of a list with what may be done with each."""
    return [
        {"row": row, "actions": actions.possible(row, now=now, zone=zone), "hue": hues.get(row.provider_id, "p-slate")}
        for row in rows
    ]


def _tabs() -> list[tuple[Tab, str]]:
    return [
        (Tab.UPCOMING, _("Upcoming")),
        (Tab.APPROVAL, _("Needs approval")),
        (Tab.PAST, _("Past")),
        (Tab.CANCELLED, _("Cancelled")),
    ]


def _query(address: QueryDict, *, tab: Tab, also: str = "") -> str:
    """The filters of the address for another tab or page."""
    kept = address.copy()
    for name in ("page", "tab", *(name for name in address if not address[name])):
        kept.pop(name, None)
    kept["tab"] = tab.value
    return kept.urlencode() + also


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")
