"""Taxes: rates, whether prices contain them, and which ones a service has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.forms_prices import InclusiveForm, RateForm, ServiceTaxForm
from billing.selectors import price_lists
from billing.selectors.prices import price_settings, quote_of
from billing.services import taxes
from billing.views.price_doors import page, posted, recorded, saved
from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from scheduling.selectors.offer import access_service
from scheduling.services.recording import recorded_list
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from billing.models import TaxRate


@member_required(Right.SEE_PAYMENTS, methods=FORM)
def tax_list(request: HttpRequest) -> HttpResponse:
    """The rates, and the switch whether prices contain them."""
    settings = price_settings()
    initial = {"inclusive": "1" if settings.prices_include_tax else "0"}
    form = InclusiveForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with recorded_list("taxes.changed", _("Taxes"), _said, **_who(request)):
            taxes.set_inclusive(form.cleaned_data["inclusive"])
        return saved(request, _("Saved. What is booked keeps its price."), "taxes")
    context = {"rates": price_lists.rates(), "form": form}
    return page(request, "taxes", context, tab="taxes", status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def new_rate(request: HttpRequest) -> HttpResponse:
    """A rate that is not there yet."""
    return _edit(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def edit_rate(request: HttpRequest, rate_id: UUID) -> HttpResponse:
    """One rate. The button `delete` takes it away, from services too; bills keep theirs."""
    rate = price_lists.access_rate(rate_id)
    if request.method == "POST" and "delete" in request.POST:
        with recorded(request, "tax.deleted", rate) as trail:
            taxes.delete_rate(rate)
            trail.row = None
        return saved(request, _("Deleted: %(name)s.") % {"name": rate.name}, "taxes")
    return _edit(request, rate)


def _edit(request: HttpRequest, rate: TaxRate | None) -> HttpResponse:
    form = posted(request, RateForm, rate=rate)
    if request.method == "POST" and form.is_valid():
        try:
            with recorded(request, "tax.changed" if rate else "tax.made", rate) as trail:
                trail.row = made = taxes.save_rate(rate, now=clock.now(), **form.cleaned_data)
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": made.name}, "taxes")
    return page(request, "rate", {"form": form, "rate": rate}, tab="taxes", status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def service_taxes(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Which taxes a service has."""
    service, rates = access_service(service_id), price_lists.rates()
    own = price_lists.own_taxes(service.pk)
    form = posted(request, ServiceTaxForm, rates=rates, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            with recorded_list("service.taxes", service.name, lambda: _named(service.pk), **_who(request)):
                taxes.set_taxes_of(service, form.cleaned_data["rates"] if form.cleaned_data["own"] else None)
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": service.name}, "service_taxes", service.pk)
    quote = quote_of(service, service.price, business_of(request).currency)
    context = {"form": form, "service": service, "rates": rates, "quote": quote}
    return page(request, "service_taxes", context, tab="taxes", status=422 if form.errors else 200)


def _said() -> list[str]:
    return ["included" if price_settings().prices_include_tax else "added"]


def _named(service_id: UUID) -> list[str]:
    own = price_lists.own_taxes(service_id)
    return ["standard"] if own is None else [str(rate) for rate in price_lists.rates() if rate.pk in own]


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"tenant_id": business_of(request).pk, "by": actor(request), "request": request}
