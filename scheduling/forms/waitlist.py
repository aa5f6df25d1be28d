"""Wishes as people type them: between which dates, on which weekdays, at which hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.core.errors import Invalid
from scheduling.domain.wishes import Wanted
from scheduling.emails.wishes import AFTERNOON, EVENING, MORNING
from scheduling.forms.details import read_details
from scheduling.forms.times import DateInput, TimeInput
from scheduling.models import WaitlistEntry
from scheduling.services.clients import ClientDetails
from tenants.enums import WaitlistOrder

ANYONE = "any"
WEEKDAYS = ((1, _("Mon")), (2, _("Tue")), (3, _("Wed")), (4, _("Thu")), (5, _("Fri")), (6, _("Sat")), (0, _("Sun")))
PARTS: dict[str, tuple[int, int] | None] = {
    "any": None, "morning": MORNING, "afternoon": AFTERNOON, "evening": EVENING
}  # fmt: skip
BETWEEN = "between"
HOURS = (
    ("any", _("Any time")),
    ("morning", _("Morning, before 12")),
    ("afternoon", _("Afternoon, 12 to 5")),
    ("evening", _("Evening, from 5 on")),
    (BETWEEN, _("Between two times")),
)
USUAL_SPAN = timedelta(days=28)
LENGTHS = (15, 30, 60, 120, 240, 480, 1440, 2880)


class RowChoices(forms.CheckboxSelectMultiple):
    """Boxes beside each other."""

    template_name = "django/forms/widgets/multiple_input.html"


class RowRadios(forms.RadioSelect):
    """Radio buttons beside each other."""

    template_name = "django/forms/widgets/multiple_input.html"


class WishForm(forms.Form):
    """When somebody would come. Dates and hours are the business's; no weekday means any."""

    first_date = forms.DateField(label=_("From"), widget=DateInput(format="%Y-%m-%d"))
    last_date = forms.DateField(label=_("Until"), widget=DateInput(format="%Y-%m-%d"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days?"),
        required=False,
        choices=WEEKDAYS,
        coerce=int,
        help_text=_("Choose none if any day is fine."),
        widget=RowChoices(attrs={"class": "choice-list--row"}),
    )
    hours = forms.ChoiceField(
        label=_("At what time?"),
        choices=HOURS,
        initial="any",
        widget=RowRadios(attrs={"class": "choice-list--row"}),
    )
    start = forms.TimeField(label=_("Not before"), required=False, widget=TimeInput(format="%H:%M"))
    end = forms.TimeField(label=_("Not after"), required=False, widget=TimeInput(format="%H:%M"))
    notes = forms.CharField(
        label=_("Anything we should know?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, today: date, initial: dict[str, Any] | None = None) -> None:
        usual = {"first_date": today, "last_date": today + USUAL_SPAN}
        super().__init__(data, initial={**usual, **(initial or {})}, label_suffix="")
        for name in ("first_date", "last_date"):
            self.fields[name].widget.attrs["min"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Two times where two are asked for."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("hours") == BETWEEN:
            for name in ("start", "end"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Enter a time such as 9:30."))
            start, end = data.get("start"), data.get("end")
            if start is not None and end is not None and _minute(end) <= _minute(start):
                self.add_error("end", _("The end must be after the start."))
        return data

    def wanted(self) -> Wanted:
        """The wish, once the form is valid."""
        data = self.cleaned_data
        hours = PARTS.get(data["hours"])
        if data["hours"] == BETWEEN:
            hours = (_minute(data["start"]), _minute(data["end"]))
        return Wanted(data["first_date"], data["last_date"], frozenset(data["weekdays"]), hours)

    def refuse(self, error: Invalid) -> None:
        """Show what the service found wrong, at the field where it is."""
        for name, messages in error.details.get("fields", {}).items():
            self.add_error(name if name in self.fields else None, messages)
        if not self.errors:
            self.add_error(None, error.message)


class JoinForm(WishForm):
    """A wish with who it is. `details` has the client as the rules of bookings clean him."""

    provider = forms.ChoiceField(label=_("With"))
    name = forms.CharField(
        label=_("Name"),
        error_messages={"required": _("The name needs 2 to 100 characters.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        help_text=_("We write here when a time is free."),
        error_messages={"required": _("Enter an e-mail address such as name@example.com.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        error_messages={"required": _("Enter a phone number.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    details: ClientDetails

    def __init__(
        self,
        data: Any = None,
        *,
        today: date,
        people: Iterable[tuple[UUID, str]],
        region: str,
        timezone: str = "",
        locale: str = "",
        phone_required: bool = False,
        email_required: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, today=today, initial=initial)
        self.region, self.timezone, self.locale = region, timezone, locale
        self.phone_required, self.email_required = phone_required, email_required
        self.fields["phone"].required, self.fields["email"].required = phone_required, email_required
        choices = [(str(key), name) for key, name in people]
        self.fields["provider"].choices = [(ANYONE, _("Anyone")), *choices]  # type: ignore[attr-defined]
        if len(choices) < 2:
            self.fields["provider"].required = False

    @property
    def chooses(self) -> bool:
        """Whether there is more than one provider to choose from."""
        return len(self.fields["provider"].choices) > 2  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The wish's rules, then the client's."""
        data = super().clean()
        details = read_details(
            self, data, timezone=self.timezone, locale=self.locale, region=self.region or None,
            email_required=self.email_required, phone_required=self.phone_required,
        )  # fmt: skip
        if details is not None:
            self.details = details
        return data

    def provider_id(self) -> UUID | None:
        """With whom; None: anyone."""
        chosen = self.cleaned_data.get("provider") or ANYONE
        return None if chosen == ANYONE else UUID(chosen)


class EntryForm(JoinForm):
    """Somebody whom staff put on the list: a name is enough."""

    service = forms.TypedChoiceField(label=_("Service"), coerce=UUID)
    notify = forms.BooleanField(label=_("Tell them by e-mail"), required=False, initial=True)

    def __init__(self, data: Any = None, *, services: Iterable[tuple[UUID, str]], **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["service"].choices = [(str(key), name) for key, name in services]  # type: ignore[attr-defined]
        self.fields["email"].help_text = _("Without it nothing is offered by itself.")
        self.fields["notes"].label = _("Notes")


class ListForm(forms.Form):
    """How staff narrow the list: everything stands in the address, nothing wrong in it is an error."""

    q = forms.CharField(required=False, max_length=100)
    service = forms.TypedChoiceField(label=_("Service"), required=False, coerce=UUID, empty_value=None)
    provider = forms.TypedChoiceField(label=_("With"), required=False, coerce=UUID, empty_value=None)

    def __init__(self, data: Any, *, services: Iterable[tuple[UUID, str]], people: Iterable[tuple[UUID, str]]) -> None:
        super().__init__(data, label_suffix="")
        for name, choices in (("service", services), ("provider", people)):
            self.fields[name].choices = [("", _("All")), *((str(key), text) for key, text in choices)]  # type: ignore[attr-defined]

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return any(self.cleaned_data.get(name) for name in self.fields)


class ListSettingsForm(forms.Form):
    """Who may join, how long an offer lasts, and who comes first."""

    waitlist_open = forms.BooleanField(label=_("Clients can join on the booking page"), required=False)
    waitlist_offer_minutes = forms.TypedChoiceField(
        label=_("How long is a time kept?"),
        coerce=int,
        help_text=_("Nights, 9 pm to 8 am, do not count."),
    )
    waitlist_order = forms.ChoiceField(label=_("Who is asked first?"), choices=WaitlistOrder.choices)

    def __init__(self, data: Any = None, *, initial: dict[str, Any], lengths: Sequence[tuple[int, str]]) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.fields["waitlist_offer_minutes"].choices = lengths  # type: ignore[attr-defined]


def initial_of(entry: WaitlistEntry) -> dict[str, Any]:
    """An entry's wish as the form shows it."""
    hours = None if entry.start_minute is None or entry.end_minute is None else (entry.start_minute, entry.end_minute)
    part = next((name for name, span in PARTS.items() if span == hours), BETWEEN)
    own = hours if part == BETWEEN and hours else None
    return {
        "first_date": entry.first_date,
        "last_date": entry.last_date,
        "weekdays": entry.weekdays,
        "hours": part,
        "start": _clock(own[0]) if own else None,
        "end": _clock(own[1]) if own else None,
        "notes": entry.notes,
    }


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60) if minute < 1440 else time(23, 59)
