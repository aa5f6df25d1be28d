"""Days that differ from the weekly hours: closed, partly closed, or open at other hours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock
from daybook.core.errors import Invalid, NotFound
from daybook.core.inputs import refuse
from scheduling.enums import OverrideKind
from scheduling.forms.hours import EVERYBODY, OverrideForm
from scheduling.selectors import offer as offers
from scheduling.selectors.explain import clock as clock_text
from scheduling.selectors.hours import access_override, overrides
from scheduling.selectors.setup import booked_between
from scheduling.selectors.times import at_wall_clock
from scheduling.services import hours
from scheduling.views.setup_doors import keep_to_own_hours, recorded, saved
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import DateOverride
    from tenants.models import Business

DAY = 1440
NAMES = {"end_date": "end_date", "day": "date"}


@member_required(Right.CHANGE_OWN_HOURS, methods=FORM)
def special_days(request: HttpRequest) -> HttpResponse:
    """The special days ahead, and a form for another one. A provider's own, with the business's to read."""
    if request.method != "POST":
        return _page(request, _form(request))
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, status=422)
    provider_id = form.provider_id()
    keep_to_own_hours(member_of(request), provider_id)
    try:
        with recorded(request, "special_day.made") as trail:
            trail.thing = made = hours.make_override(
                provider=offers.access_provider(provider_id) if provider_id else None, **form.values()
            )
    except Invalid as error:
        refuse(form, error, NAMES)
        return _page(request, form, status=422)
    return saved(
        request, _made(business_of(request), made), "special_days", undo=reverse("delete_special_day", args=[made.pk])
    )


def _form(request: HttpRequest) -> OverrideForm:
    member = member_of(request)
    every = member.may(Right.CHANGE_SETUP)
    people = [(str(p.pk), p.name) for p in offers.providers(active=True) if every or p.pk == member.provider_id]
    choices = [(EVERYBODY, _("The whole business")), *people] if every else people
    initial = {"provider": request.GET.get("provider", EVERYBODY), "date": request.GET.get("date", "")}
    return OverrideForm(request.POST if request.method == "POST" else None, people=choices, initial=initial)


def _page(request: HttpRequest, form: OverrideForm, *, status: int = 200) -> HttpResponse:
    member, business = member_of(request), business_of(request)
    every = member.may(Right.CHANGE_SETUP)
    if not every and member.provider_id is None:
        raise NotFound()
    today = clock.now().astimezone(ZoneInfo(business.timezone)).date()
    found = overrides(first=today, provider_id=None if every else member.provider_id)
    rows = [
        {"override": row, "hours": _hours(row), "may_change": every or row.provider_id is not None}
        for row in found[:200]
    ]
    context = {"form": form, "rows": rows, "every": every, "own": member.provider_id}
    return render(request, "scheduling/availability/special_days.html", context, status=status)


def _hours(row: DateOverride) -> str:
    if row.start_minute is None or row.end_minute is None:
        return ""
    return f"{clock_text(row.start_minute)} – {clock_text(row.end_minute)}"


def _made(business: Business, made: DateOverride) -> str:
    """Done, and how many appointments lie in what was closed: they stay."""
    if made.kind == OverrideKind.EXCEPTION:
        return _("Special hours saved.")
    zone = (made.provider.timezone if made.provider else None) or business.timezone
    start, end = made.start_minute or 0, DAY if made.end_minute is None else made.end_minute
    first = at_wall_clock(zone, made.date, start)
    last = at_wall_clock(zone, made.end_date or made.date, end + (DAY if end < start else 0))
    count = booked_between(first, last, provider_id=made.provider_id, now=clock.now())
    if not count:
        return _("Closed. Nothing is booked then.")
    return ngettext(
        "Closed. %(n)d appointment is booked then and stays: move or cancel it.",
        "Closed. %(n)d appointments are booked then and stay: move or cancel them.",
        count,
    ) % {"n": count}  # fmt: skip


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def delete_special_day(request: HttpRequest, override_id: UUID) -> HttpResponse:
    """Take a special day back. Undo makes it again."""
    found = access_override(override_id)
    keep_to_own_hours(member_of(request), found.provider_id)
    token = signing.dumps(_kept(found), salt=_salt(business_of(request)), compress=True)
    with recorded(request, "special_day.deleted", found) as trail:
        hours.delete_override(found)
        trail.gone = True
    undo = f"{reverse('restore_special_day')}?kept={token}"
    return saved(request, _("Special day deleted."), "special_days", undo=undo)


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def restore_special_day(request: HttpRequest) -> HttpResponse:
    """Make a deleted special day again, as it was."""
    try:
        kept = signing.loads(request.GET.get("kept", ""), salt=_salt(business_of(request)), max_age=86_400)
    except signing.BadSignature as error:
        raise NotFound() from error
    provider_id = UUID(kept.pop("provider")) if kept["provider"] else kept.pop("provider")
    keep_to_own_hours(member_of(request), provider_id)
    day, end_date = (date.fromisoformat(text) if text else None for text in (kept.pop("day"), kept.pop("end_date")))
    assert day is not None
    provider = offers.access_provider(provider_id) if provider_id else None
    with recorded(request, "special_day.made") as trail:
        trail.thing = hours.make_override(provider=provider, day=day, end_date=end_date, **kept)
    return saved(request, _("It is back."), "special_days")


def _salt(business: Business) -> str:
    return f"special-day:{business.pk}"


def _kept(found: DateOverride) -> dict[str, Any]:
    return {
        "provider": str(found.provider_id) if found.provider_id else None,
        "kind": found.kind,
        "day": found.date.isoformat(),
        "end_date": found.end_date.isoformat() if found.end_date else None,
        "start_minute": found.start_minute,
        "end_minute": found.end_minute,
        "note": found.note,
    }
