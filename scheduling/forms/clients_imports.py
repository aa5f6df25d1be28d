"""Which column of a file is what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.domain.client_table import FIELDS

if TYPE_CHECKING:
    from scheduling.models import ClientImport

LABELS = {
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "notes": gettext_lazy("Notes"),
    "tags": gettext_lazy("Tags"),
    "start": gettext_lazy("Date of an appointment, perhaps with its time"),
    "time": gettext_lazy("Time of the appointment"),
    "service": gettext_lazy("Service"),
    "provider": gettext_lazy("With"),
    "duration": gettext_lazy("Duration"),
    "status": gettext_lazy("Status"),
}
OF_CLIENT, OF_APPOINTMENT = FIELDS[:7], FIELDS[7:]


class ColumnsForm(forms.Form):
    """A column, or none, for each field; and how dates are written."""

    day_first = forms.ChoiceField(
        label=gettext_lazy("Dates such as 3/4/2027"), required=False,
        choices=[("1", gettext_lazy("3 April: the day first")), ("0", gettext_lazy("4 March: the month first"))],
    )  # fmt: skip

    def __init__(self, data: object = None, *, found: ClientImport) -> None:
        columns = found.columns
        kept = {name: str(place) for name, place in columns["map"].items()}
        super().__init__(data, initial={**kept, "day_first": "1" if columns["day_first"] else "0"})  # type: ignore[arg-type]
        header = [
            (str(place), text or _("Column %(n)d") % {"n": place + 1}) for place, text in enumerate(columns["header"])
        ]
        for name in FIELDS:
            self.fields[name] = forms.ChoiceField(
                label=LABELS[name], required=False, choices=[("", _("Not in the file")), *header]
            )

    def columns(self) -> dict[str, int]:
        """The chosen columns by field."""
        return {name: int(self.cleaned_data[name]) for name in FIELDS if self.cleaned_data.get(name)}

    @property
    def day_comes_first(self) -> bool:
        """How dates are read."""
        return bool(self.cleaned_data.get("day_first") != "0")

    @property
    def of_client(self) -> list[forms.BoundField]:
        """The fields of the person."""
        return [self[name] for name in OF_CLIENT]

    @property
    def of_appointment(self) -> list[forms.BoundField]:
        """The fields of an appointment."""
        return [self[name] for name in OF_APPOINTMENT]
