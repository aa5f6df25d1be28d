"""Clients as staff keep them. (`clients` finds them again for bookings.)"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from daybook.core.errors import Conflict
from scheduling.models import Client

if TYPE_CHECKING:
    from tenants.models import Business


class ClientFields(TypedDict, total=False):
    """What staff may set of a client."""

    name: str
    email: str
    phone: str
    timezone: str
    locale: str
    notes: str


def make_client(*, business: Business, **values: Unpack[ClientFields]) -> Client:
    """A new client; a name is enough. Raises `Conflict` when the e-mail (without one: the phone) is known already."""
    client = Client()
    _write(business, client, {"name": "", **values})
    return client


def change_client(client: Client, *, business: Business, **values: Unpack[ClientFields]) -> Client:
    """Change some fields. Appointments keep the details with which they were booked."""
    _write(business, client, dict(values))
    return client


def _write(business: Business, client: Client, values: dict[str, Any]) -> None:
    checks = Checks()
    for name, value in values.items():
        setattr(client, name, _checked(checks, name, value, business.country))
    checks.done()
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError as error:
        field = "email" if client.email else "phone"
        message = _("There is a client with these details already.")
        raise Conflict("client_exists", message, {"fields": {field: [message]}}) from error


def _checked(checks: Checks, name: str, value: Any, region: str) -> Any:
    match name:
        case "name":
            return checks.line(name, value, least=2, most=100)
        case "email":
            return checks.email(name, value)
        case "phone":
            return checks.phone(name, value, region)
        case "timezone":
            checks.zone(name, value or None)
        case "locale":
            return checks.line(name, value, most=10)
        case "notes":
            return checks.text(name, value, most=5000)
    return value
