"""A business described in JSON (docs: "A business from a description"). Everything but the slug has a default."""

import datetime as dt
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MemberPart(Part):
    email: str
    password: str = "correct-horse-battery"
    role: Literal["owner", "manager", "provider", "front_desk"] = "owner"
    name: str = ""
    provider: str | None = None


class ProviderPart(Part):
    key: str
    name: str = "Pat"
    title: str = ""
    bio: str = ""
    email: str = ""
    phone: str = ""
    hue: str | None = None
    timezone: str | None = None
    active: bool = True


class LinkPart(Part):
    """A provider's key alone stands for itself without own price or duration."""

    key: str
    price: int | None = None
    duration_minutes: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_key(cls, value: Any) -> Any:
        return {"key": value} if isinstance(value, str) else value


class DepositPart(Part):
    type: str
    value: int


class ServicePart(Part):
    """`providers` null: everybody."""

    key: str
    name: str = "Cut"
    description: str = ""
    category: str | None = None
    hue: str = "teal"
    duration_minutes: int = 60
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    step_minutes: int = 15
    buffers_within_hours: bool = True
    price: int = 10000
    payment_modes: list[str] = Field(default_factory=lambda: ["pay_in_person"])
    deposit: DepositPart | None = None
    min_notice_minutes: int = 0
    max_advance_days: int = 365
    daily_cap: int | None = None
    capacity: int = 1
    requires_approval: bool = False
    phone_required: bool = False
    timezone: str | None = None
    active: bool = True
    visibility: str = "public"
    location: str = "business"
    location_detail: str = ""
    providers: list[LinkPart] | None = None


class RulePart(Part):
    provider: str | None = None
    service: str | None = None
    weekday: int
    start: str = "09:00"
    end: str = "17:00"
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None


class OverridePart(Part):
    """Without `end_date` one date; a block without hours closes all of it."""

    provider: str | None = None
    kind: str = "blocked"
    date: dt.date
    end_date: dt.date | None = None
    start: str | None = None
    end: str | None = None
    note: str = ""


class BusyPart(Part):
    provider: str
    start: AwareDatetime
    end: AwareDatetime
    title: str = ""


class PolicyPart(Part):
    service: str | None = None
    hours_before_start: int
    fee_percentage: int
    fee_fixed: int = 0


class ClientPart(Part):
    name: str = "Kim Lee"
    email: str = ""
    phone: str = ""


class AppointmentPart(Part):
    """`provider` null: whoever is free. `client` null only makes sense for a held time."""

    key: str
    service: str
    provider: str | None = None
    start: AwareDatetime
    status: str = "confirmed"
    client: ClientPart | None = None
    source: str = "online"
    notes: str = ""
    staff_notes: str = ""
    shared_notes: str = ""
    allow_overlap: bool = False


class SeriesPart(Part):
    """Appointments that repeat, `count` times from `start` on. Times that are not free are left out, as for staff."""

    service: str
    provider: str
    start: AwareDatetime
    client: ClientPart
    every: int = 1
    unit: Literal["day", "week", "month"] = "week"
    count: int = 6


class ConsentPart(Part):
    kind: str
    text: str
    version: str = ""
    given_at: AwareDatetime


class KnownPart(ClientPart):
    """What staff keep about a client. Who is not found by e-mail, else phone, is new. With `blocked` the reason."""

    notes: str = ""
    tags: list[str] = Field(default_factory=list)
    reminders: bool = True
    blocked: str | None = None
    consents: list[ConsentPart] = Field(default_factory=list)


class WaitPart(Part):
    """A wish on the waiting list, as the client made it; `provider` null: anyone. Dates are included."""

    service: str
    provider: str | None = None
    client: ClientPart
    first_date: dt.date
    last_date: dt.date
    weekdays: list[int] = Field(default_factory=list)
    start: str | None = None
    end: str | None = None
    notes: str = ""


class Description(Part):
    """Keys name things within the description. No providers: one, `p1`; no services: one, `s1`, given by everybody.

    `stripe`: connect an account that clients can pay into at once; needs the sandbox.
    """

    slug: str
    name: str = ""
    timezone: str = "America/New_York"
    currency: str = "usd"
    country: str = "US"
    locale: str = "en"
    stripe: bool = False
    settings: dict[str, Any] = Field({})
    members: list[MemberPart] = Field([])
    providers: list[ProviderPart] = Field([ProviderPart(key="p1")])
    services: list[ServicePart] = Field([ServicePart(key="s1")])
    rules: list[RulePart] = Field([])
    overrides: list[OverridePart] = Field([])
    busy: list[BusyPart] = Field([])
    policies: list[PolicyPart] = Field([])
    appointments: list[AppointmentPart] = Field([])
    series: list[SeriesPart] = Field([])
    clients: list[KnownPart] = Field([])
    waitlist: list[WaitPart] = Field([])

    @model_validator(mode="after")
    def _keys_name_one_thing_each(self) -> "Description":
        for parts in (self.providers, self.services, self.appointments):
            named = [part.key for part in parts]
            if twice := sorted({key for key in named if named.count(key) > 1}):
                raise ValueError(f"these keys name several things: {', '.join(twice)}")
        known = {part.key for part in self.providers}
        if strange := sorted({one.provider for one in self.members if one.provider} - known):
            raise ValueError(f"no provider has these keys: {', '.join(strange)}")
        return self
