"""The rules of open hours and slots once more, minute by minute: slow, plain, sharing nothing with the engine.

Only the data classes are the engine's. Days are walked with `datetime` and `zoneinfo`, open time is a set of minutes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.domain.calendars import Session, Spec
from scheduling.domain.hours import Override, Rule
from tests.scheduling.slot_world import ANA, MASSAGE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class World:
    """One provider (Ana) and one service (massage) in full."""

    zone: str
    spec: Spec
    rules: Sequence[Rule]
    overrides: Sequence[Override]
    busy: Sequence[tuple[int, int]]
    sessions: Sequence[Session]
    counts: dict[int, int]
    now: int


class BruteForce:
    def __init__(self, world: World, first: date, last: date) -> None:
        self.world = world
        self.tz = ZoneInfo(world.zone)
        days = [first + n * ONE_DAY for n in range(-3, (last - first).days + 4)]
        self.windows = [window for day in days for window in self.windows_of(day)]
        self.open = {minute for start, end in self.windows for minute in range(start, end)}
        self.blocked = {minute for day in days for start, end in self.blocks_of(day) for minute in range(start, end)}
        self.grid = {start for window in self.windows for start in self.grid_of(*window)}

    def minute(self, day: date, minute: int) -> int:
        wall = datetime(day.year, day.month, day.day, tzinfo=self.tz) + timedelta(minutes=minute)  # on the wall clock
        return int((wall.astimezone(UTC) - EPOCH).total_seconds()) // 60

    def wall(self, minute: int) -> datetime:
        return (EPOCH + timedelta(minutes=minute)).astimezone(self.tz)

    def instants(self, day: date, start: int, end: int) -> tuple[int, int]:
        return self.minute(day, start), self.minute(day, end + 1440 if end < start else end)

    def rules_of(self, day: date, provider: object, service: object) -> list[Rule]:
        return [
            rule
            for rule in self.world.rules
            if (rule.provider, rule.service) == (provider, service)
            and (rule.effective_from or date.min) <= day <= (rule.effective_to or date.max)
        ]

    def weekly(self, day: date, rules: list[Rule]) -> list[tuple[int, int]]:
        today = [rule for rule in rules if rule.weekday == day.isoweekday() % 7]
        return [self.instants(day, rule.start_minute, rule.end_minute) for rule in today]

    def overrides_of(self, day: date, kind: str) -> list[tuple[int, int]]:
        return [
            self.instants(day, o.start_minute or 0, 1440 if o.end_minute is None else o.end_minute)
            for o in self.world.overrides
            if o.kind == kind and o.provider in (None, ANA) and o.date <= day <= (o.end_date or o.date)
        ]

    def blocks_of(self, day: date) -> list[tuple[int, int]]:
        return self.overrides_of(day, "blocked")

    def windows_of(self, day: date) -> list[tuple[int, int]]:
        if any(o.kind == "exception" and o.provider in (None, ANA) and o.date <= day <= (o.end_date or o.date)
               for o in self.world.overrides):  # fmt: skip
            return [span for span in self.overrides_of(day, "exception") if span[0] < span[1]]
        own = self.rules_of(day, ANA, MASSAGE) or self.rules_of(day, ANA, None) or self.rules_of(day, None, None)
        service = self.rules_of(day, None, MASSAGE)
        if not (own and service):
            return [span for span in self.weekly(day, own or service) if span[0] < span[1]]
        near = [day - ONE_DAY, day, day + ONE_DAY]
        allowed = [span for other in near for span in self.weekly(other, self.rules_of(other, None, MASSAGE))]
        crossed = [(max(a, c), min(b, d)) for a, b in self.weekly(day, own) for c, d in allowed]
        return [span for span in crossed if span[0] < span[1]]

    def grid_of(self, start: int, end: int) -> Iterator[int]:
        unit = min(15, self.world.spec.step)
        while self.wall(start).minute % unit:
            start += 1
        yield from range(start, end, self.world.spec.step)

    def offered(self, start: int) -> bool:
        """behaviour, Slots 3 and 8, read aloud."""
        spec, world = self.world.spec, self.world
        day = self.wall(start).date()
        if start < world.now + spec.notice:
            return False
        if day > self.wall(world.now).date() + timedelta(days=spec.max_advance_days):
            return False
        session = next((s for s in world.sessions if s.start == start), None)
        if session and self.session_offered(session):
            return True
        own = set(range(start, start + spec.duration))
        occupied = set(range(start - spec.before, start + spec.duration + spec.after))
        return (
            start in self.grid
            and (occupied if spec.buffers_within_hours else own) <= self.open
            and not occupied & self.blocked
            and not any(self.overlap(occupied, span) for span in world.busy)
            and not any(self.overlap(occupied, s[2:4]) for s in world.sessions)
            and (spec.daily_cap is None or world.counts.get(day.toordinal(), 0) < spec.daily_cap)
        )

    def session_offered(self, session: Session) -> bool:
        occupied = set(range(session.occupied_start, session.occupied_end))
        return (
            session.seats_taken < self.world.spec.capacity
            and not occupied & self.blocked
            and not any(self.overlap(occupied, span) for span in self.world.busy)
            and not any(self.overlap(occupied, s[2:4]) for s in self.world.sessions if s is not session)
        )

    @staticmethod
    def overlap(minutes: set[int], span: tuple[int, int]) -> bool:
        return not minutes.isdisjoint(range(*span))
