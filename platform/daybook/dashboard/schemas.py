"""Shapes of the tenant-admin API: appointments as staff book and change them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StrictBool, StrictInt, StrictStr

from daybook.core.http.instants import Instant
from daybook.core.http.openapi import Pagination
from scheduling.enums import Source
from scheduling.schemas import AppointmentRecord


class BookedFor(Schema):
    """Somebody known by `id`, whose details stand unless others are given, or a name with e-mail and phone."""

    id: UUID | None = None
    name: StrictStr = ""
    email: StrictStr = ""
    phone: StrictStr = ""


class StaffBooking(Schema):
    service_id: UUID
    provider_id: UUID | None = Field(None, description="null: anybody who is free")
    start_time: Instant
    client: BookedFor
    client_timezone: StrictStr = ""
    notes: StrictStr = ""
    staff_notes: StrictStr = ""
    source: Literal[tuple(Source.values)] = "manual"  # type: ignore[valid-type]
    payment_mode: StrictStr = "pay_in_person"
    allow_outside_hours: StrictBool = False
    allow_overlap: StrictBool = False
    notify: StrictBool = True


class AppointmentChange(Schema):
    """A status, notes, or both; what is not sent stays.

    `confirmed` approves a request; `reason` and `notify` count where the client hears of it.
    """

    status: Literal["completed", "no_show", "confirmed", "declined", "cancelled"] | None = None
    shared_notes: StrictStr | None = Field(None, description="The client sees them on his page and in mails.")
    staff_notes: StrictStr | None = Field(None, description="For the team alone.")
    reason: StrictStr = Field("", max_length=500)
    notify: StrictBool = True


class Cancelling(Schema):
    reason: StrictStr = Field("", max_length=500)
    notify: StrictBool = True
    preview: StrictBool = Field(False, description="Say what it would return and cost; change nothing.")
    refund: Literal["full", "policy", "part", "none"] | None = Field(
        None, description="What of the money goes back; null: all of it. Takes the right to change payments."
    )
    refund_amount: StrictInt | None = Field(None, gt=0, description="Minor units; with `part`.")


class Moving(Schema):
    start_time: Instant
    provider_id: UUID | None = None
    duration_minutes: StrictInt | None = Field(None, ge=5, le=1440)
    allow_outside_hours: StrictBool = False
    allow_overlap: StrictBool = False
    reason: StrictStr = Field("", max_length=500)
    notify: StrictBool = True


class Restoring(Schema):
    allow_overlap: StrictBool = False
    notify: StrictBool = False


class Cancelled(Schema):
    appointment: AppointmentRecord
    refund_amount: int
    fee_amount: int
    currency: str


class Refunding(Schema):
    """Without `payment_id` online payments give first, the latest first. Without `amount` all that is left goes back."""

    amount: StrictInt | None = Field(None, gt=0, description="Minor units.")
    payment_id: UUID | None = None
    note: StrictStr = Field("", max_length=300)


class RefundRecord(Schema):
    id: UUID
    payment_id: UUID
    amount: int
    currency: str
    state: str
    reason: str
    note: str
    failure_code: str
    stripe_refund_id: str
    created_at: datetime


class PaymentRecord(Schema):
    """Money in minor units; `left` may still be refunded, 0 while a dispute is open."""

    id: UUID
    appointment_id: UUID | None
    client_id: UUID | None
    purpose: str
    method: str
    state: str
    amount: int
    tip: int
    left: int
    currency: str
    disputed: bool
    failure_code: str
    stripe_account_id: str
    stripe_payment_intent_id: str
    created_at: datetime
    captured_at: datetime | None
    refunds: list[RefundRecord]


class Payments(Schema):
    items: list[PaymentRecord]
    pagination: Pagination


class Refunded(Schema):
    refunds: list[RefundRecord]
    payment_status: str
