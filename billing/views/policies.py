"""The owner's pages of cancellation policies: the business's, and a service's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.domain.policies import DEFAULT, Tier
from billing.forms import MOST_LINES, PolicyForm
from billing.selectors.policies import own_tiers, policy_in_words
from billing.services.policies import replace_tiers
from billing.services.terms import policy_of
from daybook.core.audit import Line, record
from daybook.core.errors import DaybookError
from daybook.core.formats import money
from scheduling.selectors.offer import access_service
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduling.models import Service
    from tenants.models import Business

EXAMPLE = 10_000


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def business_policy(request: HttpRequest) -> HttpResponse:
    """What cancelling costs, where a service does not say otherwise."""
    return _policy(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def service_policy(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """What cancelling a service costs: the business's policy, or its own."""
    return _policy(request, access_service(service_id))


def _policy(request: HttpRequest, service: Service | None) -> HttpResponse:
    business = business_of(request)
    kept = own_tiers(service)
    own = None if service is None else bool(kept)
    shown = kept or ([] if service else list(DEFAULT))
    if request.method != "POST":
        return _page(request, service, PolicyForm(tiers=shown, currency=business.currency, own=own))
    lines = min(MOST_LINES, sum(name.startswith("hours-") for name in request.POST))
    form = PolicyForm(request.POST, tiers=[], currency=business.currency, own=own, lines=lines)
    if form.is_valid():
        try:
            with transaction.atomic():
                replace_tiers(tiers=form.tiers(), service=service)
                _note(request, service or business, _plain(kept), _plain(own_tiers(service)))
        except DaybookError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. What is booked keeps the policy it was booked under."))
            response = redirect("service_policy", service.pk) if service else redirect("settings_policy")
            response.status_code = 303
            return response
    return _page(request, service, form, status=422)


def _note(request: HttpRequest, whose: Service | Business, before: list[str], after: list[str]) -> None:
    line = Line("policy.changed", "policy", whose.pk, whose.name, {"tiers": before}, {"tiers": after})
    record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)


def _plain(tiers: Iterable[Tier]) -> list[str]:
    return [f"{tier.hours_before_start} h: {tier.fee_percentage} % + {tier.fee_fixed}" for tier in tiers]


def _page(request: HttpRequest, service: Service | None, form: PolicyForm, *, status: int = 200) -> HttpResponse:
    business = business_of(request)
    policy = policy_of(business, None if service is None else service.pk)
    context = {
        "form": form,
        "service": service,
        "words": policy_in_words(policy, currency=business.currency, language=business.locale),
        "example": _example(business, policy, service),
        "back": reverse("edit_service", args=[service.pk]) if service else "",
    }
    return render(request, "billing/policy.html", context, status=status)


def _example(business: Business, policy: dict[str, Any], service: Service | None) -> str:
    """What the last tier means in money, for somebody who paid."""
    price = (service.price if service else 0) or EXAMPLE
    tiers = [Tier(t["hours_before_start"], t["fee_percentage"], t["fee_fixed"]) for t in policy["tiers"]]
    middle = next((t for t in tiers if 0 < t.fee_percentage < 100), tiers[-1])
    fee = min(price, price * middle.fee_percentage // 100 + middle.fee_fixed)
    return _("Example: of %(price)s paid, somebody who cancels %(hours)d h before gets %(refund)s back.") % {
        "price": money(price, business.currency, short=True),
        "hours": middle.hours_before_start,
        "refund": money(price - fee, business.currency, short=True),
    }
