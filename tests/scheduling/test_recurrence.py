"""Dates that repeat: counted from the first, at the same wall time, over month ends and changes of the clock."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.recurrence import MOST, Recurrence, Shift, shift_between, shifted, starts, wall
from scheduling.domain.zones import floor_minute, instant

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca")
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
minutes = st.integers(floor_minute(datetime(2024, 1, 1, tzinfo=UTC)), floor_minute(datetime(2032, 1, 1, tzinfo=UTC)))
rules = st.builds(
    Recurrence, st.integers(1, 12), st.sampled_from(["day", "week", "month"]), st.integers(2, MOST), st.none()
)


def at(text: str, zone: str = "America/New_York") -> int:
    return floor_minute(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def clocks(zone: str, found: list[int]) -> list[str]:
    return [instant(minute).astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M %z") for minute in found]


def test_the_last_day_stands_for_a_day_that_a_month_lacks() -> None:
    monthly = Recurrence(1, "month", count=5)
    assert [day.isoformat()[5:] for day in monthly.dates(date(2027, 10, 31))] == [
        "10-31", "11-30", "12-31", "01-31", "02-29",
    ]  # fmt: skip
    assert monthly.shortens(date(2027, 10, 31))
    assert not monthly.shortens(date(2027, 10, 28))
    assert not Recurrence(2, "week", count=3).shortens(date(2027, 10, 31))


def test_until_is_included_and_before_the_first_there_is_nothing() -> None:
    weekly = Recurrence(2, "week", until=date(2027, 2, 1))
    assert weekly.dates(date(2027, 1, 4)) == [date(2027, 1, 4), date(2027, 1, 18), date(2027, 2, 1)]
    assert weekly.dates(date(2027, 2, 2)) == []


def test_the_wall_clock_is_kept_when_the_clocks_change() -> None:
    found = starts("America/New_York", at("2027-10-31T10:00"), Recurrence(1, "week", count=3))
    assert clocks("America/New_York", found) == ["10-31 10:00 -0400", "11-07 10:00 -0500", "11-14 10:00 -0500"]


def test_a_time_in_the_gap_takes_the_offset_before_it_and_comes_back() -> None:
    found = starts("America/New_York", at("2027-03-13T02:30"), Recurrence(1, "day", count=3))
    assert clocks("America/New_York", found) == ["03-13 02:30 -0500", "03-14 03:30 -0400", "03-15 02:30 -0400"]


def test_a_repeated_time_means_its_first_occurrence_but_the_first_start_stays_as_chosen() -> None:
    found = starts("America/New_York", at("2027-11-06T01:30"), Recurrence(1, "day", count=2))
    assert clocks("America/New_York", found)[1] == "11-07 01:30 -0400"
    second = floor_minute(datetime(2027, 11, 7, 6, 30, tzinfo=UTC))
    assert clocks("America/New_York", starts("America/New_York", second, Recurrence(1, "day", count=2))) == [
        "11-07 01:30 -0500", "11-08 01:30 -0500",
    ]  # fmt: skip


def test_a_shift_over_midnight_and_over_a_change_of_the_clocks() -> None:
    shift = shift_between("America/New_York", at("2027-11-01T23:30"), at("2027-11-03T00:15"))
    assert shift == Shift(2, -1395)
    assert clocks("America/New_York", [shifted("America/New_York", at("2027-11-05T23:30"), shift)]) == [
        "11-07 00:15 -0400"
    ]


def test_nothing_lies_beyond_the_calendar() -> None:
    assert Recurrence(12, "month", count=60).dates(date(9998, 5, 1)) == [date(9998, 5, 1), date(9999, 5, 1)]


@given(days, rules)
def test_dates_rise_and_begin_with_the_first(first: date, rule: Recurrence) -> None:
    found = rule.dates(first)
    assert found[0] == first
    assert len(found) == rule.count
    assert all(one < other for one, other in pairwise(found))


@given(days, st.integers(1, 24), st.integers(2, MOST))
def test_months_keep_the_day_or_take_the_last(first: date, every: int, count: int) -> None:
    for n, day in enumerate(Recurrence(every, "month", count=count).dates(first)):
        assert (day.year - first.year) * 12 + day.month - first.month == n * every
        assert day.day == min(first.day, monthrange(day.year, day.month)[1])


@given(days, st.integers(1, 30), st.sampled_from(["day", "week"]), st.integers(0, 700))
def test_until_never_passes_its_date_and_leaves_no_gap(first: date, every: int, unit: str, length: int) -> None:
    last = first + timedelta(days=length)
    step = timedelta(days=every * (7 if unit == "week" else 1))
    found = Recurrence(every, unit, until=last).dates(first)  # type: ignore[arg-type]
    assert all(other - one == step for one, other in pairwise(found))
    assert found[-1] <= last
    assert len(found) == MOST + 1 or found[-1] + step > last


@given(st.sampled_from(ZONES), minutes, rules)
def test_every_start_is_at_the_wall_time_of_the_first_unless_that_does_not_exist(
    zone: str, first: int, rule: Recurrence
) -> None:
    wanted = wall(zone, first)[1]
    for start, day in zip(starts(zone, first, rule), rule.dates(date.fromordinal(wall(zone, first)[0])), strict=True):
        shown_day, shown = wall(zone, start)
        local = datetime(day.year, day.month, day.day, *divmod(wanted, 60), tzinfo=ZoneInfo(zone))
        exists = local.astimezone(UTC).astimezone(ZoneInfo(zone))
        assert (shown_day, shown) == (exists.toordinal(), exists.hour * 60 + exists.minute)


@given(st.sampled_from(ZONES), minutes, minutes, minutes)
def test_a_shift_leads_from_the_old_to_the_new(zone: str, old: int, new: int, other: int) -> None:
    shift = shift_between(zone, old, new)
    assert wall(zone, shifted(zone, old, shift)) == wall(zone, new)
    assert shifted(zone, other, Shift(0, 0)) in (other, other - 60, other - 30)
