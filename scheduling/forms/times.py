"""Choosing a time as staff do: one of the free ones, or any other after a warning."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.selectors.times import at_wall_clock

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)


def instant_of(text: str) -> datetime | None:
    """The instant (UTC) that a form names, in the years that calendars show; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or not FIRST < found.date() < LAST:
        return None
    return found.astimezone(UTC)


class DateInput(forms.DateInput):
    input_type = "date"


class TimeInput(forms.TimeInput):
    input_type = "time"


class TimeForm(forms.Form):
    """A date with one of its free times (`start`, an instant) or a typed one (`custom`, on the business's clock).

    The two permissions answer a warning and hold for a typed time only: a listed one that is gone is chosen again.
    """

    day = forms.DateField(label=_("Date"), widget=DateInput(format="%Y-%m-%d"))
    start = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    custom = forms.TimeField(label=_("Another time"), required=False, widget=TimeInput(format="%H:%M"))
    allow_outside_hours = forms.BooleanField(label=_("Book it outside the hours"), required=False)
    allow_overlap = forms.BooleanField(label=_("Book it on top of the other appointment"), required=False)
    notify = forms.BooleanField(label=_("Tell the client by e-mail"), required=False, initial=True)

    def clean_day(self) -> date:
        """A date that calendars can show."""
        day: date = self.cleaned_data["day"]
        if not FIRST <= day <= LAST:
            raise forms.ValidationError(_("Choose a date between 2000 and 2100."))
        return day

    def clean_start(self) -> datetime | None:
        """The listed time; anything that is no instant is no choice."""
        return instant_of(self.cleaned_data["start"])

    def clean(self) -> dict[str, Any]:
        """A time has to come from somewhere."""
        data = super().clean() or {}
        if not data.get("start") and not data.get("custom") and "custom" not in self.errors:
            self.add_error("custom", _("Choose a time, or type one."))
        return data

    def shown_day(self, otherwise: date) -> date:
        """The date whose times are listed: the one in the field, if it is a sensible one."""
        try:
            day = self.fields["day"].to_python(self["day"].value())
        except forms.ValidationError:
            return otherwise
        return day if isinstance(day, date) and FIRST <= day <= LAST else otherwise

    def chosen(self, zone: str) -> datetime | None:
        """The chosen instant as far as there is one, also before the form is sent; a typed time wins."""
        try:
            typed = self.fields["custom"].to_python(self["custom"].value())
            day = self.fields["day"].to_python(self["day"].value())
        except forms.ValidationError:
            typed, day = None, None
        if typed and isinstance(day, date) and FIRST <= day <= LAST:
            return at_wall_clock(zone, day, typed.hour * 60 + typed.minute)
        return instant_of(str(self["start"].value() or ""))

    def is_typed(self) -> bool:
        """Whether staff typed the time."""
        return bool(self.cleaned_data.get("custom"))

    def wanted(self, zone: str) -> datetime:
        """The chosen instant; a typed time wins over a listed one."""
        typed = self.cleaned_data["custom"]
        if typed is None:
            chosen: datetime = self.cleaned_data["start"]
            return chosen
        return at_wall_clock(zone, self.cleaned_data["day"], typed.hour * 60 + typed.minute)

    def permissions(self) -> dict[str, bool]:
        """What staff have agreed to."""
        return {name: self.is_typed() and self.cleaned_data[name] for name in ("allow_outside_hours", "allow_overlap")}
