"""Hard cases of slots, as the public API answers them: what is listed can be booked, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from scheduling.models import Appointment
from scheduling.services import offer, transitions
from scheduling.services.offer import Link
from tenants.models import Business
from tests.factories import (
    STAFF,
    at,
    make_appointment,
    make_block,
    make_busy,
    make_exception,
    make_provider,
    make_rule,
    make_service,
    open_week,
)
from tests.widget.asking import NEW_YORK, Asker, set_zone, shop

SUNDAY, MONDAY, SATURDAY = 0, 1, 6
NOW = "2027-06-01T12:00Z"
JUNE_7 = "2027-06-07"
Clock = Callable[[datetime | str | None], None]


@pytest.fixture
def asker(business: Business, clock: Clock) -> Asker:
    clock(NOW)
    set_zone(business, NEW_YORK)
    return Asker(business)


def on(clock_time: str, day: str = JUNE_7) -> str:
    """A wall time of New York in summer."""
    return f"{day}T{clock_time}:00-04:00"


def every(minutes: int, first: str, last: str) -> list[str]:
    """Wall times from first to last, both included."""
    start, end = (datetime.fromisoformat(f"{JUNE_7}T{time}") for time in (first, last))
    found = []
    while start <= end:
        found.append(f"{start:%H:%M}")
        start += timedelta(minutes=minutes)
    return found


@pytest.mark.parametrize(
    ("number", "weekday", "day", "hours", "service", "expected"),
    [
        (40, MONDAY, JUNE_7, ("09:00", "17:00"), (60, 15, 0, 15), (28, "09:00", "15:45")),
        (41, SATURDAY, "2027-06-12", ("10:00", "14:00"), (60, 15, 0, 15), (12, "10:00", "12:45")),
        (42, MONDAY, JUNE_7, ("09:00", "12:00"), (45, 15, 0, 0), (10, "09:00", "11:15")),
        (43, MONDAY, JUNE_7, ("09:00", "17:00"), (50, 15, 0, 0), (29, "09:00", "16:00")),
        (45, MONDAY, JUNE_7, ("09:10", "12:00"), (60, 15, 0, 0), (8, "09:15", "11:00")),
        (46, MONDAY, JUNE_7, ("09:00", "12:00"), (30, 15, 10, 15), (9, "09:15", "11:15")),
    ],
    ids=lambda value: f"hc0{value}" if isinstance(value, int) and value > 6 else "",
)
def test_hc040_041_042_043_045_046_grid_and_buffers(
    business: Business,
    asker: Asker,
    number: int,
    weekday: int,
    day: str,
    hours: tuple[str, str],
    service: tuple[int, int, int, int],
    expected: tuple[int, str, str],
) -> None:
    duration, step, before, after = service
    made, _ = shop(
        business,
        ([weekday], *hours),
        duration_minutes=duration,
        step_minutes=step,
        buffer_before_minutes=before,
        buffer_after_minutes=after,
    )

    starts = asker.local(made, day)

    count, first, last = expected
    assert starts == every(15, first, last)
    assert len(starts) == count


def test_hc042_a_booking_closes_what_overlaps_and_no_more(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "12:00"), duration_minutes=45)

    asker.booked(service, on("09:00"))

    assert asker.local(service, JUNE_7) == every(15, "09:45", "11:15")


def test_hc048_neighbours_without_buffers_may_touch(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "13:00"))
    asker.booked(service, on("10:00"))

    assert asker.book(service, on("11:00")).status_code == 201
    assert asker.book(service, on("09:00")).status_code == 201


def test_hc049_another_service_of_the_provider_blocks_with_its_buffers(business: Business, asker: Asker) -> None:
    first, provider = shop(business, ([MONDAY], "09:00", "13:00"), buffer_after_minutes=15)
    other = make_service(
        business, "Other", providers=[provider], duration_minutes=30, buffer_before_minutes=10, step_minutes=15
    )
    asker.booked(first, on("10:00"))

    assert asker.local(other, JUNE_7) == ["09:15", "09:30", "11:30", "11:45", "12:00", "12:15", "12:30"]


def test_hc051_a_block_wins_over_an_exception(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    make_exception(provider, JUNE_7, "12:00", "14:00")
    make_block(provider, JUNE_7)

    assert asker.slots(service, JUNE_7) == []


def test_hc052_an_exception_alone_is_offered_and_bookable(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    make_exception(provider, "2027-06-06", "20:00", "22:00")

    assert asker.local(service, "2027-06-06") == every(15, "20:00", "21:00")
    assert asker.book(service, on("21:00", "2027-06-06")).status_code == 201


def test_hc054_overlapping_rules_are_one_list(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "12:00"), ([MONDAY], "10:00", "13:00"))

    assert asker.local(service, JUNE_7) == every(15, "09:00", "12:00")


def test_hc055_a_busy_time_of_an_outside_calendar(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "12:00"))
    make_busy(provider, on("10:07"), on("10:52"))

    assert asker.local(service, JUNE_7) == ["09:00", "11:00"]


def refused(answer: Any, status: int = 409, code: str = "slot_unavailable") -> bool:
    """Whether this is the refusal that is meant, and nothing was booked."""
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    return not Appointment.objects.exists()


def test_hc056_a_start_off_the_grid(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    assert refused(asker.book(service, on("10:07")))
    assert refused(asker.book(service, f"{JUNE_7}T10:00:30-04:00"))
    assert refused(asker.book(service, on("17:00")))
    assert refused(asker.hold(service, on("10:07")))


def test_hc056_a_start_inside_a_buffer(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), buffer_after_minutes=15)
    asker.booked(service, on("10:00"))

    answer = asker.book(service, on("11:00"))

    assert (answer.status_code, Appointment.objects.count()) == (409, 1)
    assert answer.json()["details"]["next"] == [f"2027-06-07T{time}:00Z" for time in ("15:15", "15:30", "15:45")]


def test_hc056_a_start_in_the_past_before_notice_or_beyond_the_horizon(
    business: Business, asker: Asker, clock: Clock
) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), min_notice_minutes=120, max_advance_days=30)
    clock(f"{JUNE_7}T10:00:00-04:00")

    assert refused(asker.book(service, on("09:00")))
    assert refused(asker.book(service, on("11:45")))
    assert refused(asker.book(service, on("10:00", "2027-07-12")))
    assert asker.book(service, on("12:00")).status_code == 201


def test_hc056_a_service_that_is_switched_off_or_not_for_clients(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    staff_only = make_service(business, "Staff", providers=[provider], visibility="staff")
    offer.change_service(service, active=False)

    assert refused(asker.book(service, on("10:00")), 404, "not_found")
    assert refused(asker.hold(service, on("10:00")), 404, "not_found")
    assert refused(asker.book(staff_only, on("10:00")), 404, "not_found")
    assert asker.get(f"services/{service.pk}").status_code == 404


def test_hc056_a_provider_who_does_not_give_the_service(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    stranger = make_provider(business, "Marco Vitale")
    open_week(stranger)

    assert refused(asker.book(service, on("10:00"), stranger), 422, "provider_not_for_service")
    assert refused(asker.hold(service, on("10:00"), stranger), 422, "provider_not_for_service")


def test_hc056_a_duration_and_a_price_that_are_sent_change_nothing(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    sent: dict[str, Any] = {
        "duration_minutes": 15,
        "price": 1,
        "currency": "jpy",
        "end_time": on("10:15"),
        "status": "completed",
    }

    booked = asker.booked(service, on("10:00"), **sent)["appointment"]

    assert (booked["duration_minutes"], booked["price"], booked["currency"], booked["status"]) == (
        60, 10000, business.currency, "confirmed",
    )  # fmt: skip


def test_hc058_a_dead_hold_keeps_nothing_though_no_sweep_has_run(
    business: Business, asker: Asker, clock: Clock
) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "10:00"))
    held = asker.hold(service, on("09:00")).json()
    clock("2027-06-01T12:09:59Z")
    assert asker.slots(service, JUNE_7) == []
    clock("2027-06-01T12:10:01Z")

    assert asker.local(service, JUNE_7) == ["09:00"]
    assert asker.get(f"holds/{held['hold_token']}").json()["state"] == "expired"
    assert asker.book(service, on("09:00")).status_code == 201


def test_hc059_a_live_hold_closes_the_time_for_others_only(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "10:00"))
    held = asker.hold(service, on("09:00")).json()

    assert asker.slots(service, JUNE_7) == []
    assert asker.local(service, JUNE_7, hold_token=held["hold_token"]) == ["09:00"]
    assert asker.slots(service, JUNE_7, hold_token="of nobody") == []
    assert asker.book(service, on("09:00")).status_code == 409
    assert asker.book(service, on("09:00"), hold_token=held["hold_token"]).status_code == 201


def test_hc060_later_edits_change_nothing_that_is_booked(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), price=5000)
    booked = asker.booked(service, on("10:00"))
    offer.change_service(service, duration_minutes=90, price=6000, name="Another")

    again = asker.get(
        f"appointments/{booked['appointment']['id']}", headers={"X-Manage-Token": booked["manage_token"]}
    ).json()["appointment"]

    assert (again["duration_minutes"], again["price"], again["service_name"]) == (60, 5000, "Cut")


def test_hc061_a_providers_own_price_is_listed_and_booked(business: Business, asker: Asker) -> None:
    base, own = make_provider(business, "Pat"), make_provider(business, "Sam")
    service = make_service(business, "Cut", providers=[base, Link(own.pk, price=4200)], price=5000)
    for provider in (base, own):
        make_rule(provider, MONDAY)

    listed = asker.get(f"services/{service.pk}").json()["providers"]
    held = asker.hold(service, on("13:00"), own).json()
    booked = asker.booked(service, on("13:00"), own, hold_token=held["hold_token"])["appointment"]

    assert {row["name"]: row["price"] for row in listed} == {"Pat": 5000, "Sam": 4200}
    assert (held["price"], booked["price"]) == (4200, 4200)
    assert asker.booked(service, on("13:00"), base)["appointment"]["price"] == 5000


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2027-06-07", "2037-06-07"),
        ("2027-06-07", "2027-08-08"),
        ("2027-06-07", "2027-06-06"),
        ("2027-02-30", "2027-03-01"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-30", "9999-12-31"),
        ("2027-6-7", "2027-06-07"),
        ("1812345678", "1812345678"),
        ("", ""),
    ],
)
def test_hc063_ranges_that_make_no_sense_are_refused(business: Business, asker: Asker, first: str, last: str) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    answer = asker.get(f"services/{service.pk}/availability", start_date=first, end_date=last)

    assert answer.status_code == 422
    assert set(answer.json()["details"]["fields"]) <= {"start_date", "end_date"}


def test_hc063_sixty_two_days_are_answered(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))

    assert len(asker.days(service, "2027-06-07", "2027-08-07")) == 62


def test_hc064_what_is_left_of_a_no_show_is_free_again(business: Business, asker: Asker, clock: Clock) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "14:00"), duration_minutes=30, step_minutes=30)
    longer = make_service(business, "Long", providers=list(service.providers.all()), duration_minutes=120)
    booked = asker.booked(longer, on("10:00"))["appointment"]
    clock(on("10:20"))
    appointment = Appointment.objects.get(pk=booked["id"])
    transitions.no_show(business=business, appointment=appointment, now=at(on("10:20")), by=STAFF)

    assert asker.local(service, JUNE_7) == every(30, "10:30", "13:30")


def test_every_listed_slot_can_be_booked_and_nothing_between_them(
    business: Business, asker: Asker, settings: Settings
) -> None:
    settings.PUBLIC_LIMIT_PER_ADDRESS = 1000
    service, provider = shop(
        business, ([MONDAY], "09:00", "13:00"), duration_minutes=50, buffer_before_minutes=5, buffer_after_minutes=10
    )
    second = make_provider(business, "Marco Vitale")
    make_rule(second, MONDAY, "10:10", "12:30")
    offer.change_service(service, providers=[Link(provider.pk), Link(second.pk)])
    make_appointment(business, service, provider, on("11:00"))
    make_busy(second, on("10:20"), on("10:30"))

    listed = {slot["start_time_utc"]: slot["provider_ids"] for slot in asker.slots(service, JUNE_7)}

    assert len({tuple(who) for who in listed.values()}) > 1
    start, end = at(on("08:00")), at(on("14:00"))
    while start < end:
        moment = start.strftime("%Y-%m-%dT%H:%M:%SZ")
        for who in (None, provider, second):
            free = moment in listed and (who is None or str(who.pk) in listed[moment])
            answer = asker.book(service, moment, who)
            assert answer.status_code == (201 if free else 409), (moment, who, answer.content)
            if free:
                Appointment.objects.filter(pk=answer.json()["appointment"]["id"]).delete()
        start += timedelta(minutes=5)


def test_a_class_offers_its_start_until_the_seats_are_gone(business: Business, asker: Asker) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "11:00"), capacity=2, step_minutes=30)

    def seats() -> dict[str, int]:
        return {slot["start_time"][11:16]: slot["seats_left"] for slot in asker.slots(service, JUNE_7)}

    assert seats() == {"09:00": 2, "09:30": 2, "10:00": 2}
    asker.booked(service, on("09:00"))
    assert seats() == {"09:00": 1, "10:00": 2}
    asker.booked(service, on("09:00"), client={"name": "Lee Kim", "email": "lee@example.test"})
    assert seats() == {"10:00": 2}
    assert asker.book(service, on("09:00")).status_code == 409


def test_closed_times_say_why(business: Business, asker: Asker, clock: Clock) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "13:00"), step_minutes=60, min_notice_minutes=60)
    clock(on("08:30"))
    asker.booked(service, on("10:00"))
    asker.hold(service, on("11:00"))
    make_busy(provider, on("12:00"), on("12:30"))

    told = asker.slots(service, JUNE_7, include_unavailable="true")

    assert [(slot["start_time"][11:16], slot["available"], slot["reason"]) for slot in told][:4] == [
        ("09:00", False, "notice"), ("10:00", False, "booked"), ("11:00", False, "held"), ("12:00", False, "calendar"),
    ]  # fmt: skip


def test_the_next_date_with_times_is_named(business: Business, asker: Asker) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "10:00"))
    make_block(provider, JUNE_7, to="2027-06-21")

    def following(first: str, last: str) -> Any:
        answer = asker.get(f"services/{service.pk}/availability", start_date=first, end_date=last)
        return answer.json()["next_available_date"]

    assert following("2027-06-02", "2027-06-12") == "2027-06-28"
    assert following("2027-06-26", "2027-07-31") == "2027-06-28"
    make_block(provider, "2027-06-22", to="2029-12-31")
    assert following("2027-06-02", "2027-06-12") is None
