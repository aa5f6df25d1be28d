"""Shapes of the tenant-admin API: services, team, hours, clients. Durations in minutes, money in minor units."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import BeforeValidator, StrictBool, StrictInt, StrictStr, WithJsonSchema

from daybook.core.http.instants import Day
from daybook.core.http.openapi import Pagination
from scheduling.enums import Hue, Location, Source, Status, Visibility


def minute_of(value: Any) -> int:
    """'09:30' → 570; '24:00' → 1440. ValueError for anything that is no time of the day."""
    if not isinstance(value, str) or len(value) != 5 or value[2] != ":" or not (value[:2] + value[3:]).isdecimal():
        raise ValueError("must be a time such as 09:30")
    hour, minute = int(value[:2]), int(value[3:])
    if minute > 59 or hour * 60 + minute > 1440:
        raise ValueError("must be a time from 00:00 to 24:00")
    return hour * 60 + minute


Clock = Annotated[
    int,
    BeforeValidator(minute_of),
    WithJsonSchema({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "examples": ["09:30"]}),
]


class Named(Schema):
    id: UUID
    name: str


class LinkIn(Schema):
    """Whom, and at which price and duration where they differ from the service's."""

    id: UUID
    price: StrictInt | None = None
    duration_minutes: StrictInt | None = None


class LinkOut(Schema):
    id: UUID
    name: str
    active: bool
    price: int | None
    duration_minutes: int | None


class Deposit(Schema):
    type: Literal["fixed", "percent"]
    value: StrictInt


class ServiceChanges(Schema):
    """Only what is sent is changed. The defaults are a new service's."""

    name: StrictStr = Field(default_factory=str)
    slug: StrictStr = Field("", description="Its part of the booking page's address; empty: made from the name.")
    description: StrictStr = ""
    category_id: UUID | None = None
    hue: Literal[tuple(Hue.values)] = "teal"  # type: ignore[valid-type]
    position: StrictInt = 0
    active: StrictBool = True
    visibility: Literal[tuple(Visibility.values)] = "public"  # type: ignore[valid-type]
    duration_minutes: StrictInt = 60
    buffer_before_minutes: StrictInt = 0
    buffer_after_minutes: StrictInt = 0
    buffers_within_hours: StrictBool = True
    step_minutes: StrictInt = 15
    min_notice_minutes: StrictInt = 0
    max_advance_days: StrictInt = 365
    daily_cap: StrictInt | None = None
    capacity: StrictInt = 1
    timezone: StrictStr | None = None
    location: Literal[tuple(Location.values)] = "business"  # type: ignore[valid-type]
    location_detail: StrictStr = ""
    phone_required: StrictBool = False
    requires_approval: StrictBool = False
    price: StrictInt = 0
    payment_modes: list[StrictStr] = Field(["pay_in_person"])
    deposit: Deposit | None = None
    providers: list[LinkIn] | None = Field(None, description="Who gives it; null for a new service: the whole team.")


class NewService(ServiceChanges):
    name: StrictStr


class ServiceRecord(Schema):
    id: UUID
    name: str
    slug: str
    description: str
    category: Named | None
    hue: str
    position: int
    active: bool
    visibility: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    buffers_within_hours: bool
    step_minutes: int
    min_notice_minutes: int
    max_advance_days: int
    daily_cap: int | None
    capacity: int
    timezone: str | None
    location: str
    location_detail: str
    phone_required: bool
    requires_approval: bool
    price: int
    currency: str
    payment_modes: list[str]
    deposit: Deposit | None
    providers: list[LinkOut]


class Services(Schema):
    items: list[ServiceRecord]
    pagination: Pagination


class CategoryChanges(Schema):
    name: StrictStr = Field(default_factory=str)
    position: StrictInt = Field(default_factory=int)


class NewCategory(Schema):
    name: StrictStr


class CategoryRecord(Schema):
    id: UUID
    name: str
    position: int


class Categories(Schema):
    items: list[CategoryRecord]
    pagination: Pagination


class ProviderChanges(Schema):
    """Only what is sent is changed."""

    name: StrictStr = Field(default_factory=str)
    title: StrictStr = ""
    bio: StrictStr = ""
    email: StrictStr = ""
    phone: StrictStr = ""
    hue: Literal[tuple(Hue.values)] = Field(default_factory=lambda: "teal")  # type: ignore[valid-type]
    timezone: StrictStr | None = None
    position: StrictInt = 0
    active: StrictBool = True
    services: list[LinkIn] = Field([], description="Which services, perhaps at another price or duration.")


class NewProvider(ProviderChanges):
    name: StrictStr


class ProviderRecord(Schema):
    id: UUID
    name: str
    title: str
    bio: str
    email: str
    phone: str
    hue: str
    timezone: str | None
    position: int
    active: bool
    services: list[LinkOut]


class Providers(Schema):
    items: list[ProviderRecord]
    pagination: Pagination


class Links(Schema):
    items: list[LinkOut]


class LinksIn(Schema):
    items: list[LinkIn]


class RuleIn(Schema):
    """Weekly hours on the wall clock: weekday 0 = Sunday, an end before the start is on the next day."""

    weekday: StrictInt
    start: Clock
    end: Clock
    effective_from: Day | None = None
    effective_to: Day | None = None
    service_id: UUID | None = Field(None, description="Only in a provider's list: hours for this service alone.")


class RulesIn(Schema):
    rules: list[RuleIn]


class RuleOut(Schema):
    id: UUID
    weekday: int
    start: str
    end: str
    effective_from: dt.date | None
    effective_to: dt.date | None
    service_id: UUID | None
    provider_id: UUID | None


class Rules(Schema):
    timezone: str
    rules: list[RuleOut]


class OverrideChanges(Schema):
    """Only what is sent is changed; hours and dates are local."""

    provider_id: UUID | None = Field(None, description="null: the whole business")
    kind: Literal["blocked", "exception"] = Field(default_factory=lambda: "blocked")
    date: Day = Field(default_factory=dt.date.today)
    end_date: Day | None = None
    start: Clock | None = None
    end: Clock | None = None
    note: StrictStr = ""


class NewOverride(OverrideChanges):
    kind: Literal["blocked", "exception"]
    date: Day


class OverrideRecord(Schema):
    id: UUID
    provider_id: UUID | None
    kind: str
    date: dt.date
    end_date: dt.date | None
    start: str | None
    end: str | None
    note: str


class Overrides(Schema):
    items: list[OverrideRecord]
    pagination: Pagination


class Cause(Schema):
    kind: Literal["rule", "override", "appointment", "busy_time", "setting"]
    id: str
    label: str


class ProviderExplanation(Schema):
    provider_id: UUID
    provider_name: str
    bookable: bool
    reason: str | None
    causes: list[Cause]


class Explanation(Schema):
    """Why a time is closed. Reasons, first match of: outside_hours blocked horizon notice booked buffer held calendar
    full daily_cap; for any provider, of the one who comes furthest down that list."""

    start_time: str
    start_time_utc: str
    bookable: bool
    reason: str | None
    providers: list[ProviderExplanation]


class EventActor(Schema):
    kind: str
    id: str
    name: str


class Event(Schema):
    at: str
    action: str
    from_status: str
    to_status: str
    by: EventActor
    reason: str
    detail: dict[str, Any]


class AppointmentClient(Schema):
    id: UUID
    name: str
    email: str
    phone: str


class Place(Schema):
    kind: str
    detail: str


class AppointmentRecord(Schema):
    """An appointment as staff see it; `scheduling.documents.appointment` makes it."""

    id: UUID
    reference: str
    status: Literal[tuple(Status.values)]  # type: ignore[valid-type]
    payment_status: str
    payment_mode: str
    source: Literal[tuple(Source.values)]  # type: ignore[valid-type]
    service: Named
    provider: Named
    client: AppointmentClient | None
    start_time: str
    end_time: str
    start_time_utc: str
    end_time_utc: str
    timezone: str
    duration_minutes: int
    location: Place
    price: int
    currency: str
    notes: str = Field(description="What the client wrote when booking.")
    shared_notes: str = Field(
        description="What the business wrote for the client, who sees it on his page and in mails."
    )
    staff_notes: str = Field(description="For the team alone.")
    overlap_allowed: bool
    sequence: int
    created_at: str
    confirmed_at: str | None
    checked_in_at: str | None
    cancelled_at: str | None
    hold_expires_at: str | None


class AppointmentDetail(AppointmentRecord):
    history: list[Event]


class Appointments(Schema):
    items: list[AppointmentRecord]
    pagination: Pagination


class Stats(Schema):
    total: int
    today: int
    upcoming: int
    completed: int
    no_show_count: int
    no_show_rate: float
    cancelled: int
    by_source: dict[str, int]
    by_status: dict[str, int]
