"""The dashboard's navigation, from the member's rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from billing.selectors.accounts import ready_account
from daybook.core import clock
from scheduling.selectors.waitlist import nav_counts
from tenants.doors import business_of
from tenants.enums import Right

if TYPE_CHECKING:
    from tenants.models import Membership


@dataclass(frozen=True, slots=True)
class Entry:
    """One link: the name of its address, icon, words (short ones for the phone's bar), and the right it takes."""

    url: str
    icon: str
    label: str
    right: Right
    section: str = ""
    short: str = ""


MONEY, SETUP = _("Money"), _("Setup")
ENTRIES = (
    Entry("dashboard", "house", _("Home"), Right.SEE_OWN_APPOINTMENTS),
    Entry("calendar", "calendar-days", _("Calendar"), Right.SEE_OWN_APPOINTMENTS),
    Entry("appointments", "list-checks", _("Appointments"), Right.SEE_OWN_APPOINTMENTS, short=_("Bookings")),
    Entry("clients", "users", _("Clients"), Right.SEE_CLIENTS),
    Entry("waitlist", "hourglass", _("Waiting list"), Right.SEE_ALL_APPOINTMENTS),
    Entry("payments_transactions", "credit-card", _("Payments"), Right.SEE_PAYMENTS, MONEY),
    Entry("prices", "tag", _("Prices"), Right.SEE_CLIENTS, MONEY),
    Entry("setup_services", "sparkles", _("Services"), Right.CHANGE_SETUP, SETUP),
    Entry("team", "contact", _("Team"), Right.CHANGE_SETUP, SETUP),
    Entry("availability", "clock", _("Availability"), Right.CHANGE_OWN_HOURS, SETUP, short=_("Hours")),
    Entry("settings_look", "palette", _("Booking page"), Right.CHANGE_SETTINGS, SETUP),
    Entry("settings", "settings", _("Settings"), Right.CHANGE_SETTINGS, SETUP),
)


def nav(request: HttpRequest) -> dict[str, Any]:
    """Context of the dashboard's pages; nothing is read before a page shows it."""
    member: Membership | None = getattr(request, "member", None)
    if member is None:
        return {}
    return {
        "nav": SimpleLazyObject(lambda: list(_links(request, member))),
        "account_url": f"{settings.PLATFORM_URL}/accounts/2fa/",
        "businesses_url": f"{settings.PLATFORM_URL}/businesses/",
        "logout_url": reverse("leave"),
        "may_book": member.may(Right.CHANGE_OWN_APPOINTMENTS),
        "payments_ready": SimpleLazyObject(lambda: ready_account(business_of(request)) is not None),
        "payments_lost": member.may(Right.SEE_PAYMENTS) and business_of(request).payments_lost,
    }


def _links(request: HttpRequest, member: Membership) -> Iterator[dict[str, Any]]:
    counts = dict(zip(("appointments", "waitlist"), nav_counts(member, now=clock.now()), strict=True))
    found = [(entry, reverse(entry.url)) for entry in ENTRIES if member.may(entry.right)]
    here = max((url for _, url in found if request.path.startswith(url)), key=len, default="")
    for entry, url in found:
        yield {
            "icon": entry.icon,
            "label": gettext(entry.label),
            "short": gettext(entry.short) if entry.short else "",
            "url": url,
            "current": url == here,
            "count": counts.get(entry.url, 0),
            "section": gettext(entry.section) if entry.section else "",
        }
