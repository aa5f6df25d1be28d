"""Which times a service has between local dates: the slot engine's answers for whoever shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import UUID

from scheduling.domain import slots
from scheduling.domain.slots import Listed, Slot
from scheduling.domain.zones import instant, is_zone, local_date, local_minute
from scheduling.models import Appointment, Service
from scheduling.selectors import at_once
from scheduling.selectors.at_once import AtOnce
from scheduling.selectors.availability import Plan, plan

if TYPE_CHECKING:
    from tenants.models import Business

__all__ = ("Free", "Listed", "Reading", "Slot", "at_wall_clock", "free", "is_zone", "listed", "next_date", "next_dates",
           "read")  # fmt: skip
LOOK_AHEAD_DAYS = 366
"""How far the next free time is looked for; no service can be booked further ahead than its own limit anyway."""


@dataclass(frozen=True, slots=True)
class Free:
    """Free times from `midnights[0]` to the last midnight, which are the edges of the local dates (epoch minutes).

    `next_start` is the first free start at or after the first date, also beyond the last one; None: nothing in sight.
    """

    slots: list[Slot]
    midnights: Sequence[int]
    next_start: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the database says about the free times of local dates. Equal readings have equal `slots`.

    `version` is everything that these follow from: the rows, the dates, and of the present what it makes of them.
    """

    version: tuple[Any, ...]
    zone: str = field(compare=False)
    dates: tuple[date, date] = field(compare=False)
    midnights: Sequence[int] = field(compare=False)
    found: AtOnce = field(compare=False)
    now: datetime = field(compare=False)
    without: Sequence[UUID] = field(compare=False)

    def slots(self) -> list[Slot]:
        """The free times of the dates."""
        first, last = self.midnights[0], self.midnights[-1]
        calendars = self.found.calendars(first=first, last=last)
        return slots.union(calendars, now=_minute(self.now), first=first, last=last)

    def free(self) -> Free:
        """The free times with the next one. 1 or 2 queries to look ahead when nothing is free on these dates."""
        if times := self.slots():
            return Free(times, self.midnights, times[0][0])
        start = _first_start(self.found.plan, now=self.now, first=self.midnights[-1], without=self.without)
        return Free([], self.midnights, start)


def read(
    business: Business,
    service: Service | UUID | str,
    *,
    now: datetime,
    zone: str,
    first_date: date,
    last_date: date,
    provider_id: UUID | None = None,
    without: Sequence[UUID] = (),
    moving: Appointment | None = None,
) -> Reading:
    """Read what `free` answers from. 1 query, 2 for classes and caps."""
    if moving is not None:
        without = (*without, moving.pk)
    midnights, minute = _midnights(zone, first_date, last_date), _minute(now)
    found = at_once.read(
        business, service, provider_id=provider_id, dates=(first_date, _end(now, last_date)), now=now,
        first=midnights[0], last=midnights[-1], without=without,
    )  # fmt: skip
    if moving is not None:
        found = found.moving(moving)
    present = [local_date(seat.zone, int(minute)) for seat in found.plan.seats]
    earliest = max(midnights[0], ceil(minute + found.plan.service.min_notice_minutes))
    version = (found.version, zone, first_date, last_date, earliest, *present)
    return Reading(version, zone, (first_date, last_date), midnights, found, now, without)


def free(
    business: Business,
    service: Service | UUID | str,
    *,
    now: datetime,
    zone: str,
    first_date: date,
    last_date: date,
    provider_id: UUID | None = None,
    without: Sequence[UUID] = (),
    moving: Appointment | None = None,
) -> Free:
    """The free times on local dates of `zone`, both included. The service may be named as `plan` says.

    `moving`: where this appointment could go, with the duration and buffers it was booked with.
    1 query, 2 for classes and caps; 1 or 2 more to look ahead when nothing is free on these dates.
    """
    return read(
        business, service, now=now, zone=zone, first_date=first_date, last_date=last_date, provider_id=provider_id,
        without=without, moving=moving,
    ).free()  # fmt: skip


def listed(
    business: Business,
    service: Service | UUID | str,
    *,
    now: datetime,
    zone: str,
    first_date: date,
    last_date: date,
    provider_id: UUID | None = None,
    without: Sequence[UUID] = (),
) -> tuple[list[Listed], Sequence[int], int | None]:
    """Every grid time of the dates, free or with the reason why not; their midnights; and the next free start."""
    found = plan(business, service, provider_id=provider_id, from_date=first_date, to_date=_end(now, last_date))
    midnights = _midnights(zone, first_date, last_date)
    first, last = midnights[0], midnights[-1]
    calendars = found.calendars(now=now, first=first, last=last, without=without, full=True)
    times = slots.explain(calendars, now=_minute(now), first=first, last=last)
    start = next((time.start for time in times if time.reason is None), None)
    if start is None:
        start = _first_start(found, now=now, first=last, without=without)
    return times, midnights, start


def next_date(
    business: Business, service: Service, *, now: datetime, zone: str, provider_id: UUID | None = None
) -> date | None:
    """The first local date of `zone` with a free time, within a year; None: there is none."""
    today = date.fromordinal(local_date(zone, int(_minute(now))))
    found = plan(business, service, provider_id=provider_id, from_date=today, to_date=_end(now, today))
    start = _first_start(found, now=now, first=int(_minute(now)))
    return None if start is None else date.fromordinal(local_date(zone, start))


def next_dates(business: Business, service: Service, *, now: datetime, zone: str) -> dict[UUID, date | None]:
    """The first local date of `zone` on which each provider is free, in one pass."""
    today = date.fromordinal(local_date(zone, int(_minute(now))))
    found = plan(business, service, from_date=today, to_date=_end(now, today))
    first = int(_minute(now))
    last = first + _reach(found)
    return {
        calendar.provider: next(
            (
                date.fromordinal(local_date(zone, start))
                for start in slots.free_starts(calendar, now=_minute(now), first=first, last=last)
            ),
            None,
        )
        for calendar in found.calendars(now=now, first=first, last=last)
    }


def at_wall_clock(zone: str, day: date, minute: int) -> datetime:
    """The instant of a wall time, in minutes of a local date; a repeated one means its first occurrence."""
    return instant(local_minute(zone, day.toordinal(), minute))


def _first_start(found: Plan, *, now: datetime, first: int, without: Sequence[UUID] = ()) -> int | None:
    last = int(_minute(now)) + _reach(found)
    if not found.seats or first >= last:
        return None
    calendars = found.calendars(now=now, first=first, last=last, without=without)
    return next(iter(slots.any_starts(calendars, now=_minute(now), first=first, last=last)), None)


def _reach(found: Plan) -> int:
    """Minutes from now in which a start can lie: to the end of the last bookable local date."""
    return (min(found.service.max_advance_days, LOOK_AHEAD_DAYS) + 2) * 1440


def _end(now: datetime, last_date: date) -> date:
    """How far overrides are read: far enough to look ahead without another query."""
    return max(last_date, now.date() + timedelta(days=LOOK_AHEAD_DAYS + 4))


@lru_cache(1024)
def _midnights(zone: str, first_date: date, last_date: date) -> tuple[int, ...]:
    return tuple(local_minute(zone, day, 0) for day in range(first_date.toordinal(), last_date.toordinal() + 2))


def _minute(now: datetime) -> float:
    return now.timestamp() / 60
