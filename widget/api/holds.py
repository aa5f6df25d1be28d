"""Keeping a time for a few minutes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from daybook.core import clock
from daybook.core.http.address import client_address
from daybook.core.http.idempotent import answer_again, idempotency_key, json_answer, kept
from daybook.core.idempotency import Replayed
from scheduling.enums import Source
from widget import selectors
from widget.api.answers import appointment_body, hold_body
from widget.api.documents import KEYED, READS, WRITES
from widget.api.inputs import client_zone, instant, opened
from widget.schemas import HoldIn, HoldOut, HoldStateOut, Token
from widget.services import booking

router = Router()


@router.post("/holds", response={201: HoldOut, **WRITES}, summary="Keep a time", openapi_extra=KEYED)
def hold(request: HttpRequest, payload: HoldIn) -> HttpResponse:
    business, now, address = request.business, clock.now(), client_address(request)  # type: ignore[attr-defined]
    start, zone = instant(payload.start_time), client_zone(request, payload.client_timezone)
    try:
        key = idempotency_key(request, route="holds", body=payload.model_dump(mode="json"), caller=address)
        held = booking.hold(
            business=business,
            service=selectors.access_service(business, payload.service_id, with_links=False),
            provider_id=payload.provider_id,
            start=start,
            client_timezone=zone,
            address=address,
            source=Source.API,
            now=now,
            key=key,
            finish=kept(key, 201, lambda made: hold_body(made, business, now)),
        )
    except Replayed as replayed:
        return answer_again(replayed, lambda pk: _secret(business, booking.made_before(business, pk)))
    return json_answer({**hold_body(held, business, now), **_secret(business, held)}, status=201)


@router.get("/holds/{hold_token}", response={200: HoldStateOut, **READS}, summary="What became of a hold")
def hold_state(request: HttpRequest, hold_token: Path[Token]) -> HttpResponse:
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    held = opened(request, "hold", hold_token, lambda: selectors.access_hold(business, hold_token, now=now))
    if held.checkout_open:
        booking.outcome_awaited(held, now=now)
    body = {
        "hold_token": hold_token,
        **hold_body(held, business, now),
        "appointment": appointment_body(held, business, now) if booking.is_booked(held) else None,
        "checkout_url": booking.known_checkout_url(held) if held.checkout_open else None,
    }
    return json_answer(body)


@router.post("/holds/{hold_token}/extend", response={200: HoldOut, **WRITES}, summary="More time, 30 minutes in all")
def extend(request: HttpRequest, hold_token: Path[Token]) -> HttpResponse:
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    held = opened(request, "hold", hold_token, lambda: selectors.access_hold(business, hold_token, now=now))
    held = booking.extend_hold(business, held, now=now)
    return json_answer({"hold_token": hold_token, **hold_body(held, business, now)})


@router.delete("/holds/{hold_token}", response={204: None, **WRITES}, summary="Give the time back")
def release(request: HttpRequest, hold_token: Path[Token]) -> HttpResponse:
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    held = opened(request, "hold", hold_token, lambda: selectors.access_hold(business, hold_token, now=now))
    booking.release_hold(business, held, now=now)
    return HttpResponse(status=204)


def _secret(business: Any, held: Any) -> dict[str, str]:
    return {"hold_token": booking.hold_token(business, held)}
