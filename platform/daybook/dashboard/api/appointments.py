"""Appointments: list, book, change. A member who only gives services sees and changes his own."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from billing.selectors.cancelling import Cancellation, cancellation, in_full
from billing.services.cancelling import Choice, Give
from daybook.core import clock
from daybook.core.errors import Invalid
from daybook.core.http.idempotent import idempotency_key, json_answer, kept, once
from daybook.core.http.instants import Day
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from daybook.core.idempotency import Key
from daybook.dashboard import schemas
from daybook.dashboard.services import appointments as staff
from daybook.dashboard.services.appointments import Change, Order
from scheduling import documents
from scheduling.api.access import keep_to_own
from scheduling.enums import PaymentStatus, Source, Status
from scheduling.schemas import AppointmentDetail, AppointmentRecord, Appointments, Stats
from scheduling.selectors import appointments as reading
from scheduling.selectors.appointments import Filters, access_appointment
from scheduling.services import transitions
from scheduling.services.moves import Move
from tenants.auth import actor, require
from tenants.enums import Right
from tenants.guards import caller, needs, require_active

if TYPE_CHECKING:
    from scheduling.models import Appointment

router = Router(tags=["appointments"])


class Narrowing(Schema):
    """Dates are local to the business and inclusive. Several statuses: separated by commas."""

    start_date: Day | None = None
    end_date: Day | None = None
    status: str = ""
    service_id: UUID | None = None
    provider_id: UUID | None = None
    client_id: UUID | None = None
    source: Literal["", *Source.values] = Field("", description="How it was booked.")  # type: ignore[valid-type]
    payment_status: Literal["", *PaymentStatus.values] = ""  # type: ignore[valid-type]
    search: str = Field("", description="Parts of the name or e-mail, last digits of the phone, or the reference.")

    def filters(self) -> Filters:
        values = self.model_dump(exclude={"status"})
        return Filters(**values, status=tuple(word for word in self.status.split(",") if word))


@router.get("/appointments", response={200: Appointments, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def list_appointments(
    request: HttpRequest, narrow: Query[Narrowing], page: PageNumber = 1, limit: PageLimit = 50
) -> HttpResponse:
    """Appointments by start. Without `status`, times that were only held are left out."""
    business, member = request.business, request.member  # type: ignore[attr-defined]
    found = reading.appointments(business, member, narrow.filters())
    return json_answer(page_of(found, _describe(request), page=page, limit=limit))


@router.get("/appointments/stats", response={200: Stats, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def appointment_stats(request: HttpRequest, narrow: Query[Narrowing]) -> HttpResponse:
    """Counts over the same filters as the list."""
    business, member = request.business, request.member  # type: ignore[attr-defined]
    return json_answer(reading.stats(business, member, narrow.filters(), now=clock.now()))


@router.post("/appointments", response={201: AppointmentRecord, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def book(request: HttpRequest, payload: schemas.StaffBooking, idempotency_key_: IdempotencyKey = None) -> HttpResponse:
    """Book for a client. 409 `outside_hours` or `overlap` until the matching permission is given."""
    member, describe = request.member, _describe(request)  # type: ignore[attr-defined]
    provider_id = payload.provider_id
    if not reading.sees_all(member):
        provider_id = provider_id or member.provider_id
        keep_to_own(request, provider_id)
    if payload.client.id is not None:
        require(request, Right.SEE_CLIENTS)
    key = _key(request, "appointments", payload)
    made = staff.book(
        business=request.business,  # type: ignore[attr-defined]
        order=Order(
            service_id=payload.service_id,
            start=payload.start_time,
            provider_id=provider_id,
            client_id=payload.client.id,
            **payload.client.model_dump(exclude={"id"}),
            **payload.model_dump(exclude={"service_id", "provider_id", "start_time", "client", "notify"}),
        ),
        now=clock.now(),
        by=actor(request),
        notify=payload.notify,
        key=key,
        finish=kept(key, 201, describe),
    )
    return json_answer(describe(made), status=201)


@router.get("/appointments/{uuid:appointment_id}", response={200: AppointmentDetail, **ERRORS})
@needs(Right.SEE_OWN_APPOINTMENTS)
def one_appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment with its history, oldest first."""
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]
    history = [documents.event(row) for row in reading.history(appointment)]
    return json_answer({**_describe(request)(appointment), "history": history})


@router.patch("/appointments/{uuid:appointment_id}", response={200: AppointmentRecord, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def change_appointment(request: HttpRequest, appointment_id: UUID, payload: schemas.AppointmentChange) -> HttpResponse:
    """Complete, no-show, approve, decline or cancel; 409 `invalid_transition` or `too_early` when it cannot be.

    And the notes: `shared_notes` for the client, `staff_notes` for the team. While the business is suspended only
    `cancelled` without notes (else 403 `business_suspended`).
    """
    wanted = payload.model_dump(exclude_unset=True)
    if not {"status", "shared_notes", "staff_notes"} & set(wanted):
        raise Invalid("validation_failed", "Nothing to change.", {"status": ["Send a status or notes."]})
    if payload.status != "cancelled" or payload.shared_notes is not None or payload.staff_notes is not None:
        require_active(request)
    changed = staff.change(
        business=request.business,  # type: ignore[attr-defined]
        appointment=access_appointment(request.member, appointment_id),  # type: ignore[attr-defined]
        to=Change(**payload.model_dump()),
        now=clock.now(),
        by=actor(request),
    )
    return json_answer(_describe(request)(changed))


@router.post("/appointments/{uuid:appointment_id}/cancel", response={200: schemas.Cancelled, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def cancel(
    request: HttpRequest,
    appointment_id: UUID,
    payload: schemas.Cancelling,
    idempotency_key_: IdempotencyKey = None,
) -> HttpResponse:
    """Cancel, whatever the cut-off; with `preview` nothing changes. What was paid goes back in full, or as `refund` says."""
    if payload.refund is not None:
        require(request, Right.CHANGE_PAYMENTS)
    now, describe = clock.now(), _describe(request)
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]

    def answer(row: "Appointment") -> dict[str, Any]:
        cost = _cost(row, payload, now)
        return {
            "appointment": describe(row),
            "refund_amount": cost.refund_amount,
            "fee_amount": cost.fee_amount,
            "currency": cost.currency,
        }

    if payload.preview:
        return json_answer(answer(appointment))
    key = _key(request, f"appointments/{appointment_id}/cancel", payload)
    cancelled = transitions.cancel(
        business=request.business,  # type: ignore[attr-defined]
        appointment=appointment,
        now=now,
        by=actor(request),
        reason=payload.reason,
        notify=payload.notify,
        chosen={"money": _choice(payload)},
        key=key,
        finish=kept(key, 200, answer),
    )
    return json_answer(answer(cancelled))


def _choice(payload: schemas.Cancelling) -> Choice | None:
    """What the caller says about the money. Raises `Invalid` for a part without an amount."""
    if payload.refund is None:
        return None
    give = Give(payload.refund)
    if give is Give.PART and payload.refund_amount is None:
        raise Invalid("validation_failed", "Say how much.", {"refund_amount": ["Needed with `part`."]})
    return Choice(give, payload.refund_amount or 0)


def _cost(row: "Appointment", payload: schemas.Cancelling, now: datetime) -> Cancellation:
    """What cancelling comes to, or came to: in full, unless the caller wants the policy."""
    if row.status == Status.CANCELLED or payload.refund not in (None, "full"):
        return cancellation(row, now=now)
    return in_full(row)


@router.post("/appointments/{uuid:appointment_id}/reschedule", response={200: AppointmentRecord, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def reschedule(
    request: HttpRequest,
    appointment_id: UUID,
    payload: schemas.Moving,
    idempotency_key_: IdempotencyKey = None,
) -> HttpResponse:
    """Move it; whoever loses a race keeps the old time."""
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]
    if payload.provider_id is not None and not reading.sees_all(request.member):  # type: ignore[attr-defined]
        keep_to_own(request, payload.provider_id)
    key = _key(request, f"appointments/{appointment_id}/reschedule", payload)
    values = payload.model_dump(exclude={"start_time", "reason", "notify"})
    moved = staff.move(
        business=request.business,  # type: ignore[attr-defined]
        appointment=appointment,
        to=Move(start=payload.start_time, **values),
        now=clock.now(),
        by=actor(request),
        reason=payload.reason,
        notify=payload.notify,
        key=key,
        finish=kept(key, 200, _describe(request)),
    )
    return json_answer(_describe(request)(moved))


@router.post("/appointments/{uuid:appointment_id}/restore", response={200: AppointmentRecord, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def restore(
    request: HttpRequest,
    appointment_id: UUID,
    payload: schemas.Restoring,
    idempotency_key_: IdempotencyKey = None,
) -> HttpResponse:
    """Undo cancelled, completed or no-show, if the time is free (or `allow_overlap`)."""
    business = request.business  # type: ignore[attr-defined]
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]
    return _once(
        request,
        _key(request, f"appointments/{appointment_id}/restore", payload),
        lambda: transitions.restore(
            business=business, appointment=appointment, now=clock.now(), by=actor(request), **payload.model_dump()
        ),
    )


@router.post("/appointments/{uuid:appointment_id}/check-in", response={200: AppointmentRecord, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def check_in(request: HttpRequest, appointment_id: UUID, idempotency_key_: IdempotencyKey = None) -> HttpResponse:
    """The client has come, on the day of the appointment (409 `too_early` before). Twice changes nothing."""
    business = request.business  # type: ignore[attr-defined]
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]
    return _once(
        request,
        _key(request, f"appointments/{appointment_id}/check-in", None),
        lambda: transitions.check_in(business=business, appointment=appointment, now=clock.now(), by=actor(request)),
    )


def _describe(request: HttpRequest) -> Callable[["Appointment"], dict[str, Any]]:
    zone = request.business.timezone  # type: ignore[attr-defined]
    return lambda row: documents.appointment(row, zone)


def _key(request: HttpRequest, route: str, payload: Schema | None) -> Key | None:
    body = payload.model_dump() if payload is not None else {}
    return idempotency_key(request, route=route, body=body, caller=caller(request))


def _once(request: HttpRequest, key: Key | None, work: Callable[[], "Appointment"]) -> HttpResponse:
    describe = _describe(request)
    return json_answer(describe(once(key, work, 200, describe)))
