"""What can be booked: the list by category, one service's page with its live preview, switching, ordering, deleting."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from scheduling.enums import Visibility
from scheduling.errors import InUse
from scheduling.forms.services import CategoryForm, ServiceForm
from scheduling.selectors import offer as offers
from scheduling.services import arranging, offer
from scheduling.views.setup_doors import back, note, saved
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.selectors import client_url

if TYPE_CHECKING:
    from scheduling.models import Service
    from scheduling.services.offer import Link
    from tenants.models import Business


@member_required(Right.CHANGE_SETUP)
def services(request: HttpRequest) -> HttpResponse:
    """The list: by category as clients see it, with what each costs, how long it takes and who gives it."""
    business = business_of(request)
    found = sorted(
        offers.services(),
        key=lambda s: (s.category is None, s.category.position if s.category else 0, str(s.category or "")),
    )
    start = client_url(business)
    groups = [
        {"category": category, "rows": _rows(business, list(members), start)}
        for category, members in groupby(found, key=lambda service: service.category)
    ]
    context = {"groups": groups, "has_categories": offers.categories().exists(), "count": len(found)}
    return render(request, "scheduling/services/list.html", context)


def _rows(business: Business, members: list[Service], start: str) -> list[dict[str, Any]]:
    return [
        {
            "service": service,
            "price": price_text(business, service.price, [link.price for link in service.links.all()]),
            "people": [link.provider for link in service.links.all() if link.provider.active],
            "url": link_of(service, start),
            "first": place == 0,
            "last": place == len(members) - 1,
        }
        for place, service in enumerate(members)
    ]


def price_text(business: Business, price: int, own: Iterable[int | None]) -> str:
    """`$95`, `from $95` where providers differ, `Free`: as clients read it."""
    prices = {price if amount is None else amount for amount in own} or {price}
    if not max(prices):
        return _("Free")
    text = formats.money(min(prices), business.currency, short=True)
    return _("from %(price)s") % {"price": text} if len(prices) > 1 else text


def link_of(service: Service, start: str) -> str:
    """Where clients book the service, below the booking page's own address; nothing when only staff may."""
    return "" if service.visibility == Visibility.STAFF else f"{start}book/{service.slug}/"


@member_required(Right.CHANGE_SETUP, methods=FORM)
def new_service(request: HttpRequest) -> HttpResponse:
    """A service that is not there yet."""
    return _edit(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def edit_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """A service's page. What is booked stays as it was booked."""
    return _edit(request, offers.access_service(service_id))


def _edit(request: HttpRequest, service: Service | None) -> HttpResponse:
    business = business_of(request)
    form = ServiceForm(request.POST if request.method == "POST" else None, business=business, service=service)
    if request.method == "POST" and form.is_valid():
        try:
            made = arranging.save_service(
                service, business=business, values=form.values(), providers=form.links(),
                new_category=form.cleaned_data["new_category"],
            )  # fmt: skip
        except DaybookError as error:
            refuse(form, error, form.names())
        else:
            note(request, "changed" if service else "made", f"service {made.pk}")
            text = _("Saved: %(name)s.") if service else _("Made: %(name)s. It can be booked.")
            return saved(request, text % {"name": made.name}, "setup_services")
    return _page(request, form, service, status=422 if form.errors else 200)


def _page(
    request: HttpRequest, form: ServiceForm, service: Service | None, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "service": service,
        "url": link_of(service, client_url(business_of(request))) if service else "",
        "card": _card(form),
        "problem": problem,
    }
    return render(request, "scheduling/services/edit.html", context, status=status)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def preview(request: HttpRequest) -> HttpResponse:
    """The card as clients will see it, from what is typed so far."""
    form = ServiceForm(request.POST, business=business_of(request))
    form.is_valid()
    return render(request, "scheduling/services/_card.html", {"card": _card(form)})


def _card(form: ServiceForm) -> dict[str, Any]:
    if form.is_bound:
        values: dict[str, Any] = {**form.cleaned_data}
        links: list[Link] = form.links()
    else:
        values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        links = []
    price, minutes = values.get("price") or 0, values.get("duration_minutes") or 60
    lengths = {link.duration_minutes or minutes for link in links} or {minutes}
    length = formats.duration(min(lengths))
    lines = (values.get("description") or "").strip().splitlines()
    return {
        "name": values.get("name") or _("New service"),
        "line": lines[0] if lines else "",
        "price": price_text(form.business, price, [link.price for link in links]),
        "duration": _("from %(length)s") % {"length": length} if len(lengths) > 1 else length,
        "capacity": values.get("capacity") or 1,
        "visibility": values.get("visibility") or Visibility.PUBLIC,
    }


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def switch_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """On or off. Off takes no new bookings; what is booked stays. The other way is the undo."""
    service = offers.access_service(service_id)
    offer.change_service(service, active=request.POST.get("active", request.GET.get("active")) == "1")
    note(request, "switched on" if service.active else "switched off", f"service {service.pk}")
    text = _("%(name)s is on: it can be booked.") if service.active else _("%(name)s is off: no new bookings.")
    undo = f"{reverse('switch_service', args=[service.pk])}?active={0 if service.active else 1}"
    return saved(request, text % {"name": service.name}, "setup_services", undo=undo)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def move_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """One place up or down under its heading."""
    arranging.move_service(offers.access_service(service_id), by=1 if request.POST.get("to") == "down" else -1)
    return back(request, "setup_services")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def delete_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Ask, then delete; what was ever booked can only be switched off (409)."""
    service = offers.access_service(service_id)
    if request.method != "POST":
        return render(request, "scheduling/services/delete.html", {"service": service})
    name, key = service.name, service.pk
    try:
        offer.delete_service(service)
    except InUse as error:
        context = {"service": offers.access_service(key), "problem": error.message}
        return render(request, "scheduling/services/delete.html", context, status=error.status)
    note(request, "deleted", f"service {key}")
    return saved(request, _("Deleted: %(name)s.") % {"name": name}, "setup_services")


@member_required(Right.CHANGE_SETUP)
def categories(request: HttpRequest) -> HttpResponse:
    """The headings, to rename and delete."""
    return _categories(request)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def change_category(request: HttpRequest, category_id: UUID) -> HttpResponse:
    """Another name for a heading; the button `delete` takes it away and leaves its services without one."""
    category = offers.access_category(category_id)
    if "delete" in request.POST:
        offer.delete_category(category)
        note(request, "deleted", f"category {category_id}")
        return saved(request, _("Deleted: %(name)s.") % {"name": category.name}, "service_categories")
    form = CategoryForm(request.POST, prefix=str(category_id))
    if form.is_valid():
        try:
            offer.change_category(category, name=form.cleaned_data["name"])
        except DaybookError as error:
            refuse(form, error)
        else:
            note(request, "renamed", f"category {category_id}")
            return saved(request, _("Saved: %(name)s.") % {"name": category.name}, "service_categories")
    return _categories(request, wrong=form, status=422)


def _categories(request: HttpRequest, *, wrong: CategoryForm | None = None, status: int = 200) -> HttpResponse:
    rows = [
        {
            "category": category,
            "form": wrong
            if wrong and wrong.prefix == str(category.pk)
            else CategoryForm(prefix=str(category.pk), initial={"name": category.name}),
        }
        for category in offers.categories()
    ]
    return render(request, "scheduling/services/categories.html", {"rows": rows, "wrong": wrong}, status=status)
