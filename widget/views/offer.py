"""What a service is, in the words of its pages: who gives it, how long, for how much, where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.selectors.prices import tax_rules
from daybook.core import formats
from scheduling.enums import Location, PaymentMode
from scheduling.selectors.offer import how_paid
from widget import selectors

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider, Service
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happens: words, and a link that leads there, if there is one."""

    icon: str
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Duration, price and place of a service. `price` is empty when it costs nothing that is told."""

    duration: str
    price: str
    note: str
    place: Place | None


def people(service: Service) -> list[Provider]:
    """The providers a client may choose from, in their order. Read with the service."""
    return [link.provider for link in service.links.all()]


def steps(service: Service, *, last: bool) -> dict[str, object]:
    """Which step a page is: times, or (`last`) the details. Choosing a service is one only where there is a choice."""
    may_change = selectors.offers_another(service)
    total = 3 if may_change else 2
    return {"step": total if last else total - 1, "total": total, "may_change_service": may_change}


def facts(business: Business, service: Service, provider_id: UUID | None = None, *, taxed: bool | None = None) -> Facts:
    """The facts of a service, with one provider's own price and duration, or over all of them.

    `taxed`: whether tax comes on top of its price, where that is known already.
    """
    taxed = tax_rules(service.pk).added if taxed is None else taxed
    links = [link for link in service.links.all() if provider_id in (None, link.provider_id)]
    prices = {service.price if link.price is None else link.price for link in links} or {service.price}
    lengths = {link.duration_minutes or service.duration_minutes for link in links} or {service.duration_minutes}
    return Facts(
        duration=_from(formats.duration(min(lengths)), len(lengths) > 1),
        price=_taxed(price(business, prices), taxed=taxed and bool(max(prices))),
        note=how_paid(service.payment_modes) if max(prices) else "",
        place=place(business, service.location, service.location_detail),
    )


def facts_of(business: Business, appointment: Appointment) -> Facts:
    """The facts that an appointment copied: what it was booked with."""
    amount = formats.money(appointment.price, appointment.currency, get_language(), short=True)
    return Facts(
        duration=formats.duration(appointment.duration_minutes),
        price=amount if appointment.price else _("Free"),
        note=_("pay at the visit")
        if appointment.price and appointment.payment_mode == PaymentMode.PAY_IN_PERSON
        else "",
        place=place_of(business, appointment),
    )


def _taxed(words: str, *, taxed: bool) -> str:
    return _("%(price)s plus tax") % {"price": words} if taxed else words


def price(business: Business, prices: set[int]) -> str:
    """`$95`, `from $95` where it varies, `Free`."""
    if not max(prices):
        return _("Free")
    return _from(formats.money(min(prices), business.currency, get_language(), short=True), len(prices) > 1)


def card(business: Business, service: Service, *, taxed: bool = False) -> dict[str, object]:
    """A service in the list; `taxed`: tax comes on top of its price."""
    first_line = service.description.strip().splitlines()
    found = facts(business, service, taxed=taxed)
    return {"service": service, "facts": found, "line": first_line[0] if first_line else ""}


def place(business: Business, location: str, detail: str) -> Place | None:
    """Where it happens. Only http(s) addresses become links."""
    if location == Location.CLIENT:
        return Place("house", detail or _("At your place"))
    if location == Location.PHONE:
        return Place("phone", detail or _("By phone"))
    if location == Location.VIDEO:
        return Place("video", _("Video call"))
    text = detail or business.address
    return Place("map-pin", text) if text else None


def place_of(business: Business, appointment: Appointment) -> Place | None:
    """Where an appointment happens, with directions or the link to the call."""
    found = place(business, appointment.location, appointment.location_detail)
    if found is None:
        return None
    if appointment.location == Location.VIDEO and urlsplit(appointment.location_detail).scheme in ("http", "https"):
        return Place(found.icon, found.text, appointment.location_detail, _("Join the call"))
    if appointment.location == Location.BUSINESS:
        query = urlencode({"api": "1", "query": found.text})
        return Place(found.icon, found.text, f"https://www.google.com/maps/search/?{query}", _("Directions"))
    return found


def day(instant: datetime, zone: str) -> str:
    """`Thu 12 Nov`."""
    return formats.day(instant.astimezone(ZoneInfo(zone)).date(), get_language())


def next_words(first: date | None) -> str:
    """`Next: Thu 12 Nov`."""
    return _("No times") if first is None else _("Next: %(day)s") % {"day": formats.day(first, get_language())}


def _from(text: str, varies: bool) -> str:
    return _("from %(amount)s") % {"amount": text} if varies else text
