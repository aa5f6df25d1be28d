"""What the slot engine offers, case by case."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from scheduling.domain.calendars import Calendar, Kind, Session
from scheduling.domain.ranking import Standing, ranked
from scheduling.domain.slots import any_starts, explain, explain_start, offered, union
from tests.scheduling.slot_world import (
    ANA,
    LENA,
    LONG_BEFORE,
    MARCO,
    MON,
    NY,
    SAT,
    SUN,
    at,
    blocked,
    calendar,
    dates,
    exception,
    hm,
    listed,
    rule,
    spec,
    starts,
    taken,
    utc,
    walls,
)

DAY = "2027-06-07"  # a Monday
MORNING = [rule(MON, "09:00", "12:00")]
EVERY_DAY = range(7)


def quarters(first: str, last: str) -> list[str]:
    return [f"{m // 60:02}:{m % 60:02}" for m in range(hm(first), hm(last) + 1, 15)]


def booked(start: str, end: str, before: int = 0, after: int = 0) -> tuple[int, int]:
    return at(f"{DAY} {start}") - before, at(f"{DAY} {end}") + after


def test_hc021_notice_is_elapsed_time_across_the_change() -> None:
    rules = [rule(day, "00:00", "24:00") for day in EVERY_DAY]
    whose = calendar(rules, "2027-03-13", "2027-03-14", of=spec(60, 15, notice=24 * 60))
    now = utc("2027-03-13T15:00Z")
    first = starts(whose, "2027-03-13", "2027-03-14", now=now)[0]
    assert (first, walls([first], NY, "%H:%M %Z")) == (utc("2027-03-14T15:00Z"), ["11:00 EDT"])
    assert not offered(whose, utc("2027-03-14T14:45Z"), now)
    assert offered(whose, utc("2027-03-14T15:00Z"), now)
    assert not offered(whose, utc("2027-03-14T15:00Z"), now + 0.01)


def test_hc023_the_last_date_of_the_horizon_is_included() -> None:
    rules = [rule(day, "00:00", "24:00") for day in EVERY_DAY]
    whose = calendar(rules, "2027-03-01", "2027-04-02", of=spec(30, 30, max_advance_days=30))
    now = utc("2027-03-01T12:00Z")
    assert starts(whose, "2027-03-01", "2027-04-02", now=now)[-1] == utc("2027-04-01T03:30Z")
    assert not offered(whose, utc("2027-04-01T04:00Z"), now)
    assert explain_start([whose], utc("2027-04-01T04:00Z"), now) == "horizon"


def test_hc024_the_daily_cap_counts_by_the_providers_date() -> None:
    rules = [rule(day, "18:00", "23:00") for day in EVERY_DAY]
    evening = [taken(Kind.BOOKED, at(f"2027-06-01 {h}:00"), at(f"2027-06-01 {h + 1}:00")) for h in (20, 21, 22)]
    counts = {date(2027, 6, 1).toordinal(): 3}
    whose = calendar(rules, "2027-05-31", "2027-06-03", of=spec(60, 60, daily_cap=3), taken=evening, counts=counts)
    found = union([whose], now=LONG_BEFORE, **dates("Asia/Tokyo", "2027-06-01", "2027-06-03"))
    assert walls([slot[0] for slot in found], "Asia/Tokyo", "%d %H:%M") == [
        *(f"01 {hour:02}:00" for hour in range(7, 12)),
        *(f"03 {hour:02}:00" for hour in range(7, 12)),
    ]
    assert listed(whose, "2027-06-01") == {
        "18:00": "daily_cap",
        "19:00": "daily_cap",
        "20:00": "booked",
        "21:00": "booked",
        "22:00": "booked",
    }


def test_hc040_the_last_slot_respects_duration_and_buffer() -> None:
    whose = calendar([rule(MON, "09:00", "17:00")], DAY, of=spec(60, 15, after=15))
    assert walls(starts(whose, DAY)) == quarters("09:00", "15:45")
    assert len(starts(whose, DAY)) == 28


def test_hc041_saturday_until_two() -> None:
    whose = calendar([rule(SAT, "10:00", "14:00")], "2027-06-12", of=spec(60, 15, after=15))
    assert walls(starts(whose, "2027-06-12")) == quarters("10:00", "12:45")


def test_hc042_a_booking_closes_the_starts_that_would_overlap_it() -> None:
    assert walls(starts(calendar(MORNING, DAY, of=spec(45, 15)), DAY)) == quarters("09:00", "11:15")
    after = calendar(MORNING, DAY, of=spec(45, 15), busy=[booked("09:00", "09:45")])
    assert walls(starts(after, DAY)) == quarters("09:45", "11:15")


def test_hc043_a_service_never_runs_past_closing() -> None:
    found = walls(starts(calendar([rule(MON, "09:00", "17:00")], DAY, of=spec(50, 15)), DAY))
    assert (len(found), found[-1]) == (29, "16:00")


def test_hc045_the_grid_begins_at_the_next_quarter_hour() -> None:
    rules = [rule(MON, "09:10", "12:00")]
    assert walls(starts(calendar(rules, DAY, of=spec(60, 15)), DAY)) == quarters("09:15", "11:00")
    assert walls(starts(calendar(rules, DAY, of=spec(60, 60)), DAY)) == ["09:15", "10:15"]
    assert walls(starts(calendar(rules, DAY, of=spec(60, 10)), DAY))[:2] == ["09:10", "09:20"]
    assert walls(starts(calendar([rule(MON, "09:07", "12:00")], DAY, of=spec(60, 5)), DAY))[0] == "09:10"


def test_hc046_both_buffers_lie_within_hours() -> None:
    whose = calendar(MORNING, DAY, of=spec(30, 15, before=10, after=15))
    assert walls(starts(whose, DAY)) == quarters("09:15", "11:15")
    switched_off = replace(whose, spec=replace(whose.spec, buffers_within_hours=False))
    assert walls(starts(switched_off, DAY)) == quarters("09:00", "11:30")


def test_hc048_touching_is_not_overlapping() -> None:
    whose = calendar(MORNING, DAY, of=spec(60, 60), busy=[booked("10:00", "11:00")])
    assert walls(starts(whose, DAY)) == ["09:00", "11:00"]


def test_hc049_buffers_of_neighbours_add_up() -> None:
    rules = [rule(MON, "09:00", "13:00")]
    whose = calendar(rules, DAY, of=spec(30, 15, before=10), busy=[booked("10:00", "11:00", after=15)])
    assert walls(starts(whose, DAY)) == ["09:15", "09:30", "11:30", "11:45", "12:00", "12:15", "12:30"]


def test_hc052_what_an_exception_offers_can_be_booked() -> None:
    day = "2027-06-06"
    whose = calendar([], day, of=spec(60, 60), overrides=[exception(day, "20:00", "22:00")])
    assert all(offered(whose, start, LONG_BEFORE) for start in starts(whose, day))
    assert offered(whose, at(f"{day} 20:00"), LONG_BEFORE)


def test_hc055_outside_busy_times_close_what_they_touch() -> None:
    whose = calendar(MORNING, DAY, of=spec(60, 15), busy=[booked("10:07", "10:52")])
    assert walls(starts(whose, DAY)) == ["09:00", "11:00"]


def test_hc056_times_that_are_not_listed_are_refused() -> None:
    whose = calendar(
        MORNING, DAY, of=spec(30, 15, after=15, notice=60, max_advance_days=30), busy=[booked("10:00", "10:45")]
    )
    now = at(f"{DAY} 08:00")
    refused = {
        "10:07": "booked",
        "11:07": "outside_hours",
        "10:30": "booked",
        "09:30": "buffer",
        "11:45": "outside_hours",
    }
    for clock, reason in refused.items():
        assert not offered(whose, at(f"{DAY} {clock}"), now)
        assert explain_start([whose], at(f"{DAY} {clock}"), now) == reason
    assert explain_start([whose], at(f"{DAY} 09:00"), now + 1) == "notice"
    assert explain_start([whose], at(f"{DAY} 09:00"), now) is None


def test_hc059_a_live_hold_closes_its_time_and_says_so() -> None:
    whose = calendar(MORNING, DAY, of=spec(60, 60), taken=[taken(Kind.HELD, *booked("10:00", "11:00"))])
    assert listed(whose, DAY) == {"09:00": None, "10:00": "held", "11:00": None}


def test_hc064_a_shortened_appointment_frees_what_follows() -> None:
    whose = calendar(MORNING, DAY, of=spec(30, 30), busy=[booked("10:00", "10:20")])
    assert walls(starts(whose, DAY, now=at(f"{DAY} 10:20"))) == ["10:30", "11:00", "11:30"]


def test_hc077_an_appointment_may_move_over_its_own_time() -> None:
    own_left_out = calendar(MORNING, DAY, of=spec(60, 15))
    assert offered(own_left_out, at(f"{DAY} 10:15"), LONG_BEFORE)


def test_windows_keep_their_own_grids_and_share_their_open_time() -> None:
    rules = [rule(MON, "09:00", "10:30"), rule(MON, "10:30", "12:30")]
    assert walls(starts(calendar(rules, DAY, of=spec(60, 60)), DAY)) == ["09:00", "10:00", "10:30", "11:30"]


def test_blocks_and_busy_times_do_not_move_the_grid() -> None:
    overrides = [blocked(DAY, "09:00", "09:20")]
    whose = calendar(MORNING, DAY, of=spec(30, 30), busy=[booked("10:05", "10:10")], overrides=overrides)
    assert walls(starts(whose, DAY)) == ["09:30", "10:30", "11:00", "11:30"]


def test_a_buffer_may_not_touch_a_block_even_when_buffers_may_leave_hours() -> None:
    whose = calendar(
        MORNING,
        DAY,
        of=spec(60, 60, after=15, buffers_within_hours=False),
        overrides=[blocked(DAY, "11:00", "11:05")],
    )
    assert walls(starts(whose, DAY)) == ["09:00"]


def test_a_long_booking_reaches_into_the_next_window() -> None:
    rules = [rule(MON, "09:00", "10:00"), rule(MON, "11:00", "12:00")]
    whose = calendar(rules, DAY, of=spec(30, 15), busy=[booked("09:30", "11:20"), booked("09:45", "09:50")])
    assert walls(starts(whose, DAY)) == ["09:00", "11:30"]


def test_reasons_come_in_their_order() -> None:
    whose = calendar(
        [rule(MON, "09:00", "18:00")],
        DAY,
        of=spec(60, 60, after=10),
        taken=[
            taken(Kind.BOOKED, *booked("11:00", "12:00"), after=10),
            taken(Kind.HELD, *booked("14:00", "14:30")),
            taken(Kind.OUTSIDE, *booked("15:10", "15:20")),
        ],
        overrides=[blocked(DAY, "13:00", "13:30")],
    )
    now = at(f"{DAY} 09:30")
    assert listed(whose, DAY, now=now) == {
        "09:00": "notice",
        "10:00": "buffer",
        "11:00": "booked",
        "12:00": "blocked",
        "13:00": "blocked",
        "14:00": "held",
        "15:00": "calendar",
        "16:00": None,
        "17:00": "outside_hours",
    }


def test_pauses_are_listed_on_the_grid_before_them() -> None:
    rules = [rule(MON, "09:00", "10:00"), rule(MON, "11:15", "12:15")]
    assert listed(calendar(rules, DAY, of=spec(30, 30)), DAY) == {
        "09:00": None,
        "09:30": None,
        "10:00": "outside_hours",
        "10:30": "outside_hours",
        "11:00": "outside_hours",
        "11:15": None,
        "11:45": None,
    }


def test_a_date_that_is_closed_lists_nothing_and_a_blocked_one_everything() -> None:
    assert listed(calendar(MORNING, "2027-06-08", of=spec(60, 60)), "2027-06-08") == {}
    whose = calendar(MORNING, DAY, of=spec(60, 60), overrides=[blocked(DAY)])
    assert listed(whose, DAY) == {"09:00": "blocked", "10:00": "blocked", "11:00": "blocked"}


@pytest.fixture
def team() -> list[Calendar]:
    hours = {ANA: "12:00", MARCO: "12:00", LENA: "10:00"}
    busy = {ANA: [booked("09:00", "10:00")], MARCO: [booked("09:00", "11:00")], LENA: []}
    return [
        calendar([rule(MON, "09:00", end, who)], DAY, of=spec(60, 60), busy=busy[who], provider=who)
        for who, end in hours.items()
    ]


def test_any_provider_offers_the_union(team: list[Calendar]) -> None:
    nine, ten, eleven = (at(f"{DAY} {clock}") for clock in ("09:00", "10:00", "11:00"))
    expected = [
        (nine, nine + 60, (LENA,), None),
        (ten, ten + 60, (ANA,), None),
        (eleven, eleven + 60, (ANA, MARCO), None),
    ]
    assert union(team, now=LONG_BEFORE, **dates(NY, DAY)) == expected
    assert any_starts(team, now=LONG_BEFORE, **dates(NY, DAY)) == [nine, ten, eleven]
    assert union([], now=LONG_BEFORE, **dates(NY, DAY)) == []


def test_any_provider_with_own_durations_has_entries_of_their_own(team: list[Calendar]) -> None:
    slower = [team[0], replace(team[1], spec=spec(45, 60))]
    eleven = at(f"{DAY} 11:00")
    found = union(slower, now=LONG_BEFORE, **dates(NY, DAY))
    assert found[-2:] == [(eleven, eleven + 45, (MARCO,), None), (eleven, eleven + 60, (ANA,), None)]


def test_for_any_provider_the_furthest_reason_counts(team: list[Calendar]) -> None:
    entries = explain(team[1:], now=LONG_BEFORE, **dates(NY, DAY))
    assert [(walls([e.start])[0], e.providers, e.reason) for e in entries] == [
        ("09:00", (LENA,), None),
        ("10:00", (), "booked"),
        ("11:00", (MARCO,), None),
    ]


def yoga(seats_taken: int, **more: object) -> Calendar:
    nine, ten = at(f"{DAY} 09:30"), at(f"{DAY} 10:30")
    session = Session(nine, ten, nine - 10, ten + 10, seats_taken)
    of = spec(60, 30, before=10, after=10, capacity=8)
    return replace(calendar(MORNING, DAY, of=of, sessions=[session]), **more)  # type: ignore[arg-type]


def test_a_session_stays_offered_until_its_seats_are_gone() -> None:
    found = union([yoga(5)], now=LONG_BEFORE, **dates(NY, DAY))
    assert [(walls(slot[:2]), slot[3]) for slot in found] == [(["09:30", "10:30"], 3)]
    assert union([yoga(8)], now=LONG_BEFORE, **dates(NY, DAY)) == []
    assert listed(yoga(8), DAY) == {
        "09:00": "outside_hours",
        "09:30": "full",
        "10:00": "booked",
        "10:30": "buffer",
        "11:00": "outside_hours",
        "11:30": "outside_hours",
    }


def test_a_class_without_a_session_offers_all_its_seats() -> None:
    whose = calendar(MORNING, DAY, of=spec(60, 60, capacity=8))
    assert [slot[3] for slot in union([whose], now=LONG_BEFORE, **dates(NY, DAY))] == [8, 8, 8]


def test_seats_of_several_providers_are_added() -> None:
    found = union([yoga(5), replace(yoga(2), provider=MARCO)], now=LONG_BEFORE, **dates(NY, DAY))
    assert [slot[2:] for slot in found] == [((ANA, MARCO), 9)]


def test_a_session_keeps_to_notice_horizon_blocks_and_busy_times_but_not_to_the_cap() -> None:
    start = at(f"{DAY} 09:30")
    capped = yoga(5, spec=replace(yoga(5).spec, daily_cap=1), counts={date(2027, 6, 7).toordinal(): 1})
    assert offered(capped, start, LONG_BEFORE)
    assert not offered(yoga(5), start, start + 1)
    assert not offered(yoga(5, busy=[booked("10:35", "10:50")]), start, LONG_BEFORE)
    assert explain_start([yoga(5, busy=[booked("10:35", "10:50")])], start, LONG_BEFORE) == "buffer"
    assert explain_start([yoga(5)], start, start + 1) == "notice"


def test_a_session_keeps_the_end_it_was_made_with() -> None:
    found = union([yoga(5, spec=replace(yoga(5).spec, duration=45))], now=LONG_BEFORE, **dates(NY, DAY))
    assert walls(found[0][:2]) == ["09:30", "10:30"]


def test_sunday_night_slots_after_a_repeated_hour_stay_on_elapsed_time() -> None:
    whose = calendar([rule(SUN, "00:00", "06:00")], "2026-11-01", of=spec(90, 90))
    assert walls(starts(whose, "2026-11-01")) == ["00:00", "01:30", "02:00", "03:30"]


def test_providers_are_ranked_by_load_then_idleness_then_place() -> None:
    standings = [
        Standing(UUIDS[0], 2, None, 0),
        Standing(UUIDS[1], 1, 900, 1),
        Standing(UUIDS[2], 1, 800, 2),
        Standing(UUIDS[3], 1, None, 4),
        Standing(UUIDS[4], 1, None, 3),
    ]
    assert ranked(standings) == [UUIDS[4], UUIDS[3], UUIDS[2], UUIDS[1], UUIDS[0]]


UUIDS = [UUID(int=number) for number in range(1, 6)]
