"""Forms of pages that join several apps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.core.errors import Invalid
from scheduling.enums import Source
from scheduling.forms.times import TimeForm

SOURCES = [
    (Source.PHONE.value, Source.PHONE.label),
    (Source.WALK_IN.value, Source.WALK_IN.label),
    (Source.DIRECT.value, Source.DIRECT.label),
    (Source.MANUAL.value, Source.MANUAL.label),
]
NEW = "new"


class NewAppointmentForm(TimeForm):
    """Who, what, with whom, when. `client` is the id of a known client, or `new` with name, e-mail and phone."""

    nonce = forms.UUIDField(widget=forms.HiddenInput)
    client = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    client_q = forms.CharField(label=_("Find a client"), required=False, max_length=100)
    name = forms.CharField(label=_("Name"), required=False, max_length=100)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    service = forms.TypedChoiceField(label=_("Service"), coerce=UUID)
    provider = forms.TypedChoiceField(label=_("With"), required=False, coerce=UUID, empty_value=None)
    source = forms.ChoiceField(label=_("How it was made"), choices=SOURCES, initial=Source.PHONE)
    staff_notes = forms.CharField(
        label=_("Notes for the team"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        data: Any = None,
        *,
        services: Iterable[tuple[UUID, str]],
        people: Iterable[tuple[UUID, str]],
        anyone: bool,
        **more: Any,
    ) -> None:
        super().__init__(data, **more)
        self.fields["service"].choices = [(str(key), text) for key, text in services]  # type: ignore[attr-defined]
        first = [("", _("Anyone who is free"))] if anyone else []
        self.fields["provider"].choices = [*first, *((str(key), text) for key, text in people)]  # type: ignore[attr-defined]
        self.fields["provider"].required = not anyone

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

    def refuse(self, error: Invalid) -> None:
        """Show each problem at its field."""
        for name, problems in error.details["fields"].items():
            self.add_error(name if name in self.fields else None, problems)
