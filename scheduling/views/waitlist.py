"""The waiting list as staff see it: who waits for what, what was offered, how the list works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import audit, clock, formats
from daybook.core.audit import Line
from scheduling.emails import wishes
from scheduling.forms.waitlist import LENGTHS, ListForm, ListSettingsForm
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.selectors import desk
from scheduling.selectors import waitlist as reading
from scheduling.selectors.offer import service_names
from scheduling.selectors.waitlist import WaitFilters
from scheduling.services import waitlist
from scheduling.views.setup_doors import back, is_fragment, saved
from tenants.auth import actor
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right, WaitlistOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduling.models import WaitlistEntry, WaitlistOffer
    from tenants.models import Business

PAGE = 25
TABS = ("", WaitState.BOOKED, WaitState.LEFT, WaitState.ENDED)
"""Lists by what became of people; the first are those who still hope."""
SETTINGS = ("waitlist_open", "waitlist_offer_minutes", "waitlist_order")


@member_required(Right.SEE_ALL_APPOINTMENTS)
def entries(request: HttpRequest) -> HttpResponse:
    """The list, narrowed and searched by what stands in the address."""
    business, member, now = business_of(request), member_of(request), clock.now()
    form = ListForm(
        request.GET, services=service_names(), people=[(person.pk, person.name) for person in desk.people(member)]
    )
    form.is_valid()
    data, tab = form.cleaned_data, request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    found = reading.entries(business, WaitFilters(data.get("service"), data.get("provider"), tab, data.get("q", "")))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    sorted_by_hand = business.waitlist_order == WaitlistOrder.PRIORITY and not tab and not form.narrowed
    context = {
        "tabs": _tabs(request.GET, tab),
        "tab": tab,
        "form": form,
        "page": page,
        "query": _query(request.GET, tab, also="&"),
        "rows": rows(page, business, first=page.start_index() if sorted_by_hand else 0, last=page.paginator.count),
        "zone": business.timezone,
        "may_change": member.may(Right.CHANGE_ALL_APPOINTMENTS),
        "settings": settings_form(business) if member.may(Right.CHANGE_SETTINGS) else None,
        "now": now,
    }
    name = "_list" if is_fragment(request) else "list"
    return render(request, f"scheduling/waitlist/{name}.html", context)


@member_required(Right.CHANGE_SETTINGS, methods=("POST",))
def list_settings(request: HttpRequest) -> HttpResponse:
    """Open or closed, how long offers last, who comes first. Kept with a line of the audit log."""
    business = business_of(request)
    form = settings_form(business, request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose one of the values that are offered."))
        return back(request, "waitlist")
    before = {name: getattr(business, name) for name in SETTINGS}
    with transaction.atomic():
        waitlist.change_list(business=business, **form.cleaned_data)
        line = Line("waitlist.changed", "business", business.pk, business.name, before, form.cleaned_data)
        audit.record(line, tenant_id=business.pk, by=actor(request), request=request)
    return saved(request, _("Saved."), "waitlist")


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=("POST",))
def move(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One place up or down in the business's own order."""
    waitlist.shift(entry=reading.access_entry(entry_id), by=1 if request.POST.get("to") == "down" else -1)
    return back(request, "waitlist")


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=("POST",))
def remove(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Off the list. The undo puts them back in their old place."""
    entry = waitlist.leave(
        business=business_of(request), entry=reading.access_entry(entry_id), now=clock.now(), by=actor(request)
    )
    undo = reverse("waitlist_restore", args=[entry.pk])
    return saved(request, _("%(name)s is off the list.") % {"name": entry.name}, "waitlist", undo=undo)


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=("POST",))
def restore(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """On the list again."""
    entry = waitlist.put_back(business=business_of(request), entry=reading.access_entry(entry_id), now=clock.now())
    return saved(request, _("%(name)s is on the list again.") % {"name": entry.name}, "waitlist")


def settings_form(business: Business, data: Any = None) -> ListSettingsForm:
    """How the list works, as a form."""
    own = business.waitlist_offer_minutes
    lengths = [(minutes, formats.duration(minutes)) for minutes in sorted({*LENGTHS, own})]
    return ListSettingsForm(data, initial={name: getattr(business, name) for name in SETTINGS}, lengths=lengths)


def rows(found: Iterable[WaitlistEntry], business: Business, *, first: int = 0, last: int = 0) -> list[dict[str, Any]]:
    """Entries as the list shows them. With `first` (the place of the first) they can be moved."""
    return [
        {
            "entry": entry,
            "wish": wishes.words(entry, get_language()),
            "offers": [offer_words(row, business) for row in entry.offers.all()],
            "open": next((row for row in entry.offers.all() if row.state == OfferState.OPEN), None),
            "hopes": entry.state in reading.ACTIVE,
            "sortable": bool(first),
            "is_first": first + number == 1,
            "is_last": first + number == last,
        }
        for number, entry in enumerate(found)
    ]


def offer_words(row: WaitlistOffer, business: Business) -> dict[str, Any]:
    """One offer in words: which time, until when, what became of it."""
    held, zone, language = row.appointment, business.timezone, get_language()
    return {
        "row": row,
        "when": formats.when(held.starts_at, held.ends_at, zone, language),
        "who": held.provider_name,
        "state": row.get_state_display(),
    }


def _tabs(address: QueryDict, current: str) -> list[dict[str, Any]]:
    counts = reading.counts()
    names = {
        "": _("Waiting"),
        WaitState.BOOKED: _("Booked"),
        WaitState.LEFT: _("Left"),
        WaitState.ENDED: _("Dates passed"),
    }
    hoping = sum(counts.get(state, 0) for state in reading.ACTIVE)
    return [
        {
            "label": names[tab],
            "query": _query(address, tab),
            "current": tab == current,
            "count": counts.get(tab, 0) if tab else hoping,
        }
        for tab in TABS
    ]


def _query(address: QueryDict, tab: str, *, also: str = "") -> str:
    """The filters of the address for another tab or page."""
    kept = address.copy()
    for name in ("page", "tab", *(name for name in address if not address[name])):
        kept.pop(name, None)
    if tab:
        kept["tab"] = tab
    text = kept.urlencode()
    return text + also if text else ""
