"""What staff type about clients, and how their list is narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from scheduling.forms.choices import zone_choices
from scheduling.selectors.clients_list import ClientFilters, Which
from scheduling.services.client_records import ClientFields

if TYPE_CHECKING:
    from scheduling.models import Client
    from tenants.models import Business

MONTHS = (1, 2, 3, 6, 12, 24)
SORTS = [
    ("name", gettext_lazy("Name")),
    ("last", gettext_lazy("Last visit")),
    ("next", gettext_lazy("Next appointment")),
    ("visits", gettext_lazy("Most visits")),
    ("missed", gettext_lazy("Most no-shows")),
    ("new", gettext_lazy("Newest")),
]


class ClientFilterForm(forms.Form):
    """Fields of the address; what is not valid is left out."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)
    tag = forms.ChoiceField(label=gettext_lazy("Tag"), required=False)
    months = forms.TypedChoiceField(
        label=gettext_lazy("Not seen for"), required=False, coerce=int, empty_value="6",
        choices=[(n, ngettext_lazy("%d month", "%d months", n) % n) for n in MONTHS],
    )  # fmt: skip
    sort = forms.ChoiceField(label=gettext_lazy("Sort by"), required=False, choices=SORTS)

    def __init__(self, data: Any, *, tags: Iterable[str]) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["tag"]).choices = [("", _("All")), *((tag, tag) for tag in tags)]
        self.is_valid()
        if not self["months"].data:
            self.data = {**{name: self.data.get(name, "") for name in self.fields}, "months": "6"}

    def filters(self, which: Which) -> ClientFilters:
        """What the valid fields ask for."""
        data = self.cleaned_data
        return ClientFilters(
            search=data.get("q", ""),
            which=which,
            months=int(data.get("months", 6)),
            tag=data.get("tag", ""),
            sort=data.get("sort") or "name",
        )

    @property
    def narrowed(self) -> bool:
        """Whether search or tag narrow the list."""
        return bool(self.cleaned_data.get("q") or self.cleaned_data.get("tag"))


class ClientForm(forms.Form):
    """A client's own details."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.CharField(
        label=gettext_lazy("E-mail"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, max_length=40,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    tags = forms.CharField(
        label=gettext_lazy("Tags"), required=False, max_length=1300,
        help_text=gettext_lazy("Separated by commas, such as VIP, prefers mornings."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    reminders = forms.BooleanField(label=gettext_lazy("Send reminders by e-mail"), required=False, initial=True)
    notes = forms.CharField(
        label=gettext_lazy("Notes for the team"), required=False, max_length=5000,
        widget=forms.Textarea({"rows": 3}), help_text=gettext_lazy("Clients never see this."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, business: Business, client: Client | None = None, **more: Any) -> None:
        if client is not None:
            kept = {name: getattr(client, name) for name in ("name", "email", "phone", "timezone", "reminders")}
            more["initial"] = {**kept, "notes": client.notes, "tags": ", ".join(client.tags)}
        super().__init__(data, **more)
        zone = business.timezone.replace("_", " ")
        choices = zone_choices(_("The business's: %(zone)s") % {"zone": zone})
        cast(forms.ChoiceField, self.fields["timezone"]).choices = choices

    def values(self) -> ClientFields:
        """What the service takes."""
        data = {name: self.cleaned_data[name] for name in ("name", "email", "phone", "timezone", "reminders", "notes")}
        return cast(ClientFields, {**data, "tags": self.cleaned_data["tags"].split(",")})


class ConsentForm(forms.Form):
    """What a client agreed to, as staff write it down."""

    kind = forms.CharField(
        label=gettext_lazy("What for"), max_length=40, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=gettext_lazy("Such as photos, newsletter, treatment."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("The words they agreed to"), max_length=5000, widget=forms.Textarea({"rows": 3})
    )
    version = forms.CharField(label=gettext_lazy("Version"), max_length=40, required=False)
