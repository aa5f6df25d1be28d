"""How fast the slot engine is, as ratios to the reference sweep measured in the same run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from uuid import UUID

from scheduling.domain import hours, lanes, zones
from scheduling.domain.calendars import Calendar, Spec
from scheduling.domain.hours import Override, Rule, Schedule
from scheduling.domain.slots import any_starts, union
from tests.bench import reference_slots as reference
from tests.bench.workloads import CLOSES, DURATION, OPENS, START, STEP, WEEKDAYS, ZONE, Workload, workload

SERVICE = UUID(int=1000)
PLAIN = Spec(DURATION, step=STEP, max_advance_days=366)
FEATURED = replace(PLAIN, before=5, after=10, notice=60, daily_cap=20)
# cal.com's best case and Easy!Appointments against the reference's full output, warm (performance.md, section 2).
CAL_COM = {1: 75, 2: 71, 3: 100, 4: 85}
EASY = {1: 22, 2: 43, 3: 69, 4: 16}
EASY_GOAL = {1: 10, 2: 25, 3: 25, 4: 10}
CACHES = (hours.opening, lanes.tracks, zones.local_minute, zones.local_date, zones.offset_at)


@dataclass(frozen=True)
class Row:
    """One line of the report: milliseconds, their ratio, and what it is held against ('<=' or '>=' a number)."""

    name: str
    engine_ms: float
    reference_ms: float
    ratio: float
    goal: str = ""
    met: bool | None = None


def run(seconds: float = 0.6) -> list[Row]:
    """Measure W1–W4; each timing takes about `seconds`. Goals 1, 2 and 5 of the performance page."""
    works = [workload(number) for number in (1, 2, 3, 4)]
    rows: list[Row] = []
    for work in works:
        rows += _against_reference(work, seconds)
        rows += _like_for_like(work, seconds)
    return rows + [_growth(works[0], work, seconds) for work in works[1:]]


def _against_reference(work: Workload, seconds: float) -> list[Row]:
    """Goal 2, and for information the same with everything switched on and with the answer the API needs."""
    cases: dict[str, Callable[[], object]] = {
        "starts (goal 2)": partial(starts, work, PLAIN),
        "starts, all features on (goal 2)": partial(starts, work, FEATURED),
        "slots with provider ids": partial(slots, work, PLAIN),
    }
    measured = {name: _pair(partial(reference_starts, work), call, seconds) for name, call in cases.items()}
    return [
        _at_most(f"W{work.number} {name}", engine, bare, 2 if "goal" in name else None)
        for name, (bare, engine) in measured.items()
    ]


def _growth(small: Workload, large: Workload, seconds: float) -> Row:
    """Goal 5: time per provider-day and busy interval, in units of W1's; milliseconds are per unit."""
    one, many = _pair(partial(starts, small, PLAIN), partial(starts, large, PLAIN), seconds)
    return _at_most(f"W{large.number} time per unit against W1 (goal 5)", many / large.size, one / small.size, 2)


def _like_for_like(work: Workload, seconds: float) -> list[Row]:
    texts: dict[int, str] = {}
    full = partial(_by_date, work, texts)
    theirs, ours = _pair(lambda: full(reference_starts(work)), lambda: full(starts(work, PLAIN)), seconds)

    def cold() -> object:
        texts.clear()
        for cache in CACHES:
            cache.cache_clear()
        return full(starts(work, PLAIN))

    n, cold_ms = work.number, _median(cold, seconds)
    return [
        _at_least(f"W{n} full output, times cal.com (goal 1)", ours, theirs, CAL_COM[n], 25),
        _at_least(f"W{n} full output, times Easy!Appointments (goal 1)", ours, theirs, EASY[n], EASY_GOAL[n]),
        _at_least(f"W{n} full output, cold caches, times cal.com warm (goal 1)", cold_ms, theirs, CAL_COM[n], 3),
    ]


def starts(work: Workload, spec: Spec) -> list[int]:
    """The engine's answer to a workload: every start that any provider has free."""
    return any_starts(_calendars(work, spec), now=work.first, first=work.first, last=work.last)


def slots(work: Workload, spec: Spec) -> list[tuple[int, int, tuple[UUID, ...], int | None]]:
    """The same with ends and providers, as the API needs it."""
    return union(_calendars(work, spec), now=work.first, first=work.first, last=work.last)


def _calendars(work: Workload, spec: Spec) -> list[Calendar]:
    schedule = SCHEDULE if spec is PLAIN else BLOCKED_SCHEDULE
    last_date = START + timedelta(work.days - 1)
    return [
        Calendar(provider, spec, hours.opening(
            schedule, provider=provider, service=SERVICE, zone=ZONE, first_date=START, last_date=last_date
        ), busy, counts=COUNTS)
        for provider, busy in zip(PROVIDERS, work.busy, strict=False)
    ]  # fmt: skip


PROVIDERS = [UUID(int=number) for number in range(1, 51)]
SCHEDULE = Schedule(tuple(Rule(p, None, weekday, OPENS, CLOSES) for p in PROVIDERS for weekday in WEEKDAYS))
BLOCKED_SCHEDULE = Schedule(
    SCHEDULE.rules,
    (
        Override(None, "blocked", date(2027, 3, 9)),
        Override(None, "exception", date(2027, 3, 13), None, 600, 840),
        *(Override(p, "blocked", date(2027, 3, 17), None, 780, 840) for p in PROVIDERS),
    ),
)
COUNTS = {date(2027, 3, 10).toordinal(): 20}


def reference_starts(work: Workload) -> list[int]:
    ranges = reference.working(ZONE, START.toordinal(), work.days, frozenset(WEEKDAYS), OPENS, CLOSES)
    if len(work.busy) > 10:
        return reference.sweep_grid(ranges, work.busy, work.first, work.last, DURATION, STEP)
    return reference.sweep(ranges, work.busy, DURATION, STEP)


def _by_date(work: Workload, texts: dict[int, str], found: list[int]) -> dict[str, list[dict[str, str]]]:
    """{local date: [{"time": ISO}]}, as cal.com answers."""
    out: dict[str, list[dict[str, str]]] = {}
    i, count = 0, len(found)
    for ordinal in range(START.toordinal(), START.toordinal() + work.days):
        midnight, times = zones.local_minute(ZONE, ordinal + 1, 0), []
        while i < count and (minute := found[i]) < midnight:
            if (text := texts.get(minute)) is None:
                text = texts[minute] = reference.iso(minute)
            times.append({"time": text})
            i += 1
        if times:
            out[str(date.fromordinal(ordinal))] = times
    return out


def _pair(first: Callable[[], object], second: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Medians in ms of two calls measured in turns, so that a noisy moment hits both."""
    spent: tuple[list[float], list[float]] = ([], [])
    first(), second()
    end = perf_counter() + 2 * seconds
    while perf_counter() < end:
        for call, times in zip((first, second), spent, strict=True):
            times.append(_time(call))
    return median(spent[0]) * 1e3, median(spent[1]) * 1e3


def _median(call: Callable[[], object], seconds: float) -> float:
    call()
    times: list[float] = []
    end = perf_counter() + seconds
    while perf_counter() < end:
        times.append(_time(call))
    return median(times) * 1e3


def _time(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _at_most(name: str, engine: float, bare: float, goal: float | None) -> Row:
    if goal is None:
        return Row(name, engine, bare, engine / bare)
    return Row(name, engine, bare, engine / bare, f"<= {goal:g}", engine / bare <= goal)


def _at_least(name: str, engine: float, bare: float, peer: float, goal: float) -> Row:
    """`peer`: how many times slower than the reference's full output the peer was measured."""
    ratio = peer * bare / engine
    return Row(name, engine, bare, ratio, f">= {goal}", ratio >= goal)


def show(rows: list[Row]) -> str:
    """The report as text, one line per row."""
    mark = {True: "ok", False: "MISSED", None: ""}
    return "\n".join(
        f"{r.name:<58} {r.engine_ms:>9.5f} ms {r.reference_ms:>9.5f} ms {r.ratio:>7.2f}  {r.goal:<6} {mark[r.met]}"
        for r in rows
    )
