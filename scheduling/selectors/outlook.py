"""How wanted starts stand before anything is booked: free, or closed by what, and what is free nearby."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from psycopg.types.range import Range

from scheduling.domain import slots
from scheduling.domain.calendars import Calendar
from scheduling.domain.hindrances import Hindrances, hindrances
from scheduling.domain.reasons import Closings, Reason
from scheduling.domain.zones import DAY, local_date
from scheduling.enums import LIVE, Status
from scheduling.models import Appointment, Provider, Service
from scheduling.selectors.availability import Plan, Seat, from_minute, plan, to_minute

if TYPE_CHECKING:
    from tenants.models import Business

__all__ = ("OFF_GRID", "Length", "Look", "Nearby", "Reason", "looks")
OFF_GRID = "off_grid"
"""Why a start is not free that nothing closes: it lies between those that clients are offered."""
MOST_NEARBY = 4
NEARBY_DAYS = 2
"""How many dates before and after are looked at for another time."""


@dataclass(frozen=True, slots=True)
class Length:
    """What an appointment takes, in minutes, when that is not what its service says."""

    duration: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Nearby:
    """A free time near a wanted one."""

    start: datetime
    provider_id: UUID


@dataclass(frozen=True, slots=True)
class Look:
    """A wanted start with the provider who would be booked. `reason` (a `Reason`, `OFF_GRID`) is empty when it is free.

    `outside` and `clash` say which permissions staff would need; `others` is who is there.
    """

    start: datetime
    end: datetime
    provider: Provider
    reason: str = ""
    outside: bool = False
    clash: bool = False
    others: tuple[Appointment, ...] = ()
    nearby: tuple[Nearby, ...] = ()


def looks(
    business: Business,
    service: Service,
    starts: Sequence[datetime],
    *,
    provider_id: UUID | None = None,
    among: Collection[UUID] | None = None,
    length: Length | None = None,
    duration: int | None = None,
    now: datetime,
    without: Sequence[UUID] = (),
) -> list[Look]:
    """How each start stands, in their order. None when nobody gives the service.

    `provider_id` None: whoever is free on most of the starts, else the first who is; `among` limits who. `length` or
    `duration` (minutes) when it is not the service's own; `without` leaves appointments out of what is taken.
    3 queries, 4 for classes and caps, however many starts.
    """
    if not starts:
        return []
    found = _plan(business, service, starts, provider_id, among, length, duration)
    if not found.seats:
        return []
    first, last = to_minute(min(starts)) - NEARBY_DAYS * DAY, to_minute(max(starts)) + (NEARBY_DAYS + 1) * DAY
    calendars = found.calendars(now=now, first=first, last=last, without=without, full=True)
    at = now.timestamp() / 60
    free = [slots.free_starts(calendar, now=at, first=first, last=last) for calendar in calendars]
    survey = _Survey(business.timezone, found.seats, calendars, free, [to_minute(start) for start in starts], at)
    return _with_others([survey.look(minute) for minute in survey.starts], found, now=now, without=without)


@dataclass(frozen=True, slots=True)
class _Survey:
    """The providers' calendars over the whole time, with what is free in them, to judge one start after another."""

    zone: str
    seats: Sequence[Seat]
    calendars: Sequence[Calendar]
    free: Sequence[list[int]]
    starts: Sequence[int]
    now: float

    def look(self, minute: int) -> Look:
        """One start, without who is there."""
        places = self._by_preference()
        place = next((place for place in places if _has(self.free[place], minute)), None)
        if place is not None:
            return self._plain(place, minute)
        place = places[0]
        calendar = self.calendars[place]
        session = next((session for session in calendar.sessions if session.start == minute), None)
        found: Hindrances = hindrances(calendar, minute, self.now, session)
        return replace(
            self._plain(place, minute),
            reason=str(next(iter(Closings(calendar, self.now).reasons(minute)), OFF_GRID)),
            outside=bool(found.rule),
            clash=bool(found.clash),
            nearby=tuple(self._nearby(minute)),
        )

    def _plain(self, place: int, minute: int) -> Look:
        seat, calendar = self.seats[place], self.calendars[place]
        ends = (session.end for session in calendar.sessions if session.start == minute)
        end = next(ends, minute + seat.spec.duration)
        return Look(from_minute(minute), from_minute(end), seat.provider)

    def _by_preference(self) -> list[int]:
        """The providers' places, who is free on most of the starts first: clients like to see the same face."""
        counts = [sum(_has(free, minute) for minute in self.starts) for free in self.free]
        return sorted(range(len(self.seats)), key=lambda place: -counts[place])

    def _nearby(self, minute: int) -> Iterator[Nearby]:
        """Free times about the wanted one: the nearest of its own date, then those at the like time of others."""
        day = local_date(self.zone, minute)
        found: dict[int, tuple[int, int, int]] = {}
        need = self.seats[0].spec
        span = need.before + need.duration + need.after
        for place in self._by_preference():
            free = self.free[place]
            low = bisect_left(free, minute - (NEARBY_DAYS + 1) * DAY)
            high = bisect_left(free, minute + (NEARBY_DAYS + 1) * DAY)
            for start in free[low:high]:
                away = local_date(self.zone, start) - day
                if abs(away) <= NEARBY_DAYS and not any(
                    abs(start - other) < span for other in self.starts if other != minute
                ):
                    found.setdefault(start, (abs(away), abs(start - minute - away * DAY), place))
        for start in sorted(found, key=found.__getitem__)[:MOST_NEARBY]:
            yield Nearby(from_minute(start), self.seats[found[start][2]].provider.pk)


def _plan(
    business: Business,
    service: Service,
    starts: Sequence[datetime],
    provider_id: UUID | None,
    among: Collection[UUID] | None,
    length: Length | None,
    duration: int | None,
) -> Plan:
    margin = timedelta(days=NEARBY_DAYS + 1)
    first, last = (min(starts) - margin).date(), (max(starts) + margin).date()
    found = plan(business, service, provider_id=provider_id, from_date=first, to_date=last)
    if among is not None:
        found = found.among(among)
    if length is not None:
        return found.lasting(duration=length.duration, before=length.before, after=length.after)
    if duration is not None:
        before, after = service.buffer_before_minutes, service.buffer_after_minutes
        return found.lasting(duration=duration, before=before, after=after)
    return found


def _has(ordered: list[int], value: int) -> bool:
    place = bisect_left(ordered, value)
    return place < len(ordered) and ordered[place] == value


def _with_others(found: list[Look], plan: Plan, *, now: datetime, without: Sequence[UUID]) -> list[Look]:
    """The looks with the appointments that stand in their way. 1 query when there are any."""
    spans = {look.start: _occupied(plan, look) for look in found if look.clash}
    if not spans:
        return found
    wanted = [
        Q(provider_id=look.provider.pk, occupied__overlap=Range(*spans[look.start])) for look in found if look.clash
    ]
    rows = Appointment.objects.filter(reduce(or_, wanted), status__in=LIVE).exclude(pk__in=without)
    dead = Q(status=Status.HELD, hold_expires_at__lte=now, checkout_open=False)
    there = list(rows.exclude(dead).order_by("starts_at", "id"))
    return [
        replace(look, others=tuple(row for row in there if _touches(row, look, spans[look.start])))
        if look.clash
        else look
        for look in found
    ]


def _occupied(plan: Plan, look: Look) -> tuple[datetime, datetime]:
    seat = plan.seat(look.provider.pk)
    assert seat is not None
    return look.start - timedelta(minutes=seat.spec.before), look.end + timedelta(minutes=seat.spec.after)


def _touches(row: Appointment, look: Look, span: tuple[datetime, datetime]) -> bool:
    low = row.starts_at - timedelta(minutes=row.buffer_before_minutes)
    high = row.ends_at + timedelta(minutes=row.buffer_after_minutes)
    return row.provider_id == look.provider.pk and low < span[1] and span[0] < high
