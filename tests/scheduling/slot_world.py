"""A small world for tests of the slot engine: one service, a few providers, wall-clock times in and out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from scheduling.domain.calendars import Calendar, Kind, Session, Spec, Taken
from scheduling.domain.hours import Opening, Override, Rule, Schedule, opening
from scheduling.domain.slots import Listed, explain, free_starts
from scheduling.domain.zones import floor_minute, instant, local_minute, minutes, zone

NY = "America/New_York"
ANA, MARCO, LENA = UUID(int=1), UUID(int=2), UUID(int=3)
MASSAGE, YOGA = UUID(int=11), UUID(int=12)
SUN, MON, TUE, WED, THU, FRI, SAT = range(7)
LONG_BEFORE = minutes(datetime(2026, 1, 1, tzinfo=UTC))


def spec(
    duration: int = 60,
    step: int = 15,
    before: int = 0,
    after: int = 0,
    notice: int = 0,
    max_advance_days: int = 3000,
    daily_cap: int | None = None,
    capacity: int = 1,
    buffers_within_hours: bool = True,
) -> Spec:
    """A service, with a far horizon unless said otherwise."""
    return Spec(duration, before, after, step, notice, max_advance_days, daily_cap, capacity, buffers_within_hours)


def hm(clock: str) -> int:
    """'09:30' as minutes of the day."""
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def rule(
    weekday: int,
    start: str,
    end: str,
    provider: UUID | None = ANA,
    service: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Rule:
    return Rule(provider, service, weekday, hm(start), hm(end), since, until)


def blocked(day: str, start: str | None = None, end: str | None = None, *, to: str | None = None,
            provider: UUID | None = ANA) -> Override:  # fmt: skip
    return _override(provider, "blocked", day, to, start, end)


def exception(day: str, start: str, end: str, *, to: str | None = None, provider: UUID | None = ANA) -> Override:
    return _override(provider, "exception", day, to, start, end)


def _override(provider: UUID | None, kind: str, day: str, to: str | None, start: str | None,
              end: str | None) -> Override:  # fmt: skip
    return Override(
        provider,
        "blocked" if kind == "blocked" else "exception",
        date.fromisoformat(day),
        date.fromisoformat(to) if to else None,
        hm(start) if start else None,
        hm(end) if end else None,
    )


def at(clock: str, zone_name: str = NY) -> int:
    """'2027-06-07 10:00' on the wall as an epoch minute."""
    day, time = clock.split(" ")
    return local_minute(zone_name, date.fromisoformat(day).toordinal(), hm(time))


def utc(text: str) -> int:
    return floor_minute(datetime.fromisoformat(text))


def hours_of(
    rules: Sequence[Rule],
    day: str,
    to: str | None = None,
    *,
    overrides: Sequence[Override] = (),
    zone_name: str = NY,
    provider: UUID = ANA,
    service: UUID = MASSAGE,
) -> Opening:
    return opening(
        Schedule(tuple(rules), tuple(overrides)),
        provider=provider,
        service=service,
        zone=zone_name,
        first_date=date.fromisoformat(day),
        last_date=date.fromisoformat(to or day),
    )


def calendar(
    rules: Sequence[Rule],
    day: str,
    to: str | None = None,
    *,
    of: Spec,
    busy: Iterable[tuple[int, int]] = (),
    taken: Iterable[Taken] = (),
    sessions: Iterable[Session] = (),
    counts: Mapping[int, int] | None = None,
    overrides: Sequence[Override] = (),
    zone_name: str = NY,
    provider: UUID = ANA,
) -> Calendar:
    taken = sorted(taken)
    spans = sorted([*busy, *((t.occupied_start, t.occupied_end) for t in taken)])
    hours = hours_of(rules, day, to, overrides=overrides, zone_name=zone_name, provider=provider)
    return Calendar(provider, of, hours, spans, tuple(sessions), counts or {}, taken)


def dates(zone_name: str, day: str, to: str | None = None) -> dict[str, int]:
    """`first` and `last` of local dates, both included."""
    end = date.fromisoformat(to or day) + timedelta(days=1)
    return {"first": at(f"{day} 00:00", zone_name), "last": at(f"{end} 00:00", zone_name)}


def starts(whose: Calendar, day: str, to: str | None = None, now: float = LONG_BEFORE) -> list[int]:
    return free_starts(whose, now=now, **dates(whose.zone, day, to))


def walls(epoch_minutes: Iterable[int], zone_name: str = NY, pattern: str = "%H:%M") -> list[str]:
    return [instant(m).astimezone(zone(zone_name)).strftime(pattern) for m in epoch_minutes]


def zulu(epoch_minutes: Iterable[int]) -> list[str]:
    return [instant(m).strftime("%H:%MZ") for m in epoch_minutes]


def listed(whose: Calendar, day: str, now: float = LONG_BEFORE) -> dict[str, str | None]:
    """Wall time → reason (None: free) for one date of one provider."""
    found: list[Listed] = explain([whose], now=now, **dates(whose.zone, day))
    return {walls([entry.start], whose.zone)[0]: entry.reason for entry in found}


def taken(kind: Kind, start: int, end: int, before: int = 0, after: int = 0) -> Taken:
    return Taken(start - before, end + after, kind, start, end)
