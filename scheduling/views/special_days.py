"""Days that differ from the weekly hours: closed, partly closed, or open at other hours."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
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
from scheduling.forms.hours import EVERYBODY, FIRST, LAST, OverrideForm
from scheduling.selectors import offer as offers
from scheduling.selectors.hours import access_override, overrides
from scheduling.selectors.setup import booked_between, booked_times
from scheduling.selectors.times import at_wall_clock
from scheduling.services import hours
from scheduling.views import special_month
from scheduling.views.setup_doors import keep_to_own_hours, recorded, saved
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import DateOverride, Provider
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
    scope = str(made.provider_id or EVERYBODY)
    undo = reverse("delete_special_day", args=[made.pk])
    return saved(request, _made(business_of(request), made), special_month.address(scope, made.date), undo=undo)


def _people(request: HttpRequest) -> list[Provider]:
    """Whose days the member may look at."""
    member = member_of(request)
    every = member.may(Right.CHANGE_SETUP)
    if not every and member.provider_id is None:
        raise NotFound()
    return [p for p in offers.providers() if (every and p.active) or p.pk == member.provider_id]


def _asked(request: HttpRequest, people: list[Provider]) -> tuple[str, date]:
    """Whose days (`all`: the business's) and which date the page is about."""
    every = member_of(request).may(Right.CHANGE_SETUP)
    wanted = request.POST.get("provider") or request.GET.get("for") or EVERYBODY
    known = [*([EVERYBODY] if every else []), *(str(p.pk) for p in people)]
    scope = wanted if wanted in known else known[0]
    today = clock.now().astimezone(ZoneInfo(business_of(request).timezone)).date()
    try:
        day = date.fromisoformat(request.POST.get("date") or request.GET.get("day") or "")
    except ValueError:
        day = today
    return scope, day if FIRST <= day <= LAST else today


def _form(request: HttpRequest) -> OverrideForm:
    people = _people(request)
    scope, day = _asked(request, people)
    every = member_of(request).may(Right.CHANGE_SETUP)
    names = [(str(p.pk), p.name) for p in people]
    choices = [(EVERYBODY, _("The whole business")), *names] if every else names
    initial = {"provider": scope, "date": day}
    return OverrideForm(request.POST if request.method == "POST" else None, people=choices, initial=initial)


def _page(request: HttpRequest, form: OverrideForm, *, status: int = 200) -> HttpResponse:
    business, people = business_of(request), _people(request)
    every = member_of(request).may(Right.CHANGE_SETUP)
    scope, day = _asked(request, people)
    today = clock.now().astimezone(ZoneInfo(business.timezone)).date()
    month = special_month.month(scope, day, today=today)
    provider_id = None if scope == EVERYBODY else UUID(scope)
    ahead = overrides(first=today, provider_id=provider_id)
    context = {
        "form": form,
        "people": people,
        "every": every,
        "everybody_url": special_month.address(EVERYBODY, day),
        "scopes": [(person, special_month.address(str(person.pk), day)) for person in people],
        "scope": scope,
        "day": day,
        "month": month,
        "usual": special_month.usual(month["chosen"]),
        "on_day": _with_booked(business, [*month["chosen"].overrides, *month["chosen"].others], every),
        "rows": [_row(row, every, day) for row in ahead[:200]],
        "may_reassign": member_of(request).may(Right.CHANGE_ALL_APPOINTMENTS),
    }
    return render(request, "scheduling/availability/special_days.html", context, status=status)


def _row(row: DateOverride, every: bool, shown: date | None = None) -> dict[str, Any]:
    scope = str(row.provider_id or EVERYBODY)
    return {
        "here": shown is not None and row.date <= shown <= (row.end_date or row.date),
        "override": row,
        "hours": special_month.span(row),
        "may_change": every or row.provider_id is not None,
        "url": special_month.address(scope, row.date),
    }


def _with_booked(business: Business, found: list[DateOverride], every: bool) -> list[dict[str, Any]]:
    """The overrides of a date, each with how many appointments lie in what it closes. 1 query, if any closes."""
    spans = {one.pk: _closed(business, one) for one in found if one.kind == OverrideKind.BLOCKED}
    booked = []
    if spans:
        first, last = min(s for s, _e in spans.values()), max(e for _s, e in spans.values())
        booked = booked_times(first, last, now=clock.now())
    rows = []
    for one in found:
        start, end = spans.get(one.pk, (None, None))
        count = sum(
            1
            for who, begins, ends in booked
            if start and end and begins < end and start < ends and one.provider_id in (None, who)
        )
        rows.append({**_row(one, every), "booked": count, "reassign": _reassign(one) if count else ""})
    return rows


def _reassign(one: DateOverride) -> str:
    """Where the appointments in a closed time are dealt with."""
    last = one.end_date or one.date
    if one.provider_id is None:
        query = {"tab": "upcoming", "from": one.date.isoformat(), "to": last.isoformat()}
        return f"{reverse('appointments')}?{urlencode(query)}"
    query = {"from": one.date.isoformat(), "to": last.isoformat()}
    return f"{reverse('reassign', args=[one.provider_id])}?{urlencode(query)}"


def _closed(business: Business, one: DateOverride) -> tuple[datetime, datetime]:
    """From when to when an override closes, its first date's beginning to its last one's end."""
    zone = (one.provider.timezone if one.provider else None) or business.timezone
    start, end = one.start_minute or 0, DAY if one.end_minute is None else one.end_minute
    first = at_wall_clock(zone, one.date, start)
    return first, at_wall_clock(zone, one.end_date or one.date, end + (DAY if end < start else 0))


def _made(business: Business, made: DateOverride) -> str:
    """Done, and how many appointments lie in what was closed: they stay."""
    if made.kind == OverrideKind.EXCEPTION:
        return _("Special hours saved.")
    first, last = _closed(business, made)
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
    address = special_month.address(str(found.provider_id or EVERYBODY), found.date)
    return saved(request, _("Special day deleted."), address, undo=undo)


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
    return saved(request, _("It is back."), special_month.address(str(provider_id or EVERYBODY), day))


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
