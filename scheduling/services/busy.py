"""Busy times learnt from outside: written under the provider's lock, like everything that takes his time."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from scheduling.models import BusyTime
from scheduling.services import write_path


def add_busy(*, provider_id: UUID, start: datetime, end: datetime, source: str, title: str = "") -> BusyTime:
    """Close [start, end) of a provider, floored and ceiled to whole minutes. Appointments that are there stay."""

    def work() -> BusyTime:
        write_path.lock([provider_id])
        return BusyTime.objects.create(
            provider_id=provider_id, starts_at=_floor(start), ends_at=_ceil(end), source=source, title=title[:200]
        )

    return write_path.transact(work)


def _floor(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _ceil(instant: datetime) -> datetime:
    floor = _floor(instant)
    return floor if floor == instant else floor + timedelta(minutes=1)
