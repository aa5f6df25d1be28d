"""Date overrides: special hours and blocks on given dates."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.instants import Day
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling import documents, schemas
from scheduling.api.access import keep_to_own, keep_to_own_hours, recorded
from scheduling.models import DateOverride
from scheduling.selectors.appointments import sees_all
from scheduling.selectors.hours import access_override, overrides
from scheduling.selectors.offer import access_provider
from scheduling.services import hours
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(tags=["date-overrides"])


@router.get("/date-overrides", response={200: schemas.Overrides, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def list_overrides(
    request: HttpRequest,
    start_date: Day | None = None,
    end_date: Day | None = None,
    provider_id: UUID | None = None,
    page: PageNumber = 1,
    limit: PageLimit = 50,
) -> HttpResponse:
    """Overrides that touch the dates; of one provider: with the whole business's. Providers see their own."""
    member = request.member  # type: ignore[attr-defined]
    if provider_id is not None:
        keep_to_own(request, access_provider(provider_id).pk)
    elif not sees_all(member):
        provider_id = member.provider_id
    found = overrides(first=start_date, last=end_date, provider_id=provider_id)
    return json_answer(page_of(found, documents.override, page=page, limit=limit))


@router.post("/date-overrides", response={201: schemas.OverrideRecord, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def make_override(
    request: HttpRequest, payload: schemas.NewOverride, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """A block, or special hours. Providers may make their own."""
    values = _values(request, payload.model_dump(by_alias=False))
    key = idempotency_key(request, route="date-overrides", body=payload.model_dump(), caller=caller(request))

    def work() -> DateOverride:
        with recorded(request, "special_day.made") as trail:
            trail.thing = made = hours.make_override(**values)
        return made

    made = once(key, work, 201, documents.override)
    return json_answer(documents.override(made), status=201)


@router.get("/date-overrides/{uuid:override_id}", response={200: schemas.OverrideRecord, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def one_override(request: HttpRequest, override_id: UUID) -> HttpResponse:
    """One override."""
    override = access_override(override_id)
    if override.provider_id is not None:
        keep_to_own(request, override.provider_id)
    return json_answer(documents.override(override))


@router.patch("/date-overrides/{uuid:override_id}", response={200: schemas.OverrideRecord, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def change_override(request: HttpRequest, override_id: UUID, payload: schemas.OverrideChanges) -> HttpResponse:
    """Change what is sent."""
    override = access_override(override_id)
    keep_to_own_hours(request, override.provider_id)
    values = _values(request, {**_present(override), **payload.model_dump(exclude_unset=True)})
    with recorded(request, "special_day.changed", override):
        changed = hours.change_override(override, **values)
    return json_answer(documents.override(changed))


@router.delete("/date-overrides/{uuid:override_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_OWN_HOURS)
def delete_override(request: HttpRequest, override_id: UUID) -> HttpResponse:
    """Take an override back."""
    override = access_override(override_id)
    keep_to_own_hours(request, override.provider_id)
    with recorded(request, "special_day.deleted", override) as trail:
        hours.delete_override(override)
        trail.gone = True
    return HttpResponse(status=204)


def _present(override: DateOverride) -> dict[str, Any]:
    return {
        "provider_id": override.provider_id,
        "kind": override.kind,
        "date": override.date,
        "end_date": override.end_date,
        "start": override.start_minute,
        "end": override.end_minute,
        "note": override.note,
    }


def _values(request: HttpRequest, sent: dict[str, Any]) -> dict[str, Any]:
    """The whole override in the service's words, its provider one that the member may change."""
    provider_id: UUID | None = sent["provider_id"]
    provider = None if provider_id is None else access_provider(provider_id)
    keep_to_own_hours(request, provider_id)
    day: date = sent["date"]
    return {
        "provider": provider,
        "kind": sent["kind"],
        "day": day,
        "end_date": sent["end_date"],
        "start_minute": sent["start"],
        "end_minute": sent["end"],
        "note": sent["note"],
    }
