"""What clients type: their details, why they cancel, which booking they look for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from daybook.core.inputs import MoneyField
from scheduling.forms.details import read_details
from scheduling.services.clients import ClientDetails

if TYPE_CHECKING:
    from billing.selectors.offer import Way

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
    payment_mode = forms.ChoiceField(label=_("How to pay"), required=False, widget=forms.RadioSelect)
    accept = forms.BooleanField(label="", required=False)
    details: ClientDetails
    offered: Sequence[Way] = ()

    def __init__(
        self, data: Any = None, *, phone_required: bool, region: str, timezone: str, locale: str, accept: str = "",
        ways: Sequence[tuple[str, str]] = (), online: Collection[str] = (),
    ) -> None:  # fmt: skip
        """`ways` to pay with their words; `accept`: the sentence to agree to for those that are `online`."""
        super().__init__(data, label_suffix="")
        self.online, self.only_way = set(online), ways[0][0] if len(ways) == 1 else None
        if len(ways) > 1:
            cast(forms.ChoiceField, self.fields["payment_mode"]).choices = list(ways)
            self.fields["payment_mode"].required = True
            self.fields["payment_mode"].initial = ways[0][0]
            self.fields["payment_mode"].error_messages["required"] = _("Choose how you want to pay.")
        else:
            del self.fields["payment_mode"]
        self.phone_required, self.region, self.timezone, self.locale = phone_required, region, timezone, locale
        self.fields["phone"].required = phone_required
        if accept and self.online:
            self.fields["accept"].label = accept
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
        if "accept" in self.fields and self.mode(values) in self.online and not values.get("accept"):
            self.add_error("accept", _("Please accept the cancellation policy."))
        return values

    def mode(self, values: dict[str, Any]) -> str | None:
        """The chosen way to pay; None where there is nothing to choose."""
        return self.only_way or values.get("payment_mode") or None


class TipForm(forms.Form):
    """A tip on top of what is due."""

    def __init__(self, data: Any = None, *, currency: str) -> None:
        super().__init__(data, label_suffix="")
        self.fields["tip"] = MoneyField(
            currency=currency,
            label=_("Tip"),
            required=False,
            help_text=_("If you like. It goes to the business in full."),
        )


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
