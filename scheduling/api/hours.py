"""Weekly hours, as whole lists: a provider's, a service's, the business's."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.http.idempotent import json_answer
from daybook.core.http.openapi import ERRORS
from scheduling import documents, schemas
from scheduling.api.access import keep_to_own, keep_to_own_hours, recorded_hours
from scheduling.models import Provider, Service
from scheduling.selectors.availability import zone_of
from scheduling.selectors.hours import rules_of
from scheduling.selectors.offer import access_provider, access_service
from scheduling.services.hours import Hours, replace_rules
from scheduling.services.recording import week_in_words
from tenants.enums import Right
from tenants.guards import needs

router = Router(tags=["availability"])


@router.get("/providers/{uuid:provider_id}/availability", response={200: schemas.Rules, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def provider_hours(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """A provider's own hours, for every service and for single ones."""
    provider = access_provider(provider_id)
    keep_to_own(request, provider.pk)
    zone = zone_of(request.business, None, provider)  # type: ignore[attr-defined]
    return json_answer(documents.rules(rules_of(provider=provider), zone))


@router.put("/providers/{uuid:provider_id}/availability", response={200: schemas.Rules, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def replace_provider_hours(request: HttpRequest, provider_id: UUID, payload: schemas.RulesIn) -> HttpResponse:
    """Replace a provider's whole list. Providers may change their own."""
    provider = access_provider(provider_id)
    keep_to_own_hours(request, provider.pk)
    with recorded_hours(request, provider.name, lambda: _in_words(provider=provider), key=provider.pk):
        replace_rules(provider=provider, hours=_hours(payload))
    zone = zone_of(request.business, None, provider)  # type: ignore[attr-defined]
    return json_answer(documents.rules(rules_of(provider=provider), zone))


@router.get("/services/{uuid:service_id}/availability", response={200: schemas.Rules, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def service_hours(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """The hours in which a service is given at all, by whomever."""
    service = access_service(service_id)
    zone = service.timezone or request.business.timezone  # type: ignore[attr-defined]
    return json_answer(documents.rules(rules_of(service=service), zone))


@router.put("/services/{uuid:service_id}/availability", response={200: schemas.Rules, **ERRORS})
@needs(Right.CHANGE_SETUP)
def replace_service_hours(request: HttpRequest, service_id: UUID, payload: schemas.RulesIn) -> HttpResponse:
    """Replace a service's whole list."""
    service = access_service(service_id)
    with recorded_hours(request, service.name, lambda: _in_words(service=service), key=service.pk):
        replace_rules(service=service, hours=_hours(payload))
    zone = service.timezone or request.business.timezone  # type: ignore[attr-defined]
    return json_answer(documents.rules(rules_of(service=service), zone))


@router.get("/settings/availability", response={200: schemas.Rules, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def business_hours(request: HttpRequest) -> HttpResponse:
    """The hours of everybody who has none of his own."""
    return json_answer(documents.rules(rules_of(), request.business.timezone))  # type: ignore[attr-defined]


@router.put("/settings/availability", response={200: schemas.Rules, **ERRORS})
@needs(Right.CHANGE_SETUP)
def replace_business_hours(request: HttpRequest, payload: schemas.RulesIn) -> HttpResponse:
    """Replace the business's whole list."""
    with recorded_hours(request, "", _in_words):
        replace_rules(hours=_hours(payload))
    return json_answer(documents.rules(rules_of(), request.business.timezone))  # type: ignore[attr-defined]


def _hours(payload: schemas.RulesIn) -> list[Hours]:
    return [
        Hours(rule.weekday, rule.start, rule.end, rule.effective_from, rule.effective_to, rule.service_id)
        for rule in payload.rules
    ]


def _in_words(*, provider: Provider | None = None, service: Service | None = None) -> list[str]:
    return week_in_words(list(rules_of(provider=provider, service=service)))
