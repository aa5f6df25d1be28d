"""The business's data: a copy of everything, and closing the account."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from calendarsync.selectors.accounts import connections
from calendarsync.selectors.feeds import any_listened, any_published
from daybook.core import clock
from daybook.core.errors import DaybookError
from scheduling.enums import Status
from scheduling.selectors.appointments import Filters, appointments
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import exports as exports_of
from tenants.selectors import require
from tenants.services import closing, exports

if TYPE_CHECKING:
    from tenants.models import Membership

AHEAD = (Status.CONFIRMED.value, Status.PENDING_APPROVAL.value)


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def data(request: HttpRequest) -> HttpResponse:
    """The copies there are, how far the present one is, and a button for a new one."""
    business, member = business_of(request), member_of(request)
    if request.method == "POST":
        _require_all(member)
        exports.request_export(business=business, user=member.user, by=actor(request), now=clock.now())
        return _back()
    rows = exports_of(business)
    context = {
        "rows": rows,
        "zone": business.timezone,
        "going": any(row.state in ("waiting", "running") for row in rows),
    }
    part = bool(request.headers.get("HX-Request"))
    return render(request, "dashboard/_exports.html" if part else "dashboard/data.html", context)


@member_required(Right.CHANGE_SETTINGS)
def download(request: HttpRequest, export_id: UUID) -> FileResponse:
    """The ZIP, for members who may export."""
    business = business_of(request)
    _require_all(member_of(request))
    export = exports.access_export(business, export_id)
    name = f"{business.slug}-{export.created_at:%Y-%m-%d}.zip"
    return FileResponse(
        exports.open_export(export, business), as_attachment=True, filename=name, content_type="application/zip"
    )


@member_required(Right.CHANGE_KEYS, methods=FORM)
def close(request: HttpRequest) -> HttpResponse:
    """Ask, naming what follows; the business's name has to be typed. The owner can open it again."""
    business, problem = business_of(request), ""
    if request.method == "POST":
        try:
            closing.close(business, typed=request.POST.get("name", ""), by=actor(request), now=clock.now())
        except DaybookError as error:
            problem = error.message
        else:
            messages.success(request, _("%(name)s is closed.") % {"name": business.name})
            response = redirect(f"{settings.PLATFORM_URL}/businesses/")
            response.status_code = 303
            return response
    today = clock.now()
    ahead = appointments(business, None, Filters(status=AHEAD)).filter(ends_at__gt=today).count()
    context = {
        "ahead": ahead,
        "connected": connections().exists(),
        "listened": any_listened(),
        "published": any_published(),
        "problem": problem,
        "typed": request.POST.get("name", ""),
    }
    return render(request, "dashboard/close.html", context, status=422 if problem else 200)


def _require_all(member: Membership) -> None:
    """A copy holds every calendar: for members who may export and see them all."""
    require(member, Right.EXPORT)
    require(member, Right.SEE_ALL_APPOINTMENTS)


def _back() -> HttpResponse:
    response = redirect("settings_data")
    response.status_code = 303
    return response
