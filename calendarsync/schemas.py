"""What goes in and out of the API of calendars."""

import datetime as dt
from typing import Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StrictBool, StrictStr

from daybook.core.http.openapi import Pagination


class NewConnection(Schema):
    """An authorization code of Google's consent page."""

    auth_code: StrictStr = Field(min_length=1, max_length=2000)
    provider_id: UUID
    code_verifier: StrictStr = Field("", max_length=200, description="PKCE, if the code was asked for with it.")
    redirect_uri: StrictStr = Field("", max_length=500, description="As in the request for the code; ours without.")


class ConnectionChanges(Schema):
    """Only what is sent is changed."""

    counts: list[UUID] = Field(default_factory=list, max_length=100, description="Calendars that close times.")
    receives: UUID | None = Field(None, description="The calendar that appointments are written to; null: none.")
    privacy: Literal["full", "service", "busy"] = Field(default_factory=lambda: "full")
    on_change: Literal["apply", "ask"] = Field(default_factory=lambda: "apply")
    tentative_is_busy: StrictBool = Field(default_factory=lambda: True)
    focus_is_busy: StrictBool = Field(default_factory=lambda: True)


class CalendarRecord(Schema):
    id: UUID
    name: str
    timezone: str
    primary: bool
    writable: bool
    counts: bool
    receives: bool
    synced_at: dt.datetime | None
    gone_at: dt.datetime | None


class ConnectionRecord(Schema):
    id: UUID
    provider_id: UUID
    vendor: str
    account: str
    state: Literal["choosing", "active", "reconnect"]
    privacy: str
    on_change: str
    tentative_is_busy: bool
    focus_is_busy: bool
    connected_at: dt.datetime
    last_error: str
    calendars: list[CalendarRecord]


class Connections(Schema):
    items: list[ConnectionRecord]
    pagination: Pagination
