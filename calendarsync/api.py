"""The tenant-admin API of connected calendars."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from calendarsync import schemas
from calendarsync.documents import connection_record
from calendarsync.selectors import accounts
from calendarsync.services import choosing, connecting, parting
from calendarsync.services.choosing import Choice
from daybook.core import clock
from daybook.core.errors import Forbidden
from daybook.core.http.idempotent import idempotency_key, json_answer, kept
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling.selectors.offer import access_provider
from tenants.auth import MemberOrKey, actor
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(auth=MemberOrKey(), tags=["calendars"])


@router.get("/calendar/connections", response={200: schemas.Connections, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def list_connections(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """Connected accounts: everybody's, or the member's own."""
    found = accounts.connections(_own(request))
    return json_answer(page_of(found, connection_record, page=page, limit=limit))


@router.post("/calendar/google/connect", response={201: schemas.ConnectionRecord, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def connect_google(
    request: HttpRequest, payload: schemas.NewConnection, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """Connect a provider with the account that the code opens. Then choose its calendars by PATCH."""
    provider = access_provider(payload.provider_id)
    _keep_to_own(request, provider.pk)
    key = idempotency_key(request, route="calendar.connect", body=payload.model_dump(), caller=caller(request))
    made = connecting.connect(
        business=request.business,  # type: ignore[attr-defined]
        provider_id=provider.pk,
        code=payload.auth_code,
        code_verifier=payload.code_verifier,
        redirect=payload.redirect_uri,
        by=actor(request),
        now=clock.now(),
        key=key,
        finish=kept(key, 201, connection_record),
    )
    return json_answer(connection_record(made), status=201)


@router.patch("/calendar/connections/{uuid:connection_id}", response={200: schemas.ConnectionRecord, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def change_connection(request: HttpRequest, connection_id: UUID, payload: schemas.ConnectionChanges) -> HttpResponse:
    """Choose which calendars count, which one receives, and how they are treated."""
    connection = accounts.access_connection_by_id(connection_id)
    _keep_to_own(request, connection.provider_id)
    values: dict[str, Any] = choosing.present(connection) | payload.model_dump(exclude_unset=True)
    choosing.choose(
        business=request.business,  # type: ignore[attr-defined]
        connection=connection,
        choice=Choice(**values),
        now=clock.now(),
    )
    return json_answer(connection_record(accounts.access_connection_by_id(connection_id)))


@router.delete("/calendar/connections/{uuid:connection_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def delete_connection(request: HttpRequest, connection_id: UUID, remove_events: bool = False) -> HttpResponse:
    """Disconnect. Appointments ahead stay in the outside calendar, unless `remove_events`."""
    connection = accounts.access_connection_by_id(connection_id)
    _keep_to_own(request, connection.provider_id)
    parting.leave(connection=connection, events_go=remove_events, now=clock.now())
    return HttpResponse(status=204)


def _own(request: HttpRequest) -> UUID | None:
    """The provider to whom the member keeps; None for those who set things up, and for keys."""
    member = request.member  # type: ignore[attr-defined]
    if member is None or member.may(Right.CHANGE_SETUP):
        return None
    return member.provider_id or UUID(int=0)


def _keep_to_own(request: HttpRequest, provider_id: UUID) -> None:
    own = _own(request)
    if own is not None and own != provider_id:
        raise Forbidden("forbidden", "This belongs to another provider.")
