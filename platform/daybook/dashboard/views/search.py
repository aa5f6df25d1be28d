"""Search over everything of a business that the member may see: clients, appointments, services, people, pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.dashboard.nav import ENTRIES
from scheduling.selectors.appointments import Filters, appointments
from scheduling.selectors.clients import clients
from scheduling.selectors.desk import people
from scheduling.selectors.offer import services
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from tenants.models import Business, Membership

FEWEST, LONGEST, MOST = 2, 100, 6


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: where it is, its icon, its name, and what tells it from others."""

    url: str
    icon: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind."""

    title: str
    hits: list[Hit]


@member_required(Right.SEE_OWN_APPOINTMENTS)
def search(request: HttpRequest) -> HttpResponse:
    """`?q=`: a page of its own, and the part of it under the field that opens with "/"."""
    query = " ".join(request.GET.get("q", "")[:LONGEST].replace("\0", "").split())
    groups = [group for group in _groups(request, query) if group.hits] if len(query) >= FEWEST else []
    context = {"query": query, "groups": groups, "count": sum(len(group.hits) for group in groups), "fewest": FEWEST}
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    return render(request, "dashboard/_found.html" if part else "dashboard/search.html", context)


def _groups(request: HttpRequest, query: str) -> Iterator[Group]:
    business, member = business_of(request), member_of(request)
    if member.may(Right.SEE_CLIENTS):
        yield Group(_("Clients"), _clients(query))
    yield Group(_("Appointments"), _appointments(business, member, query))
    if member.may(Right.CHANGE_SETUP):
        yield Group(_("Services"), _services(query))
        yield Group(_("Team"), _people(member, query))
    yield Group(_("Pages"), _pages(member, query))


def _clients(query: str) -> list[Hit]:
    return [
        Hit(reverse("client", args=[row.pk]), "user", row.name, row.email or row.phone)
        for row in clients(search=query)[:MOST]
    ]


def _appointments(business: Business, member: Membership, query: str) -> list[Hit]:
    rows = appointments(business, member, Filters(search=query), latest_first=True)[:MOST]
    zone, language = business.timezone, get_language()
    return [
        Hit(
            reverse("appointment", args=[row.pk]),
            "calendar",
            row.client_name or _("Held"),
            f"{formats.when(row.starts_at, row.ends_at, zone, language)} · {row.service_name} · {row.reference}",
        )
        for row in rows
    ]


def _services(query: str) -> list[Hit]:
    rows = [row for row in services() if query.casefold() in row.name.casefold()]
    return [Hit(reverse("edit_service", args=[row.pk]), "sparkles", row.name) for row in rows[:MOST]]


def _people(member: Membership, query: str) -> list[Hit]:
    rows = [row for row in people(member) if query.casefold() in row.name.casefold()]
    return [Hit(reverse("edit_provider", args=[row.pk]), "contact", row.name, row.title) for row in rows[:MOST]]


def _pages(member: Membership, query: str) -> list[Hit]:
    """Pages of the navigation by their names, in the member's language."""
    named = [(entry, _(entry.label)) for entry in ENTRIES if member.may(entry.right)]
    return [Hit(reverse(entry.url), entry.icon, name) for entry, name in named if query.casefold() in name.casefold()]
