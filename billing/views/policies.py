"""The owner's pages of cancellation policies: the business's, and a service's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain.policies import DEFAULT, Tier
from billing.forms import MOST_LINES, PolicyForm
from billing.selectors.policies import own_tiers, policy_in_words
from billing.selectors.policy_examples import Examples, example_start, examples
from billing.services.policies import replace_tiers
from billing.services.terms import policy_of
from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.errors import DaybookError
from scheduling.selectors.offer import access_service
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.services.settings import change_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scheduling.models import Service
    from tenants.models import Business

EXAMPLE = 10_000


@member_required(Right.CHANGE_SETTINGS, methods=FORM)
def business_policy(request: HttpRequest) -> HttpResponse:
    """What cancelling costs, where a service does not say otherwise, and until when clients may change things."""
    return _policy(request, None)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def service_policy(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """What cancelling a service costs: the business's policy, or its own."""
    return _policy(request, access_service(service_id))


@member_required(Right.CHANGE_SETTINGS, methods=("POST",))
def business_examples(request: HttpRequest) -> HttpResponse:
    """What the policy that is being typed means, with real dates. Nothing is kept."""
    return _examples_part(request, None)


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def service_examples(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The same for one service."""
    return _examples_part(request, access_service(service_id))


def _policy(request: HttpRequest, service: Service | None) -> HttpResponse:
    business = business_of(request)
    kept = own_tiers(service)
    own = None if service is None else bool(kept)
    shown = kept or ([] if service else list(DEFAULT))
    if request.method != "POST":
        return _page(
            request, service, PolicyForm(tiers=shown, currency=business.currency, own=own, **_cutoffs(request))
        )
    form = _typed(request, own)
    if form.is_valid():
        try:
            with transaction.atomic():
                replace_tiers(tiers=form.tiers(), service=service)
                _note(request, service or business, _plain(kept), _plain(own_tiers(service)))
                if service is None and (cutoffs := form.cutoffs()):
                    change_settings(business, **cutoffs)  # type: ignore[arg-type]  # names are checked by the form
        except DaybookError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved. What is booked keeps the policy it was booked under."))
            response = redirect("service_policy", service.pk) if service else redirect("settings_policy")
            response.status_code = 303
            return response
    return _page(request, service, form, status=422)


def _typed(request: HttpRequest, own: bool | None) -> PolicyForm:
    lines = min(MOST_LINES, sum(name.startswith("hours-") for name in request.POST))
    currency = business_of(request).currency
    return PolicyForm(request.POST, tiers=[], currency=currency, own=own, lines=lines, **_cutoffs(request))


def _cutoffs(request: HttpRequest) -> dict[str, int]:
    business = business_of(request)
    return {"cancel": business.cancel_cutoff_minutes, "reschedule": business.reschedule_cutoff_minutes}


def _examples_part(request: HttpRequest, service: Service | None) -> HttpResponse:
    form = _typed(request, None if service is None else bool(own_tiers(service)))
    tiers = form.tiers() if form.is_valid() else None
    cutoffs = form.cutoffs() if form.is_valid() else {}
    context = {"examples": None if tiers is None else _examples(business_of(request), service, tiers, cutoffs)}
    return render(request, "billing/_policy_examples.html", context)


def _examples(business: Business, service: Service | None, tiers: list[Tier], cutoffs: Mapping[str, int]) -> Examples:
    """Examples of these tiers; of what holds otherwise where there are none."""
    if not tiers:
        kept = policy_of(business, None)["tiers"] if service else [asdict(tier) for tier in DEFAULT]
        tiers = [Tier(t["hours_before_start"], t["fee_percentage"], t["fee_fixed"]) for t in kept]
    return examples(
        tiers,
        start=example_start(clock.now(), business.timezone),
        price=(service.price if service else 0) or EXAMPLE,
        currency=business.currency,
        zone=business.timezone,
        language=get_language(),
        cancel_cutoff_minutes=cutoffs.get("cancel_cutoff_minutes", business.cancel_cutoff_minutes),
        reschedule_cutoff_minutes=cutoffs.get("reschedule_cutoff_minutes", business.reschedule_cutoff_minutes),
    )


def _note(request: HttpRequest, whose: Service | Business, before: list[str], after: list[str]) -> None:
    line = Line("policy.changed", "policy", whose.pk, whose.name, {"tiers": before}, {"tiers": after})
    record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)


def _plain(tiers: Iterable[Tier]) -> list[str]:
    return [f"{tier.hours_before_start} h: {tier.fee_percentage} % + {tier.fee_fixed}" for tier in tiers]


def _page(request: HttpRequest, service: Service | None, form: PolicyForm, *, status: int = 200) -> HttpResponse:
    business = business_of(request)
    policy = policy_of(business, None if service is None else service.pk)
    tiers = [Tier(t["hours_before_start"], t["fee_percentage"], t["fee_fixed"]) for t in policy["tiers"]]
    context = {
        "form": form,
        "service": service,
        "words": policy_in_words(policy, currency=business.currency, language=business.locale),
        "examples": _examples(business, service, tiers, {}),
        "examples_url": reverse("service_policy_examples", args=[service.pk])
        if service
        else reverse("policy_examples"),
        "back": reverse("edit_service", args=[service.pk]) if service else "",
    }
    return render(request, "billing/policy.html", context, status=status)
