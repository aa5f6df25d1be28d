"""What is free: the slot engine fed from the database with a constant number of queries.

`plan()` reads what changes rarely (service, providers, rules, overrides: 3 queries), `Plan.calendars()` what is taken
(1 query, 2 for classes and daily caps). Both the list of times and the write path use them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from scheduling.domain.calendars import Calendar, Kind, Session, Spec, Taken
from scheduling.domain.hours import Opening, Override, Rule, Schedule, opening
from scheduling.domain.zones import local_date
from scheduling.enums import OverrideKind
from scheduling.models import AvailabilityRule, DateOverride, Provider, Service, ServiceProvider

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST = timedelta(days=2)
"""No appointment with its buffers is longer; bounds how far back a taken time can reach."""
DAY_MINUTES = 1440


def to_minute(instant: datetime) -> int:
    """Epoch minute of an aware instant, floored."""
    return int(instant.timestamp()) // 60


def from_minute(minute: int) -> datetime:
    """The instant of an epoch minute, in UTC."""
    return datetime.fromtimestamp(minute * 60, UTC)


@dataclass(frozen=True, slots=True)
class Seat:
    """A provider who gives the service, with the durations and zone that hold for the pair."""

    provider: Provider
    spec: Spec
    zone: str
    price: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a service's times that does not depend on what is booked."""

    service: Service
    seats: tuple[Seat, ...]
    schedule: Schedule

    def seat(self, provider_id: UUID) -> Seat | None:
        """The seat of one provider, if he gives the service."""
        return next((seat for seat in self.seats if seat.provider.pk == provider_id), None)

    def only(self, provider_id: UUID) -> Plan:
        """The same plan for one provider."""
        return replace(self, seats=tuple(seat for seat in self.seats if seat.provider.pk == provider_id))

    def lasting(self, *, duration: int, before: int, after: int) -> Plan:
        """The same plan with an appointment's own duration and buffers, to move it."""
        seats = (
            replace(seat, spec=replace(seat.spec, duration=duration, before=before, after=after)) for seat in self.seats
        )
        return replace(self, seats=tuple(seats))

    def calendars(
        self, *, now: datetime, first: int, last: int, without: Sequence[UUID] = (), full: bool = False
    ) -> list[Calendar]:
        """One calendar per provider for starts in [first, last) epoch minutes; `without` leaves appointments out."""
        parameters = self._parameters(now, first, last, without)
        taken: list[list[Taken]] = [[] for _ in self.seats]
        busy: list[list[tuple[int, int]]] = [[] for _ in self.seats]
        for place, start, end, kind, before, after in _rows("busy.sql", parameters):
            busy[place - 1].append((start, end))
            if full:
                taken[place - 1].append(Taken(start, end, Kind(kind), start + before, end - after))
        sessions, counts = self._own(parameters)
        return [
            Calendar(
                provider=seat.provider.pk,
                position=place,
                spec=seat.spec,
                opening=self.opening(seat, first, last),
                busy=busy[place],
                taken=taken[place],
                sessions=tuple(sessions[place]),
                counts=counts[place],
            )
            for place, seat in enumerate(self.seats)
        ]

    def opening(self, seat: Seat, first: int, last: int) -> Opening:
        """The open hours of a provider around [first, last)."""
        return opening(
            self.schedule,
            provider=seat.provider.pk,
            service=self.service.pk,
            zone=seat.zone,
            first_date=date.fromordinal(local_date(seat.zone, first)),
            last_date=date.fromordinal(local_date(seat.zone, last)),
        )

    def _parameters(self, now: datetime, first: int, last: int, without: Sequence[UUID]) -> dict[str, Any]:
        return {
            "providers": [seat.provider.pk for seat in self.seats],
            "service": self.service.pk,
            "is_class": self.service.is_class,
            "now": now,
            "first": from_minute(first - DAY_MINUTES),
            "low": from_minute(first) - LONGEST,
            "high": from_minute(last) + LONGEST,
            "without": list(without),
        }

    def _own(self, parameters: dict[str, Any]) -> tuple[list[list[Session]], list[dict[int, int]]]:
        sessions: list[list[Session]] = [[] for _ in self.seats]
        counts: list[dict[int, int]] = [{} for _ in self.seats]
        if not self.service.is_class and self.service.daily_cap is None:
            return sessions, counts
        blocks: dict[tuple[int, UUID], list[tuple[Any, ...]]] = {}
        for place, block, *rest in _rows("own.sql", parameters):
            blocks.setdefault((place - 1, block), []).append(tuple(rest))
        for (place, _block), rows in blocks.items():
            day = local_date(self.seats[place].zone, rows[0][0])
            counts[place][day] = counts[place].get(day, 0) + 1
            live = [row for row in rows if row[4]]
            if self.service.is_class and live:
                start, end, before, after, _ = live[0]
                sessions[place].append(Session(start, end, start - before, end + after, len(live)))
        return sessions, counts


def plan(
    business: Business, service: Service, *, provider_id: UUID | None = None, from_date: date, to_date: date
) -> Plan:
    """Read a service's plan for local dates; `provider_id` limits it to one provider. 3 queries.

    Only active providers take part; the dates may be of any zone (a margin of days is read).
    """
    links = ServiceProvider.objects.filter(service=service, provider__active=True).select_related("provider")
    if provider_id is not None:
        links = links.filter(provider_id=provider_id)
    ordered = sorted(links, key=lambda link: (link.provider.position, link.provider.created_at))
    seats = tuple(_seat(business, service, link) for link in ordered)
    ids = [seat.provider.pk for seat in seats]
    return Plan(service, seats, _schedule(service, ids, from_date - timedelta(days=4), to_date + timedelta(days=4)))


def _seat(business: Business, service: Service, link: ServiceProvider) -> Seat:
    spec = Spec(
        duration=link.duration_minutes or service.duration_minutes,
        before=service.buffer_before_minutes,
        after=service.buffer_after_minutes,
        step=service.step_minutes,
        notice=service.min_notice_minutes,
        max_advance_days=service.max_advance_days,
        daily_cap=service.daily_cap,
        capacity=service.capacity,
        buffers_within_hours=service.buffers_within_hours,
    )
    price = service.price if link.price is None else link.price
    return Seat(link.provider, spec, zone_of(business, service, link.provider), price)


def zone_of(business: Business, service: Service | None, provider: Provider) -> str:
    """The zone in which a provider's hours for a service are meant."""
    return provider.timezone or (service.timezone if service else None) or business.timezone


def _schedule(service: Service, providers: Iterable[UUID], first: date, last: date) -> Schedule:
    ids = list(providers)
    rules = AvailabilityRule.objects.filter(
        Q(provider_id__in=ids) | Q(provider__isnull=True), Q(service=service) | Q(service__isnull=True)
    ).values_list(
        "provider_id", "service_id", "weekday", "start_minute", "end_minute", "effective_from", "effective_to"
    )
    overrides = (
        DateOverride.objects.filter(Q(provider_id__in=ids) | Q(provider__isnull=True))
        .filter(Q(end_date__isnull=True, date__gte=first) | Q(end_date__gte=first), date__lte=last)
        .values_list("provider_id", "kind", "date", "end_date", "start_minute", "end_minute")
    )
    return Schedule(
        rules=tuple(Rule(*row) for row in rules.order_by("weekday", "start_minute", "id")),
        overrides=tuple(_override(*row) for row in overrides.order_by("date", "start_minute", "id")),
    )


def _override(provider: UUID | None, kind: str, *rest: Any) -> Override:
    return Override(provider, "exception" if kind == OverrideKind.EXCEPTION else "blocked", *rest)


def _rows(name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_sql(name), parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@cache
def _sql(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text()
