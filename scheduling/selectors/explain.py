"""Why a time is closed, with the things that close it: rules, overrides, appointments, outside events, settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from scheduling.domain import slots
from scheduling.domain.calendars import Calendar
from scheduling.domain.reasons import Closings, Reason, furthest
from scheduling.domain.zones import local_date, local_minute
from scheduling.enums import OverrideKind, Status
from scheduling.errors import wrong_pair
from scheduling.models import Appointment, AvailabilityRule, BusyTime, DateOverride, Service
from scheduling.selectors.availability import Plan, Seat, from_minute, plan, to_minute
from scheduling.selectors.hours import overrides

if TYPE_CHECKING:
    from tenants.models import Business

SETTINGS = {
    Reason.HORIZON: "max_advance_days",
    Reason.NOTICE: "min_notice_minutes",
    Reason.FULL: "capacity",
    Reason.DAILY_CAP: "daily_cap",
}
"""Reasons that a field of the service gives."""
DAY = 1440


@dataclass(frozen=True, slots=True)
class Cause:
    """What closes a time: its `kind` (rule, override, appointment, busy_time, setting), its id, and in short what it is.

    For a setting the id is the name of the service's field.
    """

    kind: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One provider's answer for a start. `reason` None: it can be booked."""

    provider_id: UUID
    provider_name: str
    reason: Reason | None
    causes: list[Cause] = field(default_factory=list)


def explain(
    business: Business, service: Service, *, provider_id: UUID | None = None, start: datetime, now: datetime
) -> tuple[Reason | None, list[Explanation]]:
    """Why `start` cannot be booked, with whom, and what is responsible; the first value is "any provider's" reason.

    A service without an active provider has no explanations and is outside hours. Raises Invalid when the given
    provider does not give the service.
    """
    found = plan(business, service, provider_id=provider_id, from_date=start.date(), to_date=start.date())
    minute, at = to_minute(start), now.timestamp() / 60
    calendars = found.calendars(now=now, first=minute, last=minute + 1, full=True)
    explanations = [
        _explained(found, seat, calendar, minute, now) for seat, calendar in zip(found.seats, calendars, strict=True)
    ]
    if not explanations and provider_id is not None:
        raise wrong_pair()
    if not explanations:
        return Reason.OUTSIDE_HOURS, []
    if any(explanation.reason is None for explanation in explanations):
        return None, explanations
    return furthest([Closings(calendar, at) for calendar in calendars], minute), explanations


def _explained(found: Plan, seat: Seat, calendar: Calendar, minute: int, now: datetime) -> Explanation:
    reason = slots.explain_start([calendar], minute, now.timestamp() / 60)
    causes = [] if reason is None else list(_causes(found, seat, reason, minute, now))
    return Explanation(seat.provider.pk, seat.provider.name, reason, causes)


def _causes(found: Plan, seat: Seat, reason: Reason, minute: int, now: datetime) -> Iterator[Cause]:
    spec = seat.spec
    low, high = minute - spec.before, minute + spec.duration + spec.after
    if reason is Reason.OUTSIDE_HOURS:
        yield from _hours(found.service, seat, minute)
    elif reason is Reason.BLOCKED:
        yield from _blocks(seat, low, high)
    elif reason is Reason.CALENDAR:
        yield from _busy_times(seat, low, high)
    elif reason in (Reason.BOOKED, Reason.BUFFER, Reason.HELD, Reason.FULL):
        yield from _appointments(seat, low, high, now)
    if reason in SETTINGS:
        name = SETTINGS[reason]
        yield Cause("setting", name, f"{name} = {getattr(found.service, name)}")


def _hours(service: Service, seat: Seat, minute: int) -> Iterator[Cause]:
    """The special hours of the date, else the weekly windows that were looked at; none: it is a day off."""
    day = date.fromordinal(local_date(seat.zone, minute))
    special = list(overrides(first=day, last=day, provider_id=seat.provider.pk, kind=OverrideKind.EXCEPTION))
    for override in special:
        yield _override(override)
    if special:
        return
    rules = AvailabilityRule.objects.filter(
        Q(provider=seat.provider) | Q(provider__isnull=True),
        Q(service=service) | Q(service__isnull=True),
        Q(effective_from__isnull=True) | Q(effective_from__lte=day),
        Q(effective_to__isnull=True) | Q(effective_to__gte=day),
        weekday=day.isoweekday() % 7,
    )
    for rule in rules:
        yield Cause("rule", str(rule.pk), _clocks(rule.start_minute, rule.end_minute))


def _blocks(seat: Seat, low: int, high: int) -> Iterator[Cause]:
    first = date.fromordinal(local_date(seat.zone, low) - 1)
    last = date.fromordinal(local_date(seat.zone, high))
    for override in overrides(first=first, last=last, provider_id=seat.provider.pk, kind=OverrideKind.BLOCKED):
        if any(start < high and low < end for start, end in block_spans(override, seat.zone, first, last)):
            yield _override(override)


def block_spans(override: DateOverride, zone: str, first: date, last: date) -> Iterator[tuple[int, int]]:
    """What a block takes from the local dates first … last, in epoch minutes."""
    start, end = override.start_minute or 0, DAY if override.end_minute is None else override.end_minute
    day, until = max(override.date, first), min(override.end_date or override.date, last)
    while day <= until:
        ordinal = day.toordinal()
        yield local_minute(zone, ordinal, start), local_minute(zone, ordinal, end + (DAY if end < start else 0))
        day += timedelta(days=1)


def _appointments(seat: Seat, low: int, high: int, now: datetime) -> Iterator[Cause]:
    live = Q(status__in=[Status.CONFIRMED, Status.PENDING_APPROVAL]) | Q(status=Status.HELD) & (
        Q(hold_expires_at__gt=now) | Q(checkout_open=True)
    )
    rows = Appointment.objects.filter(live, provider=seat.provider)
    rows = rows.filter(occupied__overlap=(from_minute(low), from_minute(high))).order_by("starts_at")
    for row in rows[:20]:
        yield Cause("appointment", str(row.pk), f"{row.reference} {row.service_name}")


def _busy_times(seat: Seat, low: int, high: int) -> Iterator[Cause]:
    rows = BusyTime.objects.filter(
        provider=seat.provider, starts_at__lt=from_minute(high), ends_at__gt=from_minute(low)
    )
    for row in rows.order_by("starts_at")[:20]:
        yield Cause("busy_time", str(row.pk), row.title or row.source)


def _override(override: DateOverride) -> Cause:
    start, end = override.start_minute, override.end_minute
    hours = "" if start is None or end is None else f" {_clocks(start, end)}"
    return Cause("override", str(override.pk), f"{override.note or override.kind} {override.date}{hours}")


def _clocks(start: int, end: int) -> str:
    return f"{clock(start)}–{clock(end)}"


def clock(minute: int) -> str:
    """`09:30`; 1440 is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
