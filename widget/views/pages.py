"""The start page with the services, the cancellation policy, the brand's colours, and a lost link sent again."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.selectors.prices import tax_rules_of
from daybook.core import clock, theme
from tenants import limits
from widget import selectors, tokens
from widget.forms import FindForm
from widget.services import buying, lost_links
from widget.views import offer, policy
from widget.views.door import business_of, client_page, submitted

YEAR = 31_536_000


@client_page(framed=True)
def services(request: HttpRequest) -> HttpResponse:
    """`/`: what can be booked, by category. A single service leads straight to its times."""
    business = business_of(request)
    found = selectors.services(business)
    if len(found) == 1:
        return redirect("times", found[0].slug)
    # Services are in their own order; categories in theirs, what has none comes last.
    ordered = sorted(
        found,
        key=lambda s: (
            s.category is None,
            s.category.position if s.category else 0,
            s.category.name if s.category else "",
        ),
    )
    rules = tax_rules_of([service.pk for service in found])
    groups = [
        {
            "name": category.name if category else _("Other services") if any(s.category for s in found) else "",
            "cards": [offer.card(business, service, taxed=rules[service.pk].added) for service in members],
        }
        for category, members in groupby(ordered, key=lambda service: service.category)
    ]
    context = {
        "groups": groups,
        "sells": buying.sells(business),
        "empty_title": _("Nothing can be booked yet"),
        "empty_text": _("%(name)s has not put any service online so far. Please come back later.")
        % {"name": business.name},
    }
    return render(request, "widget/services.html", context)


@client_page(framed=True)
def cancellation_policy(request: HttpRequest) -> HttpResponse:
    """`/policy`: the business's own words and its rules; with `?service=`, those of this service."""
    business, wanted = business_of(request), request.GET.get("service", "")
    service = selectors.access_service(business, wanted, with_links=False) if wanted else None
    context = {
        "rules": policy.rules(business),
        "paid_rules": policy.paid_rules(business, service),
        "service": service,
    }
    return render(request, "widget/policy.html", context)


@require_safe
def brand(request: HttpRequest, digest: str) -> HttpResponse:
    """`/brand-<digest>.css`: never changes, because another colour has another name."""
    color = business_of(request).brand_color or theme.DEFAULT_BRAND
    if digest != theme.digest(color):
        raise Http404
    headers = {"Cache-Control": f"public, max-age={YEAR}, immutable"}
    return HttpResponse(theme.stylesheet(color), content_type="text/css", headers=headers)


@client_page(methods=("GET", "HEAD", "POST"))
def find(request: HttpRequest) -> HttpResponse:
    """`/manage`: the link to a booking is mailed again to the address that booked. The answer never tells which exist."""
    business = business_of(request)
    form = FindForm(request.POST if request.method == "POST" else None)
    status, sent = 200, False
    if request.method == "POST":
        nonce = submitted(request, "find")
        status = 422
        if form.is_valid():
            limits.count_guess(request, "lost_link", form.cleaned_data["email"].lower())
            lost_links.ask(
                reference=form.cleaned_data["reference"], email=form.cleaned_data["email"], nonce=nonce, now=clock.now()
            )
            status, sent = 200, True
    context = {"form": form, "sent": sent, "token": tokens.new(business.pk, "find"), "hide_manage_link": True}
    return render(request, "widget/find.html", context, status=status)
