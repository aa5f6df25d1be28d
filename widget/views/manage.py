"""The client's permanent page: confirmation, later changes, the calendar file. Its token is all the access there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.errors import NotFound
from daybook.core.idempotency import Replayed
from scheduling import documents
from scheduling.enums import PaymentMode, PaymentStatus, Status
from scheduling.errors import InvalidTransition, TooLate
from scheduling.services.messages import manage_url
from tenants import limits
from widget import selectors, tokens
from widget.forms import ReasonForm
from widget.services import booking, codes, owing
from widget.views import moments, offer, pay_words
from widget.views.door import business_of, client_page, finish, key, see_other, submitted
from widget.views.pay_words import MoneyWords

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class State:
    """A status in words: heading, what it means, tone and icon of the mark."""

    title: str
    text: str
    tone: str
    icon: str


def access(request: HttpRequest, reference: str, now: datetime) -> Appointment:
    """The appointment that the address's token opens. Anything else is one and the same page, 404."""
    try:
        return selectors.access_appointment(business_of(request), reference, str(request.GET.get("t", "")), now=now)
    except NotFound:
        limits.count_guess(request, "appointment", reference)
        raise NotFound("link_invalid", _("This link does not work any more.")) from None


def address(appointment: Appointment, token: str, path: str = "", **query: str) -> str:
    """An address of this appointment's pages on its host."""
    return f"/a/{quote(appointment.reference)}{path}?{urlencode({'t': token, **query})}"


FEES_AFTER = (Status.NO_SHOW, Status.CANCELLED)


@client_page()
def manage(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>?t=…`: what is booked, and what can be done about it. Shows; never changes anything."""
    business, now = business_of(request), clock.now()
    appointment = access(request, reference, now)
    context = parts(business, appointment, request.GET["t"], now) | {
        "state": state(business, appointment, now, str(request.GET.get("said", ""))),
        "already": request.GET.get("said") == "already",
        "owed": owing.fee_owed(appointment) if appointment.status in FEES_AFTER else None,
        "links": documents.calendar_links(business, appointment) if _is_ahead(appointment, now) else None,
    }
    return render(request, "widget/appointment.html", context)


@client_page()
def calendar_file(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>.ics?t=…`: the event to keep."""
    business, now = business_of(request), clock.now()
    appointment = access(request, reference, now)
    content = documents.ics(business, appointment, "PUBLISH", manage_url(business, appointment), now)
    name = f"{appointment.reference}.ics"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/calendar; charset=utf-8; method=PUBLISH", headers=headers)


@client_page(methods=("GET", "HEAD", "POST"))
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>/cancel?t=…`: GET says exactly what it costs, POST cancels."""
    business, now = business_of(request), clock.now()
    appointment = access(request, reference, now)
    token = request.GET["t"]
    if request.method != "POST":
        return _ask(request, appointment, ReasonForm(), now)
    nonce = submitted(request, "cancel")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _ask(request, appointment, form, now, status=422)
    claimed = key(request, f"page:cancel:{appointment.pk}", nonce)
    try:
        booking.cancel(
            business=business, appointment=appointment, now=now, reason=form.cleaned_data["reason"],
            key=claimed, finish=finish(claimed),
        )  # fmt: skip
    except (Replayed, InvalidTransition):
        return see_other(address(appointment, token, said="already"))
    except TooLate:
        return _ask(request, appointment, form, now, status=409)
    return see_other(address(appointment, token, said="cancelled"))


def parts(business: Business, appointment: Appointment, token: str, now: datetime) -> dict[str, Any]:
    """What all pages of an appointment show. No phone, no notes, nothing of other bookings."""
    deadlines = booking.deadlines(appointment, now)
    return {
        "appointment": appointment,
        "deadlines": deadlines,
        "cancel_until": moments.short(deadlines.cancel_until, moments.main_zone(business, appointment)),
        "reschedule_until": moments.short(deadlines.reschedule_until, moments.main_zone(business, appointment)),
        "never_online": max(deadlines.cancel_until, deadlines.reschedule_until) < appointment.created_at,
        "is_open": appointment.status in booking.CHANGEABLE and now < appointment.starts_at,
        "when": moments.lines(business, appointment),
        "facts": offer.facts_of(business, appointment),
        "policy_words": moments.policy_words(business, appointment, now, paid=_is_paid(appointment)),
        "book_again_url": f"/book/{quote(appointment.service.slug)}/",
        "token": token,
        "money": (money := money_words(business, appointment)),
        "bill": None if money else codes.bill_of(appointment),
        "urls": {
            "pay": address(appointment, token, "/pay"),
            "page": address(appointment, token),
            "ics": address(appointment, token, ".ics"),
            "reschedule": address(appointment, token, "/reschedule"),
            "cancel": address(appointment, token, "/cancel"),
            "fee": address(appointment, token, "/fee"),
        },
    }


def money_words(business: Business, appointment: Appointment) -> MoneyWords | None:
    """What was paid and what is due, in words; None where there is nothing to say besides the price."""
    in_person = appointment.payment_mode == PaymentMode.PAY_IN_PERSON
    if not appointment.price or (in_person and appointment.payment_status == PaymentStatus.UNPAID):
        return None
    found = owing.money(appointment)
    return pay_words.money(business, appointment, found)


def _is_paid(appointment: Appointment) -> bool:
    """Whether there is money that the policy is about."""
    return appointment.payment_mode == PaymentMode.CARD_ON_FILE or appointment.payment_status != PaymentStatus.UNPAID


def state(business: Business, appointment: Appointment, now: datetime, said: str = "") -> State:
    """The appointment's status in words."""
    if appointment.status == Status.CONFIRMED:
        return _confirmed(appointment, now, said)
    name = {"name": business.name}
    states = {
        Status.PENDING_APPROVAL: State(
            _("Waiting for an answer"),
            _("%(name)s confirms each request. You get an e-mail as soon as yours is answered.") % name,
            "warn", "hourglass",
        ),
        Status.CANCELLED: State(_("Cancelled"), _("This appointment does not take place."), "mute", "calendar-x"),
        Status.DECLINED: State(_("Declined"), _("%(name)s could not take this appointment.") % name, "mute", "calendar-x"),
        Status.EXPIRED: State(
            _("Expired"),
            _("This request was not answered in time. The appointment does not take place.")
            if booking.is_booked(appointment)
            else _("This booking was not finished in time. The appointment does not take place."),
            "mute", "calendar-x",
        ),
        Status.COMPLETED: State(_("Done"), _("Thank you for coming."), "good", "check"),
        Status.NO_SHOW: State(_("Missed"), _("You were expected and did not come."), "mute", "user-x"),
        Status.HELD: State(_("Not finished"), _("This booking has not been finished yet."), "warn", "hourglass"),
    }  # fmt: skip
    return states[Status(appointment.status)]


def _confirmed(appointment: Appointment, now: datetime, said: str) -> State:
    if now >= appointment.ends_at:
        return State(_("This appointment is over"), _("Thank you for coming."), "mute", "calendar-check")
    if now >= appointment.starts_at:
        return State(_("It is happening now"), "", "good", "check")
    if said == "moved":
        return State(_("Rescheduled"), _("A message with the new time is on its way."), "good", "check")
    if said == "paid":
        return State(_("Thank you"), _("Your payment has reached us."), "good", "check")
    text = _("A confirmation is on its way to %(email)s.") % {"email": appointment.client_email}
    return State(_("You are booked"), text if said == "booked" and appointment.client_email else "", "good", "check")


def _is_ahead(appointment: Appointment, now: datetime) -> bool:
    return appointment.status in booking.CHANGEABLE and now < appointment.ends_at


def _ask(
    request: HttpRequest, appointment: Appointment, form: ReasonForm, now: datetime, *, status: int = 200
) -> HttpResponse:
    """The page before cancelling; it also says when it is too late, or not possible any more."""
    business = business_of(request)
    context = parts(business, appointment, request.GET["t"], now) | {"form": form}
    context["state"] = state(business, appointment, now)
    try:
        cost = context["cost"] = booking.preview_cancel(business, appointment, now)
        if cost.free_until is not None:
            context["free_words"] = moments.short(cost.free_until, moments.main_zone(business, appointment))
    except TooLate:
        context["too_late"] = True
    except InvalidTransition:
        context["impossible"] = True
    context["form_token"] = tokens.new(business.pk, "cancel")
    return render(request, "widget/cancel.html", context, status=status)
