"""Services and their categories."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling import documents, schemas
from scheduling.api.access import recorded
from scheduling.models import Category, Service
from scheduling.selectors import offer as offers
from scheduling.services import offer
from scheduling.services.offer import Link
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(tags=["services"])


@router.get("/services", response={200: schemas.Services, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def list_services(
    request: HttpRequest, active: bool | None = None, page: PageNumber = 1, limit: PageLimit = 50
) -> HttpResponse:
    """All services in their order, switched off or not."""
    found = offers.services(active=active)
    return json_answer(page_of(found, lambda row: _document(request, row), page=page, limit=limit))


@router.post("/services", response={201: schemas.ServiceRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def make_service(
    request: HttpRequest, payload: schemas.NewService, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new service; the address of its page follows its name unless `slug` says another."""
    values = _values(payload)
    key = idempotency_key(request, route="services", body=payload.model_dump(), caller=caller(request))

    def work() -> Service:
        with recorded(request, "service.made") as trail:
            trail.thing = made = offer.make_service(business=request.business, **values)  # type: ignore[attr-defined]
        return offers.access_service(made.pk)

    made = once(key, work, 201, lambda row: _document(request, row))
    return json_answer(_document(request, made), status=201)


@router.get("/services/{uuid:service_id}", response={200: schemas.ServiceRecord, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def one_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """One service."""
    return json_answer(_document(request, offers.access_service(service_id)))


@router.patch("/services/{uuid:service_id}", response={200: schemas.ServiceRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def change_service(request: HttpRequest, service_id: UUID, payload: schemas.ServiceChanges) -> HttpResponse:
    """Change what is sent; a new name leaves the `slug`, so that links go on working. Appointments keep the price, times and policy under which they were booked."""
    service = offers.access_service(service_id)
    with recorded(request, "service.changed", service):
        offer.change_service(service, **_values(payload))
    return json_answer(_document(request, offers.access_service(service_id)))


@router.delete("/services/{uuid:service_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_SETUP)
def delete_service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Delete a service that nobody ever booked; else 409 `in_use`: switch it off."""
    service = offers.access_service(service_id)
    with recorded(request, "service.deleted", service) as trail:
        offer.delete_service(service)
        trail.gone = True
    return HttpResponse(status=204)


@router.get("/categories", response={200: schemas.Categories, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def list_categories(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """The headings under which services are listed."""
    return json_answer(page_of(offers.categories(), documents.category, page=page, limit=limit))


@router.post("/categories", response={201: schemas.CategoryRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def make_category(
    request: HttpRequest, payload: schemas.NewCategory, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new heading."""
    key = idempotency_key(request, route="categories", body=payload.model_dump(), caller=caller(request))

    def work() -> Category:
        with recorded(request, "category.made") as trail:
            trail.thing = made = offer.make_category(name=payload.name)
        return made

    made = once(key, work, 201, documents.category)
    return json_answer(documents.category(made), status=201)


@router.patch("/categories/{uuid:category_id}", response={200: schemas.CategoryRecord, **ERRORS})
@needs(Right.CHANGE_SETUP)
def change_category(request: HttpRequest, category_id: UUID, payload: schemas.CategoryChanges) -> HttpResponse:
    """Rename or move a heading."""
    values = payload.model_dump(exclude_unset=True)
    category = offers.access_category(category_id)
    with recorded(request, "category.changed", category):
        offer.change_category(category, **values)
    return json_answer(documents.category(category))


@router.delete("/categories/{uuid:category_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_SETUP)
def delete_category(request: HttpRequest, category_id: UUID) -> HttpResponse:
    """Delete a heading; its services stay."""
    category = offers.access_category(category_id)
    with recorded(request, "category.deleted", category) as trail:
        offer.delete_category(category)
        trail.gone = True
    return HttpResponse(status=204)


def _document(request: HttpRequest, service: Service) -> dict[str, Any]:
    return documents.service(service, request.business.currency)  # type: ignore[attr-defined]


def _values(payload: schemas.ServiceChanges) -> dict[str, Any]:
    """What was sent, in the service's own words."""
    values = payload.model_dump(exclude_unset=True, exclude={"deposit", "providers"})
    if "deposit" in payload.model_fields_set:
        deposit = payload.deposit
        values["deposit_type"], values["deposit_value"] = (deposit.type, deposit.value) if deposit else ("", 0)
    if payload.providers is not None:
        values["providers"] = [Link(one.id, one.price, one.duration_minutes) for one in payload.providers]
    return values
