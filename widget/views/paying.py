"""Paying: the way to the payment page and back from it, and what is left to pay later. No page here proves a payment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import DaybookError, NotFound
from scheduling.enums import Status
from tenants import limits
from widget import selectors, tokens
from widget.forms import TipForm
from widget.services import booking, owing
from widget.views import details, manage, moments, offer
from widget.views.door import business_of, client_page, see_other, submitted

if TYPE_CHECKING:
    from scheduling.models import Appointment


@client_page()
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """`/pay/<hold>`: leads to the payment page, in the top window; waits for it where it is not known yet."""
    now = clock.now()
    held = _access_hold(request, token, now)
    if (elsewhere := _booked(request, held, "")) is not None:
        return elsewhere
    url = booking.known_checkout_url(held)
    if url:
        return _on(request, url)
    if not held.checkout_open:
        return _on(request, details.address(request, held))
    booking.outcome_awaited(held, now=now)
    return _wait(request, held, preparing=True)


@client_page()
def returned(request: HttpRequest, token: str) -> HttpResponse:
    """`/pay/<hold>/return`: "processing" until our server has heard it from Stripe; then the appointment's page."""
    now = clock.now()
    held = _access_hold(request, token, now)
    if (elsewhere := _booked(request, held, "booked")) is not None:
        return elsewhere
    if held.status == Status.HELD and held.checkout_open:
        booking.outcome_awaited(held, now=now)
        return _wait(request, held, preparing=False)
    if owing.came_too_late(held):
        return _too_late(request, held)
    return _on(request, details.address(request, held, paying="cancelled"))


@client_page(methods=("GET", "HEAD", "POST"))
def balance(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>/pay?t=…`: what is due and how it is paid; POST leads to the payment page."""
    business, now = business_of(request), clock.now()
    appointment = manage.access(request, reference, now)
    form = TipForm(currency=appointment.currency)
    if request.method != "POST":
        return _show_balance(request, appointment, form, now)
    submitted(request, "pay")
    form = TipForm(request.POST, currency=appointment.currency)
    if not form.is_valid():
        return _show_balance(request, appointment, form, now, status=422)
    try:
        url = owing.balance_url(business, appointment, tip=form.cleaned_data["tip"] or 0, now=now)
    except DaybookError as error:
        return _show_balance(request, appointment, form, now, status=error.status, problem=error.message)
    if url is None:
        problem = _("The payment page cannot be reached at the moment. Please try again in a few seconds.")
        return _show_balance(request, appointment, form, now, status=503, problem=problem)
    return see_other(url)


@client_page()
def paid(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>/paid?t=…`: back from the payment page of what was due; "processing" until we have heard of it."""
    now = clock.now()
    appointment = manage.access(request, reference, now)
    if owing.balance_awaited(appointment, now=now):
        return _wait(request, appointment, preparing=False)
    return _on(request, manage.address(appointment, request.GET["t"], said="paid"))


def _access_hold(request: HttpRequest, token: str, now: datetime) -> Appointment:
    try:
        return selectors.access_hold(business_of(request), token, now=now)
    except NotFound:
        limits.count_guess(request, "hold", token)
        raise NotFound("link_invalid", _("This link does not work any more.")) from None


def _booked(request: HttpRequest, held: Appointment, said: str) -> HttpResponse | None:
    """To the appointment's page, if the hold has become one."""
    if not details.is_booked(held):
        return None
    said_part = {"said": said} if said else {}
    business = business_of(request)
    return _on(request, manage.address(held, booking.manage_token(business, held), **said_part))


def _on(request: HttpRequest, url: str) -> HttpResponse:
    """Elsewhere: the whole page, also where only a part of it asked."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200, headers={"HX-Redirect": url})
    return see_other(url)


def _wait(request: HttpRequest, held: Appointment, *, preparing: bool) -> HttpResponse:
    """Something is on its way. With JavaScript the page asks every two seconds, without it every five."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    business = business_of(request)
    context = {
        "held": held,
        "preparing": preparing,
        "url": request.get_full_path(),
        "when": moments.lines(business, held),
        "facts": offer.facts_of(business, held),
    }
    return render(request, "widget/pay_wait.html", context)


def _too_late(request: HttpRequest, held: Appointment) -> HttpResponse:
    business = business_of(request)
    money = owing.money(held)
    amount = formats.money(money.standing.captured, held.currency, get_language())
    context = {
        "held": held,
        "when": moments.lines(business, held),
        "amount": amount if money.standing.captured else "",
        "book_url": f"/book/{held.service.slug}/",
    }
    return _page(request, "widget/pay_too_late.html", context)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    return render(request, template, context)


def _show_balance(
    request: HttpRequest,
    appointment: Appointment,
    form: TipForm,
    now: datetime,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    business = business_of(request)
    context = manage.parts(business, appointment, request.GET["t"], now) | {
        "form": form,
        "problem": problem,
        "may_pay": owing.may_pay(business, appointment),
        "due": formats.money(owing.due_now(appointment), appointment.currency, get_language()),
        "form_token": tokens.new(business.pk, "pay"),
    }
    return render(request, "widget/pay.html", context, status=status)
