"""What clients type: their details, why they cancel, which booking they look for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.forms.details import read_details
from scheduling.services.clients import ClientDetails

NAME = _("The name needs 2 to 100 characters.")
EMAIL = _("Enter an e-mail address such as name@example.com.")


class DetailsForm(forms.Form):
    """Who books. Checked by the rules of `clean_details`; `details` has the outcome."""

    name = forms.CharField(
        label=_("Name"),
        error_messages={"required": NAME},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        help_text=_("The confirmation goes here."),
        error_messages={"required": EMAIL},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        error_messages={"required": _("Enter a phone number.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    notes = forms.CharField(
        label=_("Anything we should know?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    accept = forms.BooleanField(label="", required=False)
    details: ClientDetails

    def __init__(
        self, data: Any = None, *, phone_required: bool, region: str, timezone: str, locale: str, accept: str = ""
    ) -> None:
        """`accept`: the sentence to agree to, where money is involved; else there is no box."""
        super().__init__(data, label_suffix="")
        self.phone_required, self.region, self.timezone, self.locale = phone_required, region, timezone, locale
        self.fields["phone"].required = phone_required
        if accept:
            self.fields["accept"].label, self.fields["accept"].required = accept, True
            self.fields["accept"].error_messages["required"] = _("Please accept the cancellation policy.")
        else:
            del self.fields["accept"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        details = read_details(
            self, values, timezone=self.timezone, locale=self.locale, region=self.region or None,
            phone_required=self.phone_required,
        )  # fmt: skip
        if details is not None:
            self.details = details
        return values


class ReasonForm(forms.Form):
    """Why a client cancels, if he says so."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_("The business sees it."),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class FindForm(forms.Form):
    """A booking whose link is lost."""

    reference = forms.CharField(
        label=_("Booking reference"),
        max_length=20,
        help_text=_("Eight letters and digits, in every e-mail about your booking."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The address with which you booked."),
        error_messages={"invalid": EMAIL},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")

    def clean_reference(self) -> str:
        return "".join(char for char in str(self.cleaned_data["reference"]) if char.isalnum()).upper()[:8]
