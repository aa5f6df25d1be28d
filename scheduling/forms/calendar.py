"""What the calendar's dialogs send: where a card was dropped, and time that is blocked."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.forms.hours import EVERYBODY, ClockField
from scheduling.forms.times import FIRST, LAST, DateInput, TimeInput
from scheduling.services.placing import LONGEST, SHORTEST

MIDNIGHT = 1440


class DropForm(forms.Form):
    """A place of the grid: a date and a minute on the business's wall clock, perhaps a provider and a length.

    `session`: a class session is dropped there, of which the appointment was a seat.
    """

    day = forms.DateField()
    minute = forms.IntegerField(min_value=0, max_value=MIDNIGHT - 1)
    provider = forms.UUIDField(required=False)
    session = forms.UUIDField(required=False)
    length = forms.IntegerField(required=False, min_value=SHORTEST, max_value=LONGEST)
    notify = forms.BooleanField(required=False)
    allow_outside_hours = forms.BooleanField(required=False)
    allow_overlap = forms.BooleanField(required=False)

    def clean_day(self) -> date:
        """A date that calendars can show."""
        day: date = self.cleaned_data["day"]
        if not FIRST <= day <= LAST:
            raise forms.ValidationError(_("Choose a date between 2000 and 2100."))
        return day


class BlockForm(forms.Form):
    """Hours of one date in which nobody can be booked, or one provider cannot."""

    provider = forms.ChoiceField(label=gettext_lazy("For"))
    date = forms.DateField(label=gettext_lazy("Day"), widget=DateInput(format="%Y-%m-%d"))
    start = ClockField(label=gettext_lazy("From"), widget=TimeInput(format="%H:%M"))
    end = ClockField(label=gettext_lazy("To"), widget=TimeInput(format="%H:%M"))
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=200, help_text=gettext_lazy("Only your team sees it.")
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["provider"]).choices = people

    def clean(self) -> dict[str, Any]:
        """The end comes after the start; 0:00 as an end is midnight."""
        data = super().clean() or {}
        if data.get("end") == 0:
            data["end"] = MIDNIGHT
        start, end = data.get("start"), data.get("end")
        if start is not None and end is not None and end <= start:
            self.add_error("end", _("The end comes after the start."))
        return data

    def provider_id(self) -> UUID | None:
        """Whose time; None: everybody's."""
        chosen = self.cleaned_data["provider"]
        return None if chosen == EVERYBODY else UUID(chosen)
