"""Which hours are open, and what a wall clock means."""

from datetime import date

import pytest

from scheduling.domain.hours import rule_problems
from scheduling.domain.spans import joined
from scheduling.domain.zones import DAY, is_zone, local_date, local_minute, zone
from tests.scheduling.slot_world import (
    ANA,
    FRI,
    MARCO,
    MASSAGE,
    MON,
    NY,
    SAT,
    SUN,
    THU,
    TUE,
    YOGA,
    at,
    blocked,
    calendar,
    exception,
    hm,
    hours_of,
    rule,
    spec,
    starts,
    utc,
    walls,
    zulu,
)

HALF_HOURS = spec(30, 30)
HOURS = spec(60, 60)


def test_hc001_hours_skip_the_spring_gap() -> None:
    found = starts(calendar([rule(SUN, "01:00", "04:00")], "2027-03-14", of=HALF_HOURS), "2027-03-14")
    assert zulu(found) == ["06:00Z", "06:30Z", "07:00Z", "07:30Z"]
    assert walls(found, NY, "%H:%M %Z") == ["01:00 EST", "01:30 EST", "03:00 EDT", "03:30 EDT"]


def test_hc002_repeated_hours_are_offered_twice() -> None:
    whose = calendar([rule(SUN, "00:00", "03:00")], "2026-11-01", of=HALF_HOURS)
    found = starts(whose, "2026-11-01")
    assert [found[0], found[-1], len(found)] == [utc("2026-11-01T04:00Z"), utc("2026-11-01T07:30Z"), 8]
    assert walls(found, NY, "%H:%M %Z")[2:6] == ["01:00 EDT", "01:30 EDT", "01:00 EST", "01:30 EST"]
    for booked in found:
        busy = [(booked, booked + 30)]
        left = starts(calendar([rule(SUN, "00:00", "03:00")], "2026-11-01", of=HALF_HOURS, busy=busy), "2026-11-01")
        assert left == [start for start in found if start != booked]


def test_hc004_a_window_that_starts_in_the_gap_takes_the_offset_before_it() -> None:
    rules = [rule(SUN, "02:30", "05:00")]
    window = hours_of(rules, "2027-03-14").open[0]
    assert window == (utc("2027-03-14T07:30Z"), utc("2027-03-14T09:00Z"))
    assert walls(starts(calendar(rules, "2027-03-14", of=HALF_HOURS), "2027-03-14")) == ["03:30", "04:00", "04:30"]


@pytest.mark.parametrize(("start", "end"), [("02:00", "03:00"), ("02:30", "03:00")])
def test_hc006_empty_and_inverted_windows_yield_nothing(start: str, end: str) -> None:
    assert starts(calendar([rule(SUN, start, end)], "2027-03-14", of=HALF_HOURS), "2027-03-14") == []


def test_hc008_half_hour_gap_of_lord_howe() -> None:
    whose = calendar([rule(SUN, "01:00", "03:00")], "2027-10-03", of=HALF_HOURS, zone_name="Australia/Lord_Howe")
    found = starts(whose, "2027-10-03")
    assert found == [utc(f"2027-10-02T{clock}Z") for clock in ("14:30", "15:00", "15:30")]
    assert walls(found, whose.zone) == ["01:00", "01:30", "02:30"]


def test_hc009_quarter_hours_of_kathmandu_lie_on_its_wall_clock() -> None:
    rules, kathmandu = [rule(MON, "09:00", "12:00")], "Asia/Kathmandu"
    found = starts(calendar(rules, "2027-01-11", of=HOURS, zone_name=kathmandu), "2027-01-11")
    assert zulu(found) == ["03:15Z", "04:15Z", "05:15Z"]
    after = calendar(rules, "2027-01-11", of=HOURS, zone_name=kathmandu, busy=[(found[0], found[0] + 60)])
    assert walls(starts(after, "2027-01-11"), kathmandu) == ["10:00", "11:00"]


def test_hc010_one_instant_three_dates() -> None:
    whose = calendar([rule(TUE, "09:00", "17:00")], "2027-01-12", of=HOURS, zone_name="Pacific/Apia")
    start = starts(whose, "2027-01-12")[0]
    assert start == utc("2027-01-11T20:00Z")
    assert walls([start], NY, "%a %d %H:%M") == ["Mon 11 15:00"]
    assert walls([start], "Pacific/Kiritimati", "%a %H:%M") == ["Tue 10:00"]
    assert walls([start], "Pacific/Niue", "%a %H:%M") == ["Mon 09:00"]


@pytest.mark.parametrize("day", ["2027-01-15", "2027-07-15"])
def test_hc011_sao_paulo_keeps_one_offset(day: str) -> None:
    assert at(f"{day} 09:00", "America/Sao_Paulo") == utc(f"{day}T12:00Z")


def test_hc013_cairo_repeats_the_last_hour_of_a_thursday() -> None:
    whose = calendar([rule(THU, "22:00", "24:00")], "2027-10-28", of=HOURS, zone_name="Africa/Cairo")
    found = starts(whose, "2027-10-28")
    assert zulu(found) == ["19:00Z", "20:00Z", "21:00Z"]
    assert walls(found, whose.zone, "%H:%M %Z") == ["22:00 EEST", "23:00 EEST", "23:00 EET"]
    day = date(2027, 10, 28).toordinal()
    assert local_minute(whose.zone, day, DAY) - local_minute(whose.zone, day, 0) == 25 * 60


def test_hc014_berlin_sundays_across_both_changes() -> None:
    days = ["2027-03-21", "2027-03-28", "2027-10-24", "2027-10-31"]
    rules = [rule(SUN, "09:00", "10:00")]
    found = [starts(calendar(rules, day, of=HOURS, zone_name="Europe/Berlin"), day) for day in days]
    assert [zulu(one) for one in found] == [["08:00Z"], ["07:00Z"], ["07:00Z"], ["08:00Z"]]


def test_hc015_berlin_afternoons_seen_from_new_york() -> None:
    days = ["2027-03-10", "2027-03-17", "2027-03-31", "2026-10-21", "2026-10-28", "2026-11-04"]
    seen = walls([at(f"{day} 15:00", "Europe/Berlin") for day in days], NY, "%H:%M %Z")
    assert seen == ["09:00 EST", "10:00 EDT", "09:00 EDT", "09:00 EDT", "10:00 EDT", "09:00 EST"]


def test_hc016_a_night_window_continues_on_the_next_date() -> None:
    whose = calendar([rule(SAT, "22:00", "02:00")], "2027-06-05", "2027-06-06", of=HOURS)
    found = starts(whose, "2027-06-05", "2027-06-06")
    assert found == [utc(f"2027-06-06T0{hour}:00Z") for hour in (2, 3, 4, 5)]
    assert walls(found, NY, "%d %H:%M") == ["05 22:00", "05 23:00", "06 00:00", "06 01:00"]
    sunday = calendar([rule(SAT, "22:00", "02:00")], "2027-06-06", of=HOURS)
    assert walls(starts(sunday, "2027-06-06")) == ["00:00", "01:00"]


def test_hc018_a_night_window_may_end_in_the_gap() -> None:
    whose = calendar([rule(SAT, "22:00", "02:00")], "2027-03-13", "2027-03-14", of=HOURS)
    found = starts(whose, "2027-03-13", "2027-03-14")
    assert found == [utc(f"2027-03-14T0{hour}:00Z") for hour in (3, 4, 5, 6)]
    assert whose.opening.open == ((utc("2027-03-14T03:00Z"), utc("2027-03-14T07:00Z")),)


@pytest.mark.parametrize(("duration", "expected"), [(60, ["22:00", "23:00"]), (120, ["22:00"])])
def test_hc019_a_block_takes_the_tail_of_last_night(duration: int, expected: list[str]) -> None:
    whose = calendar(
        [rule(SAT, "22:00", "02:00")],
        "2027-06-05",
        "2027-06-06",
        of=spec(duration, 60),
        overrides=[blocked("2027-06-06")],
    )
    assert walls(starts(whose, "2027-06-05", "2027-06-06")) == expected


def test_hc026_new_years_night() -> None:
    whose = calendar([rule(THU, "22:00", "02:00")], "2026-12-31", "2027-01-01", of=HOURS)
    found = starts(whose, "2026-12-31", "2027-01-01")
    assert walls(found) == ["22:00", "23:00", "00:00", "01:00"]
    assert found[1] == utc("2027-01-01T04:00Z")
    assert walls(found[1:2], "Europe/Berlin", "%H:%M %Z %a") == ["05:00 CET Fri"]


def test_hc028_vancouver_follows_the_pinned_zone_data() -> None:
    assert at("2027-01-15 09:00", "America/Vancouver") == utc("2027-01-15T16:00Z")


def test_hc029_hours_follow_the_zone_a_provider_moves_to() -> None:
    rules = [rule(MON, "09:00", "10:00")]
    assert zulu(starts(calendar(rules, "2027-06-07", of=HOURS), "2027-06-07")) == ["13:00Z"]
    moved = calendar(rules, "2027-06-07", of=HOURS, zone_name="Europe/Berlin")
    assert zulu(starts(moved, "2027-06-07")) == ["07:00Z"]


@pytest.mark.parametrize(
    "name", ["GMT+2", "", "../../etc/passwd", "America/Nowhere", "America", "localtime", "x" * 300, "/UTC", "utc\0"]
)
def test_hc030_only_names_of_the_zone_data_are_zones(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(name)


def test_hc030_an_alias_is_a_zone() -> None:
    assert is_zone("US/Eastern")
    assert zone("US/Eastern") is zone("US/Eastern")


def test_hc031_a_day_may_end_at_24_00() -> None:
    found = walls(starts(calendar([rule(MON, "00:00", "24:00")], "2027-06-07", of=HALF_HOURS), "2027-06-07"))
    assert (len(found), found[-1]) == (48, "23:30")
    assert rule_problems(MON, 0, hm("23:59")) == {"end": "use_24_00"}
    assert rule_problems(MON, 0, DAY) == {}


def test_hc034_weekday_one_is_monday() -> None:
    week = calendar([rule(1, "09:00", "10:00")], "2027-02-28", "2027-03-06", of=HOURS)
    assert walls(starts(week, "2027-02-28", "2027-03-06"), NY, "%a %Y-%m-%d") == ["Mon 2027-03-01"]


def test_hc051_a_block_wins_over_an_exception() -> None:
    overrides = [exception("2027-06-07", "12:00", "14:00"), blocked("2027-06-07")]
    whose = calendar([rule(MON, "09:00", "17:00")], "2027-06-07", of=HOURS, overrides=overrides)
    assert starts(whose, "2027-06-07") == []


def test_hc052_an_exception_opens_a_day_without_rules() -> None:
    whose = calendar([], "2027-06-06", of=HOURS, overrides=[exception("2027-06-06", "20:00", "22:00")])
    assert walls(starts(whose, "2027-06-06")) == ["20:00", "21:00"]


def test_hc054_overlapping_rules_are_united() -> None:
    rules = [rule(MON, "09:00", "12:00"), rule(MON, "10:00", "13:00")]
    found = walls(starts(calendar(rules, "2027-06-07", of=spec(60, 15)), "2027-06-07"))
    assert (found[0], found[-1], len(found), len(set(found))) == ("09:00", "12:00", 13, 13)


@pytest.mark.parametrize(
    ("weekday", "start", "end", "problems"),
    [
        (MON, 540, 540, {"end": "empty_window"}),
        (MON, 540, 25 * 60, {"end": "out_of_range"}),
        (7, 540, 600, {"weekday": "out_of_range"}),
        (-1, DAY, 600, {"weekday": "out_of_range", "start": "out_of_range"}),
        (SAT, 1320, 120, {}),
        (SAT, 1320, 0, {}),
    ],
)
def test_hc057_impossible_hours_are_named(weekday: int, start: int, end: int, problems: dict[str, str]) -> None:
    assert rule_problems(weekday, start, end) == problems


def open_walls(*rules: object, day: str = "2027-06-07", overrides: object = (), service: object = MASSAGE) -> list[str]:
    found = hours_of(rules, day, overrides=overrides, service=service)  # type: ignore[arg-type]
    low, high = at(f"{day} 00:00"), at(f"{day} 24:00")
    return ["–".join(walls(span)) for span in found.open if low <= span[0] < high]


def test_the_most_particular_rules_of_a_provider_replace_the_others() -> None:
    everyone, own = rule(MON, "08:00", "18:00", None), rule(MON, "09:00", "17:00")
    particular = rule(MON, "10:00", "12:00", ANA, MASSAGE)
    assert open_walls(everyone) == ["08:00–18:00"]
    assert open_walls(everyone, own) == ["09:00–17:00"]
    assert open_walls(everyone, own, particular) == ["10:00–12:00"]
    assert open_walls(everyone, own, particular, service=YOGA) == ["09:00–17:00"]
    assert open_walls(everyone, rule(MON, "01:00", "02:00", MARCO)) == ["08:00–18:00"]


def test_a_level_closes_the_weekdays_it_does_not_name() -> None:
    assert open_walls(rule(MON, "08:00", "18:00", None), rule(TUE, "09:00", "17:00")) == []


def test_no_rule_at_any_level_is_closed() -> None:
    assert open_walls() == []
    assert open_walls(rule(MON, "09:00", "17:00", MARCO)) == []


def test_hours_of_a_service_restrict_those_of_its_provider() -> None:
    service = rule(MON, "10:20", "20:00", None, MASSAGE)
    assert open_walls(service) == ["10:20–20:00"]
    assert open_walls(rule(MON, "09:00", "17:00"), service) == ["10:20–17:00"]
    assert open_walls(rule(MON, "09:00", "17:00"), rule(TUE, "10:00", "11:00", None, MASSAGE)) == []
    whose = calendar([rule(MON, "09:10", "12:00"), service], "2027-06-07", of=HOURS)
    assert walls(starts(whose, "2027-06-07")) == ["10:30"]  # 10:20 made the window; 11:30–12:30 is too long


def test_an_exception_ignores_the_hours_of_the_service() -> None:
    rules = [rule(MON, "09:00", "17:00"), rule(MON, "10:00", "12:00", None, MASSAGE)]
    assert open_walls(*rules, overrides=[exception("2027-06-07", "19:00", "21:00")]) == ["19:00–21:00"]


def test_exceptions_of_one_date_are_united() -> None:
    overrides = [
        exception("2027-06-07", "10:00", "12:00"),
        exception("2027-06-07", "11:00", "13:00", provider=None),
        exception("2027-06-01", "20:00", "21:00", to="2027-06-30"),
        exception("2027-06-07", "01:00", "02:00", provider=MARCO),
    ]
    assert open_walls(rule(MON, "09:00", "17:00"), overrides=overrides) == ["10:00–13:00", "20:00–21:00"]


def test_an_exception_leaves_last_nights_tail_alone() -> None:
    rules = [rule(SAT, "22:00", "02:00"), rule(SUN, "09:00", "17:00")]
    hours = hours_of(rules, "2027-06-06", overrides=[exception("2027-06-06", "12:00", "13:00")])
    assert ["–".join(walls(span)) for span in hours.open] == ["22:00–02:00", "12:00–13:00"]


def test_blocks_may_take_hours_spans_and_everyone() -> None:
    overrides = [
        blocked("2027-06-07", "13:00", "13:30"),
        blocked("2027-06-08", to="2027-06-10", provider=None),
        blocked("2027-06-11", "22:00", "02:00"),
        blocked("2027-06-12", provider=MARCO),
    ]
    hours = hours_of([], "2027-06-07", "2027-06-12", overrides=overrides)
    assert [walls(span, NY, "%d %H:%M") for span in hours.blocks] == [
        ["07 13:00", "07 13:30"],
        ["08 00:00", "11 00:00"],
        ["11 22:00", "12 02:00"],
    ]


def test_the_tail_of_last_nights_block_counts() -> None:
    overrides = [blocked("2027-06-11", "22:00", "02:00")]
    whose = calendar([rule(SAT, "00:00", "04:00")], "2027-06-12", of=HOURS, overrides=overrides)
    assert walls(starts(whose, "2027-06-12")) == ["02:00", "03:00"]


def test_last_nights_hours_of_a_service_let_its_provider_work_on() -> None:
    rules = [rule(SUN, "00:00", "09:00"), rule(SAT, "22:00", "02:00", None, MASSAGE)]
    assert open_walls(*rules, day="2027-06-06") == ["00:00–02:00"]


def test_effective_dates_are_inclusive_and_a_rule_outside_them_does_not_count() -> None:
    everyone = rule(MON, "08:00", "18:00", None)
    june = rule(MON, "09:00", "17:00", since=date(2027, 6, 7), until=date(2027, 6, 14))
    seen = [open_walls(everyone, june, day=f"2027-{day}") for day in ("05-31", "06-07", "06-14", "06-21")]
    assert seen == [["08:00–18:00"], ["09:00–17:00"], ["09:00–17:00"], ["08:00–18:00"]]


def test_open_time_is_joined_across_midnight() -> None:
    rules = [rule(FRI, "22:00", "24:00"), rule(SAT, "00:00", "03:00")]
    assert open_walls(*rules, day="2027-06-11") == ["22:00–03:00"]
    whose = calendar(rules, "2027-06-11", of=spec(120, 60))
    assert walls(starts(whose, "2027-06-11")) == ["22:00", "23:00"]


def test_local_date_is_the_date_on_the_wall() -> None:
    assert local_date(NY, utc("2027-06-07T03:59Z")) == date(2027, 6, 6).toordinal()
    assert local_date("Pacific/Apia", utc("2027-01-11T20:00Z")) == date(2027, 1, 12).toordinal()


def test_joined_spans_are_disjoint_and_in_order() -> None:
    assert joined([(5, 7), (1, 3), (3, 4), (6, 9), (8, 8), (9, 2)]) == ((1, 4), (5, 9))
