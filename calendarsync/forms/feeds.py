"""What is typed about feeds: an outside calendar's name and address, and how much our own tells."""

from django import forms
from django.utils.translation import gettext_lazy as _

from calendarsync.domain.feeds import LONGEST_ADDRESS
from calendarsync.enums import Privacy


class AddressForm(forms.Form):
    """The address of an outside calendar. The service checks it by asking it."""

    url = forms.CharField(
        label=_("Address of the calendar"), max_length=LONGEST_ADDRESS,
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("It begins with https:// or webcal:// and often ends with .ics."),
    )  # fmt: skip


class SubscriptionForm(AddressForm):
    """An outside calendar."""

    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("Such as Outlook or Family. Only your team sees it."),
    )  # fmt: skip


class PrivacyForm(forms.Form):
    """How much the provider's own feed tells of an appointment."""

    privacy = forms.ChoiceField(label=_("What it tells of an appointment"), choices=Privacy, widget=forms.RadioSelect)

    def value(self) -> Privacy:
        """The choice."""
        return Privacy(self.cleaned_data["privacy"])
