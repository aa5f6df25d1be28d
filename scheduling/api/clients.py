"""Clients and what they booked."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling import documents
from scheduling import schemas_clients as schemas
from scheduling.schemas import Appointments
from scheduling.selectors import clients as records
from scheduling.selectors.desk import own
from scheduling.services import client_blocks, client_erasing, client_exporting
from scheduling.services.client_records import change_client as change
from scheduling.services.client_records import make_client as make
from tenants.auth import actor, require
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(tags=["clients"])
SHOWN = 200
"""How many of a client's appointments come with him, the latest."""
ONE = "/clients/{uuid:client_id}"


@router.get("/clients", response={200: schemas.Clients, **ERRORS})
@needs(Right.SEE_CLIENTS)
def list_clients(
    request: HttpRequest, search: str = "", tag: str = "", page: PageNumber = 1, limit: PageLimit = 50
) -> HttpResponse:
    """Clients by name; `search` finds parts of names and e-mails, and digits of phones; `tag` those who have it."""
    found = records.clients(search=search)
    if tag:
        found = found.filter(tags__contains=[tag])
    return json_answer(page_of(found, documents.client, page=page, limit=limit))


@router.post("/clients", response={201: schemas.ClientRecord, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def make_client(
    request: HttpRequest, payload: schemas.NewClient, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A new client; 409 `client_exists` for a known e-mail, with `details.client_id`."""
    values = payload.model_dump(exclude_unset=True)
    key = idempotency_key(request, route="clients", body=payload.model_dump(), caller=caller(request))
    business = request.business  # type: ignore[attr-defined]
    made = once(key, lambda: make(business=business, **values), 201, documents.client)
    return json_answer(documents.client(made), status=201)


@router.get(ONE, response={200: schemas.ClientDetail, **ERRORS})
@needs(Right.SEE_CLIENTS)
def one_client(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One client with his appointments, the latest first."""
    client = records.access_client(client_id)
    zone = request.business.timezone  # type: ignore[attr-defined]
    rows = own(records.appointments_of(client), request.member)  # type: ignore[attr-defined]
    history = [documents.appointment(row, zone) for row in rows[:SHOWN]]
    return json_answer({**documents.client(client), "appointments": history})


@router.patch(ONE, response={200: schemas.ClientRecord, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def change_client(request: HttpRequest, client_id: UUID, payload: schemas.ClientChanges) -> HttpResponse:
    """Change what is sent. Appointments keep the details they were booked with."""
    client = records.access_client(client_id)
    values = payload.model_dump(exclude_unset=True)
    return json_answer(documents.client(change(client, business=request.business, **values)))  # type: ignore[attr-defined]


@router.get(ONE + "/history", response={200: Appointments, **ERRORS})
@needs(Right.SEE_CLIENTS)
def history(request: HttpRequest, client_id: UUID, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """What a client booked, the latest first; a member with his own calendar only sees his own."""
    zone = request.business.timezone  # type: ignore[attr-defined]
    rows = own(records.appointments_of(records.access_client(client_id)), request.member)  # type: ignore[attr-defined]
    return json_answer(page_of(rows, lambda row: documents.appointment(row, zone), page=page, limit=limit))


@router.put(ONE + "/tags", response={200: schemas.ClientRecord, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def put_tags(request: HttpRequest, client_id: UUID, payload: schemas.Tags) -> HttpResponse:
    """The whole list of a client's tags."""
    client = records.access_client(client_id)
    business = request.business  # type: ignore[attr-defined]
    return json_answer(documents.client(change(client, business=business, tags=payload.tags)))


@router.post(ONE + "/block", response={200: schemas.ClientRecord, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def block(request: HttpRequest, client_id: UUID, payload: schemas.Block) -> HttpResponse:
    """Refuse online bookings by this client's e-mail or phone; 409 `booking_refused` is all that clients hear."""
    client = records.access_client(client_id)
    with transaction.atomic():
        client_blocks.block(client, reason=payload.reason, now=clock.now())
        _audit(request, "client.blocked", client_id)
    return json_answer(documents.client(client))


@router.delete(ONE + "/block", response={200: schemas.ClientRecord, **ERRORS})
@needs(Right.CHANGE_CLIENTS)
def unblock(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Let the client book online again."""
    client = records.access_client(client_id)
    with transaction.atomic():
        client_blocks.unblock(client)
        _audit(request, "client.unblocked", client_id)
    return json_answer(documents.client(client))


@router.get(ONE + "/export", response={200: schemas.Dossier, **ERRORS})
@needs(Right.EXPORT)
def export(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Everything kept about one person, the team's private notes among it. Files: as a ZIP in the dashboard."""
    records.require_dossier(request.member)  # type: ignore[attr-defined]
    client = records.access_client(client_id)
    found = client_exporting.dossier(client, business=request.business, now=clock.now())  # type: ignore[attr-defined]
    _audit(request, "client.exported", client_id)
    return json_answer(found)


@router.post(ONE + "/erase", response={200: schemas.Erased, **ERRORS})
@needs(Right.ERASE_CLIENTS)
def erase(request: HttpRequest, client_id: UUID, payload: schemas.Erase) -> HttpResponse:
    """Blank everything personal, for good; what was booked stays for the books. 404 when it was done before."""
    if payload.cancel_upcoming:
        require(request, Right.CHANGE_ALL_APPOINTMENTS)
    client = records.access_client(client_id)

    def finish(_gone: Any) -> None:
        _audit(request, "client.erased", client_id)

    gone = client_erasing.erase(
        client, business=request.business, now=clock.now(), by=actor(request),  # type: ignore[attr-defined]
        cancel_upcoming=payload.cancel_upcoming, finish=finish,
    )  # fmt: skip
    return json_answer({"id": str(gone.pk), "erased_at": documents.utc_or_none(gone.erased_at)})


def _audit(request: HttpRequest, action: str, client_id: UUID) -> None:
    tenant = request.business.pk  # type: ignore[attr-defined]
    record(Line(action, "client", client_id), tenant_id=tenant, by=actor(request), request=request)
