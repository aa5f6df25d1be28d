"""Reading what outside calendars keep closed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from scheduling.models import Appointment, BusyTime
from scheduling.selectors.blocks import TAKING


def overlapped(provider_id: UUID, blocks: Collection[UUID]) -> set[UUID]:
    """Those of these blocks on which an outside busy time of their provider lies. 1 query."""
    on_top = BusyTime.objects.filter(
        provider_id=provider_id, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    ).exclude(source__startswith="paused:")
    rows = Appointment.objects.filter(provider_id=provider_id, block_id__in=blocks, status__in=TAKING)
    return set(rows.filter(Exists(on_top)).values_list("block_id", flat=True))


def busy_spans(source: str) -> list[tuple[datetime, datetime]]:
    """What a source keeps closed, by start. 1 query."""
    return list(
        BusyTime.objects.filter(source=source).order_by("starts_at", "ends_at").values_list("starts_at", "ends_at")
    )
