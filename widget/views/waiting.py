"""The waiting list as clients meet it: joining, one's own place on it, and the answer to an offer."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import DaybookError, Invalid, NotFound
from daybook.core.http.address import client_address
from daybook.core.idempotency import Replayed
from scheduling.emails import waiting as links
from scheduling.emails import wishes
from scheduling.errors import HoldExpired, InvalidTransition, NotWaiting, OfferOver, SlotUnavailable
from scheduling.forms.waitlist import JoinForm, WishForm, initial_of
from scheduling.selectors import waitlist as reading
from tenants import limits
from widget import selectors, tokens
from widget.forms import DetailsForm
from widget.services import booking, waiting
from widget.views import choice as choices
from widget.views import details, manage, moments, offer, policy, times
from widget.views.choice import Choice
from widget.views.door import business_of, client_page, finish, key, see_other, submitted

if TYPE_CHECKING:
    from scheduling.models import Service, WaitlistEntry, WaitlistOffer
    from tenants.models import Business

METHODS = ("GET", "HEAD", "POST")


@client_page(methods=METHODS)
def join(request: HttpRequest, service: str) -> HttpResponse:
    """`/book/<service>/wait`: no time that suits? Leave a wish. `?with=` and `?month=` or `?date=` prefill it."""
    business, now = business_of(request), clock.now()
    found = selectors.access_service(business, service)
    choice = choices.read(request, zone=times.zone_of(business, found))
    if not waiting.is_open(business):
        return render(request, "widget/wait_closed.html", {"service": found}, status=404)
    if request.GET.get("said") == "joined" and request.method != "POST":
        return render(request, "widget/wait_joined.html", {"service": found, "book_url": _book_url(found)})
    if request.method != "POST":
        return _show_join(request, found, choice, _join_form(business, found, choice, now))
    nonce = submitted(request, "wait")
    form = _join_form(business, found, choice, now, request.POST)
    if not form.is_valid():
        return _show_join(request, found, choice, form, status=422)
    try:
        _join(request, found, form, nonce, now)
    except Replayed:
        pass
    except Invalid as error:
        form.refuse(error)
        return _show_join(request, found, choice, form, status=422)
    except DaybookError as error:  # refused, closed by now, or too often
        return _show_join(request, found, choice, form, status=error.status, problem=error.message)
    return see_other(f"/book/{quote(found.slug)}/wait?said=joined")


@client_page(methods=METHODS)
def place(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """`/w/<entry>?t=…`: one's own place on the list. GET shows it; POST changes the wish, leaves, or comes back."""
    business, now = business_of(request), clock.now()
    entry = _opened(request, entry_id, now)
    if request.method != "POST":
        return _show_place(request, entry, _wish_form(business, entry, now), now)
    submitted(request, "place")
    do = request.POST.get("do")
    if do == "leave":
        waiting.leave(business=business, entry=entry, now=now)
        return see_other(_address(request, entry, said="left"))
    if do == "back":
        return _put_back(request, entry, now)
    form = WishForm(request.POST, today=_today(business, now))
    if not form.is_valid():
        return _show_place(request, entry, form, now, status=422)
    try:
        waiting.change(business=business, entry=entry, wanted=form.wanted(), notes=form.cleaned_data["notes"], now=now)
    except Invalid as error:
        form.refuse(error)
        return _show_place(request, entry, form, now, status=422)
    except NotWaiting as error:
        return _show_place(request, entry, form, now, status=409, problem=error.message)
    return see_other(_address(request, entry, said="changed"))


@client_page(methods=METHODS)
def answer(request: HttpRequest, entry_id: UUID, offer_id: UUID) -> HttpResponse:
    """`/w/<entry>/offer/<offer>?t=…`: the time that is kept. GET shows it; POST books it or says no (`answer=no`)."""
    business, now = business_of(request), clock.now()
    entry = _opened(request, entry_id, now)
    try:
        offered = reading.access_offer(entry, offer_id)
    except NotFound:
        raise NotFound("link_invalid", _("This link does not work any more.")) from None
    if offered.state == "taken":
        return _to_manage(business, offered, "already" if request.method == "POST" else "")
    if offered.state != "open":
        return _over(request, entry, offered, now, status=409 if request.method == "POST" else 200)
    if request.method != "POST":
        return _show_offer(request, entry, offered, _details_form(business, offered), now)
    nonce = submitted(request, "offer")
    if request.POST.get("do") == "decline":
        return _decline(request, entry, offered, now)
    return _take(request, entry, offered, now, nonce)


def _join(request: HttpRequest, service: Service, form: JoinForm, nonce: str, now: datetime) -> None:
    claimed = key(request, f"page:wait:{service.pk}", nonce)
    claimed.recall()
    waiting.count(business_of(request), address=client_address(request), email=form.details.email)
    waiting.join(
        business=business_of(request), service=service, provider_id=form.provider_id(), wanted=form.wanted(),
        client=form.details, notes=form.cleaned_data["notes"], now=now, key=claimed, finish=finish(claimed),
    )  # fmt: skip


def _join_form(business: Business, service: Service, choice: Choice, now: datetime, data: Any = None) -> JoinForm:
    people = offer.people(service)
    known = choice.provider_id if choice.provider_id in {person.pk for person in people} else None
    today = _today(business, now)
    first = max(choice.day or choice.month or today, today)
    return JoinForm(
        data,
        today=today,
        people=[(person.pk, person.name) for person in people],
        region=business.country,
        timezone=choice.zone,
        locale=get_language() or business.locale,
        phone_required=service.phone_required,
        initial={"provider": str(known) if known else "any", "first_date": first, "last_date": _usual_end(first)},
    )


def _usual_end(first: date) -> date:
    return date.fromordinal(first.toordinal() + 28)


def _show_join(
    request: HttpRequest, service: Service, choice: Choice, form: JoinForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    business = business_of(request)
    context = {
        "service": service,
        "choice": choice,
        "form": form,
        "problem": problem,
        "facts": offer.facts(business, service, choice.provider_id),
        "token": tokens.new(business.pk, "wait"),
        "book_url": _book_url(service),
        "length": formats.duration(business.waitlist_offer_minutes),
        "zone": business.timezone,
        "now": clock.now(),
    }
    return render(request, "widget/wait.html", context, status=status)


def _opened(request: HttpRequest, entry_id: UUID, now: datetime) -> WaitlistEntry:
    """The entry that the address's token opens. Anything else is one and the same page, 404."""
    try:
        return waiting.opened(business_of(request), entry_id, str(request.GET.get("t", "")), now=now)
    except NotFound:
        limits.count_guess(request, "waitlist", str(entry_id))
        raise NotFound("link_invalid", _("This link does not work any more.")) from None


def _wish_form(business: Business, entry: WaitlistEntry, now: datetime) -> WishForm:
    return WishForm(today=_today(business, now), initial=initial_of(entry))


def _show_place(
    request: HttpRequest, entry: WaitlistEntry, form: WishForm, now: datetime, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    business = business_of(request)
    offered = reading.open_offer(entry) if entry.state == "offered" else None
    context = {
        "entry": entry,
        "wish": wishes.words(entry, get_language()),
        "form": form,
        "open": entry.state in reading.ACTIVE,
        "may_return": entry.state == "left" and entry.last_date >= _today(business, now),
        "offered": offered,
        "offer_when": moments.lines(business, offered.appointment)[0].text if offered else "",
        "offer_url": links.path(entry, request.GET["t"], offered) if offered else "",
        "said": str(request.GET.get("said", "")),
        "problem": problem,
        "url": _address(request, entry),
        "token": tokens.new(business.pk, "place"),
        "book_url": _book_url(entry.service),
        "length": formats.duration(business.waitlist_offer_minutes),
    }
    return render(request, "widget/wait_place.html", context, status=status)


def _put_back(request: HttpRequest, entry: WaitlistEntry, now: datetime) -> HttpResponse:
    business = business_of(request)
    try:
        waiting.put_back(business=business, entry=entry, now=now)
    except NotWaiting as error:
        return _show_place(request, entry, _wish_form(business, entry, now), now, status=409, problem=error.message)
    return see_other(_address(request, entry, said="back"))


def _details_form(business: Business, offered: WaitlistOffer, data: Any = None) -> DetailsForm:
    entry, held = offered.entry, offered.appointment
    form = DetailsForm(
        data,
        phone_required=held.service.phone_required,
        region=business.country,
        timezone=entry.timezone,
        locale=entry.locale or business.locale,
    )
    form.initial = {"name": entry.name, "email": entry.email, "phone": entry.phone, "notes": entry.notes}
    return form


def _show_offer(
    request: HttpRequest,
    entry: WaitlistEntry,
    offered: WaitlistOffer,
    form: DetailsForm,
    now: datetime,
    *,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    business, held = business_of(request), offered.appointment
    zone = moments.main_zone(business, held)
    words = _("Request %(when)s") if held.service.requires_approval else _("Book %(when)s")
    context = {
        "entry": entry,
        "offered": offered,
        "held": held,
        "form": form,
        "problem": problem,
        "until": moments.short(offered.expires_at, zone) if offered.expires_at > now else "",
        "when": moments.lines(business, held),
        "facts": offer.facts_of(business, held),
        "policy_words": moments.policy_words(business, held, now),
        "policy_url": policy.address(held.service),
        "declining": request.GET.get("answer") == "no",
        "url": links.path(entry, request.GET["t"], offered),
        "place_url": _address(request, entry),
        "token": tokens.new(business.pk, "offer"),
        "submit_words": words % {"when": moments.button(business, held.starts_at, zone, None)},
    }
    return render(request, "widget/wait_offer.html", context, status=status)


def _take(
    request: HttpRequest, entry: WaitlistEntry, offered: WaitlistOffer, now: datetime, nonce: str
) -> HttpResponse:
    business = business_of(request)
    if booking.is_paid_online(business, offered.appointment):
        return see_other(details.address(request, offered.appointment))
    form = _details_form(business, offered, request.POST)
    if not form.is_valid():
        return _show_offer(request, entry, offered, form, now, status=422)
    claimed = key(request, f"page:wait:take:{offered.pk}", nonce, name=form.details.name, email=form.details.email)
    try:
        claimed.recall()
        waiting.take(
            business=business, offer=offered, client=form.details, notes=form.cleaned_data["notes"], now=now,
            key=claimed, finish=finish(claimed),
        )  # fmt: skip
    except Replayed:
        return _to_manage(business, offered, "booked")
    except (SlotUnavailable, HoldExpired):
        return _over(request, entry, offered, now, status=409)
    except InvalidTransition:
        return _to_manage(business, offered, "already")
    except DaybookError as error:
        return _show_offer(request, entry, offered, form, now, status=error.status, problem=error.message)
    return _to_manage(business, offered, "booked")


def _decline(request: HttpRequest, entry: WaitlistEntry, offered: WaitlistOffer, now: datetime) -> HttpResponse:
    try:
        waiting.decline(business=business_of(request), offer=offered, now=now)
    except OfferOver:
        return _over(request, entry, offered, now, status=409)
    return see_other(_address(request, entry, said="declined"))


def _over(
    request: HttpRequest, entry: WaitlistEntry, offered: WaitlistOffer, now: datetime, *, status: int
) -> HttpResponse:
    context = {
        "entry": entry,
        "when": moments.lines(business_of(request), offered.appointment),
        "place_url": _address(request, entry),
        "book_url": _book_url(entry.service),
        "open": reading.access_entry(entry.pk).state in reading.ACTIVE,
    }
    return render(request, "widget/wait_over.html", context, status=status)


def _to_manage(business: Business, offered: WaitlistOffer, said: str) -> HttpResponse:
    booked = offered.appointment
    said_part = {"said": said} if said else {}
    return see_other(manage.address(booked, booking.manage_token(business, booked), **said_part))


def _address(request: HttpRequest, entry: WaitlistEntry, **query: str) -> str:
    """The entry's own page on the host that was asked."""
    more = f"&{urlencode(query)}" if query else ""
    return links.path(entry, str(request.GET.get("t", ""))) + more


def _book_url(service: Service) -> str:
    return f"/book/{quote(service.slug)}/"


def _today(business: Business, now: datetime) -> date:
    return reading.today_of(business, now)
