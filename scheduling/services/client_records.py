"""Clients as staff keep them. (`clients` finds them again for bookings.)"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from daybook.core.errors import Conflict
from scheduling.models import Client

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST_TAG, MOST_TAGS = 40, 30


class ClientFields(TypedDict, total=False):
    """What staff may set of a client."""

    name: str
    email: str
    phone: str
    timezone: str
    locale: str
    notes: str
    tags: list[str]
    reminders: bool


def make_client(*, business: Business, **values: Unpack[ClientFields]) -> Client:
    """A new client; a name is enough. Raises `Conflict` when the e-mail (without one: the phone) is known already.

    Somebody of the same name who lacks what would tell the two apart, or of the same phone, marks it for a look.
    """
    client = Client()
    _write(business, client, {"name": "", **values})
    return client


def change_client(client: Client, *, business: Business, **values: Unpack[ClientFields]) -> Client:
    """Change some fields. Appointments keep the details with which they were booked."""
    _write(business, client, dict(values))
    return client


def keep_notes(client: Client, text: str) -> None:
    """Replace what staff know about a client. Raises `Invalid`."""
    checks = Checks()
    client.notes = checks.text("notes", text, most=5000)
    checks.done()
    client.save(update_fields=["notes", "updated_at"])


def add_tag(client: Client, tag: str) -> str:
    """Put a tag on a client, if it is not there (in any case of letters); answers it as kept. Raises `Invalid`."""
    with transaction.atomic():
        fresh = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        checks = Checks()
        tags = clean_tags(checks, "tag", [*fresh.tags, *tag.split(",")])
        if not tag.strip(" ,"):
            checks.problem("tag", _("This must not be empty."))
        checks.done()
        fresh.tags = client.tags = tags
        fresh.save(update_fields=["tags", "updated_at"])
    return " ".join(tag.split(",")[-1].split())


def remove_tag(client: Client, tag: str) -> None:
    """Take a tag off; one that is not there is fine."""
    with transaction.atomic():
        fresh = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        fresh.tags = client.tags = [one for one in fresh.tags if one.lower() != tag.strip().lower()]
        fresh.save(update_fields=["tags", "updated_at"])


def not_duplicate(client: Client) -> None:
    """Somebody looked: these are two people."""
    Client.objects.filter(pk=client.pk).update(possible_duplicate=False)


def clean_tags(checks: Checks, name: str, tags: Iterable[str]) -> list[str]:
    """Tags in their order, each once, without blanks around them."""
    kept: dict[str, str] = {}
    for tag in tags:
        if text := checks.line(name, " ".join(tag.split(" ")), most=LONGEST_TAG):
            kept.setdefault(text.lower(), text)
    if len(kept) > MOST_TAGS:
        checks.problem(name, _("At most %(most)d tags.") % {"most": MOST_TAGS})
    return list(kept.values())


def looks_like_another(client: Client) -> bool:
    """Whether somebody else has this phone, or this name and lacks the e-mail or phone that would tell them apart."""
    others = Client.objects.filter(erased_at__isnull=True).exclude(pk=client.pk).annotate(folded=Lower("name"))
    same = Q(phone=client.phone) if client.phone else Q(pk__in=[])
    name = Q(folded=client.name.lower())
    if client.email and client.phone:
        name &= Q(email="") | Q(phone="")
    return others.filter(same | name).exists()


def _write(business: Business, client: Client, values: dict[str, Any]) -> None:
    checks = Checks()
    was = (client.name, client.email, client.phone)
    for name, value in values.items():
        setattr(client, name, _checked(checks, name, value, business.country))
    checks.done()
    if was != (client.name, client.email, client.phone):
        client.possible_duplicate = looks_like_another(client)
    try:
        with transaction.atomic():
            client.save()
    except IntegrityError as error:
        raise _known(client) from error


def _known(client: Client) -> Conflict:
    """409, with the one who has these details already: staff may open or merge them."""
    field = "email" if client.email else "phone"
    rows = Client.objects.annotate(folded=Lower("email")).exclude(pk=client.pk)
    same = (
        rows.exclude(email="").filter(folded=client.email.lower())
        if client.email
        else rows.filter(email="", phone=client.phone)
    )
    other = same.first()
    message = _("There is a client with these details already.")
    details: dict[str, Any] = {"fields": {field: [message]}}
    if other is not None:
        details["client_id"] = str(other.pk)
    return Conflict("client_exists", message, details)


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
        case "tags":
            return clean_tags(checks, name, value)
    return value
