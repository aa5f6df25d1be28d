"""One entry of the waiting list: adding it, its wish and history, offering a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import DaybookError, Forbidden, Invalid
from scheduling.emails import wishes
from scheduling.errors import NotWaiting, OfferOver
from scheduling.forms.times import TimeForm
from scheduling.forms.waitlist import EntryForm, WishForm, initial_of
from scheduling.selectors import waitlist as reading
from scheduling.selectors.offer import services
from scheduling.selectors.waitlist import Openings
from scheduling.services import waitlist, waitlist_offers
from scheduling.services.waitlist import Request
from scheduling.views.setup_doors import saved
from scheduling.views.waitlist import offer_words
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Service, WaitlistEntry
    from tenants.models import Business

MOST_TIMES = 24
"""How many of the times that fit are listed; others are typed."""


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=FORM)
def new_entry(request: HttpRequest) -> HttpResponse:
    """Somebody who called or came by."""
    business, now = business_of(request), clock.now()
    given = list(services(active=True))
    form = _entry_form(request, given, now)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "nothing": not given}
        return render(request, "scheduling/waitlist/new.html", context, status=422 if form.errors else 200)
    service = next(one for one in given if one.pk == form.cleaned_data["service"])
    asked = Request(service, form.provider_id(), form.wanted(), form.cleaned_data["notes"])
    try:
        made = waitlist.join(
            business=business, request=asked, client=form.details, now=now, by=actor(request),
            notify=form.cleaned_data["notify"],
        )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return render(request, "scheduling/waitlist/new.html", {"form": form}, status=422)
    return saved(request, _("%(name)s is on the list.") % {"name": made.name}, "waitlist")


@member_required(Right.SEE_ALL_APPOINTMENTS, methods=FORM)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with everything that was offered; POST changes the wish, for who may change appointments."""
    business, now = business_of(request), clock.now()
    found = reading.entry_with_offers(entry_id)
    may_change = member_of(request).may(Right.CHANGE_ALL_APPOINTMENTS)
    form = WishForm(
        request.POST if request.method == "POST" else None, today=reading.today_of(business, now),
        initial=initial_of(found),
    )  # fmt: skip
    form.fields["notes"].label, status = _("Notes"), 200
    if request.method == "POST":
        _require(may_change)
        status = 422
        if form.is_valid():
            try:
                waitlist.change(
                    business=business, entry=found, wanted=form.wanted(), notes=form.cleaned_data["notes"], now=now
                )
            except Invalid as error:
                form.refuse(error)
            except NotWaiting as error:
                form.add_error(None, error.message)
                status = 409
            else:
                return saved(request, _("Saved."), "waitlist_entry", entry_id)
    return render(request, "scheduling/waitlist/entry.html", _context(request, found, form, may_change), status=status)


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=FORM)
def offer(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """The free times that fit, to choose one; or any other, typed. POST holds it for them."""
    business, now = business_of(request), clock.now()
    found = reading.entry_with_offers(entry_id)
    today = reading.today_of(business, now)
    form = TimeForm(request.POST or None, initial={"day": max(found.first_date, today)})
    problem, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            _offer(business, found, form, request, now)
        except DaybookError as error:
            problem, status = error.message, error.status
        else:
            text = _("Offered to %(name)s. The time is kept until they answer.") % {"name": found.name}
            return saved(request, text, "waitlist_entry", entry_id)
    elif request.method == "POST":
        status = 422
    context = {
        "entry": found,
        "wish": wishes.words(found, get_language()),
        "form": form,
        "times": _times(business, found, now),
        "problem": problem,
        "waits": found.state == "waiting",
        "zone": business.timezone,
        "now": now,
        "length": formats.duration(business.waitlist_offer_minutes),
    }
    return render(request, "scheduling/waitlist/offer.html", context, status=status)


@member_required(Right.CHANGE_ALL_APPOINTMENTS, methods=("POST",))
def withdraw(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Take back what is offered; they stay on the list and are told."""
    business, found = business_of(request), reading.access_entry(entry_id)
    open_offer = reading.open_offer(found)
    text = _("There is no open offer any more.")
    if open_offer is not None:
        try:
            waitlist_offers.withdraw(business=business, offer=open_offer, now=clock.now(), by=actor(request))
            text = _("The offer to %(name)s is taken back.") % {"name": found.name}
        except OfferOver as error:
            text = error.message
    return saved(request, text, "waitlist_entry", entry_id)


def _require(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("forbidden", _("Your role does not allow this."))


def _entry_form(request: HttpRequest, given: list[Service], now: datetime) -> EntryForm:
    business = business_of(request)
    people = {link.provider_id: link.provider.name for service in given for link in service.links.all()
              if link.provider.active}  # fmt: skip
    return EntryForm(
        request.POST if request.method == "POST" else None,
        today=reading.today_of(business, now),
        people=list(people.items()),
        services=[(service.pk, service.name) for service in given],
        region=business.country,
        timezone=business.timezone,
        locale=business.locale,
        email_required=False,
        initial={name: request.GET[name] for name in ("service", "provider", "name", "email") if name in request.GET},
    )


def _context(request: HttpRequest, found: WaitlistEntry, form: WishForm, may_change: bool) -> dict[str, Any]:
    business = business_of(request)
    return {
        "entry": found,
        "wish": wishes.words(found, get_language()),
        "offers": [offer_words(row, business) for row in found.offers.all()],
        "form": form,
        "hopes": found.state in reading.ACTIVE,
        "may_return": found.state == "left" and found.last_date >= reading.today_of(business, clock.now()),
        "may_change": may_change,
        "zone": business.timezone,
        "book_url": book_url(found),
    }


def book_url(found: WaitlistEntry) -> str:
    """A new appointment that begins with everything that is known of them."""
    return f"{reverse('new_appointment')}?{urlencode({'entry': found.pk})}"


def _offer(business: Business, found: WaitlistEntry, form: TimeForm, request: HttpRequest, now: datetime) -> None:
    waitlist_offers.offer_by_staff(
        business=business, entry=found, start=form.wanted(business.timezone), provider_id=found.provider_id, now=now,
        by=actor(request), allow_outside_hours=form.is_typed(),
    )  # fmt: skip


def _times(business: Business, found: WaitlistEntry, now: datetime) -> list[tuple[date, list[dict[str, str]]]]:
    """The times that fit, by local date; what was offered before is among them, for staff may insist."""
    openings, grouped = Openings.for_all(business, [found], now), dict[date, list[dict[str, str]]]()
    for number, fit in enumerate(openings.fits(found)):
        if number == MOST_TIMES:
            break
        day = reading.today_of(business, fit.start)
        text = formats.clock(fit.start, business.timezone, get_language())
        grouped.setdefault(day, []).append({"value": fit.start.strftime("%Y-%m-%dT%H:%M:%SZ"), "text": text})
    return list(grouped.items())
