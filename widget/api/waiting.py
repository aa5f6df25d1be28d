"""Joining the waiting list."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from daybook.core import clock
from daybook.core.http.address import client_address
from daybook.core.http.idempotent import idempotency_key, json_answer, kept
from scheduling.selectors.explain import clock as wall
from widget import selectors
from widget.api.documents import KEYED, WRITES
from widget.api.inputs import client_details, client_zone
from widget.schemas import WaitlistIn, WaitlistOut
from widget.services import waiting

router = Router()


@router.post("/waitlist", response={201: WaitlistOut, **WRITES}, summary="Join the waiting list", openapi_extra=KEYED)
def join(request: HttpRequest, payload: WaitlistIn) -> HttpResponse:
    """Who is on the list for the same service and provider already changes his wish. The answer tells nobody which.

    What comes of it is told by mail alone: the link in it opens one's place on the list, and each offer.
    """
    business, now, address = request.business, clock.now(), client_address(request)  # type: ignore[attr-defined]
    service = selectors.access_service(business, payload.service_id)
    zone = client_zone(request, payload.client_timezone)
    client = client_details(request, payload.client, zone=zone, phone_required=service.phone_required)
    body: dict[str, Any] = payload.model_dump(mode="json", exclude={"client", "notes", "client_timezone"})
    hours = {name: None if body[name] is None else wall(body[name]) for name in ("start", "end")}
    answer = {**body, **hours, "weekdays": sorted(set(payload.weekdays)), "state": "waiting"}
    key = idempotency_key(request, route="waitlist", body=payload.model_dump(mode="json"), caller=address)
    waiting.count(business, address=address, email=client.email)
    waiting.join(
        business=business, service=service, provider_id=payload.provider_id, wanted=payload.wanted(), client=client,
        notes=payload.notes, now=now, key=key, finish=kept(key, 201, lambda _: answer),
    )  # fmt: skip
    return json_answer(answer, status=201)
