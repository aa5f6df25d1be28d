"""Packages and gift certificates: buying one, what became of the order, and a certificate to print."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.services.gifts import GiftFields
from daybook.core import clock, formats
from daybook.core.errors import DaybookError, NotFound
from daybook.core.idempotency import Replayed
from daybook.core.inputs import refuse
from tenants import limits
from widget import tokens
from widget.forms_shop import GiftOrderForm, PackageOrderForm
from widget.services import buying
from widget.views.door import business_of, client_page, finish, key, see_other, submitted

if TYPE_CHECKING:
    from billing.models import Package
    from billing.services.orders import Order


@client_page()
def packages(request: HttpRequest) -> HttpResponse:
    """`/packages/`: what can be bought, or that nothing can be now."""
    rows = [
        {"package": one, "services": buying.services_named(one.services), "contents": contents(one)}
        for one in buying.packages_for_sale(business_of(request))
    ]
    return render(request, "widget/packages.html", {"rows": rows})


@client_page(methods=("GET", "HEAD", "POST"))
def package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """`/packages/<id>/`: who buys it; POST leads to the payment page."""
    business, now = business_of(request), clock.now()
    offered = buying.access_package(package_id)
    nonce = submitted(request, "shop") if request.method == "POST" else ""
    if not buying.is_for_sale(business, offered):
        return see_other("/packages/")
    form = PackageOrderForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        claimed = key(request, f"page:package:{package_id}", nonce, **typed)

        def order() -> Order:
            return buying.order_package(
                business=business, package=offered, now=now, key=claimed, finish=finish(claimed), **typed
            )

        return _ordered(request, claimed, order, form, now, lambda: _package(request, offered, form))
    return _package(request, offered, form)


@client_page(methods=("GET", "HEAD", "POST"))
def gift(request: HttpRequest) -> HttpResponse:
    """`/gift/`: how much, for whom; POST leads to the payment page."""
    business, now = business_of(request), clock.now()
    settings = buying.gifts_for_sale(business)
    if settings is None:
        if request.method == "POST":
            submitted(request, "shop")
        return render(request, "widget/gift.html", {"form": None})
    free = settings.gift_least is not None
    data = request.POST if request.method == "POST" else None
    form = GiftOrderForm(data, currency=business.currency, amounts=list(settings.gift_amounts), free=free)
    if request.method == "POST":
        nonce = submitted(request, "shop")
        if form.is_valid():
            typed = {name: form.cleaned_data[name] for name in GiftFields.__dataclass_fields__}
            claimed = key(request, "page:gift", nonce, **typed)

            def order() -> Order:
                return buying.order_gift(
                    business=business, fields=GiftFields(**typed), now=now, key=claimed, finish=finish(claimed)
                )

            return _ordered(request, claimed, order, form, now, lambda: _gift(request, form))
    return _gift(request, form)


@client_page()
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """`/orders/<id>?t=…`: waits for the payment, then shows the code."""
    business, now = business_of(request), clock.now()
    try:
        row = buying.access_order(business, order_id, str(request.GET.get("t", "")))
    except NotFound:
        limits.count_guess(request, "order", str(order_id))
        raise NotFound("link_invalid", _("This link does not work any more.")) from None
    waiting = buying.awaited(row, now=now)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204) if waiting else HttpResponse(status=200, headers={"HX-Refresh": "true"})
    context: dict[str, Any] = {"row": row, "waiting": waiting, "url": request.get_full_path()}
    context |= {"code": buying.code_of(business, row), "is_package": hasattr(row, "unit")}
    context["pay_url"] = buying.pay_url(business, row, now=now) if waiting and "pay" in request.GET else ""
    return render(request, "widget/order.html", context)


@client_page()
def certificate(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """`/gift/<id>?t=…`: a certificate to print."""
    business = business_of(request)
    try:
        row = buying.access_gift(business, gift_id, str(request.GET.get("t", "")))
    except NotFound:
        limits.count_guess(request, "gift", str(gift_id))
        raise NotFound("link_invalid", _("This link does not work any more.")) from None
    context = {"row": row, "code": buying.code_of(business, row), "business": business}
    return render(request, "widget/certificate.html", context)


def contents(package: Package) -> str:
    """`5 appointments`, `5 h`."""
    if package.unit == "minutes":
        return formats.duration(package.quantity)
    return _("%(n)d appointments") % {"n": package.quantity}


def _ordered(request: HttpRequest, claimed: Any, order: Any, form: Any, now: datetime, again: Any) -> HttpResponse:
    """To the payment page; where nobody knows its address yet, to the order's page, which waits."""
    business = business_of(request)
    try:
        claimed.recall()
        row = order()
    except Replayed as replayed:
        known = buying.order_by_id(replayed.answer.object_id) if replayed.answer.object_id else None
        if known is None:
            raise NotFound() from None
        row = known
    except DaybookError as error:
        refuse(form, error)
        return again()  # type: ignore[no-any-return]
    try:
        url = buying.pay_url(business, row, now=now)
    except DaybookError as error:
        refuse(form, error)
        return again()  # type: ignore[no-any-return]
    return see_other(url or buying.order_path(business, row))


def _package(request: HttpRequest, offered: Package, form: PackageOrderForm) -> HttpResponse:
    business = business_of(request)
    context = {
        "form": form,
        "package": offered,
        "contents": contents(offered),
        "services": buying.services_named(offered.services),
        "token": tokens.new(business.pk, "shop"),
    }
    return render(request, "widget/package.html", context, status=422 if form.errors else 200)


def _gift(request: HttpRequest, form: GiftOrderForm) -> HttpResponse:
    context = {"form": form, "token": tokens.new(business_of(request).pk, "shop")}
    return render(request, "widget/gift.html", context, status=422 if form.errors else 200)
