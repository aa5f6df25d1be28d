"""Payments over the API: what was paid for which appointment, and giving it back."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router

from billing.enums import PaymentState
from billing.selectors import payments as reading
from billing.selectors.panels import Entry, entries
from billing.selectors.payments import Narrow, access_payment
from billing.services import refunds
from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.http.idempotent import answer_again, idempotency_key, json_answer
from daybook.core.http.openapi import ERRORS, IdempotencyKey, PageLimit, PageNumber
from daybook.core.http.pages import page_of
from daybook.core.idempotency import Replayed
from daybook.dashboard import schemas
from scheduling.selectors.appointments import access_appointment
from tenants.auth import actor
from tenants.enums import Right
from tenants.guards import caller, needs

if TYPE_CHECKING:
    from billing.models import Payment, Refund

router = Router(tags=["payments"])


@router.get("/payments", response={200: schemas.Payments, **ERRORS})
@needs(Right.SEE_PAYMENTS)
def list_payments(
    request: HttpRequest,
    appointment_id: UUID | None = None,
    client_id: UUID | None = None,
    state: str = "",
    page: PageNumber = 1,
    limit: PageLimit = 50,
) -> HttpResponse:
    """Payments and fees, the latest first, each with its refunds."""
    rows = reading.transactions(Narrow(request.business.timezone, state=state))  # type: ignore[attr-defined]
    if appointment_id is not None:
        rows = rows.filter(appointment_id=appointment_id)
    if client_id is not None:
        rows = rows.filter(client_id=client_id)
    found = page_of(rows, lambda row: {"row": row}, page=page, limit=limit)
    found["items"] = [_payment(entry) for entry in entries([item["row"] for item in found["items"]])]
    return json_answer(found)


@router.get("/payments/{uuid:payment_id}", response={200: schemas.PaymentRecord, **ERRORS})
@needs(Right.SEE_PAYMENTS)
def one_payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """One payment with its refunds."""
    row = access_payment(request.member, payment_id)  # type: ignore[attr-defined]
    return json_answer(_payment(entries([row])[0]))


@router.post("/appointments/{uuid:appointment_id}/refund", response={200: schemas.Refunded, **ERRORS})
@needs(Right.CHANGE_PAYMENTS)
def refund(
    request: HttpRequest, appointment_id: UUID, payload: schemas.Refunding, idempotency_key_: IdempotencyKey = None
) -> HttpResponse:
    """Give money back, within what is left (422 `refund_too_large`); 409 `charge_disputed` while the bank decides.

    Online payments answer `requested`; the refund itself follows within moments.
    """
    appointment = access_appointment(request.member, appointment_id)  # type: ignore[attr-defined]
    key = idempotency_key(
        request,
        route=f"appointments/{appointment_id}/refund",
        body=payload.model_dump(mode="json"),
        caller=caller(request),
    )
    answer: dict[str, Any] = {}

    def finish(made: "list[Refund]", fresh: Any) -> None:
        answer.update({"refunds": [_refund(one) for one in made], "payment_status": fresh.payment_status})
        if key is not None:
            key.finish(status=200, body=json_body(answer), object_id=fresh.pk)
        facts = {"amount": sum(one.amount for one in made), "currency": fresh.currency}
        line = Line("payment.refunded", "appointment", fresh.pk, fresh.reference, after=facts)
        record(line, tenant_id=request.business.pk, by=actor(request), request=request)  # type: ignore[attr-defined]

    try:
        refunds.of_appointment(
            appointment=appointment, payment_id=payload.payment_id, amount=payload.amount, note=payload.note,
            now=clock.now(), by=actor(request), key=key, finish=finish,
        )  # fmt: skip
    except Replayed as replayed:
        return answer_again(replayed)
    return json_answer(answer)


def json_body(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as it can be kept."""
    kept: dict[str, Any] = orjson.loads(orjson.dumps(answer))
    return kept


def _payment(entry: Entry) -> dict[str, Any]:
    row: Payment = entry.payment
    return {
        "id": row.pk,
        "appointment_id": row.appointment_id,
        "client_id": row.client_id,
        "purpose": row.purpose,
        "method": row.method,
        "state": row.state,
        "amount": row.amount,
        "tip": row.tip,
        "left": 0 if entry.disputed or row.state != PaymentState.SUCCEEDED else entry.left,
        "currency": row.currency,
        "disputed": entry.disputed,
        "failure_code": row.failure_code,
        "stripe_account_id": row.account_id,
        "stripe_payment_intent_id": row.payment_intent_id,
        "created_at": row.created_at,
        "captured_at": row.captured_at,
        "refunds": [_refund(one, row) for one in entry.refunds],
    }


def _refund(row: "Refund", payment: "Payment | None" = None) -> dict[str, Any]:
    of = payment or row.payment
    return {
        "id": row.pk,
        "payment_id": of.pk,
        "amount": row.amount,
        "currency": of.currency,
        "state": row.state,
        "reason": row.reason,
        "note": row.note,
        "failure_code": row.failure_code,
        "stripe_refund_id": row.refund_id,
        "created_at": row.created_at,
    }
