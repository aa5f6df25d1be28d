"""Packages: what is offered, what was sold, selling, and one that somebody has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.forms_prices import PackageForm, SellPackageForm, UntilForm
from billing.models import ClientPackage
from billing.selectors import price_lists, uses
from billing.services import packages
from billing.views.price_doors import page, posted, recorded, saved
from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.formats import money
from daybook.core.inputs import refuse
from scheduling.services.clients import clean_details
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from billing.models import Package

PAGE = 50


@member_required(Right.SEE_CLIENTS)
def package_list(request: HttpRequest) -> HttpResponse:
    """What is offered, and what clients have of it."""
    search = request.GET.get("q", "")[:100]
    found = Paginator(price_lists.sold_packages(search), PAGE).get_page(request.GET.get("page"))
    left, names = uses.left_by_package(list(found.object_list)), price_lists.names()
    offered = [{"package": one, "services": names.of(one.services)} for one in price_lists.packages()]
    sold = [{"row": row, "left": left[row.pk]} for row in found.object_list]
    context = {"offered": offered, "sold": sold, "page": found, "search": search}
    return page(request, "packages", context, tab="packages")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def new_package(request: HttpRequest) -> HttpResponse:
    """An offer that is not there yet."""
    return _edit(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def edit_package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """An offered package; what was bought stays as it was."""
    return _edit(request, price_lists.access_package(package_id))


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def delete_package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """Take away what was never sold."""
    package = price_lists.access_package(package_id)
    try:
        with recorded(request, "package.deleted", package) as trail:
            packages.delete(package)
            trail.row = None
    except DaybookError as error:
        form = PackageForm(business=business_of(request), package=package)
        return _page(request, package, form, problem=error.message)
    return saved(request, _("Deleted: %(name)s.") % {"name": package.name}, "packages")


def _edit(request: HttpRequest, package: Package | None) -> HttpResponse:
    form = posted(request, PackageForm, business=business_of(request), package=package)
    if request.method == "POST" and form.is_valid():
        try:
            with recorded(request, "package.changed" if package else "package.made", package) as trail:
                trail.row = made = packages.save(package, form.values(), now=clock.now())
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": made.name}, "packages")
    if package is not None and request.method == "POST":
        package.refresh_from_db()
    return _page(request, package, form)


def _page(request: HttpRequest, package: Package | None, form: PackageForm, *, problem: str = "") -> HttpResponse:
    status = 409 if problem else 422 if form.errors else 200
    context = {"form": form, "package": package, "problem": problem}
    return page(request, "package", context, tab="packages", status=status)


@member_required(Right.CHANGE_CLIENTS, methods=FORM)
def sell_package(request: HttpRequest) -> HttpResponse:
    """Sold at the desk and paid there."""
    business = business_of(request)
    offered = {str(one.pk): one for one in price_lists.packages().filter(active=True)}
    choices = [(pk, f"{one.name}, {money(one.price, business.currency, short=True)}") for pk, one in offered.items()]
    form = posted(request, SellPackageForm, choices=choices)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            buyer = clean_details(
                name=data["name"], email=data["email"], locale=business.locale, email_required=False
            )  # fmt: skip
            with recorded(request, "package.sold") as trail:
                trail.row = row = packages.sell(
                    business=business, package=offered[data["package"]], buyer=buyer, method=data["method"],
                    note=data["note"], now=clock.now(), by=actor(request),
                )  # fmt: skip
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Sold: %(name)s.") % {"name": row.name}, "sold_package", row.pk)
    context = {"form": form, "offered": bool(offered)}
    return page(request, "sell_package", context, tab="packages", status=422 if form.errors else 200)


@member_required(Right.SEE_CLIENTS)
def sold_package(request: HttpRequest, sold_id: UUID) -> HttpResponse:
    """One that somebody has: what is left, and what it was used for."""
    return _sold(request, price_lists.access_sold(sold_id))


@member_required(Right.CHANGE_CLIENTS, methods=("POST",))
def change_sold(request: HttpRequest, sold_id: UUID) -> HttpResponse:
    """Another last day (`do=extend`), off and on, or another code (`do=code`)."""
    row, business, now = price_lists.access_sold(sold_id), business_of(request), clock.now()
    form = UntilForm(request.POST, row=row)
    with recorded(request, "package.changed", row):
        match request.POST.get("do"):
            case "extend" if form.is_valid():
                packages.extend(row, expires_on=form.cleaned_data["expires_on"])
            case "extend":
                return _sold(request, row, form)
            case "code":
                packages.renew_code(business=business, row=row, now=now)
            case _:
                packages.switch(row, active=request.POST.get("do") == "on")
    return saved(request, _("Saved: %(name)s.") % {"name": row.name}, "sold_package", row.pk)


def _sold(request: HttpRequest, row: ClientPackage, form: UntilForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "row": row,
        "left": uses.left_of(row),
        "services": price_lists.names().of(row.services),
        "uses": price_lists.uses_for(of=row),
        "form": form or UntilForm(row=row),
    }
    return page(request, "sold_package", context, tab="packages", status=422 if form and form.errors else 200)
