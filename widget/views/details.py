"""From a held time to a booking: the client's details, beside the hold's countdown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.errors import CodeRefused
from billing.selectors.offer import consent_words
from billing.services.checkout import PaymentsUnavailable
from daybook.core import clock, formats
from daybook.core.errors import DaybookError, Invalid, NotFound
from daybook.core.http.address import client_address
from daybook.core.idempotency import Replayed
from scheduling.enums import Status
from scheduling.errors import (
    BookingRefused,
    CheckoutOpen,
    HoldExpired,
    InvalidTransition,
    SlotUnavailable,
    TooManyHolds,
)
from tenants import limits
from widget import selectors, tokens
from widget.forms import DetailsForm
from widget.services import booking, codes
from widget.views import choice as choices
from widget.views import manage, moments, offer, pay_words, policy, times
from widget.views.choice import Choice
from widget.views.door import business_of, client_page, finish, key, see_other, submitted
from widget.views.offer import Facts

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service
    from tenants.models import Business

BOOKED = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW, Status.DECLINED)


@client_page(methods=("GET", "HEAD", "POST"))
def details(request: HttpRequest, service: str) -> HttpResponse:
    """`/book/<service>/details?hold=…`: the form. POST books, extends, releases or holds again (`do`)."""
    business, now = business_of(request), clock.now()
    held = _access_hold(request, service, now)
    found = held.service
    if is_booked(held):
        return _to_manage(business, held, "already" if request.method == "POST" else "")
    if request.method != "POST":
        return _show(request, found, held, _form(business, found, held), now)
    nonce = submitted(request, "details")
    acts = {"book": _book, "extend": _extend, "release": _release, "again": _again, "code": _use_code}
    acts["uncode"] = _drop_code
    do = "again" if "offer" in request.POST else "uncode" if "uncode" in request.POST else str(request.POST.get("do"))
    return acts.get(do, _book)(request, found, held, now, nonce)


def is_live(held: Appointment, now: datetime) -> bool:
    """Whether the time is still kept."""
    expires = held.hold_expires_at
    return held.status == Status.HELD and (held.checkout_open or (expires is not None and expires > now))


def _access_hold(request: HttpRequest, service: str, now: datetime) -> Appointment:
    """The hold that the address names; it stays what it is when its service is switched off meanwhile."""
    token = str(request.GET.get("hold", ""))
    try:
        held = selectors.access_hold(business_of(request), token, now=now)
    except NotFound:
        limits.count_guess(request, "hold", token)
        raise NotFound("link_invalid", _("This link does not work any more.")) from None
    if service not in (held.service.slug, str(held.service_id)):
        raise NotFound("link_invalid", _("This link does not work any more."))
    return held


def is_booked(held: Appointment) -> bool:
    """Whether the hold became a booking (perhaps cancelled since), in another tab or before going back."""
    return held.status in BOOKED or booking.is_booked(held)


def _to_manage(business: Business, booked: Appointment, said: str) -> HttpResponse:
    """To the permanent page, on the host that was asked."""
    said_part = {"said": said} if said else {}
    return see_other(manage.address(booked, booking.manage_token(business, booked), **said_part))


def _form(business: Business, service: Service, held: Appointment, data: Any = None) -> DetailsForm:
    ways = booking.ways(business, held)
    form = DetailsForm(
        data,
        phone_required=service.phone_required,
        region=business.country,
        timezone=held.client_timezone,
        locale=get_language() or business.locale,
        accept=consent_words(business.name),
        ways=[(way.mode, pay_words.choice(way, held.currency)) for way in ways],
        online=[way.mode for way in ways if way.is_online],
    )
    form.offered = ways
    form.initial = {"name": held.client_name, "email": held.client_email, "phone": held.client_phone}
    if held.client_id is not None and "payment_mode" in form.fields:
        form.initial["payment_mode"] = held.payment_mode
    return form


def _typed(request: HttpRequest, service: Service, held: Appointment) -> DetailsForm:
    """The form as typed so far, without being checked yet."""
    form = _form(business_of(request), service, held)
    form.initial = {name: request.POST.get(name, "") for name in form.fields}
    return form


def _show(
    request: HttpRequest,
    service: Service,
    held: Appointment,
    form: DetailsForm,
    now: datetime,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    business = business_of(request)
    choice = _choice(request, held, business)
    live, price = is_live(held, now), booking.price_of(held)
    context = {
        "price": price,
        "codes": codes.codes_of(held) if price.discount or price.covered else [],
        "takes_codes": bool(held.price) and live and codes.takes_codes(),
        "service": service,
        "held": held,
        "form": form,
        "live": live,
        "now": now,
        "hours": choice.hours,
        "left": _left(held, now),
        "can_extend": live and booking.may_extend(held),
        "when": moments.lines(business, held, hours=choice.hours),
        "facts": _facts(business, held, form),
        "policy_words": moments.policy_words(business, held, now, paid=bool(form.online)),
        "policy_url": policy.address(service),
        "token": tokens.new(business.pk, "details"),
        "url": _url(request, service, held),
        "back_url": _times_url(service, held, choice),
        "submit_words": _submit_words(business, service, held, choice),
        "actions": _actions(business, service, held, choice, form),
        "closed": not form.online
        and form.only_way is None
        and bool(price.to_pay)
        and not form.fields.get("payment_mode"),
        "paying": request.GET.get("paying", "") if held.checkout_open else "",
        "pay_url": pay_words.pay_address(business, held) if held.checkout_open else "",
    }
    if request.headers.get("HX-Request"):
        return render(request, "widget/_hold.html", context | extra, status=status)
    context |= offer.steps(service, last=True)
    return render(request, "widget/details.html", context | extra, status=status)


def _left(held: Appointment, now: datetime) -> str:
    """`9:40`: what the countdown begins with."""
    seconds = int((held.hold_expires_at - now).total_seconds()) if held.hold_expires_at else 0
    minutes, seconds = divmod(max(0, seconds), 60)
    return f"{minutes}:{seconds:02d}"


def _submit_words(business: Business, service: Service, held: Appointment, choice: Choice) -> str:
    """`Book Thu 12 Nov, 10:30 am`, with the zone where the business's clock shows something else."""
    when = moments.button(business, held.starts_at, choice.zone, choice.hours)
    return (_("Request %(when)s") if service.requires_approval else _("Book %(when)s")) % {"when": when}


def _facts(business: Business, held: Appointment, form: DetailsForm) -> Facts:
    """What is held; how it is paid is not told beside the price where it is still to be chosen."""
    found = offer.facts_of(business, held)
    return replace(found, note="") if form.online else found


def _actions(
    business: Business, service: Service, held: Appointment, choice: Choice, form: DetailsForm
) -> list[tuple[str, str]]:
    """What the button says for each way to pay: it names the amount that is due now."""
    book = _submit_words(business, service, held, choice)
    return [(way.mode, pay_words.action(way, held.currency) or book) for way in form.offered]


def _choice(request: HttpRequest, held: Appointment, business: Business) -> Choice:
    """The choice that led here: the zone was kept with the hold, the clock stands in the address."""
    named = request.GET.get("h", "")
    hours = int(named) if named in ("12", "24") else formats.clock_hours(get_language())
    zone = held.client_timezone or business.timezone
    return Choice(
        path="", zone=zone, hours=hours, chosen_hours=named in ("12", "24"), chosen_zone=zone != business.timezone
    )


def address(request: HttpRequest, held: Appointment, *, paying: str = "") -> str:
    """Where this held time is turned into a booking."""
    more = f"&paying={paying}" if paying else ""
    return _url(request, held.service, held) + more


def _url(request: HttpRequest, service: Service, held: Appointment) -> str:
    return times.details_url(business_of(request), service, held, _choice(request, held, business_of(request)))


def _times_url(service: Service, held: Appointment, choice: Choice) -> str:
    day = moments.local_date(held.starts_at, choice.zone)
    query = [("date", day.isoformat())] + ([("tz", choice.zone)] if choice.chosen_zone else [])
    return f"/book/{quote(service.slug)}/?{urlencode(query)}"


def _book(request: HttpRequest, service: Service, held: Appointment, now: datetime, nonce: str) -> HttpResponse:
    business = business_of(request)
    if str(request.POST.get("code", "")).strip():  # typed and not used yet: nobody books at a price he has not seen
        return _use_code(request, service, held, now, nonce)
    form = _form(business, service, held, request.POST)
    if not form.is_valid():
        return _show(request, service, held, form, now, status=422)
    claimed = key(request, f"page:book:{held.pk}", nonce, name=form.details.name, email=form.details.email)
    try:
        claimed.recall()
        booked = booking.book(
            business=business, service=service, provider_id=None, start=held.starts_at, hold=held, client=form.details,
            client_timezone=held.client_timezone, notes=form.cleaned_data["notes"],
            payment_mode=form.mode(form.cleaned_data), accepted=bool(form.cleaned_data.get("accept")),
            address=client_address(request), now=now, key=claimed, finish=finish(claimed),
        )  # fmt: skip
        if booked.status == Status.HELD:
            return to_pay(business, booked, now)
    except Replayed:
        held.refresh_from_db()
        return _to_manage(business, held, "booked") if is_booked(held) else to_pay(business, held, now)
    except SlotUnavailable as error:
        return _gone(request, service, held, now, error)
    except HoldExpired as error:
        return _show(request, service, held, _typed(request, service, held), now, status=409, problem=error.message)
    except InvalidTransition:  # another tab was quicker, with this very hold
        return _to_manage(business, held, "already")
    except (CheckoutOpen, PaymentsUnavailable, TooManyHolds) as error:
        held.refresh_from_db()
        return _show(
            request, service, held, _typed(request, service, held), now, status=error.status, problem=error.message
        )
    except BookingRefused as error:
        words, form = _ask_business(error), _typed(request, service, held)
        return _show(request, service, held, form, now, status=409, problem=words)
    except Invalid as error:
        return _show(request, service, held, _typed(request, service, held), now, status=422, problem=error.message)
    return _to_manage(business, booked, "booked")


def to_pay(business: Business, held: Appointment, now: datetime) -> HttpResponse:
    """To the payment page; where nobody knows its address yet, to a page that waits for it."""
    return see_other(booking.checkout_url(business, held, now=now) or pay_words.pay_address(business, held))


def _ask_business(error: BookingRefused) -> str:
    """The refusal, with how to reach the business."""
    return " ".join([error.message, " · ".join(way for way in error.details["contact"].values() if way)]).strip()


def _extend(request: HttpRequest, service: Service, held: Appointment, now: datetime, nonce: str) -> HttpResponse:
    try:
        held = booking.extend_hold(business_of(request), held, now=now)
    except HoldExpired:
        return _show(request, service, held, _typed(request, service, held), now, status=409)
    return _show(request, service, held, _typed(request, service, held), now, extended=True)


def _release(request: HttpRequest, service: Service, held: Appointment, now: datetime, nonce: str) -> HttpResponse:
    try:
        if held.status == Status.HELD:
            booking.release_hold(business_of(request), held, now=now)
    except InvalidTransition:  # it was paid meanwhile
        return _to_manage(business_of(request), held, "already")
    except CheckoutOpen as error:
        return _show(request, service, held, _typed(request, service, held), now, status=409, problem=error.message)
    return see_other(_times_url(service, held, _choice(request, held, business_of(request))))


def _again(request: HttpRequest, service: Service, held: Appointment, now: datetime, nonce: str) -> HttpResponse:
    """Hold the same time once more, or another one that was offered instead; what was typed stays."""
    start = choices.instant(str(request.POST.get("offer", ""))) or held.starts_at
    if is_live(held, now) and start == held.starts_at:
        return _show(request, service, held, _typed(request, service, held), now)
    provider_id = held.provider_id if start == held.starts_at else None
    try:
        fresh = times.hold(request, service, start, provider_id, held.client_timezone, now=now, nonce=nonce)
    except SlotUnavailable as error:
        return _gone(request, service, held, now, error)
    except DaybookError as error:
        return _show(
            request, service, held, _typed(request, service, held), now, status=error.status, problem=error.message
        )
    kept = codes.carry_codes(business=business_of(request), old=held, fresh=fresh, now=now)
    problem = "" if kept else _("Your code cannot be used any more: look at the price.")
    return _show(request, service, fresh, _typed(request, service, fresh), now, held_again=True, problem=problem)


def _gone(
    request: HttpRequest, service: Service, held: Appointment, now: datetime, error: SlotUnavailable
) -> HttpResponse:
    """409: somebody else took the time meanwhile. Nothing typed is lost, the next three are one click away."""
    choice = _choice(request, held, business_of(request))
    offers = times.next_times(error, choice)
    form = _typed(request, service, held)
    return _show(request, service, held, form, now, status=409, problem=error.message, offers=offers, gone=True)


def _use_code(request: HttpRequest, service: Service, held: Appointment, now: datetime, nonce: str) -> HttpResponse:
    """The price with a coupon, package or gift certificate; what was typed stays."""
    code, email = str(request.POST.get("code", ""))[:100], str(request.POST.get("email", ""))[:254]
    try:
        codes.apply_code(business=business_of(request), hold=held, code=code, email=email, now=now)
    except InvalidTransition:  # it was paid meanwhile
        return _to_manage(business_of(request), held, "already")
    except CodeRefused as error:
        if error.reason == "unknown":
            limits.count_guess(request, "code", code)
        form = _typed(request, service, held)
        return _show(request, service, held, form, now, status=422, code_problem=error.message, code=code)
    except DaybookError as error:
        form = _typed(request, service, held)
        return _show(request, service, held, form, now, status=error.status, problem=error.message, code=code)
    return _show(request, service, held, _typed(request, service, held), now, code_used=True)


def _drop_code(request: HttpRequest, service: Service, held: Appointment, now: datetime, nonce: str) -> HttpResponse:
    """Without the coupon, or without what pays, again."""
    coupon = request.POST.get("uncode") == "coupon"
    try:
        codes.remove_code(business=business_of(request), hold=held, coupon=coupon, now=now)
    except InvalidTransition:
        return _to_manage(business_of(request), held, "already")
    except DaybookError as error:
        form = _typed(request, service, held)
        return _show(request, service, held, form, now, status=error.status, problem=error.message)
    return _show(request, service, held, _typed(request, service, held), now)
