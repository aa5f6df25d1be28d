"""Gift certificates: how they are sold, what was sold, what is still owed, and one of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.forms_prices import GiftSettingsForm, SellGiftForm, UntilForm
from billing.models import GiftCertificate
from billing.selectors import price_lists, uses
from billing.selectors.prices import price_settings
from billing.services import gifts
from billing.services.order_mail import gift_url
from billing.views.price_doors import page, posted, recorded, saved
from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right

PAGE = 50


@member_required(Right.SEE_CLIENTS)
def gift_list(request: HttpRequest) -> HttpResponse:
    """What was sold, with its balance; and what the business still owes in all."""
    search = request.GET.get("q", "")[:100]
    found = Paginator(price_lists.gifts(search), PAGE).get_page(request.GET.get("page"))
    balances = uses.balances(list(found.object_list))
    context = {
        "rows": [{"row": row, "balance": balances[row.pk]} for row in found.object_list],
        "page": found,
        "search": search,
        "owed": sorted(price_lists.liability().items()),
        "settings": price_settings(),
    }
    return page(request, "gifts", context, tab="gifts")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def gift_settings(request: HttpRequest) -> HttpResponse:
    """Whether, and in which values, clients can buy them online."""
    business, settings = business_of(request), price_settings()
    form = posted(request, GiftSettingsForm, business=business, settings=settings)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with recorded(request, "gifts.changed", settings if settings.gifts_online else None) as trail:
                trail.row = gifts.set_selling(
                    business=business, online=data["online"], amounts=data["amounts"], least=data["least"],
                    most=data["most"], valid_days=data["valid_days"],
                )  # fmt: skip
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved."), "gifts")
    return page(request, "gift_settings", {"form": form}, tab="gifts", status=422 if form.errors else 200)


@member_required(Right.CHANGE_CLIENTS, methods=FORM)
def sell_gift(request: HttpRequest) -> HttpResponse:
    """Sold at the desk and paid there."""
    business = business_of(request)
    form = posted(request, SellGiftForm, business=business)
    if request.method == "POST" and form.is_valid():
        try:
            with recorded(request, "gift.sold") as trail:
                trail.row = row = gifts.sell(
                    business=business, fields=form.values(), method=form.cleaned_data["method"],
                    note=form.cleaned_data["note"], now=clock.now(), by=actor(request),
                )  # fmt: skip
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Sold. The code is on its way."), "gift", row.pk)
    return page(request, "sell_gift", {"form": form}, tab="gifts", status=422 if form.errors else 200)


@member_required(Right.SEE_CLIENTS)
def gift(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """One of them: its balance and what it paid."""
    return _gift(request, price_lists.access_gift(gift_id))


@member_required(Right.CHANGE_CLIENTS, methods=("POST",))
def change_gift(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """Another last day (`do=extend`), off and on, or another code (`do=code`)."""
    row, business, now = price_lists.access_gift(gift_id), business_of(request), clock.now()
    form = UntilForm(request.POST, row=row)
    with recorded(request, "gift.changed", row):
        match request.POST.get("do"):
            case "extend" if form.is_valid():
                gifts.extend(row, expires_on=form.cleaned_data["expires_on"])
            case "extend":
                return _gift(request, row, form)
            case "code":
                gifts.renew_code(business=business, row=row, now=now)
            case _:
                gifts.switch(row, active=request.POST.get("do") == "on")
    return saved(request, _("Saved."), "gift", row.pk)


def _gift(request: HttpRequest, row: GiftCertificate, form: UntilForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "row": row,
        "balance": uses.balance_of(row),
        "uses": price_lists.uses_for(of=row),
        "form": form or UntilForm(row=row),
        "print_url": gift_url(business_of(request), row),
    }
    return page(request, "gift", context, tab="gifts", status=422 if form and form.errors else 200)
