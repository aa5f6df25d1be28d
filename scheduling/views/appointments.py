"""The list of appointments, and one of them with all there is to know."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from daybook.core import clock
from scheduling.enums import Status
from scheduling.forms.lists import ANY, DATES, FilterForm
from scheduling.selectors import desk, mail
from scheduling.selectors.appointments import access_appointment, history, neighbours, standing
from scheduling.selectors.desk import Tab
from scheduling.selectors.offer import service_names
from scheduling.selectors.panels import panels
from scheduling.services.messages import manage_url
from scheduling.views import actions, timeline
from scheduling.views.series_words import place_context
from scheduling.views.setup_doors import is_fragment
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right
from tenants.services.handoff import local_path

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider

PAGE = 25
PARAMETERS = ("q", "when", "since", "until", "service", "provider", "status", "source", "payment", "sort", "tab")


@member_required(Right.SEE_OWN_APPOINTMENTS)
def appointments(request: HttpRequest) -> HttpResponse:
    """One of five lists, narrowed, searched and sorted by what stands in the address."""
    business, now = business_of(request), clock.now()
    people, tab = desk.people(member_of(request)), tab_of(request.GET)
    form = filter_form(request, request.GET, people, now)
    page = Paginator(matching(request, form, tab, now), PAGE).get_page(request.GET.get("page"))
    query = kept_query(request.GET, tab)
    address = f"{reverse('appointments')}?{query}"
    back = address if page.number == 1 else f"{address}&page={page.number}"
    hues = {person.pk: f"p-{person.hue}" for person in people}
    context = {
        "tabs": [
            {"name": name, "label": label, "query": kept_query(request.GET, name), "current": name == tab}
            for name, label in _tabs()
        ],
        "tab": tab,
        "waiting": desk.waiting_count(member_of(request), now=now),
        "form": form,
        "chips": [(label, text, kept_query(request.GET, tab, without=names)) for names, label, text in form.chips()],
        "sorted": _sorted(request.GET, form, tab),
        "page": page,
        "rows": row_contexts(page, now=now, zone=business.timezone, hues=hues),
        "query": f"{query}&",
        "kept": [(name, value) for name, value in QueryDict(query).items()],
        "zone": business.timezone,
        "back": back,
        "may_export": member_of(request).may(Right.EXPORT),
    }
    if not is_fragment(request):
        return render(request, "scheduling/appointments/list.html", context)
    response = render(request, "scheduling/appointments/_list.html", context)
    response.headers["HX-Push-Url"] = back
    return response


def filter_form(request: HttpRequest, data: QueryDict, people: list[Provider], now: datetime) -> FilterForm:
    """The filters that an address asks for."""
    return FilterForm(
        data,
        services=service_names(),
        people=[(person.pk, person.name) for person in people],
        today=now.astimezone(ZoneInfo(business_of(request).timezone)).date(),
    )


def tab_of(data: QueryDict) -> Tab:
    """Which list an address asks for."""
    wanted = str(data.get("tab", ""))
    return Tab(wanted) if wanted in list(Tab) else Tab.UPCOMING


def matching(request: HttpRequest, form: FilterForm, tab: Tab, now: datetime) -> QuerySet[Appointment]:
    """What the member sees of a list."""
    business, member = business_of(request), member_of(request)
    return desk.tab(business, member, tab, form.filters(), now=now, latest_first=form.latest_first)


@member_required(Right.SEE_OWN_APPOINTMENTS)
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment: details, what may be done, notes, and everything that happened to it. In a drawer, the same."""
    found = access_appointment(member_of(request), appointment_id)
    drawer = is_fragment(request) and request.headers.get("HX-Target") == "drawer"
    context = page_context(request, found, clock.now(), drawer=drawer)
    name = "_drawer" if drawer else "appointment"
    return render(request, f"scheduling/appointments/{name}.html", context)


def page_context(request: HttpRequest, found: Appointment, now: datetime, **extra: Any) -> dict[str, Any]:
    """What the page of an appointment needs."""
    business, member = business_of(request), member_of(request)
    zone = business.timezone
    before, after = (None, None) if extra.get("drawer") else neighbours(found, member, zone)
    mails, possible = mail.about(business, found, now=now), actions.possible(found, now=now, zone=zone)
    return {
        "row": found,
        "zone": zone,
        "zone_differs": bool(found.client_timezone) and found.client_timezone != zone,
        "hue": f"p-{found.provider.hue}",
        "standing": standing(found, now=now) if found.client_id else None,
        "client_url": _client_url(request, found),
        "manage_url": manage_url(business, found) if found.client_id else "",
        "again": _again(found),
        "doing": [action for action in possible if not action.asks],
        "ending": [action for action in possible if action.asks],
        "movable": actions.movable(found),
        "clash": request.GET.get("clash") == "1" and found.status == Status.CANCELLED,
        "timeline": timeline.entries(history(found), mails, zone),
        "before": before,
        "after": after,
        "list_url": list_url(request),
        "next": _address_of(request) if extra.get("drawer") else request.get_full_path(),
        "now": now,
        "panels": panels("appointment", appointment=found, business=business, member=member, now=now),
        **place_context(member, found),
        **extra,
    }


def list_url(request: HttpRequest) -> str:
    """The list that led here, with its filters; else the plain one."""
    plain = reverse("appointments")
    wanted = request.GET.get("back", "")
    return local_path(wanted, otherwise=plain) if urlsplit(wanted).path == plain else plain


def _address_of(request: HttpRequest) -> str:
    """The page that lies under the drawer, by what htmx says of it."""
    parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return local_path(path, otherwise=request.get_full_path())


def _client_url(request: HttpRequest, found: Appointment) -> str:
    if found.client_id is None or not member_of(request).may(Right.SEE_CLIENTS):
        return ""
    try:
        return reverse("client", args=[found.client_id])
    except NoReverseMatch:
        return ""


def _again(found: Appointment) -> str:
    """The form for another appointment like this one."""
    if found.client_id is None:
        return ""
    parts = {"client": found.client_id, "service": found.service_id, "provider": found.provider_id, "again": found.pk}
    return f"{reverse('new_appointment')}?{urlencode(parts)}"


def row_contexts(
    rows: Page[Appointment] | list[Appointment], *, now: datetime, zone: str, hues: dict[UUID, str]
) -> list[Any]:
    """Rows of a list with what may be done with each."""
    return [
        {
            "row": row,
            "actions": actions.possible(row, now=now, zone=zone),
            "hue": hues.get(row.provider_id, "p-slate"),
        }
        for row in rows
    ]


def _tabs() -> list[tuple[Tab, str]]:
    return [
        (Tab.UPCOMING, _("Upcoming")),
        (Tab.APPROVAL, _("Needs approval")),
        (Tab.PAST, _("Past")),
        (Tab.CANCELLED, _("Cancelled")),
        (Tab.ALL, _("All")),
    ]


def kept_query(address: QueryDict, tab: Tab, *, without: tuple[str, ...] = (), **more: str) -> str:
    """The filters of the address for another tab, page or order; what says nothing is left out."""
    values = {name: address.get(name, "") for name in PARAMETERS} | {"tab": tab.value} | more
    if values["when"] not in ("", DATES):
        values |= {"since": "", "until": ""}
    if values["when"] == ANY:
        values["when"] = ""
    values |= dict.fromkeys(without, "")
    return urlencode({name: value for name, value in values.items() if value})


def _sorted(address: QueryDict, form: FilterForm, tab: Tab) -> dict[str, str]:
    """How the column "When" is sorted, and the address that turns it round."""
    latest = form.latest_first
    if latest is None:
        latest = tab not in (Tab.UPCOMING, Tab.APPROVAL)
    turned = kept_query(address, tab, sort="soonest" if latest else "latest")
    return {"direction": "descending" if latest else "ascending", "query": turned}
