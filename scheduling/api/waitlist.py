"""The waiting list, for staff."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core import clock
from daybook.core.http.idempotent import idempotency_key, json_answer, kept
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from scheduling import schemas_waitlist as shapes
from scheduling.documents import local, utc, utc_or_none
from scheduling.models import WaitlistEntry, WaitlistOffer
from scheduling.models.waitlist import WaitState
from scheduling.selectors import waitlist as reading
from scheduling.selectors.explain import clock as wall
from scheduling.selectors.offer import access_provider, access_service
from scheduling.selectors.waitlist import WaitFilters
from scheduling.services import waitlist, waitlist_offers
from scheduling.services.clients import clean_details
from scheduling.services.waitlist import Request
from tenants.auth import actor
from tenants.enums import Right
from tenants.guards import caller, needs

router = Router(tags=["waitlist"])


@router.get("/waitlist", response={200: shapes.Entries, **ERRORS})
@needs(Right.SEE_ALL_APPOINTMENTS)
def list_entries(
    request: HttpRequest,
    service_id: UUID | None = None,
    provider_id: UUID | None = None,
    state: WaitState | None = None,
    search: str = "",
    page: PageNumber = 1,
    limit: PageLimit = 50,
) -> HttpResponse:
    """Who waits, in the list's order; with `state` those in that state, `search` in name, e-mail and phone."""
    business = request.business  # type: ignore[attr-defined]
    found = reading.entries(business, WaitFilters(service_id, provider_id, state.value if state else "", search))
    return json_answer(page_of(found, lambda row: _entry(row, business.timezone), page=page, limit=limit))


@router.post("/waitlist", response={201: shapes.EntryRecord, **ERRORS})
@needs(Right.CHANGE_ALL_APPOINTMENTS)
def add_entry(request: HttpRequest, payload: shapes.NewEntry, idempotency_key_: IdempotencyKey = None) -> HttpResponse:
    """Put somebody on the list; the same person with the same service and provider: his wish is changed."""
    business = request.business  # type: ignore[attr-defined]
    key = idempotency_key(request, route="waitlist", body=payload.model_dump(mode="json"), caller=caller(request))
    who = payload.client
    client = clean_details(
        name=who.name, email=who.email, phone=who.phone, timezone=business.timezone, locale=business.locale,
        region=business.country or None, email_required=False,
    )  # fmt: skip
    made = waitlist.join(
        business=business, request=_asked(payload), client=client, now=clock.now(), by=actor(request),
        notify=payload.notify, key=key, finish=kept(key, 201, lambda row: _answer(row, business)),
    )  # fmt: skip
    return json_answer(_answer(made, business), status=201)


@router.get("/waitlist/{uuid:entry_id}", response={200: shapes.EntryRecord, **ERRORS})
@needs(Right.SEE_ALL_APPOINTMENTS)
def one_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with all that was ever offered to it."""
    return json_answer(_answer(reading.access_entry(entry_id), request.business))  # type: ignore[attr-defined]


@router.delete("/waitlist/{uuid:entry_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_ALL_APPOINTMENTS)
def remove_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Off the list; a time that is held for them is given back."""
    business = request.business  # type: ignore[attr-defined]
    waitlist.leave(business=business, entry=reading.access_entry(entry_id), now=clock.now(), by=actor(request))
    return HttpResponse(status=204)


@router.post("/waitlist/{uuid:entry_id}/offer", response={201: shapes.EntryRecord, **ERRORS})
@needs(Right.CHANGE_ALL_APPOINTMENTS)
def offer(
    request: HttpRequest, entry_id: UUID, payload: shapes.OfferIn, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """Hold a time for an entry, whatever the order, and write to them. 409 `not_waiting`, `slot_unavailable`."""
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    entry = reading.access_entry(entry_id)
    body = payload.model_dump(mode="json")
    key = idempotency_key(request, route=f"waitlist/{entry_id}/offer", body=body, caller=caller(request))
    if payload.provider_id is not None:
        access_provider(payload.provider_id)

    def keep(made: WaitlistOffer) -> None:
        if key is not None:
            key.finish(status=201, body=_answer(made.entry, business), object_id=made.entry_id)

    waitlist_offers.offer_by_staff(
        business=business, entry=entry, start=payload.start_time, provider_id=payload.provider_id or entry.provider_id,
        now=now, by=actor(request), allow_outside_hours=payload.allow_outside_hours, key=key, finish=keep,
    )  # fmt: skip
    return json_answer(_answer(reading.access_entry(entry_id), business), status=201)


@router.delete("/waitlist/{uuid:entry_id}/offer", response={204: None, **ERRORS})
@needs(Right.CHANGE_ALL_APPOINTMENTS)
def withdraw(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Take the open offer back; they stay on the list and are told. Without one nothing happens."""
    found = reading.open_offer(reading.access_entry(entry_id))
    if found is not None:
        business = request.business  # type: ignore[attr-defined]
        waitlist_offers.withdraw(business=business, offer=found, now=clock.now(), by=actor(request))
    return HttpResponse(status=204)


def _asked(payload: shapes.WishIn) -> Request:
    """What staff ask for. Raises NotFound for what the business does not have, Invalid for half a span of hours."""
    service = access_service(payload.service_id)
    provider = None if payload.provider_id is None else access_provider(payload.provider_id)
    return Request(service, provider.pk if provider else None, payload.wanted(), payload.notes)


def _answer(entry: WaitlistEntry, business: Any) -> dict[str, Any]:
    return _entry(reading.entry_with_offers(entry.pk), business.timezone)


def _entry(entry: WaitlistEntry, zone: str) -> dict[str, Any]:
    provider = entry.provider
    return {
        "id": str(entry.pk),
        "state": entry.state,
        "service": {"id": str(entry.service_id), "name": entry.service.name},
        "provider": {"id": str(provider.pk), "name": provider.name} if provider is not None else None,
        **{name: getattr(entry, name) for name in ("name", "email", "phone", "notes", "position", "added_by")},
        "first_date": entry.first_date.isoformat(),
        "last_date": entry.last_date.isoformat(),
        "weekdays": entry.weekdays,
        "start": None if entry.start_minute is None else wall(entry.start_minute),
        "end": None if entry.end_minute is None else wall(entry.end_minute),
        "created_at": utc(entry.created_at),
        "offers": [_offer(row, zone) for row in entry.offers.all()],
    }


def _offer(row: WaitlistOffer, zone: str) -> dict[str, Any]:
    held = row.appointment
    return {
        "id": str(row.pk),
        "state": row.state,
        "appointment_id": str(held.pk),
        "start_time": local(held.starts_at, zone),
        "start_time_utc": utc(held.starts_at),
        "provider": {"id": str(held.provider_id), "name": held.provider_name},
        "offered_at": utc(row.offered_at),
        "expires_at": utc(row.expires_at),
        "answered_at": utc_or_none(row.answered_at),
    }
