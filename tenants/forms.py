"""Shapes of what people type on the platform's pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenants.domain import places
from tenants.models import User
from tenants.services.provisioning import Details
from tenants.services.signup import Person


class SlugInput(forms.TextInput):
    """The first label of the business's address, checked while it is typed."""

    template_name = "tenants/slug_input.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "base_domain": settings.BASE_DOMAIN}


class BusinessForm(forms.Form):
    """A new business. The slug's rules are the service's; its refusals land on the field."""

    business_name = forms.CharField(
        label=_("Business name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = forms.CharField(
        label=_("Address of your booking page"),
        max_length=200,
        widget=SlugInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Letters, digits and hyphens. You can change it later."),
    )
    country = forms.ChoiceField(label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country"}))
    timezone = forms.ChoiceField(
        label=_("Time zone"), widget=forms.Select(attrs={"data-timezone": "", "data-suggest": "select"})
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self._choices("country", [("", _("Choose a country")), *places.countries(language)])
        self._choices("timezone", places.grouped_timezones())
        self._choices("currency", [("", _("The country's own")), *places.currencies(language)])
        if self.is_bound:
            self.fields["timezone"].widget.attrs["data-chosen"] = "1"

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_slug(self) -> str:
        """Typed capitals are no mistake; anything else is for the rules to say."""
        return str(self.cleaned_data["slug"]).strip().lower()

    def details(self, email: str) -> Details:
        """What the service needs."""
        values = self.cleaned_data
        return Details(
            name=values["business_name"],
            slug=values["slug"],
            timezone=values["timezone"],
            currency=values["currency"] or places.currency_of(values["country"]),
            country=values["country"],
            email=email,
        )

    def refuse(self, error: Any) -> None:
        """Put a service's refusal beside the field it is about."""
        for field, messages in error.details.get("fields", {}).items():
            for message in messages:
                self.add_error(field if field in self.fields else None, message)


class PersonForm(forms.Form):
    """A new account's name and password."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, missing from the stubs
        password = self.cleaned_data.get("password")
        if password:
            user = User(email=self.cleaned_data.get("email") or "", name=self.cleaned_data.get("name") or "")
            try:
                password_validation.validate_password(password, user)
            except ValidationError as error:
                self.add_error("password", error)


class SignUpForm(PersonForm, BusinessForm):
    """Both at once, and the e-mail address that is going to be verified."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ("business_name", "slug", "country", "timezone", "currency", "name", "email", "password")

    def person(self) -> Person:
        """Who signs up."""
        values = self.cleaned_data
        return Person(name=values["name"], email=values["email"], password=values["password"])


class ConfirmForm(forms.Form):
    """The chosen password, asked where the link is opened in another browser."""

    password = forms.CharField(
        label=_("The password you chose"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
