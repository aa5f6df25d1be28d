"""Which calendars of a connected account are used, and how."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from calendarsync.enums import OnChange, Privacy, WhenBroken
from calendarsync.services.choosing import Choice

if TYPE_CHECKING:
    from calendarsync.models import Calendar, Connection

NOWHERE = ""


class ChoiceForm(forms.Form):
    """The choice about one account."""

    counts = forms.MultipleChoiceField(
        label=_("Which calendars close times?"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Clients cannot book while one of these is busy. Only the times are kept, no titles."),
    )  # fmt: skip
    receives = forms.ChoiceField(
        label=_("Where do appointments appear?"), required=False, widget=forms.RadioSelect,
        help_text=_("New, moved and cancelled appointments show there within seconds."),
    )  # fmt: skip
    privacy = forms.ChoiceField(label=_("What an appointment shows there"), choices=Privacy, widget=forms.RadioSelect)
    on_change = forms.ChoiceField(
        label=_("If an appointment is moved or deleted there"), choices=OnChange, widget=forms.RadioSelect,
        help_text=_("Paid appointments, classes and moves onto another appointment are always asked about."),
    )  # fmt: skip
    tentative_is_busy = forms.BooleanField(
        label=_("Invitations that are not answered yet count as busy"), required=False
    )
    focus_is_busy = forms.BooleanField(label=_("Focus time counts as busy"), required=False)

    def __init__(self, *args: object, connection: Connection, calendars: Iterable[Calendar], **more: object) -> None:
        usable = [calendar for calendar in calendars if calendar.gone_at is None]
        chosen = any(calendar.counts or calendar.receives for calendar in usable)
        more.setdefault("initial", _initial(connection, usable, chosen=chosen))
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._field("counts").choices = [(str(calendar.pk), calendar.name) for calendar in usable]
        self._field("receives").choices = [
            *((str(calendar.pk), calendar.name) for calendar in usable if calendar.writable),
            (NOWHERE, _("Nowhere")),
        ]

    def choice(self) -> Choice:
        """What was chosen."""
        data = self.cleaned_data
        return Choice(
            counts=[UUID(pk) for pk in data["counts"]],
            receives=UUID(data["receives"]) if data["receives"] else None,
            privacy=data["privacy"],
            on_change=data["on_change"],
            tentative_is_busy=data["tentative_is_busy"],
            focus_is_busy=data["focus_is_busy"],
        )

    def _field(self, name: str) -> forms.ChoiceField:
        found = self.fields[name]
        assert isinstance(found, forms.ChoiceField)
        return found


class WhenBrokenForm(forms.Form):
    """What happens to bookings while a calendar cannot be read."""

    when_broken = forms.ChoiceField(
        label=_("While a connected calendar cannot be read"), choices=WhenBroken, widget=forms.RadioSelect
    )


def _initial(connection: Connection, calendars: list[Calendar], *, chosen: bool) -> dict[str, object]:
    """As it is; for a new account its main calendar counts and receives."""
    first = {str(calendar.pk) for calendar in calendars if calendar.primary} if not chosen else set()
    target = next((str(calendar.pk) for calendar in calendars if calendar.receives), "")
    return {
        "counts": [str(c.pk) for c in calendars if c.counts or str(c.pk) in first],
        "receives": target or (next(iter(first), NOWHERE) if not chosen else NOWHERE),
        "privacy": connection.privacy,
        "on_change": connection.on_change,
        "tentative_is_busy": connection.tentative_is_busy,
        "focus_is_busy": connection.focus_is_busy,
    }
