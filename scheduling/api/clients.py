"""Clients and what they booked."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling import documents, schemas
from scheduling.selectors import clients as records
from scheduling.services.client_records import change_client as change
from scheduling.services.client_records import make_client as make
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(tags=["clients"])
SHOWN = 200
"""How many of a client's appointments come with him, the latest."""


@router.get("/clients", response={200: schemas.Clients, **ERRORS})
@needs(Right.SEE_CLIENTS)
def list_clients(request: HttpRequest, search: str = "", page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """Clients by name; `search` finds parts of names and e-mails, and last digits of phones."""
    return json_answer(page_of(records.clients(search=search), documents.client, page=page, limit=limit))


@router.post("/clients", response={201: schemas.ClientRecord, **ERRORS})
@needs(Right.SEE_CLIENTS)
def make_client(
    request: HttpRequest, payload: schemas.NewClient, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new client; 409 `client_exists` for a known e-mail."""
    values = payload.model_dump(exclude_unset=True)
    key = idempotency_key(request, route="clients", body=payload.model_dump(), caller=caller(request))
    business = request.business  # type: ignore[attr-defined]
    made = once(key, lambda: make(business=business, **values), 201, documents.client)
    return json_answer(documents.client(made), status=201)


@router.get("/clients/{uuid:client_id}", response={200: schemas.ClientDetail, **ERRORS})
@needs(Right.SEE_CLIENTS)
def one_client(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One client with his appointments, the latest first."""
    client = records.access_client(client_id)
    zone = request.business.timezone  # type: ignore[attr-defined]
    history = [documents.appointment(row, zone) for row in records.appointments_of(client)[:SHOWN]]
    return json_answer({**documents.client(client), "appointments": history})


@router.patch("/clients/{uuid:client_id}", response={200: schemas.ClientRecord, **ERRORS})
@needs(Right.SEE_CLIENTS)
def change_client(request: HttpRequest, client_id: UUID, payload: schemas.ClientChanges) -> HttpResponse:
    """Change what is sent. Appointments keep the details they were booked with."""
    client = records.access_client(client_id)
    values = payload.model_dump(exclude_unset=True)
    return json_answer(documents.client(change(client, business=request.business, **values)))  # type: ignore[attr-defined]
