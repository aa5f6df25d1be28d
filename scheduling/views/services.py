"""What can be booked: the list by category, one service's page, copying, switching, ordering, deleting, several at once."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock
from daybook.core.errors import DaybookError, NotFound
from daybook.core.inputs import refuse
from scheduling.errors import InUse
from scheduling.forms.services import ServiceForm
from scheduling.selectors import offer as offers
from scheduling.selectors.setup import upcoming_by_service
from scheduling.services import arranging, offer
from scheduling.views.service_preview import link_of, preview_of, price_text
from scheduling.views.setup_doors import back, moved, place_of, recorded, recorded_list, saved
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.selectors import client_url

if TYPE_CHECKING:
    from scheduling.models import Service
    from scheduling.services.offer import ServiceFields
    from tenants.models import Business

LONGEST_UNDO = 2000
"""Characters of an address that remembers what was changed."""


@member_required(Right.CHANGE_SETUP)
def services(request: HttpRequest) -> HttpResponse:
    """The list: by category as clients see it, with what each costs, how long it takes and who gives it."""
    business = business_of(request)
    found = sorted(
        offers.services(),
        key=lambda s: (s.category is None, s.category.position if s.category else 0, str(s.category or "")),
    )
    start, counts = client_url(business), upcoming_by_service(now=clock.now())
    groups = [
        {"category": category, "rows": _rows(business, list(members), start, counts)}
        for category, members in groupby(found, key=lambda service: service.category)
    ]
    context = {"groups": groups, "categories": list(offers.categories()), "count": len(found)}
    return render(request, "scheduling/services/list.html", context)


def _rows(business: Business, members: list[Service], start: str, counts: dict[UUID, int]) -> list[dict[str, Any]]:
    return [
        {
            "service": service,
            "price": price_text(business, service.price, [link.price for link in service.links.all()]),
            "people": [link.provider for link in service.links.all() if link.provider.active],
            "upcoming": counts.get(service.pk, 0),
            "url": link_of(service, start),
            "first": place == 0,
            "last": place == len(members) - 1,
        }
        for place, service in enumerate(members)
    ]


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
            with recorded(request, "service.changed" if service else "service.made", service) as trail:
                trail.thing = made = arranging.save_service(
                    service, business=business, values=form.values(), providers=form.links(),
                    new_category=form.cleaned_data["new_category"],
                )  # fmt: skip
        except DaybookError as error:
            refuse(form, error, form.names())
        else:
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
        "problem": problem,
        **preview_of(request, form, service),
    }
    return render(request, "scheduling/services/edit.html", context, status=status)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def switch_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """On or off. Off takes no new bookings; what is booked stays. The other way is the undo."""
    service = offers.access_service(service_id)
    active = request.POST.get("active", request.GET.get("active")) == "1"
    with recorded(request, "service.switched_on" if active else "service.switched_off", service):
        offer.change_service(service, active=active)
    undo = f"{reverse('switch_service', args=[service.pk])}?active={0 if active else 1}"
    return saved(request, _switched(service), "setup_services", undo=undo)


def _switched(service: Service) -> str:
    words = {"name": service.name}
    if service.active:
        return _("%(name)s is on: it can be booked.") % words
    count = upcoming_by_service(now=clock.now()).get(service.pk, 0)
    if not count:
        return _("%(name)s is off: no new bookings.") % words
    return ngettext(
        "%(name)s is off: no new bookings. %(n)d appointment stays.",
        "%(name)s is off: no new bookings. %(n)d appointments stay.",
        count,
    ) % {**words, "n": count}  # fmt: skip


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def copy_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Another service like this one, switched off until it is what it shall be."""
    service = offers.access_service(service_id)
    name = _("%(name)s (copy)") % {"name": service.name[:90]}
    with recorded(request, "service.made") as trail:
        trail.thing = made = arranging.copy_service(service, business=business_of(request), name=name)
    text = _("Copied. %(name)s is off until you switch it on.") % {"name": made.name}
    return saved(request, text, "edit_service", made.pk, undo=reverse("delete_service", args=[made.pk]))


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def move_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """One place up or down under its heading, or to a certain place."""
    service = offers.access_service(service_id)
    group = [s.pk for s in offers.services() if s.category_id == service.category_id]
    with recorded_list(request, "services.ordered", _("Services"), lambda: [s.name for s in offers.services()]):
        former = arranging.place_service(service, place_of(request, group.index(service.pk)))
    text = _("Moved: %(name)s.") % {"name": service.name}
    return moved(request, text, reverse("move_service", args=[service.pk]), former, "setup_services")


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def change_services(request: HttpRequest) -> HttpResponse:
    """Several at once: under another heading (`do=move`), on or off. Undo puts each back as it was."""
    wanted = set(request.POST.getlist("service"))
    chosen = [service for service in offers.services() if str(service.pk) in wanted]
    if not chosen:
        messages.info(request, _("Choose at least one service first."))
        return back(request, "setup_services")
    values = _bulk_values(request)
    if values is None:
        raise NotFound()
    former = [[str(s.pk), str(s.category_id or ""), s.active] for s in chosen]
    with transaction.atomic():
        for service in chosen:
            with recorded(request, "service.changed", service):
                offer.change_service(service, **values)
    token = signing.dumps(former, salt=f"services:{business_of(request).pk}", compress=True)
    undo = f"{reverse('restore_services')}?kept={token}" if len(token) < LONGEST_UNDO else ""
    text = ngettext("%(n)d service changed.", "%(n)d services changed.", len(chosen)) % {"n": len(chosen)}
    return saved(request, text, "setup_services", undo=undo)


def _bulk_values(request: HttpRequest) -> ServiceFields | None:
    match request.POST.get("do"):
        case "on":
            return {"active": True}
        case "off":
            return {"active": False}
        case "move":
            wanted = request.POST.get("category", "")
            found = next((c.pk for c in offers.categories() if str(c.pk) == wanted), None)
            return {"category_id": found} if found or not wanted else None
    return None


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def restore_services(request: HttpRequest) -> HttpResponse:
    """Put services back under the headings, and on or off, as they were before they were changed together."""
    try:
        kept = signing.loads(request.GET.get("kept", ""), salt=f"services:{business_of(request).pk}", max_age=86_400)
    except signing.BadSignature as error:
        raise NotFound() from error
    present = {str(service.pk): service for service in offers.services()}
    headings = {str(category.pk): category.pk for category in offers.categories()}
    with transaction.atomic():
        for key, category, active in kept:
            if (service := present.get(key)) is not None:
                with recorded(request, "service.changed", service):
                    offer.change_service(service, category_id=headings.get(category), active=active)
    return saved(request, _("They are as they were."), "setup_services")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def delete_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Ask, then delete; what was ever booked can only be switched off (409)."""
    service = offers.access_service(service_id)
    if request.method != "POST":
        return render(request, "scheduling/services/delete.html", {"service": service})
    name, key = service.name, service.pk
    try:
        with recorded(request, "service.deleted", service) as trail:
            offer.delete_service(service)
            trail.gone = True
    except InUse as error:
        context = {"service": offers.access_service(key), "problem": error.message}
        return render(request, "scheduling/services/delete.html", context, status=error.status)
    return saved(request, _("Deleted: %(name)s.") % {"name": name}, "setup_services")
