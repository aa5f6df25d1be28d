"""What clients type who buy a package or a gift certificate."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from daybook.core import formats
from daybook.core.inputs import MoneyField
from widget.forms import EMAIL, NAME


def _name(label: Any, **values: Any) -> forms.CharField:
    attrs = {"autocomplete": values.pop("autocomplete", "name")}
    return forms.CharField(
        label=label, error_messages={"required": NAME}, max_length=100, widget=forms.TextInput(attrs=attrs), **values
    )  # fmt: skip


def _email(label: Any, **values: Any) -> forms.EmailField:
    attrs = {"autocomplete": values.pop("autocomplete", "email")}
    return forms.EmailField(
        label=label, error_messages={"invalid": EMAIL, "required": EMAIL}, widget=forms.EmailInput(attrs=attrs), **values
    )  # fmt: skip


class PackageOrderForm(forms.Form):
    """Who buys a package."""

    name = _name(gettext_lazy("Name"), min_length=2)
    email = _email(
        gettext_lazy("E-mail"), help_text=gettext_lazy("The code goes here, and you book with this address.")
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


class GiftOrderForm(forms.Form):
    """Who gives how much to whom. `amounts` in minor units; `free`: another value may be typed."""

    buyer_name = _name(gettext_lazy("Your name"), min_length=2)
    buyer_email = _email(gettext_lazy("Your e-mail"))
    recipient_name = _name(gettext_lazy("For whom"), required=False, autocomplete="off")
    recipient_email = _email(
        gettext_lazy("Their e-mail"), required=False, autocomplete="off",
        help_text=gettext_lazy("Empty: we send it to you, and you pass it on."),
    )  # fmt: skip
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, currency: str, amounts: list[int], free: bool) -> None:
        super().__init__(data, label_suffix="")
        self.amounts = amounts
        if amounts:
            choices = [(str(one), formats.money(one, currency, short=True)) for one in amounts]
            choices += [("", _("Another value"))] if free else []
            self.fields["value"] = forms.ChoiceField(
                label=_("Value"), choices=choices, required=not free, widget=forms.RadioSelect, initial=choices[0][0]
            )
        if free:
            self.fields["other"] = MoneyField(
                currency=currency, label=_("Another value") if amounts else _("Value"), required=not amounts
            )

    def clean(self) -> dict[str, Any]:
        """One value, chosen or typed."""
        data = super().clean() or {}
        data["amount"] = data.get("other") or int(data.get("value") or 0)
        if not data["amount"] and not self.errors:
            self.add_error("other" if "other" in self.fields else "value", _("Choose a value."))
        return data
