"""Shapes of the waiting list in both APIs. Dates and hours are the business's."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Field, Schema
from pydantic import StringConstraints

from daybook.core.errors import Invalid
from daybook.core.http.instants import Day, Instant
from daybook.core.http.openapi import Pagination
from scheduling.domain.wishes import Wanted
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.schemas import Clock, Named

NO_NUL = r"^[^\x00]*$"
Weekday = Annotated[int, Field(ge=0, le=6)]


class WishIn(Schema):
    """Dates are inclusive, weekdays 0 = Sunday (none: any); it must start in [start, end) (null: at any time)."""

    service_id: UUID
    provider_id: UUID | None = Field(None, description="null: anyone")
    first_date: Day
    last_date: Day
    weekdays: list[Weekday] = Field([], max_length=7)
    start: Clock | None = None
    end: Clock | None = None
    notes: Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL)] = ""

    def wanted(self) -> Wanted:
        """When it is to be. Raises Invalid when one of the two hours is missing."""
        hours = None
        if self.start is not None and self.end is not None:
            hours = (self.start, self.end)
        elif self.start is not None or self.end is not None:
            message = _("Give both times, or none.")
            raise Invalid("validation_failed", message, {"end" if self.end is None else "start": [message]})
        return Wanted(self.first_date, self.last_date, frozenset(self.weekdays), hours)


class WaiterIn(Schema):
    name: Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
    email: Annotated[str, StringConstraints(max_length=300, pattern=NO_NUL)] = ""
    phone: Annotated[str, StringConstraints(max_length=50, pattern=NO_NUL)] = ""


class NewEntry(WishIn):
    """`client` needs a name only; without an e-mail nothing is offered automatically."""

    client: WaiterIn
    notify: bool = True


class OfferIn(Schema):
    start_time: Instant
    provider_id: UUID | None = Field(None, description="null: whom the entry names, else anybody who is free")
    allow_outside_hours: bool = False


class OfferRecord(Schema):
    id: UUID
    state: OfferState
    appointment_id: UUID
    start_time: str
    start_time_utc: str
    provider: Named
    offered_at: str
    expires_at: str
    answered_at: str | None


class EntryRecord(Schema):
    """`offers` are all that were ever made, the latest first."""

    id: UUID
    state: WaitState
    service: Named
    provider: Named | None
    name: str
    email: str
    phone: str
    first_date: dt.date
    last_date: dt.date
    weekdays: list[int]
    start: str | None
    end: str | None
    notes: str
    position: int
    added_by: str
    created_at: str
    offers: list[OfferRecord]


class Entries(Schema):
    items: list[EntryRecord]
    pagination: Pagination
