"""Laying out a day: pieces of local dates, lanes, the window that is shown, what is closed."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.day_grid import gaps, lanes, length, minus, pieces, skipped, window
from scheduling.domain.zones import local_date
from tests.factories import at

NEW_YORK = "America/New_York"


def cut(start: str, end: str, zone: str = NEW_YORK) -> list[tuple[int, int]]:
    """The pieces' minutes of the day."""
    low, high = (int(at(text).timestamp()) // 60 for text in (start, end))
    return [(piece.start, piece.end) for piece in pieces(zone, low, high)]


def test_a_piece_is_read_on_the_wall_clock() -> None:
    assert cut("2027-06-09T09:00:00-04:00", "2027-06-09T10:30:00-04:00") == [(540, 630)]


def test_what_crosses_midnight_has_a_piece_on_each_date() -> None:
    assert cut("2027-06-09T23:00:00-04:00", "2027-06-10T01:00:00-04:00") == [(1380, 1440), (0, 60)]


def test_what_ends_at_midnight_stays_on_its_date() -> None:
    assert cut("2027-06-09T23:00:00-04:00", "2027-06-10T00:00:00-04:00") == [(1380, 1440)]


def test_clocks_go_forward_the_wall_clock_decides_and_the_hour_is_missing() -> None:
    assert cut("2027-03-14T01:30:00-05:00", "2027-03-14T03:30:00-04:00") == [(90, 210)]
    day = local_date(NEW_YORK, int(at("2027-03-14T12:00:00-04:00").timestamp()) // 60)
    assert skipped(NEW_YORK, day) == ((120, 180),)
    assert length(NEW_YORK, day) == 23 * 60


def test_clocks_go_back_an_hour_is_still_an_hour_high() -> None:
    assert cut("2027-11-07T01:30:00-04:00", "2027-11-07T01:30:00-05:00") == [(90, 150)]
    day = local_date(NEW_YORK, int(at("2027-11-07T12:00:00-05:00").timestamp()) // 60)
    assert skipped(NEW_YORK, day) == ()
    assert length(NEW_YORK, day) == 25 * 60


def test_a_date_that_begins_at_one_keeps_its_first_hours() -> None:
    assert cut("2027-03-28T01:00:00+03:00", "2027-03-28T02:00:00+03:00", "Asia/Beirut") == [(60, 120)]


def test_lanes_are_shared_by_what_overlaps_only() -> None:
    count, places = lanes([(0, 60), (30, 90), (100, 160)])
    assert count == 2
    assert places == [(1, 1), (2, 1), (1, 2)]


def test_a_freed_lane_is_used_again() -> None:
    assert lanes([(0, 100), (0, 30), (40, 70)]) == (2, [(1, 1), (2, 1), (2, 1)])


def test_clusters_of_different_widths_share_one_column() -> None:
    count, places = lanes([(0, 10), (0, 10), (20, 30), (20, 30), (20, 30)])
    assert count == 6
    assert [place.span for place in places] == [3, 3, 2, 2, 2]


@given(st.lists(st.tuples(st.integers(0, 280), st.integers(1, 30)).map(lambda p: (p[0], p[0] + p[1])), max_size=40))
def test_what_overlaps_never_shares_a_lane(spans: list[tuple[int, int]]) -> None:
    count, places = lanes(spans)
    for (start, end), place in zip(spans, places, strict=True):
        assert place.lane >= 1
        assert place.lane + place.span - 1 <= count
        for (other_start, other_end), other in zip(spans, places, strict=True):
            if place is not other and start < other_end and other_start < end:
                apart = place.lane + place.span <= other.lane or other.lane + other.span <= place.lane
                assert apart


def test_the_window_is_the_opening_hours_and_half_an_hour_and_every_event() -> None:
    assert window([(540, 1020)], []) == (480, 1080)
    assert window([(540, 1020)], [(400, 430), (1100, 1430)]) == (360, 1440)
    assert window([], []) == (540, 1020)


def test_what_is_closed_is_what_is_not_open() -> None:
    assert gaps([(540, 720), (780, 1020)], 480, 1080) == [(480, 540), (720, 780), (1020, 1080)]
    assert gaps([], 480, 600) == [(480, 600)]


def test_blocks_are_taken_out() -> None:
    assert minus([(0, 100)], [(20, 30), (90, 120)]) == ((0, 20), (30, 90))
