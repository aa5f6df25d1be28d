"""How lists of appointments are narrowed: everything stands in the address, nothing wrong in it is an error."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from daybook.core import formats
from scheduling.enums import PaymentStatus, Source, Status
from scheduling.forms.times import DateInput
from scheduling.selectors.appointments import Filters

SHOWN = [choice for choice in Status.choices if choice[0] != Status.HELD]
ANY, DATES = "any", "dates"
SPANS: list[tuple[str, str | Promise]] = [
    (ANY, _("Any time")),
    ("today", _("Today")),
    ("week", _("This week")),
    ("next7", _("Next 7 days")),
    ("month", _("This month")),
    (DATES, _("From … to …")),
]
ORDERS: list[tuple[str, str | Promise]] = [
    ("", _("As usual")),
    ("soonest", _("Earliest first")),
    ("latest", _("Latest first")),
]


class FilterForm(forms.Form):
    """Fields of the address; `filters` leaves out what is not valid. `today` is the business's local date."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    when = forms.ChoiceField(label=_("When"), required=False, choices=SPANS)
    since = forms.DateField(label=_("From"), required=False, widget=DateInput(format="%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=DateInput(format="%Y-%m-%d"))
    service = forms.TypedChoiceField(label=_("Service"), required=False, coerce=UUID, empty_value=None)
    provider = forms.TypedChoiceField(label=_("With"), required=False, coerce=UUID, empty_value=None)
    status = forms.ChoiceField(label=_("Status"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("All")), *Source.choices])
    payment = forms.ChoiceField(label=_("Payment"), required=False, choices=[("", _("All")), *PaymentStatus.choices])
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=ORDERS)

    def __init__(
        self,
        data: object,
        *,
        services: Iterable[tuple[object, str]],
        people: Iterable[tuple[object, str]],
        today: date,
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.today = today
        everything = [("", _("All"))]
        for name, choices in (("service", services), ("provider", people), ("status", SHOWN)):
            self.fields[name].choices = [*everything, *((str(key), text) for key, text in choices)]  # type: ignore[attr-defined]
        self.is_valid()

    def filters(self) -> Filters:
        """What the valid fields ask for."""
        data = self.cleaned_data
        start, end = self.span()
        return Filters(
            start_date=start,
            end_date=end,
            status=(data["status"],) if data.get("status") else (),
            service_id=data.get("service"),
            provider_id=data.get("provider"),
            source=data.get("source", ""),
            payment_status=data.get("payment", ""),
            search=data.get("q", ""),
        )

    def span(self) -> tuple[date | None, date | None]:
        """The local dates asked for, both included: a named span, else those typed, the earlier one first."""
        today, when = self.today, self.cleaned_data.get("when")
        monday = today - timedelta(days=today.weekday())
        named: dict[str, tuple[date | None, date | None]] = {
            ANY: (None, None),
            "today": (today, today),
            "week": (monday, monday + timedelta(days=6)),
            "next7": (today, today + timedelta(days=6)),
            "month": (today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])),
        }
        if when in named:
            return named[when]
        start, end = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return (end, start) if start and end and end < start else (start, end)

    @property
    def shown_span(self) -> str:
        """Which span the list shows as chosen."""
        when = str(self.cleaned_data.get("when") or "")
        return when or (DATES if self.span() != (None, None) else ANY)

    @property
    def latest_first(self) -> bool | None:
        """The order asked for; None: as the list has it."""
        return {"soonest": False, "latest": True}.get(self.cleaned_data.get("sort", ""))

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab narrows the list."""
        return self.filters() != Filters()

    @property
    def narrowed_further(self) -> bool:
        """Whether anything does that is not always in sight."""
        shown = replace(self.filters(), start_date=None, end_date=None, search="")
        return shown != Filters() or bool(self.cleaned_data.get("sort"))

    def chips(self) -> list[tuple[tuple[str, ...], str, str]]:
        """What narrows the list: names of its parameters, label, value in words."""
        found: list[tuple[tuple[str, ...], str, str]] = []
        if (search := self.cleaned_data.get("q", "").strip()) != "":
            found.append((("q",), str(self.fields["q"].label), search))
        if self.span() != (None, None):
            found.append((("when", "since", "until"), str(self.fields["when"].label), self._span_in_words()))
        for name in ("service", "provider", "status", "source", "payment"):
            if value := self.cleaned_data.get(name):
                choices = {str(key): text for key, text in self.fields[name].choices}  # type: ignore[attr-defined]
                found.append(((name,), str(self.fields[name].label), str(choices[str(value)])))
        return found

    def _span_in_words(self) -> str:
        if (when := self.shown_span) != DATES:
            return str(dict(SPANS)[when])
        return " – ".join(formats.day(day, get_language(), year=True) if day else "…" for day in self.span())
