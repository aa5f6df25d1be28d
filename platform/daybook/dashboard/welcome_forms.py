"""The three short forms of a new business's first minutes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.core.inputs import MinutesField, MoneyField
from scheduling.forms.hours import NAMES, WEEK, ClockField
from scheduling.services.hours import Hours
from scheduling.services.offer import ServiceFields


class FirstServiceForm(forms.Form):
    """A name, how long, how much."""

    name = forms.CharField(
        label=_("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off", "placeholder": _("Massage")})
    )
    duration_minutes = MinutesField(label=_("Duration"), initial=60, help_text=_("Such as 45 min or 1 h 30 min."))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = MoneyField(
            currency=currency, label=_("Price"), required=False, help_text=_("Empty: free. Clients pay at the visit.")
        )

    def values(self) -> ServiceFields:
        """What the service takes."""
        data = self.cleaned_data
        return {"name": data["name"], "duration_minutes": data["duration_minutes"], "price": data["price"] or 0}


class FirstHoursForm(forms.Form):
    """The same hours on several days of the week."""

    days = forms.TypedMultipleChoiceField(
        label=_("Open on"), coerce=int, choices=[(day, NAMES[day]) for day in WEEK], initial=list(WEEK[:5]),
        widget=forms.CheckboxSelectMultiple({"class": "choice-list--row"}),
    )  # fmt: skip
    start = ClockField(label=_("From"), initial=540, widget=forms.TextInput({"autocomplete": "off"}))
    end = ClockField(label=_("Until"), initial=1020, widget=forms.TextInput({"autocomplete": "off"}))

    def hours(self) -> list[Hours]:
        """A window for each day."""
        data = self.cleaned_data
        return [Hours(day, data["start"], data["end"]) for day in data["days"]]

    def names(self) -> dict[str, str]:
        """The service names each window's start and end; here there is one of each."""
        return {f"rules.{place}.{name}": name for place in range(7) for name in ("start", "end")}
