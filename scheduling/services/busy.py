"""Busy times learnt from outside: written under the provider's lock, like everything that takes his time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from scheduling import signals
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


def replace_busy(
    *,
    provider_id: UUID,
    source: str,
    spans: Iterable[tuple[datetime, datetime]],
    title: str = "",
    still: Callable[[], bool] = lambda: True,
) -> int:
    """Make `spans` the busy times that `source` knows of a provider, in one transaction; answers how many there are.

    Each is floored and ceiled to whole minutes, and those that overlap become one. What stays as it is is not written
    again. `still` is asked under the lock: when it says no, everything stays as it was, and the answer is -1.
    """

    def work() -> int:
        write_path.lock([provider_id])
        if not still():
            return -1
        wanted = _joined(spans)
        present = BusyTime.objects.filter(provider_id=provider_id, source=source)
        known = {(row.starts_at, row.ends_at): row for row in present}
        gone = [row.pk for span, row in known.items() if span not in wanted or row.title != title[:200]]
        kept = {span for span, row in known.items() if row.pk not in set(gone)}
        doubled = present.exclude(pk__in=[row.pk for row in known.values()])
        removed = doubled.delete()[0] + BusyTime.objects.filter(pk__in=gone).delete()[0]
        BusyTime.objects.bulk_create(
            [
                BusyTime(provider_id=provider_id, starts_at=start, ends_at=end, source=source, title=title[:200])
                for start, end in sorted(wanted - kept)
            ],
            batch_size=1000,
        )
        if removed:
            signals.times_changed.send(BusyTime)
        return len(wanted)

    return write_path.transact(work)


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> set[tuple[datetime, datetime]]:
    """The spans on whole minutes, with those that overlap made one."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted((_floor(start), _ceil(end)) for start, end in spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return set(found)


def _floor(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _ceil(instant: datetime) -> datetime:
    floor = _floor(instant)
    return floor if floor == instant else floor + timedelta(minutes=1)
