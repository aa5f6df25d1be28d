"""Appointments as a file for spreadsheets: what the list shows, or what is selected in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.audit import Line, record
from daybook.core.tables import csv_response
from scheduling.selectors import desk
from scheduling.selectors.appointments import named
from scheduling.views.appointments import filter_form, matching, tab_of
from scheduling.views.bulk import ids_of
from tenants.auth import actor
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment


@member_required(Right.EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """`?ids=` several times: these; else the list with its filters, all pages of it. Only what the member may see."""
    business, member, now = business_of(request), member_of(request), clock.now()
    if request.GET.get("all") != "1" and (ids := ids_of(request.GET)):
        rows = named(member, ids)
    else:
        form = filter_form(request, request.GET, desk.people(member), now)
        rows = list(matching(request, form, tab_of(request.GET), now))
    line = Line("appointments.exported", kind="appointment", after={"rows": len(rows)})
    record(line, tenant_id=business.pk, by=actor(request), request=request)
    day = now.astimezone(ZoneInfo(business.timezone)).date()
    lines = list(_lines(rows, business.timezone))  # now: the connection serves another business when it is sent
    return csv_response(f"appointments-{business.slug}-{day}", _header(), lines)  # type: ignore[return-value]


def _header() -> list[str]:
    return [
        _("Reference"), _("Client"), _("E-mail"), _("Phone"), _("Service"), _("With"), _("Start"), _("End"),
        _("Time zone"), _("UTC offset"), _("Status"), _("Source"), _("Payment"), _("Price"), _("Currency"),
        _("Booked"), _("Notes from the client"), _("Shared notes"), _("Private notes"),
    ]  # fmt: skip


def _lines(rows: Iterable[Appointment], zone: str) -> Iterable[list[Any]]:
    """Times are local to `zone`, in a form that spreadsheets read; prices in the currency's own unit."""
    wall = ZoneInfo(zone)
    for row in rows:
        start, end, made = (instant.astimezone(wall) for instant in (row.starts_at, row.ends_at, row.created_at))
        yield [
            row.reference, row.client_name, row.client_email, row.client_phone, row.service_name, row.provider_name,
            f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}", zone, _offset(start),
            row.get_status_display(), row.get_source_display(), row.get_payment_status_display(),
            formats.major(row.price, row.currency), row.currency.upper(), f"{made:%Y-%m-%d %H:%M}",
            row.notes, row.shared_notes, row.staff_notes,
        ]  # fmt: skip


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
