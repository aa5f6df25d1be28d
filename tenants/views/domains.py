"""A business's own domains, and the code that leads phones to its page."""

from __future__ import annotations

import io

import qrcode
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from daybook.core import clock
from daybook.core.errors import DaybookError, NotFound
from daybook.core.inputs import refuse
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.selectors import access_domain, client_url, custom_domains
from tenants.services import domains

ACTIONS = ("verify", "choose", "remove")


class DomainForm(forms.Form):
    """A domain as people type it."""

    domain = forms.CharField(
        label=gettext_lazy("Your own domain"),
        max_length=300,
        widget=forms.TextInput({"inputmode": "url", "autocapitalize": "none", "placeholder": "booking.example.com"}),
        help_text=gettext_lazy("Clients see your booking page there. You keep working at your Daybook address."),
    )


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def own_domains(request: HttpRequest) -> HttpResponse:
    """The domains with what is still to be done for each, and the field to add one."""
    business = business_of(request)
    form = DomainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            domains.add(business, form.cleaned_data["domain"], by=actor(request))
        except DaybookError as error:
            refuse(form, error)
        else:
            return _back()
    context = {
        "form": form,
        "domains": [(row, domains.challenge_url(row)) for row in custom_domains(business)],
        "target": domains.target(business),
        "url": client_url(business),
    }
    return render(request, "tenants/settings/domains.html", context, status=422 if form.errors else 200)


@member_required(Right.CHANGE_SETTINGS, methods=("POST",))
def change_domain(request: HttpRequest, domain_id: int, action: str) -> HttpResponse:
    """Look whether it leads here, let links use it (again: use our own), or take it away."""
    business = business_of(request)
    if action not in ACTIONS:
        raise NotFound()
    domain, by = access_domain(business, domain_id), actor(request)
    try:
        match action:
            case "verify":
                domains.verify(business, domain, by=by, now=clock.now())
                messages.success(request, _("%(domain)s leads to your booking page now.") % {"domain": domain.domain})
            case "choose":
                domains.choose(business, None if domain.is_primary else domain, by=by)
                messages.success(request, _("Links use %(url)s now.") % {"url": client_url(business)})
            case "remove":
                domains.remove(business, domain, by=by)
                messages.success(request, _("%(domain)s is taken away.") % {"domain": domain.domain})
    except DaybookError as error:
        messages.error(request, error.message)
    return _back()


@member_required(Right.SEE_OWN_APPOINTMENTS)
def qr_code(request: HttpRequest, form: str) -> HttpResponse:
    """The booking page's address as a QR code, SVG or PNG (for print, 1,000 pixels and more)."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4, box_size=30)
    code.add_data(client_url(business_of(request)))
    made = io.BytesIO()
    if form == "svg":
        code.make_image(image_factory=SvgPathFillImage).save(made)
    else:
        code.make_image().save(made, "PNG")
    response = HttpResponse(made.getvalue(), content_type="image/svg+xml" if form == "svg" else "image/png")
    disposition = "attachment" if "download" in request.GET else "inline"
    response.headers["Content-Disposition"] = f'{disposition}; filename="{business_of(request).slug}.{form}"'
    return response


def _back() -> HttpResponse:
    response = redirect("settings_domains")
    response.status_code = 303
    return response
