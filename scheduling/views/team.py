"""The team: who gives services, shown with the members who may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from scheduling.errors import InUse
from scheduling.forms.team import ProviderForm
from scheduling.selectors import offer as offers
from scheduling.selectors.setup import upcoming_count, upcoming_counts
from scheduling.services import arranging, team
from scheduling.views.setup_doors import back, note, saved
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import members, open_invitations

if TYPE_CHECKING:
    from scheduling.models import Provider


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
    form = ProviderForm(request.POST if request.method == "POST" else None, business=business, provider=provider)
    if request.method == "POST" and form.is_valid():
        try:
            if provider is None:
                made = team.make_provider(business=business, services=form.links(), **form.values())
            else:
                made = team.change_provider(provider, business=business, services=form.links(), **form.values())
        except DaybookError as error:
            refuse(form, error)
        else:
            note(request, "changed" if provider else "made", f"provider {made.pk}")
            return saved(request, _("Saved: %(name)s.") % {"name": made.name}, "team")
    kept = offers.access_provider(provider.pk) if provider else None  # what was typed must not look as if it were kept
    context = {
        "form": form,
        "provider": kept,
        "upcoming": upcoming_count(kept.pk, now=clock.now()) if kept else 0,
    }
    return render(request, "scheduling/team/edit.html", context, status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def switch_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """On or off. Off takes no new bookings; what is booked stays, for staff to reassign. The other way is the undo."""
    provider = offers.access_provider(provider_id)
    active = request.POST.get("active", request.GET.get("active")) == "1"
    team.change_provider(provider, business=business_of(request), active=active)
    note(request, "switched on" if active else "switched off", f"provider {provider.pk}")
    undo = f"{reverse('switch_provider', args=[provider.pk])}?active={0 if active else 1}"
    return saved(request, _switched(provider), "team", undo=undo)


def _switched(provider: Provider) -> str:
    if provider.active:
        return _("%(name)s can be booked.") % {"name": provider.name}
    count = upcoming_count(provider.pk, now=clock.now())
    words = {"name": provider.name, "n": count}
    if not count:
        return _("%(name)s takes no new bookings.") % words
    return ngettext(
        "%(name)s takes no new bookings. %(n)d appointment stays until you reassign it.",
        "%(name)s takes no new bookings. %(n)d appointments stay until you reassign them.",
        count,
    ) % words  # fmt: skip


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def move_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """One place up or down; clients see the team in this order."""
    arranging.move_provider(offers.access_provider(provider_id), by=1 if request.POST.get("to") == "down" else -1)
    return back(request, "team")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def delete_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Ask, then delete; whoever was ever booked can only be switched off (409)."""
    provider = offers.access_provider(provider_id)
    if request.method != "POST":
        return render(request, "scheduling/team/delete.html", {"provider": provider})
    name = provider.name
    try:
        team.delete_provider(provider)
    except InUse as error:
        context = {"provider": offers.access_provider(provider_id), "problem": error.message}
        return render(request, "scheduling/team/delete.html", context, status=error.status)
    note(request, "deleted", f"provider {provider_id}")
    return saved(request, _("Deleted: %(name)s.") % {"name": name}, "team")
