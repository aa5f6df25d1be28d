"""A fee that the client pays himself: because his bank wants that, or his card could not be charged."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import DaybookError
from widget import tokens
from widget.services import owing
from widget.views import manage
from widget.views.door import business_of, client_page, see_other, submitted

if TYPE_CHECKING:
    from scheduling.models import Appointment


@client_page(methods=("GET", "HEAD", "POST"))
def fee(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>/fee?t=…`: what is owed and why; POST leads to the payment page. `&back=1`: back from it."""
    business, now = business_of(request), clock.now()
    appointment = manage.access(request, reference, now)
    if request.method != "POST":
        waiting = request.GET.get("back") == "1" and owing.fee_awaited(appointment, now=now)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204) if waiting else HttpResponse(headers={"HX-Refresh": "true"})
        return _show(request, appointment, now, waiting=waiting)
    submitted(request, "fee")
    try:
        url = owing.fee_url(business, appointment, now=now)
    except DaybookError as error:
        return _show(request, appointment, now, status=error.status, problem=error.message)
    if url is None:
        problem = _("The payment page cannot be reached at the moment. Please try again in a few seconds.")
        return _show(request, appointment, now, status=503, problem=problem)
    return see_other(url)


def _show(
    request: HttpRequest,
    appointment: Appointment,
    now: datetime,
    *,
    status: int = 200,
    problem: str = "",
    waiting: bool = False,
) -> HttpResponse:
    business, owed = business_of(request), owing.fee_owed(appointment)
    context = manage.parts(business, appointment, request.GET["t"], now) | {
        "owed": owed,
        "amount": formats.money(owed.amount, owed.currency, get_language()) if owed else "",
        "problem": problem,
        "waiting": waiting,
        "url": request.get_full_path(),
        "form_token": tokens.new(business.pk, "fee"),
    }
    return render(request, "widget/fee.html", context, status=status)
