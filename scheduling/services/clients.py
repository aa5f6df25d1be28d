"""Who books: found again by e-mail or phone, never overwritten by what strangers type."""

from dataclasses import dataclass
from uuid import UUID

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from daybook.core.checking import is_plain
from daybook.core.errors import Invalid
from scheduling.models import Client


@dataclass(frozen=True, slots=True)
class ClientDetails:
    """A client as typed: cleaned name, lower-cased e-mail, E.164 phone; empty where not given.

    `client_id` when staff chose somebody whom they know; else found by e-mail or phone.
    """

    name: str
    email: str = ""
    phone: str = ""
    timezone: str = ""
    locale: str = ""
    client_id: UUID | None = None


def clean_details(
    *,
    name: str,
    email: str = "",
    phone: str = "",
    timezone: str = "",
    locale: str = "",
    region: str | None = None,
    email_required: bool = True,
    phone_required: bool = False,
) -> ClientDetails:
    """The details with every rule applied; `Invalid` names each field that breaks one.

    A name has 2 to 100 characters and no line breaks or control characters; `region` (ISO 3166) reads national phones.
    """
    fields: dict[str, list[str]] = {}
    name, email = name.strip(" "), email.strip()
    if problem := _name_problem(name):
        fields["name"] = [problem]
    if (email or email_required) and (problem := _email_problem(email)):
        fields["email"] = [problem]
    number, problem = _phone(phone, region, required=phone_required)
    if problem:
        fields["phone"] = [problem]
    if fields:
        raise Invalid("validation_failed", _("Please check what you typed."), fields)
    return ClientDetails(name, email.lower(), number, timezone, locale)


def _name_problem(name: str) -> str:
    if not is_plain(name):
        return _("The name must be on one line.")
    if not 2 <= len(name) <= 100:
        return _("The name needs 2 to 100 characters.")
    return ""


def _email_problem(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return _("Enter an e-mail address such as name@example.com.")
    return _("The e-mail address is too long.") if len(email) > 254 else ""


def _phone(phone: str, region: str | None, *, required: bool) -> tuple[str, str]:
    phone = phone.strip()
    if not phone:
        return "", _("Enter a phone number.") if required else ""
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return "", _("Enter a phone number with its country code, such as +1 207 555 0123.")
    if not phonenumbers.is_possible_number(number):
        return "", _("This phone number does not exist. Is the country code right?")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), ""


def resolve(details: ClientDetails) -> Client:
    """The client with this e-mail (any case), without e-mail this phone; else a new one.

    Never changes a client that exists. The same phone with another e-mail is a new client, marked for a look. Called in
    the booking's transaction: the row stays locked to its end, so that it is not merged away or erased meanwhile.
    """
    found = find(details)
    if found is not None:
        return found
    twin = bool(details.phone) and Client.objects.filter(phone=details.phone).exists()
    client = Client(
        name=details.name,
        email=details.email,
        phone=details.phone,
        timezone=details.timezone,
        locale=details.locale,
        possible_duplicate=twin and bool(details.email),
    )
    Client.objects.bulk_create([client], ignore_conflicts=True)
    return find(details) or client


def find(details: ClientDetails) -> Client | None:
    """The client whom these details name, locked. Without e-mail and phone every booking is a new client."""
    known = Client.objects.filter(erased_at__isnull=True).select_for_update(no_key=True)
    if details.client_id is not None and (chosen := known.filter(pk=details.client_id).first()) is not None:
        return chosen
    if details.email:
        with_mail = known.exclude(email="").annotate(folded=Lower("email"))  # as the index has it
        return with_mail.filter(folded=details.email.lower()).first()
    if details.phone:  # one without an e-mail first: its phone is all there is to know it by
        return known.filter(phone=details.phone).order_by("email", "created_at").first()
    return None
