"""Busy times learnt from outside: written under the provider's lock, like everything that takes his time.

Each calendar outside has a `source`, under which its times are kept apart from those of others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scheduling import signals
from scheduling.models import BusyTime
from scheduling.services import write_path


@dataclass(frozen=True, slots=True)
class Busy:
    """The time [start, end) of an event outside. `event` is its id there, of at most 300 characters."""

    start: datetime
    end: datetime
    event: str = ""


Finish = Callable[[list[Busy]], None]
"""Called in the transaction with the times that are new; what it raises undoes everything."""


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
    times: Iterable[Busy],
    events: Collection[str] | None = None,
    title: str = "",
    finish: Finish | None = None,
) -> list[Busy]:
    """Make these the provider's busy times of the source: all of them, or with `events` those of some events only.

    They are floored and ceiled to whole minutes; what lasts no time is left out. Rows that are right already stay as
    they are. One transaction under the provider's lock, so nobody ever reads an empty or a half set; answers the times
    that are new. Appointments that are there stay.
    """
    wanted = {_key(one) for one in times if one.start < one.end}

    def work() -> list[Busy]:
        write_path.lock([provider_id])
        kept = BusyTime.objects.filter(provider_id=provider_id, source=source)
        if events is not None:
            kept = kept.filter(external_id__in=events)
        missing, superfluous = _difference(kept.values_list("pk", "starts_at", "ends_at", "external_id"), wanted)
        if superfluous:
            BusyTime.objects.filter(pk__in=superfluous).delete()
            signals.times_changed.send(BusyTime)
        added = [Busy(*key) for key in sorted(missing)]
        BusyTime.objects.bulk_create(_row(provider_id, source, title, one) for one in added)
        if finish is not None:
            finish(added)
        return added

    return write_path.transact(work)


def forget_busy(*, provider_id: UUID, source: str) -> None:
    """Open what the source kept closed."""
    replace_busy(provider_id=provider_id, source=source, times=())


def forget_past(*, provider_id: UUID, source: str, before: datetime) -> None:
    """Forget the source's times that ended before an instant: nobody can book them any more."""
    BusyTime.objects.filter(provider_id=provider_id, source=source, ends_at__lt=before).delete()


Key = tuple[datetime, datetime, str]


def outward(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The span on whole minutes, as it is kept: floored and ceiled."""
    return _floor(start), _ceil(end)


def _key(one: Busy) -> Key:
    return *outward(one.start, one.end), one.event


def _difference(rows: Iterable[tuple[int, datetime, datetime, str]], wanted: set[Key]) -> tuple[set[Key], list[int]]:
    """What is missing, and the ids of the rows that are too many (a second row of the same time is)."""
    missing, superfluous = set(wanted), []
    for pk, starts_at, ends_at, event in rows:
        key = (starts_at, ends_at, event)
        if key in missing:
            missing.discard(key)
        else:
            superfluous.append(pk)
    return missing, superfluous


def _row(provider_id: UUID, source: str, title: str, one: Busy) -> BusyTime:
    return BusyTime(
        provider_id=provider_id,
        starts_at=one.start,
        ends_at=one.end,
        source=source,
        external_id=one.event,
        title=title[:200],
    )


def _floor(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _ceil(instant: datetime) -> datetime:
    floor = _floor(instant)
    return floor if floor == instant else floor + timedelta(minutes=1)
