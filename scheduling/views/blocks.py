"""Blocked time in the calendar: hours of a date in which nobody, or one provider, can be booked. All of it undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import Invalid, NotFound
from daybook.core.inputs import refuse
from scheduling.enums import OverrideKind
from scheduling.forms.calendar import MIDNIGHT, BlockForm
from scheduling.forms.hours import EVERYBODY
from scheduling.selectors import offer as offers
from scheduling.selectors.hours import access_override, overrides
from scheduling.selectors.setup import booked_between
from scheduling.selectors.times import at_wall_clock
from scheduling.services import hours
from scheduling.views.calendar import back_of, changed
from scheduling.views.setup_doors import keep_to_own_hours, recorded
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import DateOverride, Provider
    from tenants.models import Business

NAMES = {"day": "date", "start_minute": "start", "end_minute": "end"}
USUAL = 60
"""Minutes that a block lasts when nobody says how long."""


@member_required(Right.CHANGE_OWN_HOURS, methods=FORM)
def new_block(request: HttpRequest) -> HttpResponse:
    """A form (`?day=&minute=&length=&provider=` fill it in), and blocking the time."""
    form = _form(request, initial=_initial(request))
    if request.method != "POST":
        return _show(request, form)
    return _save(request, form, lambda values: hours.make_override(**values))


@member_required(Right.CHANGE_OWN_HOURS, methods=FORM)
def block(request: HttpRequest, override_id: UUID) -> HttpResponse:
    """Blocked time: other hours, another date, another person, another note."""
    found = _access(request, override_id)
    form = _form(request, initial=_shown(business_of(request), found))
    if request.method != "POST":
        return _show(request, form, found)
    former = _kept(found)
    length = (found.end_date - found.date) if found.end_date else None

    def change(values: dict[str, Any]) -> DateOverride:
        return hours.change_override(found, **values, end_date=values["day"] + length if length else None)

    return _save(request, form, change, found=found, former=former)


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def delete_block(request: HttpRequest, override_id: UUID) -> HttpResponse:
    """Free the time again."""
    found = _access(request, override_id)
    former = _kept(found)
    with recorded(request, "special_day.deleted", found) as trail:
        hours.delete_override(found)
        trail.gone = True
    undo = _signed(request, reverse("restore_block"), former)
    return changed(request, back_of(request, clock.now()), _("The time is free again."), undo=undo)


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def restore_block(request: HttpRequest) -> HttpResponse:
    """Blocked time as it was before it was changed or deleted."""
    try:
        kept = signing.loads(request.GET.get("kept", ""), salt=_salt(business_of(request)), max_age=86_400)
    except signing.BadSignature as error:
        raise NotFound() from error
    former = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("day", "end_date")}
    provider = _provider(UUID(kept["provider"]) if kept["provider"] else None)
    keep_to_own_hours(member_of(request), provider.pk if provider else None)
    values = {**kept, **former, "provider": provider, "kind": OverrideKind.BLOCKED}
    found = overrides().filter(pk=values.pop("id")).first()
    if found is not None:
        keep_to_own_hours(member_of(request), found.provider_id)
    with recorded(request, "special_day.changed" if found else "special_day.made", found) as trail:
        trail.thing = hours.change_override(found, **values) if found else hours.make_override(**values)
    return changed(request, back_of(request, clock.now()), _("It is back."))


def _save(
    request: HttpRequest,
    form: BlockForm,
    write: Callable[[dict[str, Any]], DateOverride],
    *,
    found: DateOverride | None = None,
    former: dict[str, Any] | None = None,
) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form, found, status=422)
    provider = _provider(form.provider_id())
    keep_to_own_hours(member_of(request), provider.pk if provider else None)
    start, end = _instants(business_of(request), form)
    try:
        with recorded(request, "special_day.changed" if found else "special_day.made", found) as trail:
            trail.thing = made = write(_values(business_of(request), provider, form, start, end))
    except Invalid as error:
        refuse(form, error, NAMES)
        return _show(request, form, found, status=422)
    undo = _signed(request, reverse("restore_block"), former) if former else reverse("delete_block", args=[made.pk])
    text = _said(request, made, start, end)
    return changed(request, back_of(request, clock.now()), text, undo=undo)


def _instants(business: Business, form: BlockForm) -> tuple[datetime, datetime]:
    """From when to when, on the business's clock."""
    data, zone = form.cleaned_data, business.timezone
    return at_wall_clock(zone, data["date"], data["start"]), at_wall_clock(zone, data["date"], data["end"])


def _values(
    business: Business, provider: Provider | None, form: BlockForm, start: datetime, end: datetime
) -> dict[str, Any]:
    """What the service takes: minutes on the provider's own clock, if he has one."""
    data = form.cleaned_data
    values = {"provider": provider, "kind": OverrideKind.BLOCKED, "note": data["note"]}
    own = provider.timezone if provider else None
    if not own or own == business.timezone:
        return values | {"day": data["date"], "start_minute": data["start"], "end_minute": data["end"]}
    first, last = start.astimezone(ZoneInfo(own)), end.astimezone(ZoneInfo(own))
    return values | {
        "day": first.date(),
        "start_minute": first.hour * 60 + first.minute,
        "end_minute": last.hour * 60 + last.minute or MIDNIGHT,
    }


def _shown(business: Business, found: DateOverride) -> dict[str, Any]:
    """What the form shows of a block: its date and hours on the business's clock."""
    start, end = found.start_minute or 0, MIDNIGHT if found.end_minute is None else found.end_minute
    values = {"provider": str(found.provider_id) if found.provider_id else EVERYBODY, "note": found.note}
    own = found.provider.timezone if found.provider else None
    if not own or own == business.timezone:
        return values | {"date": found.date, "start": start, "end": end % MIDNIGHT}
    zone = ZoneInfo(business.timezone)
    first, last = (at_wall_clock(own, found.date, minute).astimezone(zone) for minute in (start, end))
    return values | {
        "date": first.date(),
        "start": first.hour * 60 + first.minute,
        "end": last.hour * 60 + last.minute,
    }


def _initial(request: HttpRequest) -> dict[str, Any]:
    """A dragged or clicked place of the grid; else the next full hour of today."""
    local = clock.now().astimezone(ZoneInfo(business_of(request).timezone))
    start = _number(request, "minute", min(local.hour + 1, 22) * 60)
    end = min(MIDNIGHT, start + max(5, _number(request, "length", USUAL)))
    own = str(member_of(request).provider_id or "")
    provider = request.GET.get("provider") or ("" if member_of(request).may(Right.CHANGE_SETUP) else own)
    return {
        "provider": provider or EVERYBODY,
        "date": request.GET.get("day") or local.date(),
        "start": start,
        "end": end % MIDNIGHT,
    }


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.GET.get(name, "")
    return min(int(text), MIDNIGHT - 5) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise


def _form(request: HttpRequest, *, initial: dict[str, Any]) -> BlockForm:
    member = member_of(request)
    every = member.may(Right.CHANGE_SETUP)
    people = [(str(p.pk), p.name) for p in offers.providers(active=True) if every or p.pk == member.provider_id]
    choices = [(EVERYBODY, _("Everybody")), *people] if every else people
    return BlockForm(request.POST if request.method == "POST" else None, people=choices, initial=initial)


def _show(
    request: HttpRequest, form: BlockForm, found: DateOverride | None = None, *, status: int = 200
) -> HttpResponse:
    look = back_of(request, clock.now())
    context = {"form": form, "override": found, "look": look, "business": business_of(request)}
    template = "_block" if request.headers.get("HX-Request") else "block"
    return render(request, f"scheduling/calendar/{template}.html", context, status=status)


def _access(request: HttpRequest, override_id: UUID) -> DateOverride:
    found = access_override(override_id)
    if found.kind != OverrideKind.BLOCKED:
        raise NotFound()
    keep_to_own_hours(member_of(request), found.provider_id)
    return found


def _provider(provider_id: UUID | None) -> Provider | None:
    return offers.access_provider(provider_id) if provider_id else None


def _said(request: HttpRequest, made: DateOverride, start: datetime, end: datetime) -> str:
    """What is blocked, and how many appointments lie in it: they stay."""
    zone, language = business_of(request).timezone, get_language()
    when = formats.when(start, end, zone, language)
    count = booked_between(start, end, provider_id=made.provider_id, now=clock.now())
    if not count:
        return _("Blocked: %(when)s.") % {"when": when}
    return ngettext(
        "Blocked: %(when)s. %(n)d appointment is booked then and stays.",
        "Blocked: %(when)s. %(n)d appointments are booked then and stay.",
        count,
    ) % {"when": when, "n": count}  # fmt: skip


def _kept(found: DateOverride) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "provider": str(found.provider_id) if found.provider_id else None,
        "day": found.date.isoformat(),
        "end_date": found.end_date.isoformat() if found.end_date else None,
        "start_minute": found.start_minute,
        "end_minute": found.end_minute,
        "note": found.note,
    }


def _signed(request: HttpRequest, address: str, former: dict[str, Any]) -> str:
    """The address with what was there before, which nobody can make up."""
    token = signing.dumps(former, salt=_salt(business_of(request)), compress=True)
    return f"{address}?{urlencode({'kept': token, 'back': back_of(request, clock.now()).query})}"


def _salt(business: Business) -> str:
    return f"block:{business.pk}"
