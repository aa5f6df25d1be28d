"""The list of clients, and one client with all there is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.errors import Conflict, DaybookError, NotFound
from daybook.core.inputs import refuse
from scheduling.forms.clients import ClientFilterForm, ClientForm, ConsentForm
from scheduling.selectors import clients_list, desk
from scheduling.selectors.clients import access_client, appointments_of
from scheduling.selectors.clients_list import Which
from scheduling.selectors.panels import panels
from scheduling.services import client_records
from scheduling.views.setup_doors import is_fragment, saved
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Client

PAGE = 25


@member_required(Right.SEE_CLIENTS)
def clients(request: HttpRequest) -> HttpResponse:
    """Clients, narrowed, searched and sorted by what stands in the address."""
    business, member, now = business_of(request), member_of(request), clock.now()
    form, which = read_filters(request)
    page = Paginator(clients_list.client_rows(form.filters(which), now=now), PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [
            {"name": name, "label": label, "query": _query(request.GET, view=name), "current": name == which}
            for name, label in _tabs()
        ],
        "which": which,
        "form": form,
        "page": page,
        "query": _query(request.GET, view=which) + "&",
        "sorts": {name: _query(request.GET, view=which, sort=name) for name in clients_list.ORDERS},
        "sort": form.cleaned_data.get("sort") or "name",
        "zone": business.timezone,
        "may_change": member.may(Right.CHANGE_CLIENTS),
        "may_merge": member.may(Right.ERASE_CLIENTS),
        "may_export": member.may(Right.EXPORT),
    }
    template = "scheduling/clients/_list.html" if is_fragment(request) else "scheduling/clients/list.html"
    return render(request, template, context)


@member_required(Right.SEE_CLIENTS)
def client(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One client: contact, notes, what they booked, consents, files, and whether they may book online."""
    return show(request, access_client(client_id, also_erased=True))


@member_required(Right.CHANGE_CLIENTS, methods=FORM)
def new_client(request: HttpRequest) -> HttpResponse:
    """Somebody new; a name is enough."""
    return _edit(request, None)


@member_required(Right.CHANGE_CLIENTS, methods=FORM)
def edit_client(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """A client's own details. Appointments keep what was typed for them."""
    return _edit(request, access_client(client_id))


def read_filters(request: HttpRequest) -> tuple[ClientFilterForm, Which]:
    """What the address asks for."""
    form = ClientFilterForm(request.GET, tags=clients_list.tags())
    wanted = request.GET.get("view")
    return form, Which(wanted) if wanted in list(Which) else Which.ALL


def show(request: HttpRequest, found: Client, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a client; `extra` are forms with what was typed wrong."""
    business, member, now = business_of(request), member_of(request), clock.now()
    rows = desk.own(appointments_of(found), member)
    context = {
        "client": found,
        "figures": clients_list.figures(found.pk, now=now),
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "query": "",
        "consents": list(found.consents.all()),
        "files": list(found.files.all()),
        "consent_form": ConsentForm(),
        "zone": business.timezone,
        "now": now,
        "panels": panels("client", client=found, business=business, member=member, now=now),
        "may_change": member.may(Right.CHANGE_CLIENTS) and found.erased_at is None,
        "may_merge": member.may(Right.ERASE_CLIENTS) and found.erased_at is None,
        "may_export": found.erased_at is None and member.may(Right.EXPORT) and member.may(Right.SEE_ALL_APPOINTMENTS),
        **extra,
    }
    return render(request, "scheduling/clients/client.html", context, status=status)


def _edit(request: HttpRequest, found: Client | None) -> HttpResponse:
    business = business_of(request)
    name = found.name if found else ""
    form = ClientForm(request.POST if request.method == "POST" else None, business=business, client=found)
    other: Client | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                made = client_records.make_client(business=business, **form.values())
            else:
                made = client_records.change_client(found, business=business, **form.values())
        except DaybookError as error:
            refuse(form, error)
            other = _the_other(error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": made.name}, "client", made.pk)
    context = {
        "form": form,
        "client_id": found.pk if found else None,
        "client_name": name,
        "other": other,
        "may_merge": member_of(request).may(Right.ERASE_CLIENTS),
    }
    return render(request, "scheduling/clients/edit.html", context, status=422 if form.errors else 200)


def _the_other(error: DaybookError) -> Client | None:
    """Who has these details already."""
    if not isinstance(error, Conflict) or not error.details.get("client_id"):
        return None
    try:
        return access_client(UUID(error.details["client_id"]))
    except NotFound:
        return None


def _tabs() -> list[tuple[Which, str]]:
    return [
        (Which.ALL, _("All")),
        (Which.RECENT, _("Recent")),
        (Which.LAPSED, _("Lapsed")),
        (Which.NEVER, _("Never came")),
        (Which.BLOCKED, _("Blocked")),
        (Which.DUPLICATES, _("Possible duplicates")),
    ]


def _query(address: QueryDict, **changed: str) -> str:
    """The filters of the address for another tab, order or page."""
    kept = address.copy()
    for name in ("page", *changed, *(name for name in address if not address[name])):
        kept.pop(name, None)
    for name, value in changed.items():
        kept[name] = str(value)
    return kept.urlencode()
