"""The settings of a business: who it is, booking rules, look, address, security."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from daybook.core import theme
from daybook.core.audit import Line, record
from daybook.core.errors import DaybookError
from daybook.core.formats import duration
from daybook.core.inputs import refuse
from tenants.auth import actor
from tenants.doors import FORM, READ, business_of, member_required
from tenants.enums import Right
from tenants.forms import AboutForm, AddressForm, BookingRulesForm, LookForm, SettingsForm
from tenants.selectors import client_url
from tenants.services import provisioning, settings

if TYPE_CHECKING:
    from tenants.models import Business


def _kept(form: SettingsForm, business: Business) -> dict[str, Any]:
    """The settings of a form as they are, for the audit log."""
    return {name: getattr(business, name) for name in form.fields if hasattr(business, name)}


def _note(request: HttpRequest, form: SettingsForm, before: dict[str, Any]) -> None:
    business = business_of(request)
    line = Line("business.changed", "business", business.pk, business.name, before, _kept(form, business))
    record(line, tenant_id=business.pk, by=actor(request), request=request)


def _done(request: HttpRequest, to: str) -> HttpResponse:
    messages.success(request, _("Saved."))
    response = redirect(to)
    response.status_code = 303
    return response


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def about(request: HttpRequest) -> HttpResponse:
    """Name, contacts, zone and language."""
    business = business_of(request)
    shown = business.name
    form = AboutForm(request.POST if request.method == "POST" else None, business=business)
    before = _kept(form, business)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                settings.change_settings(business, **form.values())
                _note(request, form, before)
        except DaybookError as error:
            business.name = shown  # what was refused is not shown as if it were kept
            refuse(form, error)
        else:
            return _done(request, "settings")
    context = {"form": form, "currency": business.currency.upper()}
    return render(request, "tenants/settings/about.html", context, status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def booking_rules(request: HttpRequest) -> HttpResponse:
    """Holds, cut-offs, completion, reminders, terms."""
    business = business_of(request)
    leads = settings.reminders_of(business)
    form = BookingRulesForm(request.POST if request.method == "POST" else None, business=business)
    before = _kept(form, business)
    form.fields["reminders"].initial = ", ".join(duration(lead) for lead in leads)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                settings.change_booking_rules(business, reminders=form.cleaned_data["reminders"], **form.values())
                _note(request, form, before)
        except DaybookError as error:
            refuse(form, error)
        else:
            return _done(request, "settings_booking")
    return render(request, "tenants/settings/booking.html", {"form": form}, status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def look(request: HttpRequest) -> HttpResponse:
    """Brand colour and theme of what clients see, with the colours that follow from it."""
    business = business_of(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = LookForm(*sent, business=business)
    before = _kept(form, business)
    color = business.brand_color
    if request.method == "POST" and form.is_valid():
        try:
            settings.change_look(
                business, upload=request.FILES.get("logo"), without_logo="no_logo" in request.POST, **form.values()
            )
        except DaybookError as error:
            business.brand_color = color
            refuse(form, error)
        else:
            _note(request, form, before)  # the pictures are changed already
            return _done(request, "settings_look")
    context = {"form": form, "previews": _previews(color), "url": client_url(business)}
    return render(request, "tenants/settings/look.html", context, status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETTINGS, methods=READ)
def look_preview(request: HttpRequest) -> HttpResponse:
    """The colours that follow from `?brand_color=`, and how well they can be read."""
    context = {"previews": _previews(request.GET.get("brand_color", ""))}
    return render(request, "tenants/dashboard/_look_preview.html", context)


def _previews(color: str) -> list[dict[str, Any]]:
    found = []
    color = color if theme.is_brand(color) else theme.DEFAULT_BRAND
    modes: tuple[tuple[theme.Mode, str], ...] = (("light", _("Light")), ("dark", _("Dark")))
    for mode, label in modes:
        tokens = theme.tokens(color, mode)
        surface = theme.SURFACES[mode].base[0]
        found.append(
            {
                "label": label,
                "tokens": {name.replace("-", "_"): value for name, value in tokens.items()},
                "surface": surface,
                "ink": theme.INK if mode == "light" else "#f1f0ee",
                "fill_ratio": f"{theme.contrast(tokens['brand'], tokens['on-brand']):.1f}",
                "text_ratio": f"{theme.contrast(tokens['brand-text'], surface):.1f}",
                "adjusted": tokens["brand"] != color.lower(),
            }
        )
    return found


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def address(request: HttpRequest) -> HttpResponse:
    """Another slug. The old address stays reserved and leads to the new one."""
    business = business_of(request)
    old = business.slug
    form = AddressForm(request.POST if request.method == "POST" else None, initial={"slug": old})
    if request.method == "POST" and form.is_valid():
        try:
            provisioning.rename(business, slug=form.cleaned_data["slug"])
        except DaybookError as error:
            business.slug = old
            refuse(form, error)
        else:
            return _moved(request, old)
    context = {"form": form, "url": client_url(business), "base_domain": django_settings.BASE_DOMAIN}
    return render(request, "tenants/settings/address.html", context, status=422 if form.errors else 200)


def _moved(request: HttpRequest, old: str) -> HttpResponse:
    """On to the new host, which needs a session of its own."""
    slug = business_of(request).slug
    if slug == old:
        return redirect("settings_address")
    line = Line("business.renamed", "business", business_of(request).pk, slug, {"slug": old}, {"slug": slug})
    record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)
    return redirect(f"{django_settings.PLATFORM_URL}/go/{slug}/?next=/dashboard/settings/address")
