"""The appointments that were booked together, as a member may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from daybook.core.errors import NotFound
from scheduling.enums import Status
from scheduling.models import Appointment, Series
from scheduling.selectors import desk

if TYPE_CHECKING:
    from tenants.models import Membership

OPEN = (Status.CONFIRMED, Status.PENDING_APPROVAL)


class Scope(StrEnum):
    """Which appointments of a series something is done to."""

    ONE = "one"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an appointment stands in its series: `number` of `rows`, which are in order of their start."""

    series: Series
    rows: list[Appointment]
    number: int


def access_series(member: Membership | None, series_id: UUID) -> tuple[Series, list[Appointment]]:
    """A series with those of its appointments that the member may see, by start. NotFound when there are none. 2 queries."""
    series = Series.objects.filter(pk=series_id).first()
    rows = [] if series is None else _rows(member, series_id)
    if series is None or not rows:
        raise NotFound()
    return series, rows


def place_of(member: Membership | None, appointment: Appointment) -> Place | None:
    """Where it stands in its series; None when it was booked alone. 2 queries."""
    if appointment.series_id is None:
        return None
    series, rows = access_series(member, appointment.series_id)
    return Place(series, rows, 1 + [row.pk for row in rows].index(appointment.pk))


def in_scope(rows: Sequence[Appointment], chosen: Appointment, scope: Scope, *, now: datetime) -> list[Appointment]:
    """The appointments that can still be changed: the chosen one, it and what follows, or everything that lies ahead."""
    if scope is Scope.ONE:
        return [row for row in rows if row.pk == chosen.pk and row.status in OPEN]
    since = chosen.starts_at if scope is Scope.FOLLOWING else now
    return [row for row in rows if row.status in OPEN and row.starts_at >= since and row.ends_at > now]


def _rows(member: Membership | None, series_id: UUID) -> list[Appointment]:
    rows = Appointment.objects.filter(series_id=series_id).select_related("service", "provider", "client")
    return list(desk.own(rows, member).order_by("starts_at", "id"))
