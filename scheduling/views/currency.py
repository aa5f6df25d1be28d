"""The business's currency: it can be changed until something has a price."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from scheduling.forms.currency import CurrencyForm
from scheduling.selectors.setup import is_priced
from scheduling.views.setup_doors import note, saved
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.services.settings import change_settings


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def currency(request: HttpRequest) -> HttpResponse:
    """A form while nothing is priced, else the reason why there is none (409 for whoever posts all the same)."""
    business, priced = business_of(request), is_priced()
    form = CurrencyForm(request.POST if request.method == "POST" else None, initial={"currency": business.currency})
    status = 200
    if request.method == "POST":
        status = 409 if priced else 422
        if not priced and form.is_valid():
            try:
                change_settings(business, currency=form.cleaned_data["currency"])
            except DaybookError as error:
                refuse(form, error)
                status = error.status
            else:
                note(request, "changed", "the currency")
                return saved(
                    request, _("Prices are now in %(code)s.") % {"code": business.currency.upper()}, "settings"
                )
    return render(request, "scheduling/settings/currency.html", {"form": form, "priced": priced}, status=status)
