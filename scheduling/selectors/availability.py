"""What is free: the slot engine fed from the database with a constant number of queries.

`plan()` reads what changes rarely (service, providers, rules, overrides: 1 query), `Plan.calendars()` what is taken
(1 query, 2 for classes and daily caps): what the write path uses. `at_once.read()` reads both in one, to show times.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import orjson

from scheduling.domain.calendars import Calendar, Kind, Session, Spec, Taken
from scheduling.domain.hours import Opening, Override, Rule, Schedule, opening
from scheduling.domain.zones import local_date
from scheduling.enums import OverrideKind
from scheduling.models import Provider, Service
from scheduling.selectors.naming import id_or_slug, remembered_service
from scheduling.selectors.rows import made_of, rows

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST = timedelta(days=2)
"""No appointment with its buffers is longer; bounds how far back a taken time can reach."""
DAY_MINUTES = 1440
Text = str | bytes
Rows = Iterable[tuple[Any, ...]]


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
        return self.among((provider_id,))

    def among(self, providers: Container[UUID]) -> Plan:
        """The same plan for some of its providers."""
        return replace(self, seats=tuple(seat for seat in self.seats if seat.provider.pk in providers))

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
        taken = rows("busy.sql", self._named() | window(now, first, last, without))
        own = self.own(now=now, first=first, last=last, without=without)
        return self.filled(taken, own, first=first, last=last, full=full)

    def own(self, *, now: datetime, first: int, last: int, without: Sequence[UUID] = ()) -> Rows:
        """The rows of the service's own appointments, for classes and daily caps; else none, and no query."""
        if not self.service.is_class and self.service.daily_cap is None:
            return ()
        return tuple(rows("own.sql", self._named() | window(now, first, last, without)))

    def filled(self, taken_rows: Rows, own_rows: Rows, *, first: int, last: int, full: bool = False) -> list[Calendar]:
        """The calendars of the rows of `busy.sql` and of `own`. `full` needs their kind and buffers, too."""
        taken: list[list[Taken]] = [[] for _ in self.seats]
        busy: list[list[tuple[int, int]]] = [[] for _ in self.seats]
        for place, start, end, *more in taken_rows:
            busy[place - 1].append((start, end))
            if full:
                kind, before, after = more
                taken[place - 1].append(Taken(start, end, Kind(kind), start + before, end - after))
        sessions, counts = self._own(own_rows)
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

    def _named(self) -> dict[str, Any]:
        return {
            "providers": [seat.provider.pk for seat in self.seats],
            "service": self.service.pk,
            "is_class": self.service.is_class,
        }

    def _own(self, rows_read: Iterable[tuple[Any, ...]]) -> tuple[list[list[Session]], list[dict[int, int]]]:
        sessions: list[list[Session]] = [[] for _ in self.seats]
        counts: list[dict[int, int]] = [{} for _ in self.seats]
        blocks: dict[tuple[int, UUID], list[tuple[Any, ...]]] = {}
        for place, block, *rest in rows_read:
            blocks.setdefault((place - 1, block), []).append(tuple(rest))
        for (place, _block), seats in blocks.items():
            day = local_date(self.seats[place].zone, seats[0][0])
            counts[place][day] = counts[place].get(day, 0) + 1
            live = [seat for seat in seats if seat[4]]
            if self.service.is_class and live:
                start, end, before, after, _ = live[0]
                sessions[place].append(Session(start, end, start - before, end + after, len(live)))
        return sessions, counts


def plan(
    business: Business,
    service: Service | UUID | str,
    *,
    provider_id: UUID | None = None,
    from_date: date,
    to_date: date,
) -> Plan:
    """Read a service's plan for local dates; `provider_id` limits it to one provider. 1 query.

    A service named by its id or slug is read along, for a client: NotFound unless it is active, and public or linked.
    Only active providers take part; the dates may be of any zone (a margin of days is read).
    """
    ((text, *texts),) = rows("plan.sql", asked(service, provider_id, from_date, to_date))
    return made(business.timezone, service if isinstance(service, Service) else remembered_service(text), *texts)


def asked(service: Service | UUID | str, provider_id: UUID | None, from_date: date, to_date: date) -> dict[str, Any]:
    """The parameters of `plan.sql`."""
    identifier, slug = (service.pk, None) if isinstance(service, Service) else id_or_slug(service)
    return {
        "id": identifier,
        "slug": slug,
        "by_client": not isinstance(service, Service),
        "provider": provider_id,
        "first": from_date - timedelta(days=4),
        "last": to_date + timedelta(days=4),
    }


def window(now: datetime, first: int, last: int, without: Sequence[UUID]) -> dict[str, Any]:
    """Parameters of `busy.sql` and `own.sql`: what is taken around starts in [first, last)."""
    return {
        "now": now,
        "since": from_minute(first - DAY_MINUTES),
        "low": from_minute(first) - LONGEST,
        "high": from_minute(last) + LONGEST,
        "without": list(without),
    }


def made(timezone: str, service: Service, links: Text, rules: Text, overrides: Text) -> Plan:
    """The plan of a service out of the other columns of `plan.sql`; `timezone` is the business's."""
    seats = tuple(_seat(timezone, service, *link) for link in _links(links))
    return Plan(service, seats, _schedule(rules, overrides))


def _seat(timezone: str, service: Service, provider: Provider, price: int | None, duration: int | None) -> Seat:
    spec = Spec(
        duration=duration or service.duration_minutes,
        before=service.buffer_before_minutes,
        after=service.buffer_after_minutes,
        step=service.step_minutes,
        notice=service.min_notice_minutes,
        max_advance_days=service.max_advance_days,
        daily_cap=service.daily_cap,
        capacity=service.capacity,
        buffers_within_hours=service.buffers_within_hours,
    )
    zone = provider.timezone or service.timezone or timezone
    return Seat(provider, spec, zone, service.price if price is None else price)


def zone_of(business: Business, service: Service | None, provider: Provider) -> str:
    """The zone in which a provider's hours for a service are meant."""
    return provider.timezone or (service.timezone if service else None) or business.timezone


@lru_cache(1024)
def _links(text: Text) -> tuple[tuple[Provider, int | None, int | None], ...]:
    """The providers in their order, each with the price and duration of its own, out of `plan.sql`."""
    return tuple((made_of(Provider, row), price, duration) for row, price, duration in orjson.loads(text))


@lru_cache(1024)
def _schedule(rules: Text, overrides: Text) -> Schedule:
    """One object for one text, so that what is computed from it is found again at once."""
    return Schedule(
        rules=tuple(_rule(*row) for row in orjson.loads(rules)),
        overrides=tuple(_override(*row) for row in orjson.loads(overrides)),
    )


def _rule(provider: str | None, service: str | None, weekday: int, start: int, end: int, *dates: str | None) -> Rule:
    since, until = map(_date, dates)
    return Rule(_uuid(provider), _uuid(service), weekday, start, end, since, until)


def _override(provider: str | None, kind: str, first: str, last: str | None, *hours: int | None) -> Override:
    word: Literal["exception", "blocked"] = "exception" if kind == OverrideKind.EXCEPTION else "blocked"
    return Override(_uuid(provider), word, date.fromisoformat(first), _date(last), *hours)


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
