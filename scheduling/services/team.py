"""Writing who gives services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from scheduling import signals
from scheduling.enums import Hue
from scheduling.errors import InUse
from scheduling.models import Provider
from scheduling.services.offer import Link, set_services

if TYPE_CHECKING:
    from tenants.models import Business


class ProviderFields(TypedDict, total=False):
    """Everything of a provider that staff may set. `timezone` None: the service's, else the business's."""

    name: str
    title: str
    bio: str
    email: str
    phone: str
    hue: str
    photo: str
    timezone: str | None
    position: int
    active: bool


def make_provider(*, business: Business, services: Iterable[Link] = (), **values: Unpack[ProviderFields]) -> Provider:
    """A new provider at the end of the team, in a hue of his own as long as there are any left."""
    used = list(Provider.objects.values_list("hue", flat=True))
    highest = Provider.objects.aggregate(Max("position"))["position__max"]
    provider = Provider(
        hue=min(Hue.values, key=used.count), position=0 if highest is None else min(highest + 1, 10_000)
    )
    with transaction.atomic():
        _write(business, provider, {"name": "", **values})
        set_services(provider, links=services)
    return provider


def change_provider(
    provider: Provider, *, business: Business, services: Iterable[Link] | None = None, **values: Unpack[ProviderFields]
) -> Provider:
    """Change some fields, and the list of services when it is given.

    Switched off, a provider takes no new bookings and keeps those there are.
    """
    with transaction.atomic():
        _write(business, provider, dict(values))
        signals.times_changed.send(Provider)
        if services is not None:
            set_services(provider, links=services)
    return provider


def delete_provider(provider: Provider) -> None:
    """Delete a provider whom nobody ever booked, without a calendar; `InUse` (409) otherwise: switch him off instead."""
    try:
        with transaction.atomic():
            provider.delete()
    except (ProtectedError, IntegrityError) as error:
        raise InUse(_("This person has appointments or a connected calendar. Switch them off instead.")) from error


def _write(business: Business, provider: Provider, values: dict[str, Any]) -> None:
    checks = Checks()
    for name, value in values.items():
        setattr(provider, name, _checked(checks, name, value, business.country))
    checks.done()
    provider.save()


def _checked(checks: Checks, name: str, value: Any, region: str) -> Any:
    match name:
        case "name":
            return checks.line(name, value, least=1, most=100)
        case "title":
            return checks.line(name, value, most=100)
        case "bio":
            return checks.text(name, value, most=2000)
        case "email":
            return checks.email(name, value)
        case "phone":
            return checks.phone(name, value, region)
        case "hue":
            checks.choice(name, value, Hue.values)
        case "timezone":
            checks.zone(name, value)
        case "position":
            checks.number(name, value, least=0, most=10_000)
    return value
