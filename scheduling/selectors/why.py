"""A day's times of a service, each with everything that closes it: what the page "Why is there no time?" shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from scheduling.domain import slots
from scheduling.domain.calendars import Calendar
from scheduling.domain.hours import Sources, sources
from scheduling.domain.reasons import Closings, Reason
from scheduling.domain.spans import Span
from scheduling.domain.zones import local_date
from scheduling.enums import OverrideKind, Status
from scheduling.models import Appointment, BusyTime, DateOverride, Service
from scheduling.selectors.availability import LONGEST, Plan, Seat, from_minute, plan, to_minute
from scheduling.selectors.explain import block_spans
from scheduling.selectors.hours import overrides
from scheduling.selectors.times import at_wall_clock

if TYPE_CHECKING:
    from tenants.models import Business

APPOINTMENTS = (Reason.BOOKED, Reason.BUFFER, Reason.HELD, Reason.FULL)


@dataclass(frozen=True, slots=True)
class Closing:
    """One reason, and the rows that give it; for the reasons of settings there are none."""

    reason: Reason
    appointments: tuple[Appointment, ...] = ()
    overrides: tuple[DateOverride, ...] = ()
    busy_times: tuple[BusyTime, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two closings the same for a reader."""
        rows = (*self.appointments, *self.overrides, *self.busy_times)
        return (self.reason, *(row.pk for row in rows))


@dataclass(frozen=True, slots=True)
class Answer:
    """One provider's answer for a start. Not open and without closings: it is between the times that are offered."""

    provider_id: UUID
    open: bool
    closings: tuple[Closing, ...]
    in_hours: bool
    """Whether the start itself lies in open time; then it is the end, or a buffer, that does not."""

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two answers the same for a reader."""
        return (self.provider_id, self.open, self.in_hours, *(closing.key for closing in self.closings))


@dataclass(frozen=True, slots=True)
class Moment:
    """A start with every provider's answer."""

    start: datetime
    answers: tuple[Answer, ...]

    @property
    def open(self) -> bool:
        """Whether anybody can be booked then."""
        return any(answer.open for answer in self.answers)

    @property
    def key(self) -> tuple[object, ...]:
        """Moments next to each other with the same key are told of at once."""
        return tuple(answer.key for answer in self.answers)


@dataclass(frozen=True, slots=True)
class PersonDay:
    """A provider's day: where the hours come from, what they are (instants), and the overrides of the date."""

    seat: Seat
    sources: Sources
    windows: tuple[tuple[datetime, datetime], ...]
    overrides: tuple[DateOverride, ...]
    booked: int


@dataclass(frozen=True, slots=True)
class WhyDay:
    """A local date of the business. No people: nobody who is switched on gives the service."""

    people: tuple[PersonDay, ...]
    moments: tuple[Moment, ...]
    asked: Moment | None


def why_day(
    business: Business,
    service: Service,
    *,
    provider_id: UUID | None = None,
    day: date,
    at: int | None = None,
    now: datetime,
) -> WhyDay:
    """Every time of the grid on a date with all that closes it; `at`, a minute of the day, is answered, too.

    5 queries, 6 for classes and daily caps, however much is booked.
    """
    found = plan(business, service, provider_id=provider_id, from_date=day, to_date=day)
    first, last = (to_minute(at_wall_clock(business.timezone, day + timedelta(days=n), 0)) for n in (0, 1))
    wanted = None if at is None else to_minute(at_wall_clock(business.timezone, day, at))
    calendars = found.calendars(now=now, first=first, last=last, full=True)
    listed = slots.explain(calendars, now=now.timestamp() / 60, first=first, last=last)
    free: dict[int, set[UUID]] = {}
    for one in listed:
        free.setdefault(one.start, set()).update(one.providers)
    if wanted is not None and wanted not in free:
        free[wanted] = {c.provider for c in calendars if slots.offered(c, wanted, now.timestamp() / 60)}
    facts = _Facts(found, day, first=first, last=last, now=now)
    moments = {start: _moment(facts, calendars, start, who, now) for start, who in sorted(free.items())}
    people = tuple(facts.person(seat, calendar) for seat, calendar in zip(found.seats, calendars, strict=True))
    shown = {one.start for one in listed}
    return WhyDay(
        people, tuple(m for start, m in moments.items() if start in shown), None if wanted is None else moments[wanted]
    )


def _moment(facts: _Facts, calendars: Iterable[Calendar], start: int, free: set[UUID], now: datetime) -> Moment:
    answers = tuple(
        Answer(calendar.provider, True, (), True)
        if calendar.provider in free
        else _closed(facts, calendar, start, now.timestamp() / 60)
        for calendar in calendars
    )
    return Moment(from_minute(start), answers)


def _closed(facts: _Facts, calendar: Calendar, start: int, now: float) -> Answer:
    closings = Closings(calendar, now)
    own = (start, closings.end(start))
    found = (facts.closing(reason, calendar, own) for reason in closings.reasons(start))
    in_hours = any(low <= start < high for low, high in calendar.opening.open)
    return Answer(calendar.provider, False, tuple(found), in_hours)


class _Facts:
    """What may close the times of one date, read at once."""

    def __init__(self, found: Plan, day: date, *, first: int, last: int, now: datetime) -> None:
        self._plan, self._day = found, day
        self._seats = {seat.provider.pk: seat for seat in found.seats}
        low, high = from_minute(first) - LONGEST, from_minute(last) + LONGEST
        live = Q(status__in=[Status.CONFIRMED, Status.PENDING_APPROVAL]) | Q(status=Status.HELD) & (
            Q(hold_expires_at__gt=now) | Q(checkout_open=True)
        )
        who = list(self._seats)
        rows = Appointment.objects.filter(live, provider_id__in=who, starts_at__lt=high, ends_at__gt=low)
        self._appointments = list(rows.order_by("starts_at", "id"))
        busy = BusyTime.objects.filter(provider_id__in=who, starts_at__lt=high, ends_at__gt=low)
        self._busy = list(busy.order_by("starts_at", "id"))
        near = overrides(first=day - timedelta(days=2), last=day + timedelta(days=2))
        self._overrides = [o for o in near if o.provider_id is None or o.provider_id in self._seats]

    def person(self, seat: Seat, calendar: Calendar) -> PersonDay:
        """The provider's day."""
        mine = self._of(seat.provider.pk)
        windows = [w for w in calendar.opening.windows if local_date(seat.zone, w.start) == self._day.toordinal()]
        return PersonDay(
            seat,
            sources(self._plan.schedule, provider=seat.provider.pk, service=self._plan.service.pk, day=self._day),
            tuple((from_minute(w.start), from_minute(w.end)) for w in windows),
            tuple(o for o in mine if o.date <= self._day <= (o.end_date or o.date)),
            calendar.counts.get(self._day.toordinal(), 0),
        )

    def closing(self, reason: Reason, calendar: Calendar, own: Span) -> Closing:
        """A reason with the rows that give it."""
        spec, zone = calendar.spec, calendar.zone
        occupied = (own[0] - spec.before, own[1] + spec.after)
        if reason is Reason.BLOCKED:
            return Closing(reason, overrides=tuple(self._blocks(calendar.provider, zone, occupied)))
        if reason is Reason.OUTSIDE_HOURS:
            special = (o for o in self._of(calendar.provider) if o.kind == OverrideKind.EXCEPTION)
            day = date.fromordinal(local_date(zone, own[0]))
            return Closing(reason, overrides=tuple(o for o in special if o.date <= day <= (o.end_date or o.date)))
        if reason is Reason.CALENDAR:
            return Closing(reason, busy_times=tuple(self._outside(calendar.provider, occupied)))
        if reason in APPOINTMENTS:
            return Closing(reason, appointments=tuple(self._taken(reason, calendar.provider, own, occupied)))
        return Closing(reason)

    def _of(self, provider_id: UUID) -> list[DateOverride]:
        return [o for o in self._overrides if o.provider_id in (None, provider_id)]

    def _blocks(self, provider_id: UUID, zone: str, occupied: Span) -> Iterable[DateOverride]:
        first, last = (date.fromordinal(local_date(zone, minute)) for minute in occupied)
        for one in self._of(provider_id):
            spans = block_spans(one, zone, first - timedelta(days=1), last) if one.kind == OverrideKind.BLOCKED else ()
            if any(_touch(span, occupied) for span in spans):
                yield one

    def _outside(self, provider_id: UUID, occupied: Span) -> Iterable[BusyTime]:
        for one in self._busy:
            if one.provider_id == provider_id and _touch((to_minute(one.starts_at), to_minute(one.ends_at)), occupied):
                yield one

    def _taken(self, reason: Reason, provider_id: UUID, own: Span, occupied: Span) -> Iterable[Appointment]:
        for one in self._appointments:
            if one.provider_id != provider_id or (one.status == Status.HELD) != (reason is Reason.HELD):
                continue
            taken = (to_minute(one.starts_at), to_minute(one.ends_at))
            around = (to_minute(one.occupied.lower), to_minute(one.occupied.upper))
            in_own_time = _touch(taken, own)
            if reason is Reason.HELD or reason is Reason.FULL:
                if _touch(around, occupied):
                    yield one
            elif in_own_time if reason is Reason.BOOKED else _touch(around, occupied) and not in_own_time:
                yield one


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
