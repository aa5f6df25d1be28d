"""What calendars outside are told of a provider's appointments, and what is needed to listen to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Max, Q

from scheduling.enums import Status
from scheduling.models import Appointment, BusyTime, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
"""What takes, or took, a provider's time."""


def published(provider_id: UUID, *, since: datetime, until: datetime) -> list[Appointment]:
    """A provider's appointments that start in [since, until), by start; of class sessions every seat. 1 query."""
    rows = Appointment.objects.filter(
        provider_id=provider_id, starts_at__gte=since, starts_at__lt=until, status__in=SHOWN
    )
    return list(rows.order_by("starts_at", "id"))


def blocks_of(provider_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that are appointments of the provider, in whatever status, or his class sessions. 1 query."""
    if not ids:
        return set()
    rows = Appointment.objects.filter(Q(pk__in=ids) | Q(block_id__in=ids), provider_id=provider_id)
    return {one for pair in rows.values_list("pk", "block_id") for one in pair} & set(ids)


def farthest_days() -> int:
    """How many days ahead anything can be booked. 1 query."""
    return Service.objects.filter(active=True).aggregate(Max("max_advance_days"))["max_advance_days__max"] or 0


def next_busy(sources: Collection[str], *, now: datetime) -> Mapping[str, tuple[datetime, datetime]]:
    """The first busy time of each source that is not over, where there is one. 1 query."""
    rows = BusyTime.objects.filter(source__in=sources, ends_at__gt=now).order_by("source", "starts_at")
    first = rows.distinct("source").values_list("source", "starts_at", "ends_at")
    return {source: (starts_at, ends_at) for source, starts_at, ends_at in first}
