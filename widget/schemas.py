"""Shapes of the public API. What comes in is checked by them; what goes out is only documented by them (speed)."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import BeforeValidator, StringConstraints

from daybook.core.http.openapi import Pagination
from scheduling.enums import PaymentMode, PaymentStatus, Status
from scheduling.schemas_waitlist import WishIn


def _iso_date(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a date reads YYYY-MM-DD")
    return value


NO_NUL = r"^[^\x00]*$"
IsoDate = Annotated[date, BeforeValidator(_iso_date)]
Token = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Zone = Annotated[str, StringConstraints(max_length=300, pattern=NO_NUL)]
Instant = Annotated[
    str,
    StringConstraints(max_length=40, pattern=NO_NUL),
    Field(json_schema_extra={"format": "date-time"}, examples=["2027-03-15T10:00:00-04:00"]),
]
"""ISO 8601 with an offset; without one the answer is 422 `offset_required`."""


class HoldIn(Schema):
    service_id: UUID
    provider_id: UUID | None = Field(None, description="None: anybody who is free")
    start_time: Instant
    client_timezone: Zone | None = None


class ClientIn(Schema):
    name: Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
    email: Annotated[str, StringConstraints(max_length=300, pattern=NO_NUL)]
    phone: Annotated[str, StringConstraints(max_length=50, pattern=NO_NUL)] = ""


class AppointmentIn(Schema):
    """Price, duration and currency are never taken from here, whatever is sent."""

    service_id: UUID
    provider_id: UUID | None = Field(None, description="None: anybody who is free")
    start_time: Instant
    hold_token: Token | None = None
    client: ClientIn
    client_timezone: Zone | None = None
    notes: Annotated[str, StringConstraints(max_length=2000, pattern=NO_NUL)] = ""
    payment_mode: PaymentMode | None = Field(None, description="None: in person where that is possible, else the first")
    policy_accepted: bool = Field(False, description="Needed for every way of paying but in person")
    coupon_code: Annotated[str, StringConstraints(max_length=100, pattern=NO_NUL)] | None = Field(
        None, description="A coupon's, package's or gift certificate's; 422 `code_refused` says why not"
    )


class WaitlistIn(WishIn):
    """Whom to write to when a time that fits is free."""

    client: ClientIn
    client_timezone: Zone | None = None


class WaitlistOut(Schema):
    """The wish as it was noted; `state` is what it is at first, whoever asks."""

    service_id: UUID
    provider_id: UUID | None
    first_date: date
    last_date: date
    weekdays: list[int]
    start: str | None
    end: str | None
    state: Literal["waiting"]


class CancelIn(Schema):
    """The token may also come in the header X-Manage-Token."""

    cancellation_token: Token = ""
    reason: Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL)] = ""
    preview: bool = False


class RescheduleIn(Schema):
    """The token may also come in the header X-Manage-Token."""

    cancellation_token: Token = ""
    start_time: Instant
    provider_id: UUID | None = Field(None, description="None: the appointment's own provider")


class Problem(Schema):
    """Every error: a stable code, a message for people, details for programs."""

    error: str
    message: str
    details: dict[str, Any]


class BrandingOut(Schema):
    color: str
    theme: str
    initials: str


class TierOut(Schema):
    hours_before_start: int
    fee_percentage: int
    fee_fixed: int


class PolicyOut(Schema):
    text: str
    sentences: list[str]
    tiers: list[TierOut]
    cancel_cutoff_minutes: int
    reschedule_cutoff_minutes: int


class BusinessOut(Schema):
    name: str
    slug: str
    timezone: str
    currency: str
    locale: str
    tagline: str
    intro: str
    address: str
    email: str
    phone: str
    website: str
    url: str
    branding: BrandingOut
    policy: PolicyOut


class ProviderOut(Schema):
    id: UUID
    name: str
    title: str
    bio: str
    price: int
    duration_minutes: int


class DepositOut(Schema):
    type: str
    value: int


class ServiceOut(Schema):
    id: UUID
    slug: str
    name: str
    description: str
    category: str | None
    duration_minutes: int
    price: int
    currency: str
    payment_modes: list[PaymentMode]
    deposit: DepositOut | None
    capacity: int
    location: str
    location_detail: str
    phone_required: bool
    requires_approval: bool
    min_notice_minutes: int
    max_advance_days: int
    providers: list[ProviderOut]


class ServicesOut(Schema):
    items: list[ServiceOut]
    pagination: Pagination


class SlotOut(Schema):
    """`available` and `reason` only when they were asked for; `seats_left` only counts for classes."""

    start_time: str
    start_time_utc: str
    end_time_utc: str
    display_time: str
    provider_ids: list[UUID]
    seats_left: int | None
    available: bool = True
    reason: str | None = None


class DayOut(Schema):
    date: date
    slots: list[SlotOut]


class AvailabilityOut(Schema):
    timezone: str
    days: list[DayOut]
    next_available_date: date | None


class GuestAppointmentOut(Schema):
    """An appointment as its own client sees it; times in the client's zone."""

    id: UUID
    reference: str
    status: Status
    payment_status: PaymentStatus
    sequence: int
    service_id: UUID
    service_name: str
    provider_id: UUID
    provider_name: str
    start_time: str
    start_time_utc: str
    end_time_utc: str
    display_time: str
    timezone: str
    duration_minutes: int
    location: str
    location_detail: str
    client_name: str
    price: int
    currency: str
    payment_mode: PaymentMode
    amount_due_now: int
    discount: int
    tax: int
    total: int
    to_pay: int
    cancel_until: str
    reschedule_until: str
    free_cancellation_until: str | None
    can_cancel: bool
    can_reschedule: bool


class HoldOut(Schema):
    hold_token: str
    state: Status
    expires_at: str
    can_extend: bool
    service_id: UUID
    service_name: str
    provider_id: UUID
    provider_name: str
    start_time: str
    start_time_utc: str
    end_time_utc: str
    display_time: str
    timezone: str
    duration_minutes: int
    price: int
    currency: str
    payment_mode: PaymentMode
    amount_due_now: int
    discount: int
    tax: int
    total: int
    to_pay: int


class HoldStateOut(HoldOut):
    """`appointment` once the hold has become one; `checkout_url` while it can be paid there."""

    appointment: GuestAppointmentOut | None
    checkout_url: str | None


class BookedOut(Schema):
    """`checkout_url`, and the `hold_token` to ask how it stands, where the booking is `held` until it is paid.

    A held booking without `checkout_url`: its payment page is not known yet; ask for the hold until it is.
    """

    appointment: GuestAppointmentOut
    hold_token: str | None = None
    checkout_url: str | None = None
    manage_token: str
    manage_url: str


class AppointmentOut(Schema):
    appointment: GuestAppointmentOut


class CancelledOut(Schema):
    appointment: GuestAppointmentOut
    refund_amount: int
    fee_amount: int
    currency: str
