"""What clients will see of a service, from what is typed so far: its card in the list, and its page on a phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.enums import Location, Visibility
from scheduling.forms.services import ServiceForm
from scheduling.selectors.offer import how_paid
from tenants.doors import business_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Service
    from scheduling.services.offer import Link
    from tenants.models import Business

PLACES = {Location.BUSINESS: "map-pin", Location.CLIENT: "house", Location.PHONE: "phone", Location.VIDEO: "video"}


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


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def preview(request: HttpRequest) -> HttpResponse:
    """The card and the page as clients will see them, from what is typed so far."""
    form = ServiceForm(request.POST, business=business_of(request))
    form.is_valid()
    return render(request, "scheduling/services/_preview.html", preview_of(request, form, None))


def preview_of(request: HttpRequest, form: ServiceForm, service: Service | None) -> dict[str, Any]:
    """The context of the preview; the page is a document of its own, so that it looks as it will, light or dark."""
    values, links = _typed(form, service)
    card = _card(form, values, links)
    theme = "dark" if request.POST.get("preview_theme") == "dark" else "light"
    page = {
        "business": form.business,
        "theme": theme,
        "service": {**values, "name": card["name"], "is_class": card["capacity"] > 1},
        "facts": {
            "duration": card["duration"],
            "price": card["price"],
            "note": how_paid(values.get("payment_modes") or []) if card["priced"] else "",
            "place": _place(form.business, values),
        },
        "people": _people(form, links),
    }
    text = render_to_string("scheduling/services/preview_page.html", page, request=request)
    return {"card": card, "page": text, "preview_theme": theme}


def _typed(form: ServiceForm, service: Service | None) -> tuple[dict[str, Any], list[Link]]:
    """What was typed right, or what is kept while nothing was."""
    if form.is_bound:
        return {**form.cleaned_data}, form.links()
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return values, form.kept_links(service)


def _card(form: ServiceForm, values: dict[str, Any], links: list[Link]) -> dict[str, Any]:
    price, minutes = values.get("price") or 0, values.get("duration_minutes") or 60
    lengths = {link.duration_minutes or minutes for link in links} or {minutes}
    length = formats.duration(min(lengths))
    lines = (values.get("description") or "").strip().splitlines()
    return {
        "name": values.get("name") or _("New service"),
        "line": lines[0] if lines else "",
        "price": price_text(form.business, price, [link.price for link in links]),
        "priced": max([price, *(link.price or 0 for link in links)]) > 0,
        "duration": _("from %(length)s") % {"length": length} if len(lengths) > 1 else length,
        "capacity": values.get("capacity") or 1,
        "visibility": values.get("visibility") or Visibility.PUBLIC,
    }


def _place(business: Business, values: dict[str, Any]) -> dict[str, str]:
    """Where it happens; a video link is told only after booking."""
    location, detail = values.get("location") or Location.BUSINESS, values.get("location_detail") or ""
    if location == Location.BUSINESS:
        text = detail or business.address or str(Location.BUSINESS.label)
    elif location == Location.CLIENT:
        text = detail or str(Location.CLIENT.label)
    else:
        text = str(Location(location).label)
    return {"icon": PLACES[Location(location)], "text": text}


def _people(form: ServiceForm, links: list[Link]) -> list[Any]:
    """Who can be chosen; one person is no choice."""
    giving = {link.id for link in links}
    found = [person for person in form.people if person.pk in giving and person.active]
    return found if len(found) > 1 else []
