"""The business and what it offers."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.http.idempotent import json_answer
from daybook.core.http.openapi import PageLimit, PageNumber
from daybook.core.http.pages import part_of
from widget import selectors
from widget.api.answers import business_body, service_body
from widget.api.documents import READS
from widget.schemas import BusinessOut, ServiceOut, ServicesOut

router = Router()


@router.get("/business", response={200: BusinessOut, **READS}, summary="Name, zone, currency, branding, policy")
def business(request: HttpRequest) -> HttpResponse:
    return json_answer(business_body(request.business))  # type: ignore[attr-defined]


@router.get("/services", response={200: ServicesOut, **READS}, summary="Services that can be booked")
def services(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    place = request.business  # type: ignore[attr-defined]
    return json_answer(part_of(selectors.services(place), partial(service_body, place), page=page, limit=limit))


@router.get("/services/{service_id}", response={200: ServiceOut, **READS}, summary="One service, by id or slug")
def service(request: HttpRequest, service_id: str) -> HttpResponse:
    place = request.business  # type: ignore[attr-defined]
    return json_answer(service_body(place, selectors.access_service(place, service_id)))
