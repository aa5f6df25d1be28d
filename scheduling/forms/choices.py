"""Choices that several forms of the set-up share: zones, colours, people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from scheduling.enums import Hue
from tenants.domain.places import grouped_timezones


class HueInput(forms.RadioSelect):
    """Colours as swatches with their names."""

    template_name = "django/forms/widgets/multiple_input.html"
    option_template_name = "scheduling/setup/hue_option.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "choice-list--row", **(attrs or {})})


def hue_field(label: str, help_text: str = "") -> forms.ChoiceField:
    """One of the eight hues of the calendar."""
    return forms.ChoiceField(label=label, choices=Hue.choices, initial=Hue.TEAL, widget=HueInput, help_text=help_text)


def zone_choices(inherited: str) -> list[Any]:
    """Zones by continent; nothing chosen means `inherited`, which says whose."""
    return [("", inherited), *grouped_timezones()]


def business_zone(zone: str) -> str:
    """The words for "the business's zone"."""
    return _("The business's: %(zone)s") % {"zone": zone.replace("_", " ")}
