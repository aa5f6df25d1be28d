"""Providers and what they give."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling import documents, schemas
from scheduling.api.access import recorded
from scheduling.models import Provider
from scheduling.selectors import offer as offers
from scheduling.services import team
from scheduling.services.offer import Link, set_services
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(tags=["providers"])


@router.get("/providers", response={200: schemas.Providers, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def list_providers(
    request: HttpRequest, active: bool | None = None, page: PageNumber = 1, limit: PageLimit = 50
) -> HttpResponse:
    """The team in its order, switched off or not."""
    return json_answer(page_of(offers.providers(active=active), documents.provider, page=page, limit=limit))


@router.post("/providers", response={201: schemas.ProviderRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def make_provider(
    request: HttpRequest, payload: schemas.NewProvider, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new provider."""
    values = payload.model_dump(exclude_unset=True, exclude={"services"})
    key = idempotency_key(request, route="providers", body=payload.model_dump(), caller=caller(request))

    def work() -> Provider:
        with recorded(request, "provider.made") as trail:
            trail.thing = made = team.make_provider(
                business=request.business,  # type: ignore[attr-defined]
                services=_links(payload.services),
                **values,
            )
        return offers.access_provider(made.pk)

    made = once(key, work, 201, documents.provider)
    return json_answer(documents.provider(made), status=201)


@router.get("/providers/{uuid:provider_id}", response={200: schemas.ProviderRecord, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def one_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """One provider."""
    return json_answer(documents.provider(offers.access_provider(provider_id)))


@router.patch("/providers/{uuid:provider_id}", response={200: schemas.ProviderRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def change_provider(request: HttpRequest, provider_id: UUID, payload: schemas.ProviderChanges) -> HttpResponse:
    """Change what is sent. Switched off, a provider takes no new bookings."""
    provider = offers.access_provider(provider_id)
    with recorded(request, "provider.changed", provider):
        team.change_provider(
            provider,
            business=request.business,  # type: ignore[attr-defined]
            services=_links(payload.services) if "services" in payload.model_fields_set else None,
            **payload.model_dump(exclude_unset=True, exclude={"services"}),
        )
    return json_answer(documents.provider(offers.access_provider(provider_id)))


@router.delete("/providers/{uuid:provider_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_SETUP)
def delete_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Delete a provider whom nobody ever booked; else 409 `in_use`: switch him off."""
    provider = offers.access_provider(provider_id)
    with recorded(request, "provider.deleted", provider) as trail:
        team.delete_provider(provider)
        trail.gone = True
    return HttpResponse(status=204)


@router.get("/providers/{uuid:provider_id}/services", response={200: schemas.Links, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def provider_services(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """What a provider gives, with own prices and durations."""
    return json_answer({"items": documents.provider(offers.access_provider(provider_id))["services"]})


@router.put("/providers/{uuid:provider_id}/services", response={200: schemas.Links, **ERRORS})
@needs(Right.CHANGE_SETUP)
def replace_provider_services(request: HttpRequest, provider_id: UUID, payload: schemas.LinksIn) -> HttpResponse:
    """Replace the whole list."""
    provider = offers.access_provider(provider_id)
    with recorded(request, "provider.changed", provider):
        set_services(provider, links=_links(payload.items))
    return json_answer({"items": documents.provider(offers.access_provider(provider_id))["services"]})


def _links(items: list[schemas.LinkIn]) -> list[Link]:
    return [Link(one.id, one.price, one.duration_minutes) for one in items]
