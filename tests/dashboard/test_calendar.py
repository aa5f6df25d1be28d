"""The calendar: what stands where, in the business's zone; and its list on phones."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from scheduling.enums import Status
from tests import factories as make
from tests.dashboard.conftest import Studio

NewClient = Callable[..., Any]
EVENT = re.compile(
    r'<(?:a href="[^"]*" draggable="false"|div) class="ev (p-\w+) is-(\w+)(?: is-block)?( sm)?(?: is-movable)?"'
    r' style="--a:(\d+);--b:(\d+);--lane:(\d+);--span:(\d+)"[^>]*><b>([^<]*)</b>'
)
OFF = re.compile(r'class="off" style="--a:(\d+);--b:(\d+)"')


@pytest.fixture
def show(studio: Studio, client_for: NewClient) -> Callable[..., str]:
    browser = studio.client(client_for)

    def get(query: str = "view=day&date=2027-06-09") -> str:
        answer = browser.get(f"/dashboard/calendar/?{query}")
        assert answer.status_code == 200
        return str(answer.content.decode())

    return get


def events(text: str) -> dict[str, tuple[str, int, int, int, int]]:
    """Name → status, first row, last row, lane, lanes spanned."""
    return {
        found[7]: (found[1], int(found[3]), int(found[4]), int(found[5]), int(found[6]))
        for found in EVENT.findall(text)
    }


def test_an_appointment_stands_at_its_time_of_day(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("10:30", name="Nadia Okafor")
    text = show()
    assert events(text) == {"Nadia Okafor": ("confirmed", 30, 42, 1, 1)}  # rows of five minutes from 8:00 on
    assert "10:30 am" in text
    assert "Eastern Time" in text


def test_closed_hours_are_hatched(studio: Studio, show: Callable[..., str]) -> None:
    assert OFF.findall(show()) == [("0", "12"), ("108", "120")] * 2  # 8 to 9 and 17 to 18, for Ana and Marco
    assert show("view=day&date=2027-06-12").count("Closed") >= 2


def test_a_column_for_each_provider_and_the_load(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("10:00")
    studio.book("12:00", name="Next One", email="next@example.test")
    text = show()
    assert text.count('class="wk-col') == 2
    assert "<strong>Ana Duarte</strong>9:00 am – 5:00 pm" in text
    assert "25%" in text
    assert "0%" in text


def test_a_week_has_its_seven_dates_from_monday(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("10:00")
    text = show("view=week&date=2027-06-09")
    assert text.count('class="wk-col') == 7
    assert "7 – 13 June <span>2027</span>" in text
    assert "6%" in text  # one of the sixteen hours of two people
    assert "31 May – 6 June" in show("date=2027-06-01")


def test_what_overlaps_stands_side_by_side(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("10:00", name="First One")
    studio.book("10:30", studio.marco, name="Second One", email="second@example.test")
    found = events(show("view=week&date=2027-06-09"))
    assert (found["First One"][3], found["Second One"][3]) == (1, 2)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.PENDING_APPROVAL, "Needs approval"),
        (Status.COMPLETED, "Completed"),
        (Status.NO_SHOW, "No-show"),
        (Status.HELD, "Held"),
    ],
)
def test_a_status_is_said_in_words_too(studio: Studio, show: Callable[..., str], status: Status, words: str) -> None:
    studio.book("10:30", status=status, now=make.at("2027-06-09T14:55:00+00:00"))
    assert f", {words}</span>" in show()


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.DECLINED, Status.EXPIRED])
def test_what_does_not_take_place_leaves_the_time_empty(
    studio: Studio, show: Callable[..., str], status: Status
) -> None:
    studio.book("10:30", status=status)
    assert events(show()) == {}


def test_buffers_are_hatched_around_their_appointment(studio: Studio, show: Callable[..., str]) -> None:
    swedish = make.make_service(
        studio.business, "Swedish", providers=[studio.ana], buffer_before_minutes=10, buffer_after_minutes=15
    )
    make.make_appointment(studio.business, swedish, studio.ana, "2027-06-09T12:00:00-04:00")
    assert re.findall(r'class="buf p-\w+" style="--a:(\d+);--b:(\d+)', show()) == [("46", "48"), ("60", "63")]


def test_busy_times_are_no_links_and_blocks_are_one_for_who_may_change_them(
    studio: Studio, show: Callable[..., str]
) -> None:
    make.make_busy(studio.ana, "2027-06-09T17:00:00-04:00", "2027-06-09T18:30:00-04:00")
    make.make_block(studio.marco, "2027-06-09", "12:00", "13:00")
    text = show()
    found = events(text)
    assert found["Busy"][:3] == ("busy", 108, 126)
    assert found["Closed"][:3] == ("busy", 48, 60)
    assert len(re.findall(r'<a[^>]*class="ev p-\w+ is-busy', text)) == 1
    assert re.search(
        r'<a href="/dashboard/calendar/blocks/[^"]*" draggable="false" class="ev p-slate is-busy is-block', text
    )


def test_seats_of_a_class_are_one_event(studio: Studio, show: Callable[..., str]) -> None:
    yoga = make.make_service(studio.business, "Yoga", providers=[studio.ana], capacity=8)
    for number in range(3):
        make.make_appointment(
            studio.business, yoga, studio.ana, "2027-06-09T12:00:00-04:00", email=f"{number}@example.test"
        )
    text = show()
    assert list(events(text)) == ["Yoga"]
    assert "3 of 8" in text


def test_what_crosses_midnight_stands_on_both_dates(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("2027-06-09T23:30:00-04:00", name="Night Owl")
    text = show("view=week&date=2027-06-09")
    rows = [(int(found[3]), int(found[4])) for found in EVENT.findall(text)]
    assert sorted(rows) == [(0, 6), (282, 288)]
    assert "continued" in text


def test_the_window_grows_with_what_takes_place(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("05:30", name="Early Bird")
    text = show()
    assert events(text)["Early Bird"][1:3] == (6, 18)
    assert "--rows:156" in text


def test_clocks_going_forward_leave_a_gap(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("2027-03-14T01:00:00-05:00", name="Before", email="a@example.test", now=make.at("2027-03-01T12:00:00Z"))
    studio.book("2027-03-14T03:00:00-04:00", name="After", email="b@example.test", now=make.at("2027-03-01T12:00:00Z"))
    text = show("view=day&date=2027-03-14")
    found = events(text)
    assert found["After"][1] - found["Before"][1] == 24  # two hours on the wall, one passed
    assert "Clocks go forward on Sun 14 Mar" in text


def test_clocks_going_back_show_both_hours_beside_each_other(studio: Studio, show: Callable[..., str]) -> None:
    for name, offset in (("First", "-04:00"), ("Second", "-05:00")):
        studio.book(f"2027-11-07T01:00:00{offset}", name=name, email=f"{name}@example.test")
    text = show("view=day&date=2027-11-07")
    found = events(text)
    assert found["First"][1:3] == found["Second"][1:3]
    assert {found["First"][3], found["Second"][3]} == {1, 2}
    assert "Clocks go back on Sun 7 Nov" in text


def test_the_present_is_marked_today_only(studio: Studio, show: Callable[..., str]) -> None:
    assert show().count('class="now" style="--a:36"') == 2
    assert 'class="now"' not in show("view=day&date=2027-06-10")


def test_a_chip_narrows_the_calendar_and_stands_in_the_address(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("10:00", name="With Ana")
    studio.book("10:00", studio.marco, name="With Marco", email="marco@example.test")
    assert list(events(show(f"view=day&date=2027-06-09&with={studio.ana.pk}"))) == ["With Ana"]
    assert len(events(show("with=nonsense&date=2027-06-09"))) == 2
    assert f"with={studio.ana.pk}" in show()


@pytest.mark.parametrize("query", ["date=soon", "date=0001-01-01", "date=9999-12-31", "view=year", "with="])
def test_nonsense_in_the_address_shows_this_week(show: Callable[..., str], query: str) -> None:
    assert "7 – 13 June" in show(query)


def test_phones_get_the_day_as_a_list(studio: Studio, show: Callable[..., str]) -> None:
    studio.book("10:00", name="Earlier")
    studio.book("13:00", name="Later", email="later@example.test")
    agenda = show("date=2027-06-09").partition('class="agenda')[2]
    assert agenda.index("Earlier") < agenda.index("11:00 am now") < agenda.index("Later")
    assert "2 appointments" in agenda
    assert "Nothing booked on this date." in show("date=2027-06-10")
