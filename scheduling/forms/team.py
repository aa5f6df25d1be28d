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
from tenants.enums import CalendarScope, Right, Role, rights

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
    photo = forms.FileField(
        label=gettext_lazy("Photo"), required=False, widget=forms.FileInput({"accept": "image/*"}),
        help_text=gettext_lazy("Clients see it where they choose. PNG, JPEG or WebP, at most 8 MB."),
    )  # fmt: skip
    remove_photo = forms.BooleanField(label=gettext_lazy("Remove the photo"), required=False)
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


EXPORT_CHOICES = (
    ("", gettext_lazy("As the role has it")),
    ("1", gettext_lazy("Yes")),
    ("0", gettext_lazy("No")),
)


class RoleForm(forms.Form):
    """A member's role, who of the providers the member is, and what differs from the role."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)
    provider = forms.ChoiceField(
        label=gettext_lazy("Is this provider"), required=False,
        help_text=gettext_lazy("Whose appointments and hours are their own."),
    )  # fmt: skip

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = rights(by.role, by.calendar, by.may_export)
        roles = [role for role in Role if rights(role) <= own or role == self.initial.get("role")]
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
        """Who only sees their own needs to be somebody who has something."""
        data = super().clean() or {}
        own_only = data.get("role") == Role.PROVIDER and data.get("calendar") != CalendarScope.ALL
        own_only |= data.get("calendar") == CalendarScope.OWN and data.get("role") != Role.OWNER
        if own_only and not data.get("provider") and "provider" not in self.errors:
            self.add_error("provider", _("Choose who this is: they see and change only their own."))
        return data

    def rights(self) -> frozenset[Right]:
        """What the member may do with what was typed so far."""
        data = getattr(self, "cleaned_data", None) or self.initial
        role = data.get("role") or self.initial.get("role") or Role.FRONT_DESK
        return rights(role, data.get("calendar") or "", _export(data.get("may_export")))


def _export(chosen: Any) -> bool | None:
    return {"1": True, "0": False}.get(chosen)


class MemberForm(RoleForm):
    """A member's permissions: the role, with exceptions."""

    calendar = forms.ChoiceField(
        label=gettext_lazy("Calendar and appointments"), choices=CalendarScope.choices, required=False
    )
    may_export = forms.ChoiceField(label=gettext_lazy("May export lists"), choices=EXPORT_CHOICES, required=False)

    def exceptions(self) -> dict[str, Any]:
        """What the service takes beside role and provider; an owner has none."""
        data = self.cleaned_data
        if data["role"] == Role.OWNER:
            return {"calendar": CalendarScope.ROLE, "may_export": None}
        return {"calendar": data["calendar"], "may_export": _export(data["may_export"])}


class InvitationForm(RoleForm):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ("email", "role", "provider")


ALL, OWN, YES, NO = gettext_lazy("All"), gettext_lazy("Own only"), gettext_lazy("Yes"), gettext_lazy("No")
_STEPS: tuple[tuple[Any, tuple[tuple[Right, Any], ...]], ...] = (
    (gettext_lazy("See appointments and the calendar"),
     ((Right.SEE_ALL_APPOINTMENTS, ALL), (Right.SEE_OWN_APPOINTMENTS, OWN))),
    (gettext_lazy("Make, move and cancel appointments"),
     ((Right.CHANGE_ALL_APPOINTMENTS, ALL), (Right.CHANGE_OWN_APPOINTMENTS, OWN))),
    (gettext_lazy("See clients"), ((Right.SEE_CLIENTS, YES),)),
    (gettext_lazy("Change clients"), ((Right.CHANGE_CLIENTS, YES),)),
    (gettext_lazy("Merge, import and erase clients"), ((Right.ERASE_CLIENTS, YES),)),
    (gettext_lazy("Export lists"), ((Right.EXPORT, YES),)),
    (gettext_lazy("Change hours and time off"), ((Right.CHANGE_SETUP, ALL), (Right.CHANGE_OWN_HOURS, OWN))),
    (gettext_lazy("Change services and the team"), ((Right.CHANGE_SETUP, YES),)),
    (gettext_lazy("Change the business’s settings"), ((Right.CHANGE_SETTINGS, YES),)),
    (gettext_lazy("Invite and change members"), ((Right.CHANGE_MEMBERS, YES),)),
    (gettext_lazy("Make API keys"), ((Right.CHANGE_KEYS, YES),)),
)  # fmt: skip


def rights_table(given: frozenset[Right]) -> list[dict[str, Any]]:
    """What a member may do, line by line: the thing, how far, and whether at all."""
    found = []
    for text, steps in _STEPS:
        far = next((words for right, words in steps if right in given), NO)
        found.append({"text": text, "far": far, "may": far is not NO})
    return found
