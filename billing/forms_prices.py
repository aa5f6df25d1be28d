"""What staff type about prices: coupons, packages, gift certificates, taxes. Bounds are the services'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.domain.pricing import plain
from billing.enums import IN_PERSON, Method, Unit
from billing.models import ClientPackage, Coupon, GiftCertificate, Package, PriceSettings, TaxRate
from billing.services.coupons import CouponFields
from billing.services.gifts import GiftFields
from billing.services.packages import PackageFields
from daybook.core import formats
from daybook.core.inputs import AffixInput, MoneyField
from scheduling.selectors.offer import service_names

if TYPE_CHECKING:
    from tenants.models import Business

WHOLE = {"inputmode": "numeric", "autocomplete": "off"}
CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class DayInput(forms.DateInput):
    """A calendar day as browsers offer it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ServicesField(forms.TypedMultipleChoiceField):
    """For which services something is; none chosen: for all."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Only for"), required=False, coerce=UUID, widget=forms.CheckboxSelectMultiple,
            choices=[(str(pk), name) for pk, name in service_names()], help_text=_("None chosen: for all services."),
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        return [str(one) for one in value or []]


class CouponForm(forms.Form):
    """One coupon."""

    code = forms.CharField(label=_("Code"), max_length=32, widget=forms.TextInput(CODE), help_text=_("What clients type; capitals do not matter."))  # fmt: skip
    percent = forms.DecimalField(label=_("Percent off"), required=False, max_digits=6, decimal_places=3, widget=AffixInput({"inputmode": "decimal", "autocomplete": "off"}, after="%"))  # fmt: skip
    starts_on = forms.DateField(label=_("First day"), required=False, widget=DayInput())
    ends_on = forms.DateField(label=_("Last day"), required=False, widget=DayInput())
    most_uses = forms.IntegerField(label=_("Uses in all"), required=False, widget=forms.TextInput(WHOLE), help_text=_("Empty: no limit."))  # fmt: skip
    most_per_client = forms.IntegerField(label=_("Uses by each client"), required=False, widget=forms.TextInput(WHOLE), help_text=_("Told by their e-mail address. Empty: no limit."))  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=200, help_text=_("Only you see it."))
    active = forms.BooleanField(label=_("Can be used"), required=False, initial=True)

    def __init__(self, *args: Any, business: Business, coupon: Coupon | None = None, **kwargs: Any) -> None:
        if coupon is not None:
            names = CouponFields.__dataclass_fields__
            kwargs["initial"] = {name: getattr(coupon, name) for name in names}
            if coupon.percent is not None:
                kwargs["initial"]["percent"] = plain(coupon.percent)
        super().__init__(*args, **kwargs)
        money = business.currency
        self.fields["amount"] = MoneyField(currency=money, label=_("or amount off"), required=False)
        self.fields["least_price"] = MoneyField(currency=money, label=_("From a price of"), required=False)
        self.fields["services"] = ServicesField()

    def values(self) -> CouponFields:
        """What the service takes."""
        data = {name: self.cleaned_data[name] for name in CouponFields.__dataclass_fields__}
        return CouponFields(**{**data, "least_price": data["least_price"] or 0})


class PackageForm(forms.Form):
    """An offered package."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    description = forms.CharField(label=_("Description"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2}))  # fmt: skip
    quantity = forms.IntegerField(label=_("How many"), widget=forms.TextInput(WHOLE))
    unit = forms.ChoiceField(label=_("Of what"), choices=Unit.choices, initial=Unit.VISITS)
    valid_days = forms.IntegerField(label=_("Holds for"), required=False, widget=AffixInput(WHOLE, after=str(_("days"))), help_text=_("From the day it is bought. Empty: for ever."))  # fmt: skip
    online = forms.BooleanField(label=_("Clients can buy it online"), required=False, initial=True, help_text=_("While your Stripe account can take payments."))  # fmt: skip
    active = forms.BooleanField(label=_("Is offered"), required=False, initial=True)

    def __init__(self, *args: Any, business: Business, package: Package | None = None, **kwargs: Any) -> None:
        if package is not None:
            kwargs["initial"] = {name: getattr(package, name) for name in PackageFields.__dataclass_fields__}
        super().__init__(*args, **kwargs)
        self.fields["price"] = MoneyField(currency=business.currency, label=_("Price"))
        self.fields["services"] = ServicesField()

    def values(self) -> PackageFields:
        """What the service takes."""
        return PackageFields(**{name: self.cleaned_data[name] for name in PackageFields.__dataclass_fields__})


def how_paid() -> forms.ChoiceField:
    """How staff were paid."""
    choices = [(one.value, one.label) for one in IN_PERSON]
    return forms.ChoiceField(label=_("Paid by"), choices=choices, initial=Method.CASH)


class SellPackageForm(forms.Form):
    """Staff sell a package."""

    package = forms.ChoiceField(label=_("Package"))
    name = forms.CharField(label=_("Client"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"}), help_text=_("The code goes here, and only with this address it can be used online."))  # fmt: skip
    method = how_paid()
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["package"] = forms.ChoiceField(label=_("Package"), choices=choices)


class SellGiftForm(forms.Form):
    """Staff sell a gift certificate."""

    buyer_name = forms.CharField(label=_("Who gives"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    buyer_email = forms.CharField(label=_("E-mail of who gives"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"}))  # fmt: skip
    recipient_name = forms.CharField(label=_("For whom"), required=False, max_length=100, widget=forms.TextInput({"autocomplete": "off"}))  # fmt: skip
    recipient_email = forms.CharField(label=_("E-mail of who gets it"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"}), help_text=_("Empty: only who gives gets the code."))  # fmt: skip
    message = forms.CharField(label=_("Message"), required=False, max_length=500, widget=forms.Textarea({"rows": 2}))
    method = how_paid()
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(currency=business.currency, label=_("Value"))

    def values(self) -> GiftFields:
        """What the service takes."""
        return GiftFields(**{name: self.cleaned_data[name] for name in GiftFields.__dataclass_fields__})


class GiftSettingsForm(forms.Form):
    """Whether and how gift certificates are sold online."""

    online = forms.BooleanField(label=_("Clients can buy gift certificates online"), required=False, help_text=_("While your Stripe account can take payments."))  # fmt: skip
    amounts = forms.CharField(label=_("Values to choose from"), required=False, max_length=200, widget=forms.TextInput({"autocomplete": "off", "inputmode": "decimal"}), help_text=_("With blanks between, such as 25 50 100."))  # fmt: skip
    valid_days = forms.IntegerField(label=_("Hold for"), required=False, widget=AffixInput(WHOLE, after=str(_("days"))), help_text=_("Empty: for ever. Ask what the law of your country allows."))  # fmt: skip

    def __init__(self, *args: Any, business: Business, settings: PriceSettings, **kwargs: Any) -> None:
        self.money = MoneyField(currency=business.currency)
        kwargs["initial"] = {
            "online": settings.gifts_online,
            "amounts": " ".join(str(self.money.prepare_value(one)) for one in settings.gift_amounts),
            "least": settings.gift_least, "most": settings.gift_most, "valid_days": settings.gift_valid_days,
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["least"] = MoneyField(currency=business.currency, label=_("Or any value from"), required=False)
        self.fields["most"] = MoneyField(currency=business.currency, label=_("up to"), required=False)

    def clean_amounts(self) -> list[int]:
        """The values in minor units."""
        found = [self.money.clean(part) for part in self.cleaned_data["amounts"].replace(";", " ").split()]
        return [amount for amount in found if amount is not None]


class RateForm(forms.Form):
    """One tax rate."""

    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput({"autocomplete": "off"}), help_text=_("As on your invoices, such as VAT or State tax."))  # fmt: skip
    percent = forms.DecimalField(label=_("Percent"), max_digits=6, decimal_places=3, widget=AffixInput({"inputmode": "decimal", "autocomplete": "off"}, after="%"))  # fmt: skip
    standard = forms.BooleanField(label=_("On every service that does not say otherwise"), required=False, initial=True)
    active = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def __init__(self, *args: Any, rate: TaxRate | None = None, **kwargs: Any) -> None:
        if rate is not None:
            kwargs["initial"] = {
                "name": rate.name, "percent": plain(rate.percent), "standard": rate.standard, "active": rate.active,
            }  # fmt: skip
        super().__init__(*args, **kwargs)


class InclusiveForm(forms.Form):
    """Whether prices contain tax."""

    inclusive = forms.TypedChoiceField(
        label=_("Your prices"), coerce=lambda value: value == "1", widget=forms.RadioSelect,
        choices=[("1", _("contain tax: clients pay the price they see")), ("0", _("are without tax: it is added"))],
    )  # fmt: skip


class ServiceTaxForm(forms.Form):
    """Which taxes a service has."""

    own = forms.TypedChoiceField(
        label=_("Taxes"), coerce=lambda value: value == "1", widget=forms.RadioSelect,
        choices=[("0", _("The standard ones")), ("1", _("These only (none chosen: no tax)"))],
    )  # fmt: skip

    def __init__(self, *args: Any, rates: list[TaxRate], own: list[UUID] | None, **kwargs: Any) -> None:
        chosen = [str(rate.pk) for rate in rates if (rate.standard if own is None else rate.pk in own)]
        kwargs["initial"] = {"own": "0" if own is None else "1", "rates": chosen}
        super().__init__(*args, **kwargs)
        self.fields["rates"] = forms.TypedMultipleChoiceField(
            label=_("Rates"), required=False, coerce=UUID, widget=forms.CheckboxSelectMultiple,
            choices=[(str(rate.pk), f"{rate.name} {formats.percent(rate.percent, get_language())}") for rate in rates],
        )  # fmt: skip


class UntilForm(forms.Form):
    """Another last day of something sold."""

    expires_on = forms.DateField(
        label=_("Last day"), required=False, widget=DayInput(), help_text=_("Empty: for ever.")
    )

    def __init__(self, *args: Any, row: ClientPackage | GiftCertificate, **kwargs: Any) -> None:
        kwargs["initial"] = {"expires_on": row.expires_on}
        super().__init__(*args, **kwargs)
