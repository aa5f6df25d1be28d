"""Booking, and what the client may do with the booking by its token."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params import functions

from billing.errors import CodeRefused
from daybook.core import clock
from daybook.core.http.address import client_address
from daybook.core.http.idempotent import answer_again, idempotency_key, json_answer, kept
from daybook.core.idempotency import Replayed
from scheduling.enums import Source
from tenants import limits
from widget import selectors
from widget.api.answers import appointment_body
from widget.api.documents import KEYED, READS, TOKEN, WRITES
from widget.api.inputs import client_details, client_zone, instant, manage_token, opened
from widget.schemas import AppointmentIn, AppointmentOut, BookedOut, CancelIn, CancelledOut, RescheduleIn
from widget.services import booking

router = Router()
ManageToken = Annotated[str, functions.Header("", alias="X-Manage-Token", description=TOKEN, max_length=200)]


@router.post("/appointments", response={201: BookedOut, **WRITES}, summary="Book", openapi_extra=KEYED)
def book(request: HttpRequest, payload: AppointmentIn) -> HttpResponse:
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    start, zone = instant(payload.start_time), client_zone(request, payload.client_timezone)

    def describe(made: Any) -> dict[str, Any]:
        return {"appointment": appointment_body(made, business, now)}

    try:
        key = idempotency_key(
            request, route="appointments", body=payload.model_dump(mode="json"), caller=client_address(request)
        )
        held = _hold(request, payload.hold_token, now)
        service = held.service if held is not None and held.service_id == payload.service_id else None
        service = service or selectors.access_service(business, payload.service_id, with_links=False)
        coded = {"code": payload.coupon_code} if payload.coupon_code else {}
        book_it: Any = booking.book_with_code if coded else booking.book
        booked = book_it(
            **coded,
            business=business,
            service=service,
            provider_id=payload.provider_id,
            start=start,
            hold=held,
            client=client_details(request, payload.client, zone=zone, phone_required=service.phone_required),
            client_timezone=zone,
            notes=payload.notes,
            payment_mode=payload.payment_mode,
            accepted=payload.policy_accepted,
            address=client_address(request),
            source=Source.API,
            now=now,
            key=key,
            finish=kept(key, 201, describe),
        )
    except CodeRefused as error:
        if error.reason == "unknown":
            limits.count_guess(request, "code", payload.coupon_code or "")
        raise
    except Replayed as replayed:
        return answer_again(
            replayed, lambda pk: booking.booked_links(business, booking.made_before(business, pk), now=now)
        )
    return json_answer({**describe(booked), **booking.booked_links(business, booked, now=now)}, status=201)


@router.get("/appointments/{appointment_id}", response={200: AppointmentOut, **READS}, summary="One's own appointment")
def appointment(request: HttpRequest, appointment_id: str, token: ManageToken = "") -> HttpResponse:
    now = clock.now()
    found = _own(request, appointment_id, token, now)
    return json_answer({"appointment": appointment_body(found, request.business, now)})  # type: ignore[attr-defined]


@router.post(
    "/appointments/{appointment_id}/cancel",
    response={200: CancelledOut, **WRITES},
    summary="Cancel, or see what it would cost",
    openapi_extra=KEYED,
)
def cancel(request: HttpRequest, appointment_id: str, payload: CancelIn) -> HttpResponse:
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    mine = _own(request, appointment_id, manage_token(request, payload.cancellation_token), now)

    def describe(changed: Any) -> dict[str, Any]:
        cost = booking.cost_of_cancelling(changed, now=now)
        return {
            "appointment": appointment_body(changed, business, now),
            "refund_amount": cost.refund_amount,
            "fee_amount": cost.fee_amount,
            "currency": cost.currency,
        }

    if payload.preview:
        booking.preview_cancel(business, mine, now)
        return json_answer(describe(mine))
    try:
        key = idempotency_key(
            request,
            route=f"appointments/{mine.pk}/cancel",
            body=payload.model_dump(mode="json", exclude={"cancellation_token"}),
            caller=str(mine.pk),
        )
        changed = booking.cancel(
            business=business, appointment=mine, now=now, reason=payload.reason,
            key=key, finish=kept(key, 200, describe),
        )  # fmt: skip
    except Replayed as replayed:
        return answer_again(replayed)
    return json_answer(describe(changed))


@router.post(
    "/appointments/{appointment_id}/reschedule",
    response={200: AppointmentOut, **WRITES},
    summary="The same appointment at another time",
    openapi_extra=KEYED,
)
def reschedule(request: HttpRequest, appointment_id: str, payload: RescheduleIn) -> HttpResponse:
    business, now = request.business, clock.now()  # type: ignore[attr-defined]
    mine = _own(request, appointment_id, manage_token(request, payload.cancellation_token), now)
    start = instant(payload.start_time)

    def describe(changed: Any) -> dict[str, Any]:
        return {"appointment": appointment_body(changed, business, now)}

    try:
        key = idempotency_key(
            request,
            route=f"appointments/{mine.pk}/reschedule",
            body=payload.model_dump(mode="json", exclude={"cancellation_token"}),
            caller=str(mine.pk),
        )
        moved = booking.reschedule(
            business=business, appointment=mine, start=start, provider_id=payload.provider_id, now=now,
            key=key, finish=kept(key, 200, describe),
        )  # fmt: skip
    except Replayed as replayed:
        return answer_again(replayed)
    return json_answer(describe(moved))


def _own(request: HttpRequest, appointment_id: UUID | str, token: str, now: datetime) -> Any:
    business = request.business  # type: ignore[attr-defined]
    return opened(
        request,
        "appointment",
        appointment_id,
        lambda: selectors.access_appointment(business, appointment_id, token, now=now),
    )


def _hold(request: HttpRequest, token: str | None, now: datetime) -> Any:
    business = request.business  # type: ignore[attr-defined]
    if not token:
        return None
    return opened(request, "hold", token, lambda: selectors.access_hold(business, token, now=now))
