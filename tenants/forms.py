"""Shapes of what people type on the platform's pages and in a business's settings."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from daybook.core.checking import is_plain
from daybook.core.ids import new_id
from daybook.core.inputs import MinutesField, TypedField, minutes_of
from tenants.domain import places
from tenants.models import Business, User
from tenants.services.provisioning import Details
from tenants.services.settings import LOCALES, Settings
from tenants.services.signup import Person


def one_line(text: str) -> None:
    """Refuses line ends and control characters: names go into the heads of mails."""
    if not is_plain(text):
        raise ValidationError(_("This must be on one line, without control characters."))


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
        validators=[one_line],
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

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
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


class SettingsForm(forms.Form):
    """Some of a business's settings; the fields are called as the settings. Rules and refusals are the service's."""

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        present = {name: getattr(business, name) for name in self.base_fields if hasattr(business, name)}
        super().__init__(*args, **{**kwargs, "initial": present})

    def values(self) -> Settings:
        """What was typed."""
        return cast(
            Settings, {name: self.cleaned_data[name] for name in Settings.__annotations__ if name in self.fields}
        )


LANGUAGES = {"en": _("English"), "de": _("German"), "es": _("Spanish")}


class AboutForm(SettingsForm):
    """Who the business is, where, and in which zone and language."""

    name = forms.CharField(
        label=_("Business name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    tagline = forms.CharField(
        label=_("Tagline"), required=False, max_length=120, help_text=_("One line under the name on your booking page.")
    )
    intro = forms.CharField(
        label=_("Introduction"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    address = forms.CharField(
        label=_("Address"), required=False, max_length=300, widget=forms.TextInput({"autocomplete": "street-address"})
    )
    email = forms.CharField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "email"}),
        help_text=_("Clients' answers to our mails go here."),
    )  # fmt: skip
    phone = forms.CharField(label=_("Phone"), required=False, max_length=30, widget=forms.TextInput({"type": "tel"}))
    website = forms.CharField(
        label=_("Website"), required=False, max_length=200, widget=forms.TextInput({"inputmode": "url"})
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_(
            "Weekly hours are meant in this zone. Changing it moves the hours that can be booked; "
            "appointments keep the instant at which they were booked."
        ),
    )
    locale = forms.ChoiceField(label=_("Language"), choices=[(code, LANGUAGES[code]) for code in LOCALES])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        country = cast(forms.ChoiceField, self.fields["country"])
        country.choices = [("", _("Not said")), *places.countries(language)]
        cast(forms.ChoiceField, self.fields["timezone"]).choices = places.grouped_timezones()


class RemindersField(TypedField):
    """Lengths of time before the start, separated by commas: `24 h, 1 h`. Nothing: no reminders."""

    def to_python(self, value: Any) -> Any:
        parts = [part for part in self.text(value).replace(";", ",").split(",") if part.strip()]
        found = [minutes_of(part) for part in parts]
        if any(minutes is None for minutes in found):
            raise ValidationError(_("Write lengths of time with commas between them, such as 24 h, 1 h."))
        return found


class BookingRulesForm(SettingsForm):
    """How long times are held, how late clients may change, what happens afterwards."""

    hold_minutes = MinutesField(
        label=_("A time is held for"), help_text=_("While a client fills in the form. From 1 to 60 min.")
    )
    cancel_cutoff_minutes = MinutesField(
        label=_("Clients may cancel until"), help_text=_("Before the start. 0: until the start.")
    )
    reschedule_cutoff_minutes = MinutesField(
        label=_("Clients may reschedule until"), help_text=_("Before the start. 0: until the start.")
    )
    complete_after_minutes = MinutesField(
        label=_("Completed by itself after"), help_text=_("From the end on, when nobody has said what became of it.")
    )
    reminders = RemindersField(
        label=_("Reminders before the start"), required=False, help_text=_("Such as 24 h, 1 h. Empty: no reminders.")
    )
    policy_text = forms.CharField(
        label=_("Your terms in your own words"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}), help_text=_("Shown with your cancellation policy."),
    )  # fmt: skip


class LookForm(SettingsForm):
    """The colour and theme of what clients see."""

    brand_color = forms.CharField(
        label=_("Brand colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"})
    )
    logo = forms.FileField(
        label=_("Logo"), required=False, widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        help_text=_("PNG, JPEG, WebP or GIF, up to 8 MB. Shown in place of your initials."),
    )  # fmt: skip
    theme = forms.ChoiceField(
        label=_("Booking page"),
        widget=forms.RadioSelect,
        choices=[
            ("light", _("Light")),
            ("dark", _("Dark")),
            ("auto", _("As the client's device: light or dark")),
        ],
    )


class AddressForm(forms.Form):
    """Another slug."""

    slug = forms.CharField(
        label=_("Address of your booking page"), max_length=200,
        widget=forms.TextInput({"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Letters, digits and hyphens."),
    )  # fmt: skip

    def clean_slug(self) -> str:
        """Typed capitals are no mistake."""
        return str(self.cleaned_data["slug"]).strip().lower()


class KeyForm(forms.Form):
    """A new API key. The form knows its id beforehand, so that sending it again (reload, back) makes no second one."""

    key_id = forms.UUIDField(required=False, initial=new_id, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What it is for, such as Website."))
    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        initial="publishable",
        choices=[
            ("publishable", _("Publishable: names your business on your own pages; anybody may see it")),
            ("secret-read", _("Secret, reading only")),
            ("secret-write", _("Secret, reading and writing: acts for your business")),
        ],
    )

    def clean_name(self) -> str:
        """On one line."""
        name = str(self.cleaned_data["name"]).strip()
        if not name.isprintable():
            raise ValidationError(_("This must be on one line, without control characters."))
        return name
