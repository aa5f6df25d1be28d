"""Taking money for an appointment: marked as paid at the desk, charged to the kept card, or asked for by a link."""

from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from billing.selectors.money import money_of
from billing.services import desk
from billing.services.desk import Taken
from daybook.core import clock
from daybook.core.http.idempotent import idempotency_key, json_answer, once
from daybook.core.http.openapi import ERRORS, IdempotencyKey
from scheduling import documents
from scheduling.enums import PaymentStatus
from scheduling.schemas import AppointmentRecord
from scheduling.selectors.appointments import access_appointment
from tenants.auth import actor
from tenants.enums import Right
from tenants.guards import caller, needs

if TYPE_CHECKING:
    from billing.models import Payment
    from scheduling.models import Appointment

router = Router(tags=["appointments"])


class Charging(Schema):
    """`amount` in minor units, all that is due without; `tip` on top, only of money taken at the desk."""

    method: Literal["cash", "terminal", "other", "saved_card", "link"] = Field(
        "saved_card", description="The first three mark what was paid in person; `link` mails the client where to pay"
    )
    amount: int | None = Field(None, ge=0, le=99_999_999)
    tip: int = Field(0, ge=0, le=9_999_999)
    note: str = Field("", max_length=300)


class Charged(Schema):
    """`payment_id` is none for a link. A card is charged by a worker: `payment_state` says how that stands."""

    appointment: AppointmentRecord
    payment_id: UUID | None
    payment_state: str | None
    payment_status: PaymentStatus
    due: int
    captured: int
    currency: str


@router.post("/appointments/{uuid:appointment_id}/charge", response={200: Charged, **ERRORS})
@needs(Right.CHANGE_OWN_APPOINTMENTS)
def charge(
    request: HttpRequest, appointment_id: UUID, payload: Charging, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """Take what is due, or a part. 409 `nothing_due`, `no_saved_card`, `payments_unavailable`; 422 for too much."""
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]
    key = idempotency_key(
        request, route=f"appointments/{appointment_id}/charge", body=payload.model_dump(), caller=caller(request)
    )
    made: list[Payment] = []

    def work() -> "Appointment":
        made.extend(_take(request, appointment, payload))
        appointment.refresh_from_db()
        return appointment

    def describe(row: "Appointment") -> dict[str, Any]:
        found = money_of(row)
        return {
            "appointment": documents.appointment(row, request.business.timezone),  # type: ignore[attr-defined]
            "payment_id": str(made[0].pk) if made else None,
            "payment_state": made[0].state if made else None,
            "payment_status": row.payment_status,
            "due": found.standing.due,
            "captured": found.standing.captured,
            "currency": row.currency,
        }

    return json_answer(describe(once(key, work, 200, describe)))


def _take(request: HttpRequest, appointment: "Appointment", payload: Charging) -> "list[Payment]":
    now, by = clock.now(), actor(request)
    if payload.method == "link":
        desk.send_link(appointment=appointment, now=now, by=by)
        return []
    if payload.method == "saved_card":
        business = request.business  # type: ignore[attr-defined]
        return [desk.charge_card(business=business, appointment=appointment, amount=payload.amount, now=now, by=by)]
    amount = money_of(appointment).standing.due if payload.amount is None else payload.amount
    taken = Taken(amount=amount, method=payload.method, tip=payload.tip, note=payload.note)
    return [desk.mark_paid(appointment=appointment, taken=taken, now=now, by=by)]
