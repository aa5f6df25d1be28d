"""Hard cases of time, as the public API answers them."""

from collections.abc import Callable
from datetime import datetime

import pytest

from scheduling.models import Provider
from tenants.models import Business
from tests.factories import make_appointment, make_block, make_rule, make_service
from tests.widget.asking import NEW_YORK, Asker, shop

SUNDAY, MONDAY, TUESDAY, THURSDAY, SATURDAY = 0, 1, 2, 4, 6
EVERY_DAY = range(7)
LONG_BEFORE = "2026-06-01T12:00Z"
Clock = Callable[[datetime | str | None], None]


@pytest.fixture
def asker(business: Business, clock: Clock) -> Asker:
    clock(LONG_BEFORE)
    return Asker(business)


def test_hc001_the_hour_that_the_clock_skips_is_not_offered(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SUNDAY], "01:00", "04:00"), duration_minutes=30, step_minutes=30)

    slots = asker.slots(service, "2027-03-14")

    assert [slot["start_time_utc"] for slot in slots] == [
        f"2027-03-14T{time}:00Z" for time in ("06:00", "06:30", "07:00", "07:30")
    ]
    assert [slot["display_time"] for slot in slots] == ["1:00 AM EST", "1:30 AM EST", "3:00 AM EDT", "3:30 AM EDT"]
    assert slots[2]["start_time"] == "2027-03-14T03:00:00-04:00"


def test_hc002_the_repeated_hour_is_offered_twice_and_each_can_be_booked(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SUNDAY], "00:00", "03:00"), duration_minutes=30, step_minutes=30)

    slots = asker.slots(service, "2026-11-01")

    assert [slot["start_time_utc"][11:16] for slot in slots] == [
        "04:00", "04:30", "05:00", "05:30", "06:00", "06:30", "07:00", "07:30",
    ]  # fmt: skip
    assert [slot["display_time"] for slot in slots[2:6]] == ["1:00 AM EDT", "1:30 AM EDT", "1:00 AM EST", "1:30 AM EST"]
    for number, slot in enumerate(slots):
        client = {"name": "Kim Lee", "email": f"kim{number}@example.test"}
        booked = asker.booked(service, slot["start_time"], client=client)
        assert booked["appointment"]["start_time_utc"] == slot["start_time_utc"]
    assert asker.slots(service, "2026-11-01") == []


def test_hc004_a_window_that_opens_in_the_gap_takes_the_offset_before_it(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SUNDAY], "02:30", "05:00"), duration_minutes=30, step_minutes=30)

    assert asker.local(service, "2027-03-14") == ["03:30", "04:00", "04:30"]
    assert asker.utc(service, "2027-03-14")[0] == "2027-03-14T07:30Z"


def test_hc006_windows_that_the_gap_swallows_are_empty(business: Business, asker: Asker) -> None:
    hours = [([SUNDAY], "02:00", "03:00"), ([SUNDAY], "02:30", "03:00")]
    service, _ = shop(business, *hours, duration_minutes=30, step_minutes=30)

    assert asker.days(service, "2027-03-14") == {"2027-03-14": []}


def test_hc008_half_an_hour_of_daylight_saving(business: Business, asker: Asker) -> None:
    service, _ = shop(
        business, ([SUNDAY], "01:00", "03:00"), timezone="Australia/Lord_Howe", duration_minutes=30, step_minutes=30
    )

    assert asker.utc(service, "2027-10-03") == ["2027-10-02T14:30Z", "2027-10-02T15:00Z", "2027-10-02T15:30Z"]
    assert [slot["display_time"] for slot in asker.slots(service, "2027-10-03")] == [
        "1:00 AM GMT+10:30", "1:30 AM GMT+10:30", "2:30 AM GMT+11",
    ]  # fmt: skip


def test_hc009_a_zone_off_the_quarter_hours_keeps_its_wall_clock_grid(business: Business, asker: Asker) -> None:
    service, _ = shop(
        business, ([MONDAY], "09:00", "12:00"), timezone="Asia/Kathmandu", duration_minutes=60, step_minutes=60
    )
    assert asker.utc(service, "2027-01-11") == ["2027-01-11T03:15Z", "2027-01-11T04:15Z", "2027-01-11T05:15Z"]

    asker.booked(service, "2027-01-11T09:00:00+05:45")

    assert asker.local(service, "2027-01-11") == ["10:00", "11:00"]


@pytest.mark.parametrize(
    ("zone", "date", "first"),
    [
        (NEW_YORK, "2027-01-11", "2027-01-11T15:00:00-05:00"),
        ("Pacific/Kiritimati", "2027-01-12", "2027-01-12T10:00:00+14:00"),
        ("Pacific/Niue", "2027-01-11", "2027-01-11T09:00:00-11:00"),
    ],
)
def test_hc010_each_client_sees_the_date_of_his_own_zone(
    business: Business, asker: Asker, zone: str, date: str, first: str
) -> None:
    service, _ = shop(business, ([TUESDAY], "09:00", "17:00"), timezone="Pacific/Apia", step_minutes=60)

    slot = asker.slots(service, date, timezone=zone)[0]

    assert (slot["start_time"], slot["start_time_utc"]) == (first, "2027-01-11T20:00:00Z")


def test_hc011_a_zone_that_gave_up_daylight_saving(business: Business, asker: Asker) -> None:
    service, _ = shop(business, (EVERY_DAY, "09:00", "10:00"), timezone="America/Sao_Paulo")

    assert asker.utc(service, "2027-01-15") == ["2027-01-15T12:00Z"]
    assert asker.utc(service, "2027-07-15") == ["2027-07-15T12:00Z"]


def test_hc013_a_day_that_ends_an_hour_late(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([THURSDAY], "22:00", "24:00"), timezone="Africa/Cairo", step_minutes=60)

    slots = asker.slots(service, "2027-10-28")

    assert [slot["start_time_utc"][11:16] for slot in slots] == ["19:00", "20:00", "21:00"]
    assert [slot["display_time"] for slot in slots] == ["10:00 PM EEST", "11:00 PM EEST", "11:00 PM EET"]


def test_hc014_weekly_hours_follow_the_wall_clock(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SUNDAY], "09:00", "10:00"), timezone="Europe/Berlin")

    dates = ("2027-03-21", "2027-03-28", "2027-10-24", "2027-10-31")
    starts = [asker.utc(service, date) for date in dates]

    assert starts == [[f"{date}T{hour}:00Z"] for date, hour in zip(dates, ("08", "07", "07", "08"), strict=True)]


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2027-03-10", "9:00 AM EST"),
        ("2027-03-17", "10:00 AM EDT"),
        ("2027-03-31", "9:00 AM EDT"),
        ("2026-10-21", "9:00 AM EDT"),
        ("2026-10-28", "10:00 AM EDT"),
        ("2026-11-04", "9:00 AM EST"),
    ],
)
def test_hc015_two_zones_that_change_their_clocks_apart(
    business: Business, asker: Asker, date: str, shown: str
) -> None:
    service, _ = shop(business, (EVERY_DAY, "15:00", "16:00"), timezone="Europe/Berlin")

    assert [slot["display_time"] for slot in asker.slots(service, date, timezone=NEW_YORK)] == [shown]


def test_hc016_hours_past_midnight_are_listed_on_the_next_date(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SATURDAY], "22:00", "02:00"), step_minutes=60)

    days = asker.days(service, "2027-06-05", "2027-06-06")

    assert {day: [slot["start_time_utc"][8:16] for slot in slots] for day, slots in days.items()} == {
        "2027-06-05": ["06T02:00", "06T03:00"],
        "2027-06-06": ["06T04:00", "06T05:00"],
    }


def test_hc018_hours_that_end_in_the_gap(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SATURDAY], "22:00", "02:00"), step_minutes=60)

    slots = asker.slots(service, "2027-03-13", "2027-03-14")

    assert [slot["start_time_utc"][8:16] for slot in slots] == ["14T03:00", "14T04:00", "14T05:00", "14T06:00"]
    assert {slot["display_time"][-3:] for slot in slots} == {"EST"}


def test_hc019_a_closed_date_cuts_the_night_before_it(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([SATURDAY], "22:00", "02:00"), step_minutes=60)
    longer = make_service(
        business, "Long", providers=[provider], duration_minutes=120, step_minutes=60, max_advance_days=700
    )
    make_block(provider, "2027-06-06")

    assert asker.local(service, "2027-06-05", "2027-06-06") == ["22:00", "23:00"]
    assert asker.local(longer, "2027-06-05", "2027-06-06") == ["22:00"]


def test_hc021_notice_is_elapsed_time_over_a_change_of_clocks(business: Business, asker: Asker, clock: Clock) -> None:
    service, _ = shop(business, (EVERY_DAY, "00:00", "24:00"), min_notice_minutes=24 * 60)
    clock("2027-03-13T15:00Z")

    first = asker.slots(service, "2027-03-14")[0]

    assert (first["start_time_utc"], first["display_time"]) == ("2027-03-14T15:00:00Z", "11:00 AM EDT")
    assert asker.book(service, "2027-03-14T14:45:00Z").status_code == 409
    assert asker.book(service, "2027-03-14T15:00:00Z").status_code == 201


def test_hc023_the_last_bookable_date_is_a_whole_one(business: Business, asker: Asker, clock: Clock) -> None:
    service, _ = shop(
        business, (EVERY_DAY, "00:00", "24:00"), duration_minutes=30, step_minutes=30, max_advance_days=30
    )
    clock("2027-03-01T12:00Z")

    days = asker.days(service, "2027-03-30", "2027-04-02")

    assert {day: len(slots) for day, slots in days.items()} == {
        "2027-03-30": 48, "2027-03-31": 48, "2027-04-01": 0, "2027-04-02": 0,
    }  # fmt: skip
    assert days["2027-03-31"][-1]["start_time_utc"] == "2027-04-01T03:30:00Z"
    assert asker.book(service, "2027-04-01T00:00:00-04:00").status_code == 409
    assert asker.book(service, "2027-03-31T23:30:00-04:00").status_code == 201


def test_hc024_the_daily_cap_counts_the_providers_dates(business: Business, asker: Asker, clock: Clock) -> None:
    service, provider = shop(business, (EVERY_DAY, "18:00", "23:00"), step_minutes=60, daily_cap=3)
    clock("2027-05-20T12:00Z")
    for hour in (20, 21, 22):
        make_appointment(business, service, provider, f"2027-06-01T{hour}:00:00-04:00")

    days = asker.days(service, "2027-06-01", "2027-06-03", timezone="Asia/Tokyo")
    told = asker.days(service, "2027-06-02", timezone="Asia/Tokyo", include_unavailable="true")

    assert [slot["start_time"][11:16] for slot in days["2027-06-01"]] == ["07:00", "08:00", "09:00", "10:00", "11:00"]
    assert days["2027-06-02"] == []
    assert len(days["2027-06-03"]) == 5
    assert [slot["reason"] for slot in told["2027-06-02"]] == ["daily_cap", "daily_cap", "booked", "booked", "booked"]
    for slot in days["2027-06-03"][:3]:
        asker.booked(service, slot["start_time"])
    assert asker.book(service, days["2027-06-03"][3]["start_time"]).status_code == 409


def test_hc026_hours_go_on_into_the_new_year(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([THURSDAY], "22:00", "02:00"), step_minutes=60)

    assert asker.local(service, "2026-12-31", "2027-01-01") == ["22:00", "23:00", "00:00", "01:00"]
    berlin = asker.days(service, "2027-01-01", timezone="Europe/Berlin")["2027-01-01"]
    assert (berlin[1]["start_time_utc"], berlin[1]["display_time"]) == ("2027-01-01T04:00:00Z", "5:00 AM CET")


def test_hc027_a_time_without_an_offset_is_no_instant(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SUNDAY], "00:00", "03:00"), duration_minutes=30, step_minutes=30)

    for answer in (asker.book(service, "2026-11-01T01:30:00"), asker.hold(service, "2026-11-01T01:30:00")):
        assert (answer.status_code, answer.json()["error"]) == (422, "offset_required")
        assert list(answer.json()["details"]["fields"]) == ["start_time"]
    first = asker.booked(service, "2026-11-01T01:30:00-04:00")["appointment"]
    second = asker.booked(service, "2026-11-01T01:30:00-05:00")["appointment"]
    assert (first["start_time_utc"], second["start_time_utc"]) == ("2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z")


@pytest.mark.parametrize("start", ["", "tomorrow", "2026-02-30T10:00:00Z", "0001-01-01T00:00:00+23:59", "9" * 39])
def test_a_start_that_is_no_instant_is_refused(business: Business, asker: Asker, start: str) -> None:
    service, _ = shop(business, (EVERY_DAY, "09:00", "17:00"))

    answer = asker.book(service, start)

    assert (answer.status_code, list(answer.json()["details"]["fields"])) == (422, ["start_time"])


def test_hc028_the_pinned_zone_data_decide(business: Business, asker: Asker) -> None:
    service, _ = shop(business, (EVERY_DAY, "09:00", "10:00"), timezone="America/Vancouver")

    assert asker.utc(service, "2027-01-15") == ["2027-01-15T16:00Z"]


def test_hc029_a_provider_who_moves_keeps_his_appointments(business: Business, asker: Asker) -> None:
    service, provider = shop(business, (EVERY_DAY, "09:00", "12:00"), step_minutes=60, max_advance_days=400)
    booked = asker.booked(service, "2027-06-07T09:00:00-04:00")
    Provider.objects.filter(pk=provider.pk).update(timezone="Europe/Berlin")

    again = asker.get(
        f"appointments/{booked['appointment']['id']}", headers={"X-Manage-Token": booked["manage_token"]}
    ).json()["appointment"]

    assert again["start_time_utc"] == "2027-06-07T13:00:00Z"
    assert asker.utc(service, "2027-06-07") == ["2027-06-07T07:00Z", "2027-06-07T08:00Z", "2027-06-07T09:00Z"]
    moved = asker.post(
        f"appointments/{again['id']}/reschedule",
        {"cancellation_token": booked["manage_token"], "start_time": "2027-06-07T08:00:00Z"},
    )
    assert (moved.status_code, moved.json()["appointment"]["start_time_utc"]) == (200, "2027-06-07T08:00:00Z")


WRONG_ZONES = ["GMT+2", "", "../../etc/passwd", "America/Nowhere", "America", "localtime", "x" * 300]


@pytest.mark.parametrize("zone", WRONG_ZONES)
def test_hc030_names_that_are_no_zones_are_refused(business: Business, asker: Asker, zone: str) -> None:
    service, _ = shop(business, (EVERY_DAY, "09:00", "17:00"))
    path = f"services/{service.pk}/availability"

    listed = asker.get(path, start_date="2026-06-08", end_date="2026-06-08", timezone=zone)
    booked = asker.book(service, "2026-06-08T09:00:00-04:00", client_timezone=zone)
    held = asker.post(
        "holds", {"service_id": str(service.pk), "start_time": "2026-06-08T09:00:00-04:00", "client_timezone": zone}
    )

    assert [listed.status_code, booked.status_code, held.status_code] == [422, 422, 422]
    assert list(booked.json()["details"]["fields"]) == ["client_timezone"]


def test_hc030_an_old_name_of_a_zone_is_a_zone(business: Business, asker: Asker) -> None:
    service, _ = shop(business, (EVERY_DAY, "09:00", "17:00"))

    assert asker.local(service, "2026-06-08", timezone="US/Eastern")[0] == "09:00"
    answer = asker.book(service, "2026-06-08T09:00:00-04:00", client_timezone="US/Eastern")
    assert answer.json()["appointment"]["timezone"] == "US/Eastern"


def test_hc031_a_rule_of_the_whole_day_has_forty_eight_half_hours(business: Business, asker: Asker) -> None:
    service, _ = shop(
        business, (EVERY_DAY, "00:00", "24:00"), duration_minutes=30, step_minutes=30, max_advance_days=400
    )

    starts = asker.local(service, "2027-06-07")

    assert (len(starts), starts[-1]) == (48, "23:30")


def test_hc032_an_appointment_over_the_gap_lasts_its_hour(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([SUNDAY], "00:00", "06:00"), step_minutes=30)

    booked = asker.booked(service, "2027-03-14T01:30:00-05:00")["appointment"]

    assert (booked["start_time_utc"], booked["end_time_utc"]) == ("2027-03-14T06:30:00Z", "2027-03-14T07:30:00Z")
    assert booked["duration_minutes"] == 60


def test_hc034_weekday_one_is_monday(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "10:00"))
    make_rule(provider, SUNDAY, "11:00", "12:00")

    days = asker.days(service, "2027-02-28", "2027-03-02")

    assert {day: [slot["start_time"][11:16] for slot in slots] for day, slots in days.items()} == {
        "2027-02-28": ["11:00"], "2027-03-01": ["09:00"], "2027-03-02": [],
    }  # fmt: skip
