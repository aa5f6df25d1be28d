"""What the owner types about a service. Bounds are the service layer's; its refusals land beside their fields."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from daybook.core import formats
from daybook.core.inputs import AffixInput, MinutesField, MoneyField
from scheduling.enums import DepositType, Location, PaymentMode, Visibility
from scheduling.forms.choices import business_zone, hue_field, zone_choices
from scheduling.selectors.offer import categories, providers
from scheduling.services.offer import Link, ServiceFields

if TYPE_CHECKING:
    from django.forms.boundfield import BoundField

    from scheduling.models import Provider, Service
    from tenants.models import Business

PLAIN = (
    "name", "slug", "description", "hue", "duration_minutes", "price", "buffer_before_minutes", "buffer_after_minutes",
    "buffers_within_hours", "step_minutes", "min_notice_minutes", "max_advance_days", "daily_cap", "capacity",
    "location", "location_detail", "phone_required", "requires_approval", "visibility",
)  # fmt: skip
VISIBILITY = (
    (Visibility.PUBLIC, _("Everyone: it is listed on your booking page")),
    (Visibility.LINK, _("Only with the link: not listed, but whoever has the link can book")),
    (Visibility.STAFF, _("Only staff: clients cannot book it themselves")),
)
MODES = (
    (PaymentMode.PAY_IN_PERSON, _("At the visit")),
    (PaymentMode.DEPOSIT, _("A deposit online, the rest at the visit")),
    (PaymentMode.FULL, _("All of it online")),
    (PaymentMode.CARD_ON_FILE, _("At the visit, with a card kept for no-show and late cancellation fees")),
)
DEPOSITS = ((DepositType.PERCENT, _("A share of the price")), (DepositType.FIXED, _("A fixed amount")))


@dataclass(frozen=True, slots=True)
class Row:
    """One provider's line: whether he gives the service, and his own price and duration."""

    provider: Provider
    gives: BoundField
    price: BoundField
    minutes: BoundField


class ServiceForm(forms.Form):
    """Everything about a service. Lengths of time may be typed as `90` or `1 h 30 min`, money in the currency's unit."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Clients read this. The first line is shown in the list."),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    new_category = forms.CharField(
        label=_("New category"), required=False, max_length=80, help_text=_("Made when you save, and used here.")
    )
    hue = hue_field(str(_("Colour in your calendar")))
    duration_minutes = MinutesField(label=_("Duration"), initial=60, help_text=_("Such as 45 min or 1 h 30 min."))
    buffer_before_minutes = MinutesField(label=_("Buffer before"), initial=0, required=False)
    buffer_after_minutes = MinutesField(label=_("Buffer after"), initial=0, required=False)
    buffers_within_hours = forms.BooleanField(
        label=_("Buffers must lie within the opening hours"), required=False, initial=True,
        help_text=_("Off: only the appointment itself must, and tidying up may happen after closing time."),
    )  # fmt: skip
    step_minutes = forms.IntegerField(
        label=_("A time every"), initial=15, widget=AffixInput({"inputmode": "numeric"}, after=str(_("min")))
    )
    min_notice_minutes = MinutesField(
        label=_("Shortest notice"), initial=0, required=False, help_text=_("Such as 2 h: nobody books later than that.")
    )
    max_advance_days = forms.IntegerField(
        label=_("Bookable ahead"), initial=365, widget=AffixInput({"inputmode": "numeric"}, after=str(_("days")))
    )
    daily_cap = forms.IntegerField(
        label=_("Most per day and person"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("Of this service. Empty: no limit."),
    )  # fmt: skip
    capacity = forms.IntegerField(
        label=_("Places"), initial=1, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=_("1 is an ordinary appointment; more makes it a class that clients share."),
    )  # fmt: skip
    location = forms.ChoiceField(label=_("Where"), choices=Location.choices)
    location_detail = forms.CharField(
        label=_("Place, number or link"), required=False, max_length=300,
        help_text=_("Empty: the business's address. For a video call paste its link; clients get it after booking."),
    )  # fmt: skip
    requires_approval = forms.BooleanField(
        label=_("I confirm each booking myself"), required=False,
        help_text=_("The time is kept until you answer, for 24 hours at most."),
    )  # fmt: skip
    phone_required = forms.BooleanField(label=_("Ask for a phone number"), required=False)
    visibility = forms.ChoiceField(label=_("Who can book it"), choices=VISIBILITY, widget=forms.RadioSelect)
    timezone = forms.ChoiceField(label=_("Time zone of its hours"), required=False)
    slug = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=_(
            "The end of the link. It stays when you rename the service. Change it, and old links stop working."
        ),
    )

    def __init__(self, *args: Any, business: Business, service: Service | None = None, **kwargs: Any) -> None:
        self.business = business
        kwargs["initial"] = {**self._present(service), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        price = MoneyField(
            currency=business.currency, label=_("Price"), required=False, initial=0, help_text=_("0 is shown as free.")
        )
        self.fields["price"] = price
        if settings.STRIPE_SECRET_KEY:
            self._add_payment(service)
        if service is None:  # it follows the name
            del self.fields["slug"]
        self.fields["visibility"].initial = Visibility.PUBLIC
        self._choices("category", [("", _("None")), *((str(c.pk), c.name) for c in categories())])
        self._choices("timezone", zone_choices(business_zone(business.timezone)))
        self.people = [p for p in providers() if p.active or self._gives(service, p.pk)]
        for person in self.people:
            self._add_person(person, service)

    @staticmethod
    def _present(service: Service | None) -> dict[str, Any]:
        """What is kept now."""
        if service is None:
            return {}
        found = {name: getattr(service, name) for name in PLAIN}
        category = service.category_id
        return {**found, "category": str(category) if category else "", "timezone": service.timezone or ""}

    @staticmethod
    def _gives(service: Service | None, provider_id: UUID) -> bool:
        return service is not None and any(link.provider_id == provider_id for link in service.links.all())

    def _choices(self, name: str, choices: list[Any]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def _add_payment(self, service: Service | None) -> None:
        """How it is paid. Absent where the platform takes no payments: then the service keeps what it has."""
        kind = service.deposit_type if service else DepositType.NONE
        value = service.deposit_value if service else 0
        self.fields["payment_modes"] = forms.MultipleChoiceField(
            label=_("How clients can pay"), choices=MODES, widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one way to pay.")},
            initial=list(service.payment_modes) if service else [PaymentMode.PAY_IN_PERSON],
            help_text=_("With several, clients choose when they book."),
        )  # fmt: skip
        self.fields["deposit_type"] = forms.ChoiceField(
            label=_("Deposit"), choices=DEPOSITS, required=False,
            initial=DepositType.FIXED if kind == DepositType.FIXED else DepositType.PERCENT,
        )  # fmt: skip
        self.fields["deposit_percent"] = forms.IntegerField(
            label=_("Share"), required=False, widget=AffixInput({"inputmode": "numeric"}, after="%"),
            initial=value if kind == DepositType.PERCENT else None,
        )  # fmt: skip
        self.fields["deposit_fixed"] = MoneyField(
            currency=self.business.currency, label=_("Amount"), required=False,
            initial=value if kind == DepositType.FIXED else None,
        )  # fmt: skip

    def _payment(self) -> dict[str, Any]:
        """The modes, and the deposit when there is one; nothing where the form does not ask."""
        data = self.cleaned_data
        if "payment_modes" not in data:
            return {}
        modes = data["payment_modes"]
        if PaymentMode.DEPOSIT not in modes:
            return {"payment_modes": modes, "deposit_type": DepositType.NONE, "deposit_value": 0}
        kind = data.get("deposit_type") or DepositType.PERCENT
        value = data.get("deposit_fixed" if kind == DepositType.FIXED else "deposit_percent")
        return {"payment_modes": modes, "deposit_type": kind, "deposit_value": value or 0}

    def examples(self) -> list[str]:
        """What clients pay at booking by what is typed now, else by what is kept; nothing without a deposit."""
        price, kind = self._typed("price"), self._typed("deposit_type")
        value = self._typed("deposit_fixed" if kind == DepositType.FIXED else "deposit_percent")
        if not (isinstance(price, int) and price and kind and isinstance(value, int)):
            return []
        now = min(price, value)
        if kind == DepositType.PERCENT:
            now = int((Decimal(price) * value / 100).quantize(Decimal(1), ROUND_HALF_UP))
        amounts = {name: formats.money(amount, self.business.currency, get_language())
                   for name, amount in (("price", price), ("now", now), ("later", price - now))}  # fmt: skip
        return [gettext("Of %(price)s clients pay %(now)s at booking, %(later)s later.") % amounts]

    def _typed(self, name: str) -> Any:
        if name not in self.fields:
            return None
        return self.cleaned_data.get(name) if self.is_bound and self.is_valid() else self[name].initial

    def _add_person(self, person: Provider, service: Service | None) -> None:
        link = next((x for x in service.links.all() if x.provider_id == person.pk), None) if service else None
        gives = service is None or link is not None
        own_price, own_minutes = (link.price, link.duration_minutes) if link else (None, None)
        self.fields[f"gives-{person.pk}"] = forms.BooleanField(label=person.name, required=False, initial=gives)
        self.fields[f"price-{person.pk}"] = MoneyField(
            currency=self.business.currency, label=_("Own price"), required=False, initial=own_price
        )
        self.fields[f"minutes-{person.pk}"] = MinutesField(
            label=_("Own duration"), required=False, initial=own_minutes, placeholder=str(_("as above"))
        )

    def clean_slug(self) -> str:
        """Typed capitals are no mistake."""
        return str(self.cleaned_data["slug"]).lower()

    def rows(self) -> list[Row]:
        """A line for each provider."""
        return [Row(p, self[f"gives-{p.pk}"], self[f"price-{p.pk}"], self[f"minutes-{p.pk}"]) for p in self.people]

    def values(self) -> ServiceFields:
        """What the service takes, as far as it was typed right."""
        data = self.cleaned_data
        found: dict[str, Any] = {name: data[name] for name in PLAIN if name in data}
        for name in ("price", "buffer_before_minutes", "buffer_after_minutes", "min_notice_minutes"):
            if name in found:
                found[name] = found[name] or 0
        if not found.get("slug"):  # left alone
            found.pop("slug", None)
        category = data.get("category")
        found["category_id"] = UUID(category) if category else None
        found["timezone"] = data.get("timezone") or None
        found |= self._payment()
        return cast(ServiceFields, found)

    def links(self) -> list[Link]:
        """Who gives it."""
        data = self.cleaned_data
        return [
            Link(p.pk, price=data.get(f"price-{p.pk}"), duration_minutes=data.get(f"minutes-{p.pk}"))
            for p in self.people
            if data.get(f"gives-{p.pk}")
        ]

    def kept_links(self, service: Service | None) -> list[Link]:
        """Who gives it now; a new service is given by everybody."""
        if service is None:
            return [Link(p.pk) for p in self.people]
        return [Link(x.provider_id, x.price, x.duration_minutes) for x in service.links.all()]

    def names(self) -> dict[str, str]:
        """The service's names of what this form calls otherwise."""
        fixed = self.cleaned_data.get("deposit_type") == DepositType.FIXED
        found = {"category_id": "category", "deposit_value": "deposit_fixed" if fixed else "deposit_percent"}
        for place, link in enumerate(self.links()):
            found[f"providers.{place}.price"] = f"price-{link.id}"
            found[f"providers.{place}.duration_minutes"] = f"minutes-{link.id}"
        return found


class CategoryForm(forms.Form):
    """The name of a heading."""

    name = forms.CharField(label=_("Name"), max_length=80)
