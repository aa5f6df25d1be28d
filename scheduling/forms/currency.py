"""The currency in which everything is priced."""

from typing import Any, cast

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenants.domain.places import currencies


class CurrencyForm(forms.Form):
    """One of the currencies in use."""

    currency = forms.ChoiceField(label=_("Currency"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["currency"]).choices = currencies(get_language() or "en")
