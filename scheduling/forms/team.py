"""What the owner types about the people: providers, invitations, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.forms.choices import hue_field, zone_choices
from scheduling.selectors.offer import providers, services
from scheduling.services.offer import Link
from scheduling.services.team import ProviderFields
from tenants.enums import Role

if TYPE_CHECKING:
    from scheduling.models import Provider
    from tenants.models import Business, Membership

PLAIN = ("name", "title", "bio", "email", "phone", "hue")
ROLE_WORDS = {
    Role.OWNER: gettext_lazy("everything, API keys included"),
    Role.MANAGER: gettext_lazy("everything but API keys and owners"),
    Role.FRONT_DESK: gettext_lazy("all appointments and clients, no set-up"),
    Role.PROVIDER: gettext_lazy("their own appointments and hours"),
}


class ProviderForm(forms.Form):
    """A person who gives services. Own prices and durations are kept; they are typed on the service's page."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Such as Massage therapist."),
    )
    bio = forms.CharField(
        label=gettext_lazy("About"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"), required=False, max_length=254, widget=forms.EmailInput({"autocomplete": "off"}),
        help_text=gettext_lazy("Gets notices about their appointments. Clients do not see it."),
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, max_length=30, widget=forms.TextInput({"inputmode": "tel"})
    )
    hue = hue_field(str(gettext_lazy("Colour in your calendar")))
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    services = forms.MultipleChoiceField(
        label=gettext_lazy("Services"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, business: Business, provider: Provider | None = None, **kwargs: Any) -> None:
        self.kept = {link.service_id: link for link in provider.links.all()} if provider else {}
        if provider is not None:
            present = {name: getattr(provider, name) for name in PLAIN}
            chosen = [str(pk) for pk in self.kept]
            kwargs["initial"] = {**present, "timezone": provider.timezone or "", "services": chosen}
        super().__init__(*args, **kwargs)
        zone = business.timezone.replace("_", " ")
        inherited = _("The service's, else the business's: %(zone)s") % {"zone": zone}
        cast(forms.ChoiceField, self.fields["timezone"]).choices = zone_choices(inherited)
        offered = services()
        cast(forms.MultipleChoiceField, self.fields["services"]).choices = [(str(s.pk), s.name) for s in offered]
        if provider is None:
            self.fields["services"].initial = [str(s.pk) for s in offered]

    def values(self) -> ProviderFields:
        """What the service takes."""
        data = self.cleaned_data
        found = {**{name: data[name] for name in PLAIN}, "timezone": data["timezone"] or None}
        return cast(ProviderFields, found)

    def links(self) -> list[Link]:
        """Their services, each at the price and duration it had."""
        found = []
        for key in map(UUID, self.cleaned_data["services"]):
            link = self.kept.get(key)
            found.append(Link(key, link.price, link.duration_minutes) if link else Link(key))
        return found


class RoleForm(forms.Form):
    """A member's role, and who of the providers the member is."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)
    provider = forms.ChoiceField(
        label=gettext_lazy("Is this provider"), required=False,
        help_text=gettext_lazy("Whose appointments and hours are their own."),
    )  # fmt: skip

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [role for role in Role if role != Role.OWNER or by.role == Role.OWNER]
        cast(forms.ChoiceField, self.fields["role"]).choices = [
            (role.value, _("%(role)s: %(rights)s") % {"role": role.label, "rights": ROLE_WORDS[role]}) for role in roles
        ]
        people = [("", _("Nobody")), *((str(p.pk), p.name) for p in providers())]
        cast(forms.ChoiceField, self.fields["provider"]).choices = people

    def provider_id(self) -> UUID | None:
        """The chosen provider."""
        chosen = self.cleaned_data["provider"]
        return UUID(chosen) if chosen else None

    def clean(self) -> dict[str, Any]:
        """Who only gives services needs to be somebody who does."""
        data = super().clean() or {}
        if data.get("role") == Role.PROVIDER and not data.get("provider") and "provider" not in self.errors:
            self.add_error("provider", _("Choose who this is: a provider sees and changes only their own."))
        return data


class InvitationForm(RoleForm):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ("email", "role", "provider")
