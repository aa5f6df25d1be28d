"""Payments → Account: connecting an account at Stripe, its state in words, and letting it go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.enums import AccountState
from billing.forms import CountryForm
from billing.selectors.accounts import account_of, account_page, fee_in_words, needs_payments, refuses_currency
from billing.selectors.concerns import open_count
from billing.services import accounts, balances
from daybook.core import clock
from daybook.core.errors import Conflict, DaybookError
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import business_url
from tenants.services.settings import change_settings

if TYPE_CHECKING:
    from tenants.models import Business


@member_required(Right.SEE_PAYMENTS)
def account(request: HttpRequest) -> HttpResponse:
    """What the account can do now, what Stripe still needs, and the one next step."""
    return _page(request, _country_form(request))


def _page(request: HttpRequest, form: CountryForm | None, *, status: int = 200) -> HttpResponse:
    business = business_of(request)
    context = {
        "refused_currency": business_of(request).currency.upper() if refuses_currency(business_of(request)) else "",
        "page": account_page(business),
        "states": AccountState,
        "form": form,
        "may_connect": member_of(request).may(Right.CONNECT_PAYMENTS),
        "available": bool(settings.STRIPE_SECRET_KEY),
        "fee": fee_in_words(business),
        "closed": needs_payments(business),
        "waiting": open_count(),
        "dashboard": "" if settings.STRIPE_API_BASE else "https://dashboard.stripe.com/",
    }
    return render(request, "billing/account.html", context, status=status)


def _country_form(request: HttpRequest) -> CountryForm | None:
    """Asks for the country where the business has none."""
    if business_of(request).country:
        return None
    data = request.POST if request.method == "POST" else None
    return CountryForm(data, language=get_language() or "en")


@member_required(Right.CONNECT_PAYMENTS, methods=("POST",))
def connect(request: HttpRequest) -> HttpResponse:
    """Begin, or go on with, an account: the way leads to Stripe's own pages."""
    form = _country_form(request)
    if form is not None:
        if not form.is_valid():
            return _page(request, form, status=422)
        change_settings(business_of(request), country=form.cleaned_data["country"])
    return _to_stripe(request)


@member_required(Right.CONNECT_PAYMENTS)
def onward(request: HttpRequest) -> HttpResponse:
    """Where Stripe sends an owner whose link was used or too old: a new one, to the same place."""
    if account_of(business_of(request)) is None:
        return redirect("payments_account")
    return _to_stripe(request)


def _to_stripe(request: HttpRequest) -> HttpResponse:
    business = business_of(request)
    try:
        if not settings.STRIPE_SECRET_KEY:
            raise Conflict("payments_off", _("Online payments are not set up on this platform."))
        address = accounts.connect(
            business=business,
            return_url=_own(business, "account_returned"),
            refresh_url=_own(business, "account_onward"),
            by=actor(request),
            now=clock.now(),
            request=request,
        )
    except DaybookError as error:
        messages.error(request, error.message)
        return _back()
    return HttpResponseRedirect(address, status=303)


def _own(business: Business, name: str) -> str:
    return business_url(business, reverse(name))


@member_required(Right.SEE_PAYMENTS)
def returned(request: HttpRequest) -> HttpResponse:
    """Back from Stripe. Coming back proves nothing: the account is read."""
    _look(request)
    return _back()


@member_required(Right.SEE_PAYMENTS, methods=("POST",))
def check(request: HttpRequest) -> HttpResponse:
    """Read the account now."""
    _look(request)
    return _back()


def _look(request: HttpRequest) -> None:
    found = account_of(business_of(request))
    if found is None:
        return
    try:
        accounts.look(found.account_id, now=clock.now())
    except DaybookError as error:
        messages.error(request, error.message)
        return
    state = account_page(business_of(request)).state
    match state:
        case AccountState.READY:
            messages.success(request, _("Stripe has all it needs. Clients can pay online."))
        case AccountState.PENDING:
            messages.info(
                request, _("Stripe is checking what you entered. This takes minutes, sometimes a day or two.")
            )
        case AccountState.UNFINISHED:
            messages.warning(request, _("Stripe still needs something before clients can pay online."))
        case _:
            messages.info(request, _("Read again: %(state)s.") % {"state": state.label})


@member_required(Right.SEE_PAYMENTS)
def balance(request: HttpRequest) -> HttpResponse:
    """What lies at Stripe and was paid out last: asked for by itself, so that the page does not wait for Stripe."""
    context: dict[str, Any] = {"whole": not request.headers.get("HX-Request")}
    try:
        context |= balances.balance(business=business_of(request))
    except DaybookError as error:
        context["problem"] = error.message
    return render(request, "billing/balance.html" if context["whole"] else "billing/_balance.html", context)


@member_required(Right.CONNECT_PAYMENTS, methods=FORM)
def disconnect(request: HttpRequest) -> HttpResponse:
    """Say what it means, then take no more payments into the account."""
    business = business_of(request)
    found = account_of(business)
    if found is None:
        return _back()
    if request.method != "POST":
        context = {"account": found, "closed": needs_payments(business)}
        return render(request, "billing/disconnect.html", context)
    accounts.disconnect(business=business, by=actor(request), now=clock.now(), request=request)
    messages.success(request, _("Disconnected. Clients cannot pay online any more."))
    return _back()


@member_required(Right.CONNECT_PAYMENTS, methods=("POST",))
def reconnect(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Use an account again that was disconnected here."""
    try:
        accounts.reconnect(
            business=business_of(request), account=account_id, by=actor(request), now=clock.now(), request=request
        )
    except (Conflict, accounts.StripeSilent) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Connected again."))
    return _back()


def _back() -> HttpResponse:
    response = redirect("payments_account")
    response.status_code = 303
    return response
