"""The audit log as members read it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from daybook.core.audit import entries
from tenants.doors import business_of, member_required
from tenants.enums import Right

PER_PAGE, LONGEST, MOST_SHOWN = 50, 60, 12
KINDS = {
    "business": gettext_noop("Business"),
    "service": gettext_noop("Services"),
    "category": gettext_noop("Categories"),
    "provider": gettext_noop("Team"),
    "member": gettext_noop("Members"),
    "invitation": gettext_noop("Invitations"),
    "hours": gettext_noop("Hours"),
    "override": gettext_noop("Special days"),
    "policy": gettext_noop("Cancellation policy"),
    "client": gettext_noop("Clients"),
    "waitlist": gettext_noop("Waiting list"),
    "domain": gettext_noop("Domains"),
    "key": gettext_noop("API keys"),
    "export": gettext_noop("Exports"),
    "payments": gettext_noop("Account at Stripe"),
    "payment": gettext_noop("Payments"),
    "concern": gettext_noop("Payments to look at"),
    "coupon": gettext_noop("Coupons"),
    "package": gettext_noop("Packages"),
    "gift": gettext_noop("Gift certificates"),
    "tax": gettext_noop("Taxes"),
    "fee": gettext_noop("No-show fees"),
    "calendar": gettext_noop("Google Calendar"),
    "calendar_feed": gettext_noop("Calendar feeds"),
    "calendar_subscription": gettext_noop("Outside calendars"),
}
VERBS = {
    "added": gettext_noop("added"),
    "changed": gettext_noop("changed"),
    "removed": gettext_noop("removed"),
    "deleted": gettext_noop("deleted"),
    "verified": gettext_noop("verified"),
    "chosen": gettext_noop("chosen for links"),
    "revoked": gettext_noop("revoked"),
    "renamed": gettext_noop("renamed"),
    "closed": gettext_noop("closed"),
    "reopened": gettext_noop("reopened"),
    "requested": gettext_noop("requested"),
    "merged": gettext_noop("merged"),
    "erased": gettext_noop("erased"),
    "exported": gettext_noop("exported"),
    "imported": gettext_noop("imported"),
    "invited": gettext_noop("invited"),
    "switched_off": gettext_noop("switched off"),
    "signed_out": gettext_noop("signed out everywhere else"),
    "switched_on": gettext_noop("switched on"),
    "connected": gettext_noop("connected"),
    "disconnected": gettext_noop("disconnected"),
    "made": gettext_noop("made"),
    "sold": gettext_noop("sold"),
    "waived": gettext_noop("waived"),
    "refunded": gettext_noop("refunded"),
    "answered": gettext_noop("answered"),
    "renewed": gettext_noop("renewed"),
    "paused": gettext_noop("paused"),
    "resumed": gettext_noop("resumed"),
}


@member_required(Right.CHANGE_SETTINGS)
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who changed what, the latest first. `?kind=` and `?who=` narrow it."""
    business = business_of(request)
    kind, who = request.GET.get("kind", ""), request.GET.get("who", "")[:LONGEST].replace("\0", "")
    found = entries(business.pk)
    if kind in KINDS:
        found = found.filter(action__startswith=f"{kind}.")
    if who:
        found = found.filter(actor_name__icontains=who)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"entry": entry, "what": what(entry.action), "changes": _changes(entry)} for entry in page],
        "kinds": [(key, _(name)) for key, name in KINDS.items()],
        "kind": kind,
        "who": who,
        "query": f"{urlencode({'kind': kind, 'who': who})}&",
        "zone": business.timezone,
    }
    return render(request, "tenants/settings/audit.html", context)


def what(action: str) -> str:
    """`service.changed` in words; a code that has none is shown as it is."""
    kind, _dot, verb = action.partition(".")
    kind = {"gifts": "gift", "taxes": "tax"}.get(kind, kind)
    if kind not in KINDS or verb not in VERBS:
        return action.replace(".", " ").replace("_", " ")
    return f"{_(KINDS[kind])}: {_(VERBS[verb])}"


def _changes(entry: Any) -> list[tuple[str, str, str]]:
    """Field, before, after: what differs, in short."""
    names = [*entry.before, *(name for name in entry.after if name not in entry.before)][:MOST_SHOWN]
    return [(name.replace("_", " "), _short(entry.before.get(name)), _short(entry.after.get(name))) for name in names]


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return "\N{EN DASH}"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
