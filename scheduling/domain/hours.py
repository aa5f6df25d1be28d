"""Which hours are open: weekly rules and date overrides of a provider and a service, as instants."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal
from uuid import UUID

from scheduling.domain.spans import Span, joined
from scheduling.domain.zones import DAY, local_minute, offset_at

Day = date  # a name for annotations where a field is called `date`

# Dates looked at beyond those asked for: last night's tail, and open time that a long service reaches into.
MARGIN_DAYS = 2


@dataclass(frozen=True, slots=True)
class Rule:
    """Weekly wall-clock hours. None: any provider, any service. Weekday 0 = Sunday; minutes of the local day.

    An end before the start lies on the next day. The effective dates are local and inclusive.
    """

    provider: UUID | None
    service: UUID | None
    weekday: int
    start_minute: int
    end_minute: int
    effective_from: date | None = None
    effective_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the rule is in effect on a local date, whatever its weekday."""
        since, until = self.effective_from, self.effective_to
        return (since is None or since <= day) and (until is None or day <= until)


@dataclass(frozen=True, slots=True)
class Override:
    """A change of given local dates, for one provider or (None) for all. No hours: the whole day."""

    provider: UUID | None
    kind: Literal["blocked", "exception"]
    date: Day
    end_date: Day | None = None
    start_minute: int | None = None
    end_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """All rules and overrides that may concern an answer; made once per reading, hashed once."""

    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.rules, self.overrides)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Open hours that began together, in epoch minutes, with the wall clock's offset at their start."""

    start: int
    end: int
    offset: int

    def first_start(self, step: int) -> int:
        """The first grid time: the start rounded up to the quarter hour (or finer step) on the wall clock."""
        return self.start + -(self.start + self.offset) % min(step, 15)


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The open windows by their starts, the open time they make together, and what blocks take out of it.

    `windows` and `open` do not know of `blocks`: a block never moves a grid. `days` are the windows by the local date on
    which they start. Compared by identity, so it is a cheap key.
    """

    zone: str
    windows: tuple[Window, ...]
    open: tuple[Span, ...]
    blocks: tuple[Span, ...]
    days: tuple[tuple[Window, ...], ...]


@lru_cache(2048)
def opening(
    schedule: Schedule, *, provider: UUID, service: UUID, zone: str, first_date: date, last_date: date
) -> Opening:
    """The open hours of a provider for a service on local dates, the neighbouring dates included."""
    timetable = _Timetable(schedule, provider, service, zone)
    ordinals = range(first_date.toordinal() - MARGIN_DAYS, last_date.toordinal() + MARGIN_DAYS + 1)
    by_date = [sorted(set(spans)) for spans in map(timetable.spans, ordinals) if spans]
    days = tuple(tuple(Window(*span, offset_at(zone, span[0])) for span in spans) for spans in by_date)
    return Opening(
        zone=zone,
        windows=tuple(sorted({window for day in days for window in day})),
        open=joined(span for spans in by_date for span in spans),
        blocks=joined(timetable.blocks(ordinals[0], ordinals[-1])),
        days=days,
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """What a provider's hours for a service follow from on a local date: the rules in effect, whatever their weekday.

    `own` are those of the most particular level that has any; `service` those that limit the service for everybody.
    Exceptions take the place of both.
    """

    own: tuple[Rule, ...]
    service: tuple[Rule, ...]
    exceptions: tuple[Override, ...]


def sources(schedule: Schedule, *, provider: UUID, service: UUID, day: date) -> Sources:
    """Where the hours of a date come from."""
    return _Timetable(schedule, provider, service, "UTC").sources(day)


class _Timetable:
    """What of a schedule concerns one provider and service, answered date by date."""

    def __init__(self, schedule: Schedule, provider: UUID, service: UUID, zone: str) -> None:
        def level(who: UUID | None, what: UUID | None) -> list[Rule]:
            return [rule for rule in schedule.rules if rule.provider == who and rule.service == what]

        mine = [o for o in schedule.overrides if o.provider is None or o.provider == provider]
        self._zone = zone
        self._levels = [
            rules for rules in (level(provider, service), level(provider, None), level(None, None)) if rules
        ]
        self._service = level(None, service)
        self._exceptions = [override for override in mine if override.kind == "exception"]
        self._blocks = [override for override in mine if override.kind == "blocked"]

    def sources(self, day: date) -> Sources:
        """The rules and exceptions behind a date's windows."""
        exceptions = self._excepted(day.toordinal())
        return Sources(tuple(self._own(day)), tuple(_in_effect(self._service, day)), tuple(exceptions))

    def _excepted(self, ordinal: int) -> list[Override]:
        return [o for o in self._exceptions if o.date.toordinal() <= ordinal <= _last(o)]

    def spans(self, ordinal: int) -> list[Span]:
        """The windows that start on a local date: its exceptions, else its recurring hours."""
        exceptions = self._excepted(ordinal)
        if exceptions:
            return self._instants(ordinal, [_hours(override) for override in exceptions])
        return self._recurring(ordinal)

    def _recurring(self, ordinal: int) -> list[Span]:
        day = date.fromordinal(ordinal)
        own = self._own(day)
        service = _in_effect(self._service, day)
        if not own or not service:
            return self._weekly(ordinal, own or service)
        allowed = [
            span
            for near in (ordinal - 1, ordinal, ordinal + 1)
            for span in self._weekly(near, _in_effect(self._service, date.fromordinal(near)))
        ]
        return [
            (max(start, low), min(end, high))
            for start, end in self._weekly(ordinal, own)
            for low, high in allowed
            if max(start, low) < min(end, high)
        ]

    def _own(self, day: date) -> list[Rule]:
        """The provider's rules of the most particular level that has any in effect."""
        return next(filter(None, (_in_effect(rules, day) for rules in self._levels)), [])

    def _weekly(self, ordinal: int, rules: list[Rule]) -> list[Span]:
        weekday = ordinal % 7  # day 7 of the proleptic calendar was a Sunday
        return self._instants(ordinal, [(r.start_minute, r.end_minute) for r in rules if r.weekday == weekday])

    def _instants(self, ordinal: int, hours: list[Span]) -> list[Span]:
        found = []
        for start_minute, end_minute in hours:
            if start_minute == end_minute:
                continue
            start = local_minute(self._zone, ordinal, start_minute)
            end = local_minute(self._zone, ordinal, end_minute + (DAY if end_minute < start_minute else 0))
            if start < end:
                found.append((start, end))
        return found

    def blocks(self, first: int, last: int) -> Iterator[Span]:
        """The instants that blocks take from the local dates first … last and the night before."""
        for block in self._blocks:
            low, high = max(block.date.toordinal(), first - 1), min(_last(block), last)
            if block.start_minute is None and block.end_minute is None:
                if low <= high:
                    yield local_minute(self._zone, low, 0), local_minute(self._zone, high + 1, 0)
                continue
            for ordinal in range(low, high + 1):
                yield from self._instants(ordinal, [_hours(block)])


def _in_effect(rules: list[Rule], day: date) -> list[Rule]:
    return [rule for rule in rules if rule.holds_on(day)]


def _last(override: Override) -> int:
    return (override.end_date or override.date).toordinal()


def _hours(override: Override) -> Span:
    start, end = override.start_minute, override.end_minute
    return (0 if start is None else start, DAY if end is None else end)


RULE_PROBLEMS: tuple[tuple[str, str, Callable[[int, int, int], bool]], ...] = (
    ("weekday", "out_of_range", lambda weekday, start, end: not 0 <= weekday <= 6),
    ("start", "out_of_range", lambda weekday, start, end: not 0 <= start < DAY),
    ("end", "out_of_range", lambda weekday, start, end: not 0 <= end <= DAY),
    ("end", "use_24_00", lambda weekday, start, end: end == DAY - 1),
    ("end", "empty_window", lambda weekday, start, end: end == start),
)


def rule_problems(weekday: int, start_minute: int, end_minute: int) -> dict[str, str]:
    """Field → code for hours that no rule may have; empty when the rule is sound."""
    return {name: code for name, code, wrong in reversed(RULE_PROBLEMS) if wrong(weekday, start_minute, end_minute)}
