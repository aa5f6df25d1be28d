"""The team: who gives services, shown with the members who may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock, media
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from scheduling.errors import InUse
from scheduling.forms.team import ProviderForm
from scheduling.selectors import offer as offers
from scheduling.selectors.setup import upcoming_count, upcoming_counts
from scheduling.services import arranging, team
from scheduling.views.setup_doors import moved, place_of, recorded, recorded_list, saved
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import members, open_invitations

if TYPE_CHECKING:
    from scheduling.models import Provider
    from tenants.models import Business


PHOTO = (480, 480)
"""Most pixels of a photo; avatars show it smaller."""


@member_required(Right.CHANGE_SETUP)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who gives services, switched off or not."""
    business, now = business_of(request), clock.now()
    found = list(offers.providers())
    counts = upcoming_counts(now=now)
    rows = [
        {
            "provider": person,
            "services": [link.service.name for link in person.links.all() if link.service.active],
            "upcoming": counts.get(person.pk, 0),
            "first": place == 0,
            "last": place == len(found) - 1,
        }
        for place, person in enumerate(found)
    ]
    context = {
        "rows": rows,
        "may_members": member_of(request).may(Right.CHANGE_MEMBERS),
        "member_count": len([m for m in members(business) if m.active]) + len(open_invitations(business)),
    }
    return render(request, "scheduling/team/list.html", context)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def new_provider(request: HttpRequest) -> HttpResponse:
    """Somebody who is not in the team yet."""
    return _edit(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def edit_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """A provider's page."""
    return _edit(request, offers.access_provider(provider_id))


def _edit(request: HttpRequest, provider: Provider | None) -> HttpResponse:
    business = business_of(request)
    form = ProviderForm(
        request.POST if request.method == "POST" else None, request.FILES or None, business=business, provider=provider
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = _save(request, form, provider)
        except DaybookError as error:
            refuse(form, error)
        else:
            return saved(request, _("Saved: %(name)s.") % {"name": made.name}, "team")
    kept = offers.access_provider(provider.pk) if provider else None  # what was typed must not look as if it were kept
    context = {
        "form": form,
        "provider": kept,
        "upcoming": upcoming_count(kept.pk, now=clock.now()) if kept else 0,
        "account": _account(business, kept) if kept else None,
        "may_members": member_of(request).may(Right.CHANGE_MEMBERS),
    }
    return render(request, "scheduling/team/edit.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, form: ProviderForm, provider: Provider | None) -> Provider:
    """Save with the photo, if one was sent; the former picture goes when its successor is kept."""
    business, former = business_of(request), provider.photo if provider else ""
    values = form.values()
    upload = form.cleaned_data["photo"]
    if upload:
        values["photo"] = media.save_picture(business.schema_name, "photo", upload, most=PHOTO, field="photo")
    elif form.cleaned_data["remove_photo"]:
        values["photo"] = ""
    try:
        with recorded(request, "provider.changed" if provider else "provider.made", provider) as trail:
            if provider is None:
                trail.thing = made = team.make_provider(business=business, services=form.links(), **values)
            else:
                made = team.change_provider(provider, business=business, services=form.links(), **values)
    except DaybookError:
        if upload:
            media.delete(business.schema_name, values["photo"])
        raise
    if former and "photo" in values:
        media.delete(business.schema_name, former)
    return made


def _account(business: Business, provider: Provider) -> dict[str, Any]:
    """Who signs in as this provider, or is invited to."""
    member = next((m for m in members(business) if m.provider_id == provider.pk), None)
    invited = next((i for i in open_invitations(business) if i.provider_id == provider.pk), None)
    return {"member": member, "invitation": invited}


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def switch_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """On or off. Off takes no new bookings and leads to what is booked, to be reassigned. The other way is the undo."""
    provider = offers.access_provider(provider_id)
    active = request.POST.get("active", request.GET.get("active")) == "1"
    with recorded(request, "provider.switched_on" if active else "provider.switched_off", provider):
        team.change_provider(provider, business=business_of(request), active=active)
    undo = f"{reverse('switch_provider', args=[provider.pk])}?active={0 if active else 1}"
    count = 0 if active else upcoming_count(provider.pk, now=clock.now())
    if count and member_of(request).may(Right.CHANGE_ALL_APPOINTMENTS):
        return saved(request, _switched(provider, count), "reassign", provider.pk, undo=undo)
    return saved(request, _switched(provider, count), "team", undo=undo)


def _switched(provider: Provider, count: int) -> str:
    words = {"name": provider.name, "n": count}
    if provider.active:
        return _("%(name)s can be booked.") % words
    if not count:
        return _("%(name)s takes no new bookings.") % words
    return ngettext(
        "%(name)s takes no new bookings. %(n)d appointment stays until you reassign it.",
        "%(name)s takes no new bookings. %(n)d appointments stay until you reassign them.",
        count,
    ) % words  # fmt: skip


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def move_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """One place up or down, or to a certain place; clients see the team in this order."""
    provider = offers.access_provider(provider_id)
    names = [person.pk for person in offers.providers()]
    with recorded_list(request, "team.ordered", _("Team"), lambda: [p.name for p in offers.providers()]):
        former = arranging.place_provider(provider, place_of(request, names.index(provider.pk)))
    text = _("Moved: %(name)s.") % {"name": provider.name}
    return moved(request, text, reverse("move_provider", args=[provider.pk]), former, "team")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def delete_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Ask, then delete; whoever was ever booked can only be switched off (409)."""
    provider = offers.access_provider(provider_id)
    if request.method != "POST":
        return render(request, "scheduling/team/delete.html", {"provider": provider})
    name, photo = provider.name, provider.photo
    try:
        with recorded(request, "provider.deleted", provider) as trail:
            team.delete_provider(provider)
            trail.gone = True
    except InUse as error:
        context = {"provider": offers.access_provider(provider_id), "problem": error.message}
        return render(request, "scheduling/team/delete.html", context, status=error.status)
    media.delete(business_of(request).schema_name, photo)
    return saved(request, _("Deleted: %(name)s.") % {"name": name}, "team")
