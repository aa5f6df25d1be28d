"""Shapes of the tenant-admin API: the business, its people and keys."""

from typing import Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StrictInt, StrictStr

from daybook.core.http.openapi import Pagination


class SettingsChanges(Schema):
    """Only what is sent is changed."""

    name: StrictStr = Field(default_factory=str)
    country: StrictStr = Field(default_factory=str)
    timezone: StrictStr = Field(default_factory=str)
    currency: StrictStr = Field(default_factory=str)
    locale: StrictStr = Field(default_factory=str)
    tagline: StrictStr = Field(default_factory=str)
    intro: StrictStr = Field(default_factory=str)
    policy_text: StrictStr = Field(default_factory=str)
    address: StrictStr = Field(default_factory=str)
    email: StrictStr = Field(default_factory=str)
    phone: StrictStr = Field(default_factory=str)
    website: StrictStr = Field(default_factory=str)
    brand_color: StrictStr = Field(default_factory=str)
    theme: StrictStr = Field(default_factory=str)
    hold_minutes: StrictInt = Field(default_factory=int)
    cancel_cutoff_minutes: StrictInt = Field(default_factory=int)
    reschedule_cutoff_minutes: StrictInt = Field(default_factory=int)
    complete_after_minutes: StrictInt = Field(default_factory=int)
    reminder_minutes: list[StrictInt] = Field(default_factory=list, max_length=5)


class SettingsRecord(Schema):
    id: UUID
    slug: str
    url: str
    status: str
    name: str
    country: str
    timezone: str
    currency: str
    locale: str
    tagline: str
    intro: str
    policy_text: str
    address: str
    email: str
    phone: str
    website: str
    brand_color: str
    theme: str
    hold_minutes: int
    cancel_cutoff_minutes: int
    reschedule_cutoff_minutes: int
    complete_after_minutes: int
    reminder_minutes: list[int]


class MemberRecord(Schema):
    id: UUID
    name: str
    email: str
    role: str
    provider_id: UUID | None
    active: bool


class Members(Schema):
    items: list[MemberRecord]
    pagination: Pagination


class NewKey(Schema):
    name: StrictStr = Field(min_length=1, max_length=80)
    kind: Literal["publishable", "secret"] = "secret"
    scopes: list[Literal["read", "write"]] = Field(["read", "write"])


class KeyRecord(Schema):
    """`prefix` tells a secret key again; a publishable one is shown in full."""

    id: UUID
    kind: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class MadeKey(KeyRecord):
    """`key` is told this once: null when the same request is answered again."""

    key: str | None


class Keys(Schema):
    items: list[KeyRecord]
    pagination: Pagination
