"""Forms of pages that join several apps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from daybook.core.errors import DaybookError
from daybook.core.inputs import MinutesField, MoneyField
from scheduling.enums import PaymentMode, Source
from scheduling.forms.times import DateInput, TimeForm
from scheduling.selectors.recurring import FEWEST, LONGEST, MOST, MOST_EVERY, Recurrence

SOURCES = [
    (Source.PHONE.value, Source.PHONE.label),
    (Source.WALK_IN.value, Source.WALK_IN.label),
    (Source.DIRECT.value, Source.DIRECT.label),
    (Source.MANUAL.value, Source.MANUAL.label),
]
PAYING = [
    (PaymentMode.PAY_IN_PERSON.value, _("At the visit")),
    (PaymentMode.DEPOSIT.value, _("The service's deposit, by a link in an e-mail")),
    (PaymentMode.FULL.value, _("All of it, by a link in an e-mail")),
]
FROM_WAITLIST = (Source.WAITLIST.value, Source.WAITLIST.label)
NEW = "new"
UNITS = (("day", _("days")), ("week", _("weeks")), ("month", _("months")))


class NewAppointmentForm(TimeForm):
    """Who, what, with whom, when. `client` is the id of a known client, or `new` with name, e-mail and phone.

    `length` and `price` are for this appointment only; empty means the service's own.
    """

    nonce = forms.UUIDField(widget=forms.HiddenInput)
    next = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    client = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    client_q = forms.CharField(label=_("Find a client"), required=False, max_length=100)
    name = forms.CharField(label=_("Name"), required=False, max_length=100)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    service = forms.TypedChoiceField(label=_("Service"), coerce=UUID)
    provider = forms.TypedChoiceField(label=_("With"), required=False, coerce=UUID, empty_value=None)
    length = MinutesField(label=_("Length"), required=False)
    payment_mode = forms.ChoiceField(label=_("How it is paid"), choices=PAYING, required=False)
    source = forms.ChoiceField(label=_("How it was made"), initial=Source.PHONE)
    staff_notes = forms.CharField(
        label=_("Notes for the team"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    shared_notes = forms.CharField(
        label=_("Notes for the client"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stand in the confirmation and on the client's page."),
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        services: Iterable[tuple[UUID, str]],
        people: Iterable[tuple[UUID, str]],
        anyone: bool,
        currency: str,
        from_waitlist: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(data, auto_id="new_%s", **more)  # it is shown over pages that have forms of their own
        self.fields["custom"].widget.attrs["id"] = "id_custom"
        self.fields["service"].choices = [(str(key), text) for key, text in services]  # type: ignore[attr-defined]
        first = [("", _("Anyone who is free"))] if anyone else []
        self.fields["provider"].choices = [*first, *((str(key), text) for key, text in people)]  # type: ignore[attr-defined]
        self.fields["provider"].required = not anyone
        self.fields["source"].choices = [*([FROM_WAITLIST] if from_waitlist else []), *SOURCES]  # type: ignore[attr-defined]
        self.fields["price"] = MoneyField(currency=currency, label=_("Price"), required=False)

    def clean(self) -> dict[str, Any]:
        """A known client is enough; a new one needs a name."""
        data = super().clean()
        if not self.known_client() and not data.get("name", "").strip() and "name" not in self.errors:
            self.add_error("name", _("Choose a client, or type a name."))
        return data

    def known_client(self) -> UUID | None:
        """The chosen client; None: a new one."""
        try:
            return UUID(self.cleaned_data.get("client", ""))
        except ValueError:
            return None

    def new_client(self) -> dict[str, str]:
        """What was typed about a new client; empty when one was chosen."""
        known = self.known_client() is not None
        return {name: "" if known else self.cleaned_data[name] for name in ("name", "email", "phone")}

    def shown_length(self) -> int | None:
        """The length in the field, if it is a sensible one."""
        try:
            length = self.fields["length"].to_python(self["length"].value())
        except forms.ValidationError:
            return None
        return length if isinstance(length, int) and 5 <= length <= 1440 else None

    def refuse(self, error: DaybookError) -> None:
        """Show each problem at its field, or above all."""
        if "fields" not in error.details:
            self.add_error(None, error.message)
        for name, problems in error.details.get("fields", {}).items():
            known = {"duration_minutes": "length"}.get(name, name)
            self.add_error(known if known in self.fields else None, problems)


class RepeatForm(forms.Form):
    """Whether and how often an appointment repeats: so many times, or until a date. `shown` says which dates were shown."""

    repeat = forms.BooleanField(label=_("Repeat"), required=False)
    every = forms.IntegerField(label=_("Every"), required=False, min_value=1, max_value=MOST_EVERY, initial=1)
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=UNITS, initial="week")
    ends = forms.ChoiceField(required=False, choices=(("count", _("after")), ("until", _("on"))), initial="count")
    count = forms.IntegerField(label=_("Times"), required=False, min_value=FEWEST, max_value=MOST, initial=6)
    until = forms.DateField(label=_("Last date"), required=False, widget=DateInput(format="%Y-%m-%d"))
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """What is not needed is not looked at."""
        data = super().clean() or {}
        if not data.get("repeat"):
            self.errors.clear()
            return data
        wanted = ("every", "unit", "until" if data.get("ends") == "until" else "count")
        for name in ("every", "unit", "count", "until"):
            if name not in wanted:
                self.errors.pop(name, None)
            elif not data.get(name) and name not in self.errors:
                self.add_error(name, _("This field is needed."))
        return data

    def recurrence(self) -> Recurrence | None:
        """How it repeats; None: it does not, or what was typed makes no sense."""
        if not self.is_valid() or not self.cleaned_data["repeat"]:
            return None
        data = self.cleaned_data
        last = {"until": data["until"]} if data.get("ends") == "until" else {"count": data["count"]}
        return Recurrence(data["every"], data["unit"], **last)

    def check(self, recurrence: Recurrence, first: date) -> bool:
        """Whether the dates from `first` on make a series that can be booked at once; says at the field why not."""
        dates = recurrence.dates(first)
        field = "until" if recurrence.until else "count"
        if len(dates) < FEWEST:
            self.add_error(field, _("That is one date only. Choose a later end, or do not repeat it."))
        elif len(dates) > MOST:
            text = ngettext("At most %(most)d date at once.", "At most %(most)d dates at once.", MOST)
            self.add_error(field, text % {"most": MOST})
        elif dates[-1] > first + LONGEST:
            self.add_error(field, _now("The last date would be more than two years after the first."))
        return not self.errors
