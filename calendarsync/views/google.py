"""A provider's Google calendar: connect it, choose what is used, answer what was found, leave it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from calendarsync.enums import State, Vendor
from calendarsync.errors import NotGranted
from calendarsync.forms.google import ChoiceForm, WhenBrokenForm
from calendarsync.gateways.registry import gateway
from calendarsync.selectors import accounts
from calendarsync.selectors.feeds import tallies
from calendarsync.services import answers, choosing, connecting, parting, reading, trouble
from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.errors import DaybookError, NotFound
from daybook.core.inputs import refuse
from scheduling.selectors.availability import zone_of
from scheduling.selectors.offer import access_provider, providers
from scheduling.views.setup_doors import keep_to_own_hours
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import business_url, served_business
from tenants.services.handoff import local_path

if TYPE_CHECKING:
    from calendarsync.selectors.accounts import Standing
    from scheduling.models import Provider
    from tenants.models import Business, Membership

CALLBACK = "/dashboard/team/calendars/google/callback"
ANSWERS = ("accept", "revert")


def platform_callback(request: HttpRequest, vendor: str) -> HttpResponse:
    """On the platform's host, where vendors send people back: on to the business that the signed state names."""
    if vendor not in Vendor.values:
        raise NotFound()
    found = {name: request.GET[name] for name in ("state", "code", "error") if request.GET.get(name)}
    business = served_business(connecting.business_of_state(found.get("state", "")))
    if business is None:
        raise NotFound()
    response = HttpResponseRedirect(business_url(business, f"{CALLBACK}?{urlencode(found)}"))
    response.headers["Cache-Control"] = "no-store"
    return response


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def connect(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """To Google's consent page."""
    provider = provider_for(request, provider_id)
    if not request.session.session_key:
        request.session.create()
    try:
        url = connecting.begin(
            business=business_of(request),
            provider_id=provider.pk,
            session=request.session.session_key or "",
            shared=request.POST.get("shared") == "1",
        )
    except DaybookError as error:
        messages.error(request, error.message)
        return _back(provider)
    return HttpResponseRedirect(url, status=303)


@member_required(Right.CHANGE_OWN_HOURS)
def callback(request: HttpRequest) -> HttpResponse:
    """Back from Google, in the session that went there: connect, then choose calendars. 400 for anybody else.

    The one GET that changes something: Google sends people back by a link. It works once, and only for who began.
    """
    business = business_of(request)
    attempt = connecting.redeem(
        business=business, state=request.GET.get("state", ""), session=request.session.session_key or ""
    )
    provider = provider_for(request, attempt.provider_id)
    if not request.GET.get("code"):
        messages.warning(request, _("Nothing was connected: access was not granted."))
        return _back(provider)
    try:
        connecting.connect(
            business=business, provider_id=provider.pk, code=request.GET["code"],
            code_verifier=attempt.code_verifier, by=actor(request), now=clock.now(),
        )  # fmt: skip
    except NotGranted as error:
        context = {"provider": provider, "problem": error.message}
        return render(request, "calendarsync/google/not_granted.html", context, status=error.status)
    except DaybookError as error:
        messages.error(request, error.message)
        return _back(provider)
    _note(request, "calendar.connected", provider)
    messages.success(request, _("Google Calendar is connected."))
    return _back(provider)


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def choose(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Keep which calendars count, which one receives, and how they are treated."""
    provider, business, now = provider_for(request, provider_id), business_of(request), clock.now()
    connection = accounts.access_connection(provider.pk)
    form = ChoiceForm(request.POST, connection=connection, calendars=connection.calendars.all())
    if form.is_valid():
        try:
            choosing.choose(business=business, connection=connection, choice=form.choice(), now=now)
        except DaybookError as error:
            refuse(form, error)
        else:
            _note(request, "calendar.chosen", provider)
            messages.success(request, _("Saved. Calendars are read within a minute."))
            return _back(provider)
    context = section(request, provider, now=now, form=form)
    return render(request, "calendarsync/google/choose.html", context, status=422)


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def look(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Have the calendars read now, not only when Google says so."""
    provider, now = provider_for(request, provider_id), clock.now()
    connection = accounts.access_connection(provider.pk)
    for calendar in connection.calendars.filter(gone_at__isnull=True):
        if calendar.counts or calendar.receives:
            reading.mark_dirty(calendar, now=now)
    messages.success(request, _("The calendars are read in a moment."))
    return _back(provider)


@member_required(Right.CHANGE_OWN_HOURS, methods=FORM)
def disconnect(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Ask what becomes of the events, then leave the account."""
    provider = provider_for(request, provider_id)
    connection = accounts.access_connection(provider.pk)
    if request.method != "POST":
        context = {"provider": provider, "connection": connection}
        return render(request, "calendarsync/google/disconnect.html", context)
    parting.leave(connection=connection, events_go=request.POST.get("events") == "go", now=clock.now())
    _note(request, "calendar.disconnected", provider)
    messages.success(request, _("Google Calendar is disconnected."))
    return _back(provider)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def answer(request: HttpRequest, attention_id: UUID, answer: str) -> HttpResponse:
    """Do to the appointment what was done in the calendar (`accept`), or have the calendar put back (`revert`)."""
    if answer not in ANSWERS:
        raise NotFound()
    member, now, by = member_of(request), clock.now(), actor(request)
    attention = accounts.access_finding(member, attention_id)
    try:
        if answer == "accept":
            answers.accept(business=business_of(request), attention=attention, now=now, by=by)
            messages.success(request, _("Done: the appointment is as in the calendar."))
        else:
            answers.revert(attention=attention, now=now, by=by)
            messages.success(request, _("The calendar shows the appointment as it is booked again."))
    except DaybookError as error:
        messages.error(request, error.message)
    target = local_path(request.POST.get("next", ""), otherwise="/dashboard/")
    return HttpResponseRedirect(target, status=303)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def overview(request: HttpRequest) -> HttpResponse:
    """How everybody's calendars stand, and what happens to bookings while one cannot be read."""
    now = clock.now()
    form = WhenBrokenForm(
        request.POST if request.method == "POST" else None, initial={"when_broken": accounts.when_broken()}
    )
    if request.method == "POST" and form.is_valid():
        trouble.choose_when_broken(form.cleaned_data["when_broken"], now=now)
        _note(request, "calendar.when_broken", None)
        messages.success(request, _("Saved."))
        return redirect("team_calendars")
    found, by_address = accounts.standings(), tallies()
    context = {
        "rows": [(one, found.get(one.pk), by_address.get(one.pk)) for one in providers(active=True)],
        "findings": _findings(member_of(request)),
        "form": form,
        "zone": business_of(request).timezone,
        "now": now,
        "connected": accounts.any_connected(),
        "tab": "calendars",
        "here": request.path,
    }
    return render(request, "calendarsync/google/overview.html", context, status=422 if form.errors else 200)


def section(
    request: HttpRequest, provider: Provider, *, now: datetime, form: ChoiceForm | None = None
) -> dict[str, Any]:
    """What the part of a provider's calendars page about Google shows."""
    business: Business = business_of(request)
    standing: Standing | None = accounts.standings([provider.pk]).get(provider.pk)
    connected = standing.connection if standing else None
    if form is None and standing and connected and connected.state != State.RECONNECT:
        form = ChoiceForm(connection=connected, calendars=standing.calendars)
    return {
        "provider": provider,
        "standing": standing,
        "google_form": form,
        "offered": gateway(Vendor.GOOGLE).offered(),
        "choosing": bool(connected and connected.state == State.CHOOSING),
        "findings": _findings(member_of(request), provider.pk),
        "google_zone": zone_of(business, None, provider),
        "here": request.path,
    }


def provider_for(request: HttpRequest, provider_id: UUID) -> Provider:
    """The provider, whose calendars the member may change: everybody's with CHANGE_SETUP, else only his own."""
    provider = access_provider(provider_id)
    keep_to_own_hours(member_of(request), provider.pk)
    return provider


def _findings(member: Membership, provider_id: UUID | None = None) -> list[accounts.Finding]:
    return accounts.findings(member, provider_id=provider_id)


def _note(request: HttpRequest, action: str, provider: Provider | None) -> None:
    line = Line(action, "calendar", provider.pk if provider else "", provider.name if provider else "")
    record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)


def _back(provider: Provider) -> HttpResponse:
    response = redirect("provider_calendars", provider.pk)
    response.status_code = 303
    return response
