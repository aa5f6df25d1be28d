"""A provider's calendars: the feed of his appointments, and the outside feeds that close his times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendarsync.enums import FeedState, Privacy
from calendarsync.forms.feeds import AddressForm, PrivacyForm, SubscriptionForm
from calendarsync.selectors.feeds import Listened, access_subscription, feed_of, listened
from calendarsync.services import feeds, subscriptions
from calendarsync.views import google
from daybook.core import clock, formats
from daybook.core.errors import DaybookError, NotFound, TooManyRequests
from daybook.core.inputs import refuse
from scheduling.selectors.availability import zone_of
from scheduling.selectors.offer import access_provider
from scheduling.selectors.publishing import next_busy
from scheduling.views.setup_doors import keep_to_own_hours
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from calendarsync.models import Subscription
    from scheduling.models import Provider
    from tenants.models import Business


KEEPS_THE_FORM = (409, 422, 429, 503)
"""Refusals after which what was typed is still there to be sent again."""


@member_required(Right.CHANGE_OWN_HOURS, methods=FORM)
def calendars(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """The page; a POST adds an outside feed."""
    provider = _provider(request, provider_id)
    form = SubscriptionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = subscriptions.add(
                business=business_of(request), provider=provider, name=form.cleaned_data["name"],
                url=form.cleaned_data["url"], now=clock.now(), by=actor(request), request=request,
            )  # fmt: skip
        except DaybookError as error:
            if error.status not in KEEPS_THE_FORM:
                raise
            refuse(form, error)
        else:
            return _done(request, provider, _found(business_of(request), provider, made, clock.now()))
    return _page(request, provider, form)


def _page(
    request: HttpRequest, provider: Provider, form: SubscriptionForm, moving: tuple[UUID, AddressForm] | None = None
) -> HttpResponse:
    now = clock.now()
    context = {
        **google.section(request, provider, now=now),
        **section(business_of(request), provider, now=now, moving=moving),
        "form": form,
        "may_setup": member_of(request).may(Right.CHANGE_SETUP),
    }
    wrong = form.errors or (moving and moving[1].errors)
    return render(request, "calendarsync/feeds/page.html", context, status=422 if wrong else 200)


def section(
    business: Business, provider: Provider, *, now: datetime, moving: tuple[UUID, AddressForm] | None = None
) -> dict[str, Any]:
    """What the part of the page about feeds shows; `moving` is a new address that was refused, and whose."""
    feed = feed_of(provider.pk)
    zone = zone_of(business, None, provider)
    return {
        "provider": provider,
        "zone": zone,
        "feed": feed,
        "feed_read": _moment(feed.read_at, zone) if feed and feed.read_at else "",
        "feed_address": feeds.address(business, feed) if feed else "",
        "privacy_form": PrivacyForm(initial={"privacy": feed.privacy}) if feed else None,
        "subscriptions": [_row(one, zone, moving) for one in listened(provider.pk, now=now)],
    }


def _row(one: Listened, zone: str, moving: tuple[UUID, AddressForm] | None) -> dict[str, Any]:
    row = one.subscription
    refused = moving[1] if moving and moving[0] == row.pk else None
    return {
        "form": refused or AddressForm(auto_id=f"id_{row.pk.hex}_%s"),
        "refused": refused,
        "row": row,
        "paused": row.state == FeedState.PAUSED,
        "problem": subscriptions.said(row.problem, row.status) if row.problem else "",
        "next": _moment(one.next[0], zone) if one.next else "",
        "read": _moment(row.read_at, zone) if row.read_at else "",
        "asked_next": formats.clock(row.next_at, zone),
        "failing": _moment(row.failing_since, zone) if row.failing_since else "",
    }


def _moment(instant: datetime, zone: str) -> str:
    return f"{formats.day(instant.astimezone(ZoneInfo(zone)).date())}, {formats.clock(instant, zone)}"


def _found(business: Business, provider: Provider, row: Subscription, now: datetime) -> str:
    """What a feed that was just read holds, in words."""
    ahead = next_busy([row.source], now=now).get(row.source)
    words: dict[str, Any] = {"name": row.name, "n": row.busy}
    if ahead is None:
        return _("%(name)s: no busy times ahead.") % words
    words["next"] = _moment(ahead[0], zone_of(business, None, provider))
    text = ngettext(
        "%(name)s: %(n)d busy time, it begins %(next)s.",
        "%(name)s: %(n)d busy times, the next begins %(next)s.",
        row.busy,
    )
    return text % words


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def change_feed(request: HttpRequest, provider_id: UUID, action: str) -> HttpResponse:
    """Switch the provider's own feed on or off, renew its address, or set how much it tells."""
    provider, business, by = _provider(request, provider_id), business_of(request), actor(request)
    match action:
        case "on":
            feeds.switch_on(business=business, provider=provider, now=clock.now(), by=by, request=request)
            return _done(request, provider, _("The calendar address is ready."))
        case "renew":
            feeds.renew(business=business, provider=provider, by=by, request=request)
            return _done(request, provider, _("There is a new address. The old one does not work any more."))
        case "off":
            feeds.switch_off(business=business, provider=provider, by=by, request=request)
            return _done(request, provider, _("The calendar address does not work any more."))
        case "privacy":
            chosen = PrivacyForm(request.POST)
            privacy = chosen.value() if chosen.is_valid() else Privacy.BUSY
            feeds.tell(business=business, provider=provider, privacy=privacy, by=by, request=request)
            return _done(request, provider, _("Saved. Calendars show it when they next read the address."))
    raise NotFound()


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def change_subscription(request: HttpRequest, provider_id: UUID, subscription_id: UUID, action: str) -> HttpResponse:
    """Ask an outside feed now, pause it, go on, or remove it."""
    provider, business, by = _provider(request, provider_id), business_of(request), actor(request)
    row = access_subscription(provider.pk, subscription_id)
    match action:
        case "refresh":
            now = clock.now()
            return _looked(request, provider, now, partial(subscriptions.look_now, business=business, subscription=row))
        case "resume":
            now, resume = clock.now(), partial(subscriptions.resume, business=business, subscription=row)
            return _looked(request, provider, now, partial(resume, by=by, request=request))
        case "pause":
            subscriptions.pause(business=business, subscription=row, by=by, request=request)
            return _done(request, provider, _("Paused: %(name)s. Its times are open now.") % {"name": row.name})
        case "address":
            return _moved(request, provider, row)
        case "remove":
            subscriptions.remove(business=business, subscription=row, by=by, request=request)
            return _done(request, provider, _("Removed: %(name)s. Its times are open now.") % {"name": row.name})
    raise NotFound()


def _moved(request: HttpRequest, provider: Provider, row: Subscription) -> HttpResponse:
    form, now = AddressForm(request.POST, auto_id=f"id_{row.pk.hex}_%s"), clock.now()
    if form.is_valid():
        try:
            moved = subscriptions.move(
                business=business_of(request), subscription=row, url=form.cleaned_data["url"], now=now,
                by=actor(request), request=request,
            )  # fmt: skip
        except DaybookError as error:
            if error.status not in KEEPS_THE_FORM:
                raise
            refuse(form, error)
        else:
            return _done(request, provider, _found(business_of(request), provider, moved, now))
    return _page(request, provider, SubscriptionForm(), (row.pk, form))


def _looked(request: HttpRequest, provider: Provider, now: datetime, look: Callable[..., Subscription]) -> HttpResponse:
    """Look, and say what was found, or why nothing was."""
    try:
        row = look(now=now)
    except TooManyRequests as error:
        messages.warning(request, error.message)
        return _back(provider)
    if row.problem:
        messages.warning(request, f"{row.name}: {subscriptions.said(row.problem, row.status)}")
        return _back(provider)
    if row.state == FeedState.PAUSED:
        return _back(provider)
    return _done(request, provider, _found(business_of(request), provider, row, now))


def _done(request: HttpRequest, provider: Provider, text: str) -> HttpResponse:
    messages.success(request, text)
    return _back(provider)


def _back(provider: Provider) -> HttpResponse:
    response = redirect("provider_calendars", provider.pk)
    response.status_code = 303
    return response


def _provider(request: HttpRequest, provider_id: UUID) -> Provider:
    """The provider, whose calendars the member may change: everybody's with CHANGE_SETUP, else only his own."""
    provider = access_provider(provider_id)
    keep_to_own_hours(member_of(request), provider.pk)
    return provider
