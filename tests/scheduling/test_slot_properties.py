"""The engine against a brute force over random schedules, and what must hold whatever the schedule."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.domain.calendars import Calendar, Kind, Session, Spec, Taken
from scheduling.domain.hours import Override, Rule, Schedule, opening
from scheduling.domain.slots import any_starts, explain, explain_start, free_starts, offered, union
from scheduling.domain.zones import local_minute
from tests.scheduling.slot_brute_force import BruteForce, World
from tests.scheduling.slot_world import ANA, LENA, MARCO, MASSAGE, YOGA

# (zone, a date beside one of its clock changes or oddities)
PLACES = [
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2027, 6, 7)),
    ("Australia/Lord_Howe", date(2027, 10, 3)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("Africa/Cairo", date(2027, 4, 30)),
    ("Africa/Cairo", date(2027, 10, 29)),
    ("America/Havana", date(2027, 3, 14)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Kathmandu", date(2027, 1, 11)),
    ("Pacific/Chatham", date(2027, 4, 4)),
]
DAYS = 3


def minutes_of_day() -> st.SearchStrategy[int]:
    return st.integers(0, 288).map(lambda n: n * 5)


def rules(day: date) -> st.SearchStrategy[Rule]:
    near = st.none() | st.integers(-2, DAYS).map(lambda n: day + timedelta(days=n))
    weekday = st.integers(-1, DAYS).map(lambda n: (day + timedelta(days=n)).isoweekday() % 7)
    who, what = st.sampled_from([ANA, ANA, None, MARCO]), st.sampled_from([None, None, MASSAGE, YOGA])
    return st.builds(Rule, who, what, weekday, minutes_of_day(), minutes_of_day(), near, near)


def overrides(day: date) -> st.SearchStrategy[Override]:
    near = st.integers(-2, DAYS).map(lambda n: day + timedelta(days=n))
    later = st.none() | st.integers(0, 1).map(lambda n: day + timedelta(days=n))
    who, kind = st.sampled_from([ANA, None, MARCO]), st.sampled_from(["blocked", "blocked", "exception"])
    hours = st.none() | minutes_of_day()
    return st.builds(Override, who, kind, near, later, hours, hours)


# Hours of every day that most worlds begin with, so that something is open.
COMMON_HOURS = [(480, 1200), (480, 1200), (0, 1440), (1320, 240), (600, 601)]


def common_rules() -> st.SearchStrategy[list[Rule]]:
    who, what, hours = st.sampled_from([ANA, None]), st.sampled_from([None, MASSAGE]), st.sampled_from(COMMON_HOURS)
    return st.tuples(who, what, hours).map(
        lambda drawn: [Rule(drawn[0], drawn[1], weekday, *drawn[2]) for weekday in range(7)]
    )


specs = st.builds(
    Spec,
    duration=st.sampled_from([5, 20, 30, 45, 60, 90, 240]),
    before=st.sampled_from([0, 0, 5, 10, 30]),
    after=st.sampled_from([0, 0, 5, 15, 45]),
    step=st.sampled_from([5, 10, 15, 20, 30, 45, 60, 90]),
    notice=st.sampled_from([0, 0, 0, 30, 1440]),
    max_advance_days=st.sampled_from([365, 365, 365, 2, 1, 0]),
    daily_cap=st.sampled_from([None, None, None, 2, 1]),
    capacity=st.just(1),
    buffers_within_hours=st.booleans(),
)


@st.composite
def worlds(draw: st.DrawFn, classes: bool = False) -> tuple[World, date]:
    zone, day = draw(st.sampled_from(PLACES))
    midnight = local_minute(zone, day.toordinal(), 0)
    around = st.integers(-1440, DAYS * 1440)
    busy = [
        (midnight + start, midnight + start + length)
        for start, length in draw(st.lists(st.tuples(around, st.integers(1, 300)), max_size=10))
    ]
    spec = draw(specs)
    sessions: list[Session] = []
    if classes:
        spec = replace(spec, capacity=3)
        for start in draw(st.sets(around.map(lambda n: n // 60 * 60), max_size=3)):
            own = midnight + start
            sessions.append(Session(own, own + 50, own - 5, own + 60, draw(st.integers(1, 4))))
    counts = draw(st.dictionaries(st.integers(-1, DAYS).map(lambda n: day.toordinal() + n), st.integers(0, 2)))
    world = World(
        zone,
        spec,
        draw(common_rules()) + draw(st.lists(rules(day), max_size=4)),
        draw(st.lists(overrides(day), max_size=3)),
        sorted(busy),
        sessions,
        counts,
        midnight + draw(st.integers(-2880, 720)),
    )
    return world, day


def calendar_of(world: World, day: date) -> Calendar:
    hours = opening(
        Schedule(tuple(world.rules), tuple(world.overrides)),
        provider=ANA,
        service=MASSAGE,
        zone=world.zone,
        first_date=day,
        last_date=day + timedelta(days=DAYS - 1),
    )
    return Calendar(ANA, world.spec, hours, world.busy, tuple(world.sessions), world.counts)


def bounds(world: World, day: date) -> tuple[int, int]:
    return local_minute(world.zone, day.toordinal(), 0), local_minute(world.zone, day.toordinal() + DAYS, 0)


relaxed = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(worlds() | worlds(classes=True))
def test_the_engine_agrees_with_the_brute_force(case: tuple[World, date]) -> None:
    world, day = case
    first, last = bounds(world, day)
    brute = BruteForce(world, day, day + timedelta(days=DAYS - 1))
    candidates = {*brute.grid, *(session.start for session in world.sessions)}
    expected = sorted(start for start in candidates if first <= start < last and brute.offered(start))
    assert free_starts(calendar_of(world, day), now=world.now, first=first, last=last) == expected


@relaxed
@given(worlds() | worlds(classes=True), st.data())
def test_a_start_is_listed_exactly_when_it_may_be_booked(case: tuple[World, date], data: st.DataObject) -> None:
    world, day = case
    first, last = bounds(world, day)
    whose = calendar_of(world, day)
    low = data.draw(st.integers(first, last - 1))
    high = min(last, low + 300)
    free = free_starts(whose, now=world.now, first=low, last=high)
    assert free == [start for start in range(low, high) if offered(whose, start, world.now)]


@relaxed
@given(worlds(), st.data())
def test_bookings_at_offered_starts_never_overlap(case: tuple[World, date], data: st.DataObject) -> None:
    world, day = case
    first, last = bounds(world, day)
    whose = calendar_of(world, day)
    for _ in range(6):
        free = free_starts(whose, now=world.now, first=first, last=last)
        if not free:
            break
        start = data.draw(st.sampled_from(free))
        made = (start - world.spec.before, start + world.spec.duration + world.spec.after)
        assert all(made[1] <= a or b <= made[0] for a, b in whose.busy)
        assert all(made[1] <= a or b <= made[0] for a, b in whose.opening.blocks)
        whose = replace(whose, busy=sorted([*whose.busy, made]))
        assert not offered(whose, start, world.now)


@relaxed
@given(worlds() | worlds(classes=True))
def test_a_closed_time_has_a_reason_and_a_free_one_has_none(case: tuple[World, date]) -> None:
    world, day = case
    first, last = bounds(world, day)
    whose = calendar_of(world, day)
    entries = explain([whose], now=world.now, first=first, last=last)
    free = [entry.start for entry in entries if entry.reason is None]
    assert free == free_starts(whose, now=world.now, first=first, last=last)
    assert [entry.start for entry in entries] == sorted({entry.start for entry in entries})
    for entry in entries:
        assert explain_start([whose], entry.start, world.now) == entry.reason


@relaxed
@given(worlds(), st.lists(st.lists(st.tuples(st.integers(0, 4000), st.integers(5, 300)), max_size=10), max_size=3))
def test_any_provider_is_the_union_of_each(case: tuple[World, date], more: list[list[tuple[int, int]]]) -> None:
    world, day = case
    first, last = bounds(world, day)
    team = [calendar_of(world, day)]
    for provider, busy in zip((MARCO, LENA, YOGA), more, strict=False):
        spans = sorted((first + start, first + start + length) for start, length in busy)
        team.append(replace(team[0], provider=provider, busy=spans))
    expected: dict[int, list[object]] = {}
    for one in team:
        for start in free_starts(one, now=world.now, first=first, last=last):
            expected.setdefault(start, []).append(one.provider)
    found = union(team, now=world.now, first=first, last=last)
    assert found == [(s, s + world.spec.duration, tuple(expected[s]), None) for s in sorted(expected)]
    assert any_starts(team, now=world.now, first=first, last=last) == sorted(expected)


@relaxed
@given(worlds())
def test_what_is_taken_says_no_more_than_what_is_busy(case: tuple[World, date]) -> None:
    world, day = case
    first, last = bounds(world, day)
    whose = calendar_of(world, day)
    kinds = (Kind.BOOKED, Kind.HELD, Kind.OUTSIDE)
    details = [Taken(a, b, kinds[n % 3], a, b) for n, (a, b) in enumerate(world.busy)]
    full = replace(whose, taken=details)
    plain = [entry.start for entry in explain([whose], now=world.now, first=first, last=last) if entry.reason]
    assert plain == [entry.start for entry in explain([full], now=world.now, first=first, last=last) if entry.reason]
