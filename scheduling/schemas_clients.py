"""Shapes of the tenant-admin API: clients."""

from typing import Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import StrictBool, StrictStr

from daybook.core.http.openapi import Pagination
from scheduling.schemas import AppointmentRecord


class ClientChanges(Schema):
    """Only what is sent is changed. Appointments keep the details they were booked with."""

    name: StrictStr = Field(default_factory=str)
    email: StrictStr = ""
    phone: StrictStr = ""
    timezone: StrictStr = ""
    locale: StrictStr = ""
    notes: StrictStr = ""
    tags: list[StrictStr] = Field([], description="The whole list; each once, in any case of letters.")
    reminders: StrictBool = Field(default=True, description="Whether reminders are mailed.")


class NewClient(ClientChanges):
    name: StrictStr


class ClientRecord(Schema):
    id: UUID
    name: str
    email: str
    phone: str
    timezone: str
    locale: str
    notes: str
    tags: list[str]
    reminders: bool
    blocked_at: str | None
    blocked_reason: str
    possible_duplicate: bool
    created_at: str


class Clients(Schema):
    items: list[ClientRecord]
    pagination: Pagination


class ClientDetail(ClientRecord):
    appointments: list[AppointmentRecord]


class Tags(Schema):
    tags: list[StrictStr]


class Block(Schema):
    reason: StrictStr = ""


class Erase(Schema):
    cancel_upcoming: StrictBool = Field(
        default=False, description="Cancel what lies ahead, telling nobody; else 409 `has_upcoming`."
    )


class Erased(Schema):
    id: UUID
    erased_at: str


class Dossier(Schema):
    """Everything that is kept about one person."""

    business: str
    exported_at: str
    contains_private_notes: bool
    client: dict[str, Any]
    appointments: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    waitlist: list[dict[str, Any]]
    files: list[dict[str, Any]]
