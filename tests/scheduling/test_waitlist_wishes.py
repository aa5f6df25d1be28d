"""What a wish fits, and until when a time is kept: on the wall clock, whatever the clocks do."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.wishes import Wanted, offer_end, overlaps_refused

NEW_YORK = "America/New_York"


def local(text: str, zone: str = NEW_YORK) -> int:
    """Epoch minute of a wall time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) // 60


def wall(minute: int | None, zone: str = NEW_YORK) -> str:
    assert minute is not None
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def until(now: str, *, start: str = "2027-06-30T12:00", minutes: int = 60, notice: int = 0) -> str | None:
    end = offer_end(local(now), start=local(start), minutes=minutes, notice=notice, zone=NEW_YORK)
    return None if end is None else wall(end)


WEEK = Wanted(date(2027, 6, 7), date(2027, 6, 13))


@pytest.mark.parametrize(
    ("start", "fits"),
    [
        ("2027-06-06T23:59", False),
        ("2027-06-07T00:00", True),
        ("2027-06-13T23:59", True),
        ("2027-06-14T00:00", False),
    ],
)
def test_dates_are_local_and_inclusive(start: str, fits: bool) -> None:
    assert WEEK.fits(local(start), NEW_YORK) is fits


def test_weekdays_count_from_sunday() -> None:
    found = [
        {wd for wd in range(7) if Wanted(WEEK.first_date, WEEK.last_date, frozenset({wd})).fits(minute, NEW_YORK)}
        for minute in (local(f"2027-06-{day:02}T10:00") for day in range(7, 14))
    ]
    assert found == [{1}, {2}, {3}, {4}, {5}, {6}, {0}]  # 7 June 2027 is a Monday


@pytest.mark.parametrize(
    ("start", "fits"),
    [("08:59", False), ("09:00", True), ("11:59", True), ("12:00", False)],
)
def test_hours_are_those_in_which_it_starts(start: str, fits: bool) -> None:
    morning = Wanted(WEEK.first_date, WEEK.last_date, hours=(540, 720))
    assert morning.fits(local(f"2027-06-09T{start}"), NEW_YORK) is fits


def test_hours_follow_the_wall_clock_when_the_clocks_change() -> None:
    evening = Wanted(date(2027, 3, 1), date(2027, 3, 31), hours=(1020, 1440))
    for day in (13, 14, 15):  # they go forward on the 14th
        assert evening.fits(local(f"2027-03-{day}T17:00"), NEW_YORK)
        assert not evening.fits(local(f"2027-03-{day}T16:59"), NEW_YORK)


def test_a_time_that_overlaps_a_refused_one_is_the_same_time_again() -> None:
    again = [start for start in range(480, 720, 15) if overlaps_refused(start, 60, [600])]
    assert again == [555, 570, 585, 600, 615, 630, 645]
    assert not overlaps_refused(600, 60, [])


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2027-06-07T10:00", "2027-06-07T11:00"),
        ("2027-06-07T20:00", "2027-06-07T21:00"),
        ("2027-06-07T20:30", "2027-06-08T08:30"),  # half an hour in the evening, half in the morning
        ("2027-06-07T21:00", "2027-06-08T09:00"),
        ("2027-06-08T03:00", "2027-06-08T09:00"),
        ("2027-06-08T07:59", "2027-06-08T09:00"),
    ],
)
def test_the_clock_of_an_offer_stands_still_at_night(now: str, end: str) -> None:
    assert until(now) == end


def test_a_long_offer_goes_on_from_day_to_day() -> None:
    assert until("2027-06-07T10:00", minutes=13 * 60) == "2027-06-08T10:00"
    assert until("2027-06-07T10:00", minutes=26 * 60) == "2027-06-09T10:00"


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2027-03-14T01:00", "2027-03-14T09:00"),  # the night in which the clocks go forward
        ("2027-03-13T20:30", "2027-03-14T08:30"),
        ("2027-11-06T20:30", "2027-11-07T08:30"),  # and back
        ("2027-11-07T01:30", "2027-11-07T09:00"),
    ],
)
def test_nights_in_which_the_clocks_change(now: str, end: str) -> None:
    assert until(now, start="2027-12-01T12:00") == end


def test_a_time_that_is_near_is_kept_until_it_could_not_be_booked_any_more() -> None:
    assert until("2027-06-07T10:00", start="2027-06-07T10:40") == "2027-06-07T10:40"
    assert until("2027-06-07T22:00", start="2027-06-08T07:00") == "2027-06-08T07:00"
    assert until("2027-06-07T10:00", start="2027-06-08T10:30", notice=1440) == "2027-06-07T10:30"


def test_no_offer_that_nobody_has_the_time_to_answer() -> None:
    assert until("2027-06-07T10:00", start="2027-06-07T10:15") == "2027-06-07T10:15"
    assert until("2027-06-07T10:00", start="2027-06-07T10:14") is None
    assert until("2027-06-07T10:00", start="2027-06-08T10:00", notice=1440) is None
    assert until("2027-06-07T10:00", start="2027-06-07T09:00") is None


@given(
    now=st.integers(local("2027-01-01T00:00"), local("2027-12-31T00:00")),
    ahead=st.integers(0, 20_000),
    minutes=st.integers(15, 3000),
    notice=st.integers(0, 3000),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_an_offer_lasts_long_enough_and_ends_before_its_time(
    now: int, ahead: int, minutes: int, notice: int, zone: str
) -> None:
    end = offer_end(now, start=now + ahead, minutes=minutes, notice=notice, zone=zone)
    if end is None:
        assert ahead - notice < 15
        return
    assert now + 15 <= end <= now + ahead - notice
    clock = datetime.fromtimestamp(end * 60, UTC).astimezone(ZoneInfo(zone))
    near = end == now + ahead - notice
    assert near or 8 * 60 < clock.hour * 60 + clock.minute <= 21 * 60
    assert near or end - now >= minutes
