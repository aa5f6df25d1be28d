"""Why a time is closed."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core import clock
from daybook.core.http.idempotent import json_answer
from daybook.core.http.instants import Instant
from daybook.core.http.openapi import ERRORS
from scheduling import documents, schemas
from scheduling.api.access import keep_to_own
from scheduling.selectors.appointments import sees_all
from scheduling.selectors.explain import explain
from scheduling.selectors.offer import access_provider, access_service
from tenants.enums import Right
from tenants.guards import needs

router = Router(tags=["availability"])


@router.get("/availability/explain", response={200: schemas.Explanation, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def explain_time(
    request: HttpRequest, service_id: UUID, start_time: Instant, provider_id: UUID | None = None
) -> HttpResponse:
    """Which rule, override, appointment, outside event or setting closes a time, provider by provider."""
    business, member = request.business, request.member  # type: ignore[attr-defined]
    service = access_service(service_id)
    if provider_id is not None:
        keep_to_own(request, access_provider(provider_id).pk)
    elif not sees_all(member):
        keep_to_own(request, member.provider_id)
        provider_id = member.provider_id
    reason, found = explain(business, service, provider_id=provider_id, start=start_time, now=clock.now())
    return json_answer(
        {
            "start_time": documents.local(start_time, business.timezone),
            "start_time_utc": documents.utc(start_time),
            "bookable": reason is None,
            "reason": reason,
            "providers": [documents.explanation(one) for one in found],
        }
    )
