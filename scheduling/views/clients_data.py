"""Clients as data: duplicates and merging, lists as CSV, everything about one, and erasing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.checking import plain_lines
from daybook.core.errors import Conflict, Invalid, NotFound
from daybook.core.tables import csv_response
from scheduling.selectors import clients_list, clients_twins
from scheduling.selectors.clients import access_client, clients, require_clients, require_dossier
from scheduling.services import client_erasing, client_exporting, client_merging
from scheduling.views.clients import read_filters
from scheduling.views.setup_doors import saved
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from scheduling.models import Client

PAGE, MOST_FOUND = 25, 8


@member_required(Right.ERASE_CLIENTS)
def duplicates(request: HttpRequest) -> HttpResponse:
    """Clients marked for a look, each with whom he may be the same as."""
    page = Paginator(clients_twins.marked(), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "pairs": clients_twins.twins(list(page)), "query": ""}
    return render(request, "scheduling/clients/duplicates.html", context)


@member_required(Right.ERASE_CLIENTS, methods=FORM)
def merge(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """GET chooses the other one, then compares the two; POST makes them one."""
    found = access_client(client_id)
    other = _other(request, found)
    if request.method != "POST" or other is None:
        status = 422 if request.method == "POST" else 200
        return _compare(request, found, other, status=status)
    keep, gone = (other, found) if request.POST.get("keep") == str(other.pk) else (found, other)
    take = {name: request.POST.get(name) == str(gone.pk) for name in client_merging.CHOSEN}

    def finish(kept: Client, moved: dict[str, int]) -> None:
        after = {"merged": str(gone.pk), **moved}
        record(Line("client.merged", "client", keep.pk, after=after), tenant_id=tenant, by=by, request=request)

    tenant, by = business_of(request).pk, actor(request)
    try:
        kept = client_merging.merge(keep, gone, take=take, finish=finish)
    except (Conflict, Invalid) as error:
        return _compare(request, found, other, status=error.status, problem=error.message)
    return saved(request, _("Merged: %(name)s.") % {"name": kept.name}, "client", kept.pk)


@member_required(Right.EXPORT)
def export_list(request: HttpRequest) -> HttpResponse:
    """The list as it is narrowed, as a table."""
    require_clients(member_of(request))
    form, which = read_filters(request)
    rows = list(clients_list.client_rows(form.filters(which), now=clock.now()))
    header = [_("Name"), _("E-mail"), _("Phone"), _("Tags"), _("Notes"), _("Last visit"), _("Next appointment"),
              _("Visits"), _("No-shows"), _("Blocked"), _("Client since")]  # fmt: skip
    _audit(request, "clients.exported", after={"clients": len(rows)})
    zone = business_of(request).timezone
    return csv_response("clients", header, list(_cells(rows, zone)))  # type: ignore[return-value]  # a StreamingHttpResponse, which the stubs keep apart


@member_required(Right.EXPORT)
def export_one(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Everything about one client, with the files: for members who see all calendars."""
    require_dossier(member_of(request))
    found, business = access_client(client_id), business_of(request)
    content = client_exporting.archive(found, business=business, now=clock.now())
    _audit(request, "client.exported", found)
    name = f"client-{slugify(found.name) or found.pk.hex[:8]}.zip"
    return FileResponse(  # type: ignore[return-value]  # as above
        content, as_attachment=True, filename=name, content_type="application/zip"
    )


@member_required(Right.ERASE_CLIENTS, methods=FORM)
def erase(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """GET says what goes and what stays; POST erases for good."""
    found, now = access_client(client_id), clock.now()
    context: dict[str, Any] = {
        "client": found,
        "extent": client_erasing.extent(found, now=now),
        "may_export": _may_export_all(request),
    }
    if request.method != "POST":
        return render(request, "scheduling/clients/erase.html", context)
    tenant, by = business_of(request).pk, actor(request)

    def finish(gone: Client) -> None:
        record(Line("client.erased", "client", gone.pk), tenant_id=tenant, by=by, request=request)

    cancel = request.POST.get("upcoming") == "cancel"
    if cancel:
        require(member_of(request), Right.CHANGE_ALL_APPOINTMENTS)
    try:
        client_erasing.erase(
            found, business=business_of(request), now=now, by=by, cancel_upcoming=cancel, finish=finish
        )
    except Conflict as error:
        return render(request, "scheduling/clients/erase.html", {**context, "problem": error.message}, status=409)
    return saved(request, _("The client’s personal data is erased."), "clients")


def _may_export_all(request: HttpRequest) -> bool:
    member = member_of(request)
    return member.may(Right.EXPORT) and member.may(Right.SEE_ALL_APPOINTMENTS)


def _other(request: HttpRequest, found: Client) -> Client | None:
    """The second of the two, as form or address say."""
    text = request.POST.get("with") or request.GET.get("with") or ""
    try:
        other = access_client(UUID(text)) if text else None
    except ValueError:
        raise NotFound() from None
    return None if other is None or other.pk == found.pk else other


def _compare(request: HttpRequest, found: Client, other: Client | None, *, status: int, **extra: Any) -> HttpResponse:
    search = plain_lines(request.GET.get("q", "")).strip()[:100]
    twins = clients_twins.twins([found])[0].others
    results = list(clients(search=search).exclude(pk=found.pk)[:MOST_FOUND]) if search else twins[:MOST_FOUND]
    now = clock.now()
    context = {
        "client": found,
        "other": other,
        "found": results,
        "search": search,
        "rows": _rows(found, other) if other else [],
        "figures": [clients_list.figures(one.pk, now=now) for one in (found, other)] if other else [],
        "zone": business_of(request).timezone,
        **extra,
    }
    return render(request, "scheduling/clients/merge.html", context, status=status)


def _rows(found: Client, other: Client) -> list[dict[str, Any]]:
    """Field by field; where the two differ, one of them is chosen, at first what the one to be kept has."""
    words = {"name": _("Name"), "email": _("E-mail"), "phone": _("Phone"), "timezone": _("Time zone")}
    rows = []
    for name, label in words.items():
        values = (getattr(found, name), getattr(other, name))
        if any(values):
            rows.append(
                {"name": name, "label": label, "values": values, "choice": all(values) and values[0] != values[1]}
            )
    return rows


def _cells(rows: list[Client], zone: str) -> Iterator[list[Any]]:
    for row in rows:
        seen: Any = row  # the list's counts are annotations
        yield [row.name, row.email, row.phone, ", ".join(row.tags), row.notes, _day(seen.last_visit, zone),
               _day(seen.next_visit, zone), seen.visits, seen.missed, _day(row.blocked_at, zone),
               _day(row.created_at, zone)]  # fmt: skip


def _day(value: datetime | None, zone: str) -> str:
    return value.astimezone(ZoneInfo(zone)).date().isoformat() if value else ""


def _audit(request: HttpRequest, action: str, found: Client | None = None, **more: Any) -> None:
    line = Line(action, "client" if found else "clients", found.pk if found else "", **more)
    with transaction.atomic():
        record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)
