"""How lists of appointments are narrowed: everything stands in the address, nothing wrong in it is an error."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.enums import Source, Status
from scheduling.forms.times import DateInput
from scheduling.selectors.appointments import Filters

SHOWN = [choice for choice in Status.choices if choice[0] != Status.HELD]


class FilterForm(forms.Form):
    """Fields of the address; `filters` leaves out what is not valid."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    since = forms.DateField(label=_("From"), required=False, widget=DateInput(format="%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=DateInput(format="%Y-%m-%d"))
    service = forms.TypedChoiceField(label=_("Service"), required=False, coerce=UUID, empty_value=None)
    provider = forms.TypedChoiceField(label=_("With"), required=False, coerce=UUID, empty_value=None)
    status = forms.ChoiceField(label=_("Status"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("All")), *Source.choices])

    def __init__(self, data: object, *, services: Iterable[tuple[object, str]], people: Iterable[tuple[object, str]]):
        super().__init__(data)  # type: ignore[arg-type]
        everything = [("", _("All"))]
        for name, choices in (("service", services), ("provider", people), ("status", SHOWN)):
            self.fields[name].choices = [*everything, *((str(key), text) for key, text in choices)]  # type: ignore[attr-defined]

    def filters(self) -> Filters:
        """What the valid fields ask for."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            start_date=data.get("since"),
            end_date=data.get("until"),
            status=(data["status"],) if data.get("status") else (),
            service_id=data.get("service"),
            provider_id=data.get("provider"),
            source=data.get("source", ""),
            search=data.get("q", ""),
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab narrows the list."""
        return any(self.cleaned_data.get(name) for name in self.fields)
