"""Coupons: the list, one coupon with its uses, making, switching, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from billing.forms_prices import CouponForm
from billing.selectors import price_lists, uses
from billing.services import coupons
from billing.views.price_doors import page, posted, recorded, saved
from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from billing.models import Coupon

PAGE = 50


@member_required(Right.SEE_PAYMENTS)
def coupon_list(request: HttpRequest) -> HttpResponse:
    """Every coupon with what it takes off, until when, and how often it was used."""
    found = Paginator(price_lists.coupons(), PAGE).get_page(request.GET.get("page"))
    used, names = uses.counts(list(found.object_list)), price_lists.names()
    rows = [
        {
            "coupon": coupon,
            "off": price_lists.off(coupon, business_of(request).currency),
            "uses": used.get(coupon.pk, 0),
            "services": names.of(coupon.services),
        }
        for coupon in found.object_list
    ]
    return page(request, "coupons", {"rows": rows, "page": found}, tab="coupons")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def new_coupon(request: HttpRequest) -> HttpResponse:
    """A coupon that is not there yet."""
    return _edit(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def edit_coupon(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """One coupon, with who used it."""
    return _edit(request, price_lists.access_coupon(coupon_id))


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def delete_coupon(request: HttpRequest, coupon_id: UUID) -> HttpResponse:
    """Take away what was never used."""
    coupon = price_lists.access_coupon(coupon_id)
    try:
        with recorded(request, "coupon.deleted", coupon) as trail:
            coupons.delete(coupon)
            trail.row = None
    except DaybookError as error:
        return _page(request, coupon, CouponForm(business=business_of(request), coupon=coupon), problem=error.message)
    return saved(request, _("Deleted: %(name)s.") % {"name": coupon.code}, "coupons")


def _edit(request: HttpRequest, coupon: Coupon | None) -> HttpResponse:
    form = posted(request, CouponForm, business=business_of(request), coupon=coupon)
    if request.method == "POST" and form.is_valid():
        try:
            with recorded(request, "coupon.changed" if coupon else "coupon.made", coupon) as trail:
                trail.row = made = coupons.save(coupon, form.values(), now=clock.now())
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": made.code}, "coupons")
    if coupon is not None and request.method == "POST":
        coupon.refresh_from_db()
    return _page(request, coupon, form)


def _page(request: HttpRequest, coupon: Coupon | None, form: CouponForm, *, problem: str = "") -> HttpResponse:
    context = {
        "form": form,
        "coupon": coupon,
        "uses": price_lists.uses_for(of=coupon) if coupon else [],
        "problem": problem,
    }
    status = 409 if problem else 422 if form.errors else 200
    return page(request, "coupon", context, tab="coupons", status=status)


@member_required(Right.SEE_CLIENTS)
def prices(request: HttpRequest) -> HttpResponse:
    """Where the navigation leads: the first page that the member may see."""
    return redirect("coupons" if member_of(request).may(Right.SEE_PAYMENTS) else "packages")
