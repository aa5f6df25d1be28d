"""What the set-up's pages ask of appointments and prices before something is changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from scheduling.enums import LIVE, Status
from scheduling.models import Appointment, Service, ServiceProvider

AHEAD = (Status.PENDING_APPROVAL, Status.CONFIRMED)


def _ahead(now: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(status__in=AHEAD, ends_at__gt=now)


def upcoming_count(provider_id: UUID, *, now: datetime) -> int:
    """How many appointments a provider has ahead. 1 query."""
    return _ahead(now).filter(provider_id=provider_id).count()


def upcoming_counts(*, now: datetime) -> dict[UUID, int]:
    """The same for everybody who has any. 1 query."""
    rows = _ahead(now).order_by("provider_id").values_list("provider_id").annotate(Count("pk"))
    return dict(rows)


def upcoming_by_service(*, now: datetime) -> dict[UUID, int]:
    """How many appointments each service has ahead, of those that have any. 1 query."""
    rows = _ahead(now).order_by("service_id").values_list("service_id").annotate(Count("pk"))
    return dict(rows)


def upcoming_of(
    provider_id: UUID, *, now: datetime, first: datetime | None = None, last: datetime | None = None
) -> QuerySet[Appointment]:
    """A provider's appointments ahead by start, perhaps only those that touch [first, last)."""
    rows = _ahead(now).filter(provider_id=provider_id)
    if first is not None:
        rows = rows.filter(ends_at__gt=first)
    if last is not None:
        rows = rows.filter(starts_at__lt=last)
    return rows.select_related("service", "client").order_by("starts_at", "id")


_BUSY = """
select a.id, o.provider_id
from scheduling_appointment a
join scheduling_appointment o on o.occupied && a.occupied and o.block_id <> a.block_id
where a.id = any(%s) and o.provider_id = any(%s) and o.status = any(%s)
"""


def busy_then(appointments: Iterable[UUID], providers: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """Which of the providers have something else at the time of which appointment. 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, [list(appointments), list(providers), [str(status) for status in LIVE]])
        return {(appointment, provider) for appointment, provider in cursor.fetchall()}


def booked_between(start: datetime, end: datetime, *, provider_id: UUID | None = None, now: datetime) -> int:
    """How many appointments ahead touch [start, end), with one provider or anybody. 1 query."""
    rows = _ahead(now).filter(starts_at__lt=end, ends_at__gt=start)
    return (rows if provider_id is None else rows.filter(provider_id=provider_id)).count()


def is_priced() -> bool:
    """Whether any amount depends on the currency: a price, an own price, or anything booked."""
    return (
        Service.objects.filter(price__gt=0).exists()
        or ServiceProvider.objects.filter(price__gt=0).exists()
        or Appointment.objects.exists()
    )


def booked_times(start: datetime, end: datetime, *, now: datetime) -> list[tuple[UUID, datetime, datetime]]:
    """Provider, start and end of the appointments ahead that touch [start, end). 1 query."""
    rows = _ahead(now).filter(starts_at__lt=end, ends_at__gt=start)
    return list(rows.values_list("provider_id", "starts_at", "ends_at"))
