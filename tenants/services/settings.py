"""A business's own settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core import audit, media
from daybook.core.checking import Checks
from daybook.core.errors import DaybookError
from tenants.domain.places import countries, currencies
from tenants.models import Business
from tenants.signals import currency_changing

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest

    from daybook.core.actors import Actor

LOGO = (512, 256)
"""At most so many pixels wide and high."""

LOCALES = ("en", "de", "es")
LINES = {"name": 100, "tagline": 120, "address": 300}
TEXTS = {"intro": 2000, "policy_text": 5000}
NUMBERS = {
    "hold_minutes": (1, 60),
    "cancel_cutoff_minutes": (0, 525_600),
    "reschedule_cutoff_minutes": (0, 525_600),
    "complete_after_minutes": (0, 43_200),
}


class Settings(TypedDict, total=False):
    """What staff may set; meanings and units as on the model. The slug is changed by `provisioning.rename`."""

    name: str
    country: str
    timezone: str
    currency: str
    locale: str
    tagline: str
    intro: str
    policy_text: str
    address: str
    email: str
    phone: str
    website: str
    brand_color: str
    theme: str
    hold_minutes: int
    cancel_cutoff_minutes: int
    reschedule_cutoff_minutes: int
    complete_after_minutes: int


def change_settings(business: Business, **values: Unpack[Settings]) -> Business:
    """Change some settings. What is booked keeps the zone-free instants, price and policy it was booked with.

    Raises Invalid naming each field that breaks a rule, Conflict for another currency once something has a price.
    """
    currency, sent = business.currency, check_settings(values, region=business.country)
    for name, value in sent.items():
        setattr(business, name, value)
    if business.currency != currency:
        currency_changing.send(Business, business=business)
    business.save(update_fields=[*sent, "updated_at"])  # nothing else: what was read may be older than the row
    return business


def check_settings(values: Mapping[str, Any], *, region: str = "") -> dict[str, Any]:
    """The settings as they would be kept. Raises Invalid naming each that breaks a rule, or is none."""
    checks = Checks()
    for name in values.keys() - Settings.__annotations__.keys():
        checks.problem(name, _("There is no such setting."))
    region = str(values.get("country", region))
    kept = {name: _checked(checks, name, value, region) for name, value in values.items()}
    checks.done()
    return kept


MOST_REMINDERS, FARTHEST_REMINDER = 5, 43_200
DEFAULT_REMINDERS = (1440, 60)
"""Minutes before the start, where a business has chosen nothing."""


def reminders_of(business: Business) -> list[int]:
    """When clients are reminded, in minutes before the start, earliest first; empty where the business wants none."""
    return [minutes for minutes in business.reminder_minutes or DEFAULT_REMINDERS if minutes > 0]


def change_booking_rules(business: Business, *, reminders: Sequence[int], **values: Unpack[Settings]) -> Business:
    """Change settings together with the reminders, in minutes before the start; none: no reminders are sent.

    Reminders that are already waiting ask again when they are due. Raises Invalid.
    """
    checks = Checks()
    if len(reminders) > MOST_REMINDERS:
        checks.problem("reminders", _("At most %(most)d.") % {"most": MOST_REMINDERS})
    for minutes in reminders:
        checks.number("reminders", minutes, least=5, most=FARTHEST_REMINDER)
    checks.done()
    business.reminder_minutes = sorted(set(reminders), reverse=True) or [0]
    with transaction.atomic():
        change_settings(business, **values)
        business.save(update_fields=["reminder_minutes"])
    return business


def change_look(
    business: Business, *, upload: UploadedFile[bytes] | None, without_logo: bool = False, **values: Unpack[Settings]
) -> Business:
    """Change colours and, with an upload, the logo; the picture that is not used any more is deleted. Raises Invalid."""
    made = "" if upload is None else media.save_picture(business.schema_name, "logo", upload, most=LOGO, field="logo")
    try:
        change_settings(business, **values)
    except DaybookError:
        media.delete(business.schema_name, made)
        raise
    if made or without_logo:
        old, business.logo = business.logo, made
        business.save(update_fields=["logo", "updated_at"])
        media.delete(business.schema_name, old)
    return business


def switch_messages(business: Business, *, off: Collection[str]) -> Business:
    """Switch kinds of messages off, all others on. What is waiting in the outbox asks again when it is due."""
    business.message_switches = dict.fromkeys(sorted(off), False)
    business.save(update_fields=["message_switches", "updated_at"])
    return business


def _checked(checks: Checks, name: str, value: Any, region: str) -> Any:
    if name in LINES:
        return checks.line(name, value, least=1 if name == "name" else 0, most=LINES[name])
    if name in TEXTS:
        return checks.text(name, value, most=TEXTS[name])
    if name in NUMBERS:
        least, most = NUMBERS[name]
        checks.number(name, value, least=least, most=most)
    match name:
        case "email":
            return checks.email(name, value)
        case "phone":
            return checks.phone(name, value, region)
        case "timezone":
            checks.zone(name, value)
        case "country":
            checks.choice(name, value, ["", *(code for code, _name in countries())])
        case "currency":
            checks.choice(name, value, [code for code, _name in currencies()])
        case "locale":
            checks.choice(name, value, LOCALES)
        case "theme":
            checks.choice(name, value, ("light", "auto", "dark"))
        case "brand_color":
            return _color(checks, value)
        case "website":
            return _website(checks, value)
    return value


def _color(checks: Checks, value: str) -> str:
    value = value.strip().lower()
    if len(value) != 7 or value[0] != "#" or any(c not in "0123456789abcdef" for c in value[1:]):
        checks.problem("brand_color", _("Choose a colour such as #0f5c4c."))
    return value


def _website(checks: Checks, value: str) -> str:
    value = value.strip()
    try:
        if value:
            URLValidator(schemes=["http", "https"])(value)
    except ValidationError:
        checks.problem("website", _("Enter an address such as https://example.com."))
    if len(value) > 200:
        checks.problem("website", _("At most %(most)d characters.") % {"most": 200})
    return value


def need_two_steps(business: Business, *, needed: bool, by: Actor, request: HttpRequest | None = None) -> None:
    """Whether members come in only with two-step sign-in. It holds from their next request, in every session."""
    before = {"two_steps_needed": business.two_steps_needed}
    if needed == business.two_steps_needed:
        return
    with transaction.atomic():
        business.two_steps_needed = needed
        business.save(update_fields=["two_steps_needed", "updated_at"])
        line = audit.Line(
            "business.changed", "business", business.pk, business.name, before, {"two_steps_needed": needed}
        )
        audit.record(line, tenant_id=business.pk, by=by, request=request)
