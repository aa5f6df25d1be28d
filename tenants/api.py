"""The tenant-admin API of the business itself: settings, members, keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core.checking import Checks
from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from tenants import schemas, selectors
from tenants.auth import MemberOrKey
from tenants.enums import Right
from tenants.guards import caller, needs
from tenants.models import ApiKey, Business, Membership
from tenants.services import keys
from tenants.services.settings import Settings, change_booking_rules, change_settings, reminders_of

router = Router(auth=MemberOrKey(), tags=["business"])


@router.get("/settings", response={200: schemas.SettingsRecord, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def settings(request: HttpRequest) -> HttpResponse:
    """The business's settings."""
    return json_answer(_settings(request.business))  # type: ignore[attr-defined]


@router.patch("/settings", response={200: schemas.SettingsRecord, **ERRORS})
@needs(Right.CHANGE_SETTINGS)
def change(request: HttpRequest, payload: schemas.SettingsChanges) -> HttpResponse:
    """Change what is sent. Appointments keep the price and policy with which they were booked."""
    business = request.business  # type: ignore[attr-defined]
    sent = payload.model_dump(exclude_unset=True)
    reminders = sent.pop("reminder_minutes", None)
    if reminders is None:
        return json_answer(_settings(change_settings(business, **sent)))
    return json_answer(_settings(change_booking_rules(business, reminders=reminders, **sent)))


@router.get("/members", response={200: schemas.Members, **ERRORS})
@needs(Right.CHANGE_MEMBERS)
def members(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """Everybody who is or was a member."""
    rows = Membership.objects.select_related("user").filter(business=request.business)  # type: ignore[attr-defined]
    return json_answer(page_of(rows.order_by("-active", "created_at", "id"), _member, page=page, limit=limit))


@router.get("/api-keys", response={200: schemas.Keys, **ERRORS})
@needs(Right.CHANGE_KEYS)
def list_keys(request: HttpRequest, page: PageNumber = 1, limit: PageLimit = 50) -> HttpResponse:
    """All keys; revoked ones, too."""
    rows = ApiKey.objects.filter(business=request.business).order_by("created_at", "id")  # type: ignore[attr-defined]
    return json_answer(page_of(rows, _key, page=page, limit=limit))


@router.post("/api-keys", response={201: schemas.MadeKey, **ERRORS})
@needs(Right.CHANGE_KEYS)
def make_key(request: HttpRequest, payload: schemas.NewKey, idempotency_key_: IdempotencyKey = None) -> HttpResponse:
    """A new key, told this once."""
    key = idempotency_key(request, route="api-keys", body=payload.model_dump(), caller=caller(request))
    told: list[str] = []

    def work() -> ApiKey:
        made, text = _make(request, payload)
        told.append(text)
        return made

    made = once(key, work, 201, lambda row: {**_key(row), "key": None})
    return json_answer({**_key(made), "key": told[0]}, status=201)


def _make(request: HttpRequest, payload: schemas.NewKey) -> tuple[ApiKey, str]:
    business, by = request.business, request.member.user  # type: ignore[attr-defined]
    checks = Checks()
    name = checks.line("name", payload.name, least=1, most=80)
    checks.done()
    if payload.kind == "publishable":
        return keys.make_publishable(business=business, name=name, by=by)
    return keys.make_secret(business=business, name=name, by=by, scopes=payload.scopes)


@router.delete("/api-keys/{uuid:key_id}", response={204: None, **ERRORS})
@needs(Right.CHANGE_KEYS)
def revoke_key(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """The key opens nothing from now on. Twice is harmless."""
    keys.revoke(selectors.access_key(request.business, key_id))  # type: ignore[attr-defined]
    return HttpResponse(status=204)


def _settings(business: Business) -> dict[str, Any]:
    return {
        "id": str(business.pk),
        "slug": business.slug,
        "url": selectors.business_url(business),
        "status": business.status,
        **{name: getattr(business, name) for name in Settings.__annotations__},
        "reminder_minutes": reminders_of(business),
    }


def _member(member: Membership) -> dict[str, Any]:
    return {
        "id": str(member.pk),
        "name": member.user.get_full_name(),
        "email": member.user.email,
        "role": member.role,
        "provider_id": None if member.provider_id is None else str(member.provider_id),
        "active": member.active,
    }


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.pk),
        "kind": key.kind,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "created_at": key.created_at.isoformat(),
        "last_used_at": _iso(key.last_used_at),
        "revoked_at": _iso(key.revoked_at),
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
