"""In: whatever is busy in the chosen calendars closes times, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest

from calendarsync.domain.events import Rules, busy
from calendarsync.gateways.google import reading as google
from calendarsync.services import reading
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.models import Appointment, BusyTime
from scheduling.selectors import availability
from tenants.models import Business
from tests.calendarsync.calendar_world import ANA, Desk, connected, desk
from tests.factories import at


def free(ana: Desk, day: str = "2027-06-07") -> list[str]:
    """The free starts of a day, in UTC."""
    first = availability.to_minute(at(f"{day}T00:00:00Z"))
    plan = availability.plan(ana.business, ana.service, from_date=ana.now.date(), to_date=at(f"{day}T23:00:00Z").date())
    from scheduling.domain import slots

    calendars = plan.calendars(now=ana.now, first=first, last=first + 1440)
    minutes = slots.any_starts(calendars, now=ana.now.timestamp() / 60, first=first, last=first + 1440)
    return [f"{availability.from_minute(minute):%H:%M}" for minute in minutes]


def test_an_outside_event_closes_the_slot_by_push(ana: Desk) -> None:
    assert "15:00" in free(ana)
    ana.outside("15:00", "16:00")
    assert ana.push() == [200, 200]  # the channel's first message, and the event's
    ana.wait(minutes=0.1)
    ana.drain()
    assert ana.busy() == [("06-07 15:00", "06-07 16:00")]
    assert "15:00" not in free(ana)
    assert "16:00" in free(ana)


def test_g01_a_lost_push_is_made_up_for_within_fifteen_minutes(ana: Desk) -> None:
    ana.google.notifications("drop")
    ana.outside("15:00", "16:00")
    ana.wait(minutes=15)
    ana.drain()
    assert ana.busy() == [("06-07 15:00", "06-07 16:00")]


def test_hc055_times_are_widened_to_whole_minutes(ana: Desk) -> None:
    ana.edit("create", start="2027-06-07T10:07:30Z", end="2027-06-07T10:51:10Z", summary="x")
    ana.settle()
    assert ana.busy() == [("06-07 10:07", "06-07 10:52")]


@pytest.mark.parametrize(
    "moment", [{"dateTime": "10000-01-01T09:00:00Z"}, {"date": "10000-01-01"}, {"dateTime": "soon"}]
)
def test_a_date_that_nobody_can_read_closes_nothing_and_stops_nobody(moment: dict[str, str]) -> None:
    seen = google.outside({"id": "e1", "status": "confirmed", "start": moment, "end": moment})
    assert (seen.start, seen.end, seen.all_day, seen.cancelled) == (None, None, False, False)
    assert busy(seen, "America/New_York", Rules()) is None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ({"date": "2026-11-01"}, {"date": "9999-12-31"}),
        ({"date": "0001-01-01"}, {"date": "9999-02-28"}),
        ({"dateTime": "2026-11-01T09:00:00Z"}, {"dateTime": "9999-12-31T23:00:00-12:00"}),
    ],
)
def test_an_absence_without_an_end_closes_what_is_ahead(start: dict[str, str], end: dict[str, str]) -> None:
    seen = google.outside({"id": "e1", "status": "confirmed", "start": start, "end": end})
    found = busy(seen, "Pacific/Kiritimati", Rules())
    assert found is not None
    assert found[0] < at("2027-06-07T00:00:00Z") < at("2100-01-01T00:00:00Z") < found[1]


def test_an_absence_until_the_year_8999_closes_its_times_and_breaks_nothing(ana: Desk) -> None:
    assert "15:00" in free(ana)
    ana.edit("create", start="2027-06-07T14:00:00Z", end="8999-06-01T09:00:00Z", summary="Gone")
    ana.settle()
    assert free(ana) != []
    assert max(free(ana)) < "14:00"
    assert free(ana, "2027-06-08") == []


def test_moved_resized_deleted_and_restored_events_are_followed(ana: Desk) -> None:
    event = ana.outside("15:00", "16:00")["id"]
    ana.settle()
    ana.edit("move", event, start="2027-06-07T18:00:00Z")
    ana.settle()
    assert ana.busy() == [("06-07 18:00", "06-07 19:00")]
    ana.edit("resize", event, end="2027-06-07T20:00:00Z")
    ana.settle()
    assert ana.busy() == [("06-07 18:00", "06-07 20:00")]
    ana.edit("delete", event)
    ana.settle()
    assert ana.busy() == []
    ana.edit("restore", event)
    ana.settle()
    assert ana.busy() == [("06-07 18:00", "06-07 20:00")]


def test_hc145_free_cancelled_and_declined_events_do_not_block(ana: Desk) -> None:
    ana.outside("15:00", "16:00", transparency="transparent")
    invited = ana.outside("17:00", "18:00", attendees=[{"email": ANA, "responseStatus": "needsAction"}])["id"]
    ana.settle()
    assert ana.busy() == [("06-07 17:00", "06-07 18:00")]
    ana.edit("respond", invited, answer="declined")
    ana.settle()
    assert ana.busy() == []


def test_hc145_g20_busy_all_day_blocks_in_the_calendar_s_zone(ana: Desk) -> None:
    ana.edit("create", start="2027-06-08", end="2027-06-10", summary="Holiday", transparency="opaque")
    ana.settle()
    assert ana.busy() == [("06-08 04:00", "06-10 04:00")]  # the account is in New York


def test_settings_change_what_counts(ana: Desk) -> None:
    ana.outside("15:00", "16:00", attendees=[{"email": ANA, "responseStatus": "tentative"}])
    ana.settle()
    assert len(ana.busy()) == 1
    ana.choose(tentative_is_busy=False)
    ana.settle()
    assert ana.busy() == []


def test_hc147_g19_a_series_with_a_moved_and_a_deleted_instance(ana: Desk) -> None:
    series = ana.edit(
        "create", summary="Gym", start={"dateTime": "2027-06-02T15:00:00", "timeZone": "America/New_York"},
        end={"dateTime": "2027-06-02T16:00:00", "timeZone": "America/New_York"},
        recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"],
    )["id"]  # fmt: skip
    ana.settle()
    assert [start for start, _ in ana.busy()] == ["06-02 19:00", "06-09 19:00", "06-16 19:00", "06-23 19:00"]
    ana.edit("move", f"{series}_20270609T190000Z", start="2027-06-10T19:00:00Z")
    ana.edit("delete", f"{series}_20270616T190000Z")
    ana.settle()
    assert [start for start, _ in ana.busy()] == ["06-02 19:00", "06-10 19:00", "06-23 19:00"]
    ana.edit(
        "this_and_following", f"{series}_20270623T190000Z", start="2027-06-23T20:00:00Z", end="2027-06-23T21:00:00Z"
    )
    ana.settle()
    assert [start for start, _ in ana.busy()] == ["06-02 19:00", "06-10 19:00", "06-23 20:00"]
    ana.edit("delete", series)
    ana.settle()
    assert [start for start, _ in ana.busy()] == ["06-23 20:00"]


def test_hc147_g18_a_series_stays_at_its_local_time_over_the_clock_change(ana: Desk) -> None:
    ana.edit(
        "create", summary="Gym", start={"dateTime": "2027-11-05T15:00:00", "timeZone": "America/New_York"},
        end={"dateTime": "2027-11-05T16:00:00", "timeZone": "America/New_York"},
        recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"],
    )  # fmt: skip
    ana.settle()
    assert [start for start, _ in ana.busy()] == ["11-05 19:00", "11-12 20:00"]


def test_an_endless_series_reaches_to_the_horizon_and_rolls_on_each_night(ana: Desk) -> None:
    ana.service.max_advance_days = 10
    ana.service.save()
    ana.edit("create", summary="Gym", start="2027-06-02T15:00:00Z", end="2027-06-02T16:00:00Z",
             recurrence=["RRULE:FREQ=DAILY"])  # fmt: skip
    ana.settle()
    last = ana.busy()[-1][0]
    assert last == "06-12 15:00"
    before = ana.requests("events.instances")
    for _hour in range(5):
        ana.wait(hours=5)
        ana.drain()
    assert ana.busy()[-1][0] == "06-13 15:00"
    assert ana.requests("events.instances") == before + 1


def test_hc143_g05_a_410_reads_everything_anew_and_is_never_empty_in_between(
    ana: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.outside("15:00", "16:00")
    gone = ana.outside("17:00", "18:00")["id"]
    ana.settle()
    kept = BusyTime.objects.get(starts_at=at("2027-06-07T15:00:00Z")).pk
    ana.edit("delete", gone)
    ana.outside("19:00", "20:00")
    ana.google.expire_sync_tokens()
    seen: list[int] = []
    found = reading._found

    def watched(*args: Any, **more: Any) -> Any:
        answer = found(*args, **more)
        seen.append(len(ana.busy()))
        return answer

    monkeypatch.setattr(reading, "_found", watched)
    ana.settle()
    assert min(seen) == 2
    assert ana.busy() == [("06-07 15:00", "06-07 16:00"), ("06-07 19:00", "06-07 20:00")]
    assert BusyTime.objects.get(starts_at=at("2027-06-07T15:00:00Z")).pk == kept


def test_hc144_all_of_620_events_on_three_pages_or_none(ana: Desk) -> None:
    start = at("2027-06-07T06:00:00Z")
    ana.google.notifications("drop")
    for number in range(620):
        moment = start + timedelta(hours=number)
        ana.edit("create", summary="x", start=moment.isoformat(), end=(moment + timedelta(minutes=30)).isoformat())
    before = ana.calendar.sync_token
    ana.google.fail(on="events.list", status=500, skip=2)
    ana.wait(minutes=15)
    ana.drain()
    assert (ana.busy(), ana.calendar.sync_token) == ([], before)
    ana.drain()
    assert len(ana.busy()) == 620
    assert ana.calendar.sync_token != before


@pytest.mark.parametrize("status", [500, 410])
def test_g05_g06_a_failure_on_a_later_page_leaves_everything_as_it_was(ana: Desk, status: int) -> None:
    ana.google.page_size(2)
    for hour in range(6, 16):
        ana.outside(f"{hour:02}:00", f"{hour:02}:30")
    before = ana.calendar.sync_token
    ana.google.fail(on="events.list", status=status, skip=2, times=2 if status == 410 else 1)
    ana.push()
    ana.wait(minutes=0.1)
    ana.drain()
    if status == 500:
        assert (ana.busy(), ana.calendar.sync_token) == ([], before)
    ana.settle()
    ana.wait(minutes=2)
    ana.drain()
    assert len(ana.busy()) == 10


def test_hc144_a_crash_before_the_commit_keeps_the_old_token(ana: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ana.outside("15:00", "16:00")
    before = ana.calendar.sync_token

    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(reading, "_keep_heads", crash)
        ana.push()
        ana.wait(minutes=0.1)
        ana.drain()
    assert (ana.busy(), ana.calendar.sync_token) == ([], before)
    ana.drain()
    assert len(ana.busy()) == 1


def test_hc141_our_own_events_cost_nothing(ana: Desk) -> None:
    ana.book("10:00")
    ana.drain()
    writes, mirror = ana.google.writes(), ana.connection.mirrors.get()
    for _round in range(20):
        reading.mark_dirty(ana.calendar, now=ana.now)
        ana.wait(minutes=0.1)
        ana.drain()
    assert ana.requests("events.list") >= 20
    assert (ana.busy(), ana.google.writes(), ana.open()) == ([], writes, [])
    fresh = ana.connection.mirrors.get()
    assert (fresh.etag, fresh.content, fresh.written_at) == (mirror.etag, mirror.content, mirror.written_at)


def test_hc087_what_is_known_to_be_busy_cannot_be_booked(ana: Desk) -> None:
    ana.outside("15:00", "16:00")
    ana.settle()
    from scheduling.errors import SlotUnavailable
    from tests.factories import CLIENT

    with pytest.raises(SlotUnavailable):
        ana.book("15:00", by=CLIENT)
    assert Appointment.objects.count() == 0


def test_g21_two_people_share_one_calendar_and_do_not_block_each_other(
    business: Business, google: GoogleSandbox
) -> None:
    ana = connected(business, google)
    shared = google.add_calendar(ANA, "Studio")
    google.share(shared, "marco@gmail.example", "writer")
    marco = desk(business, google, name="Marco Vitale", email="marco@gmail.example")
    marco.connect(shared=True)
    ana.connect()
    ana.choose(counts=[ANA, shared], receives=shared)
    marco.choose(counts=["marco@gmail.example", shared], receives=shared)
    ana.drain()
    ana.book("10:00")
    marco.book("12:00")
    ana.settle()
    assert len(ana.all_events(shared)) == 2
    assert (ana.busy(), marco.busy()) == ([], [])
    ana.edit("create", calendar=shared, summary="Cleaning", start="2027-06-07T15:00:00Z", end="2027-06-07T16:00:00Z")
    ana.settle()
    assert ana.busy() == marco.busy() == [("06-07 15:00", "06-07 16:00")]


def test_a_calendar_that_counts_no_more_opens_its_times_at_once(ana: Desk) -> None:
    ana.outside("15:00", "16:00")
    ana.settle()
    ana.choose(counts=[])
    assert ana.busy() == []
    ana.settle()
    assert ana.busy() == []
    ana.choose(counts=[ANA])
    ana.settle()
    assert len(ana.busy()) == 1


def test_only_times_are_kept_of_other_people_s_events(ana: Desk) -> None:
    ana.outside("15:00", "16:00", description="with Dr. Moss", location="12 Elm St")
    ana.settle()
    row = BusyTime.objects.get(provider=ana.provider)
    assert "Dentist" not in f"{row.title} {row.external_id} {row.source}"
    read = [seen for seen in ana.google.requests if seen.operation == "events.list"]
    assert all("summary" not in seen.query and "fields=" in seen.query for seen in read)


def test_a_second_calendar_of_the_account_counts_too(ana: Desk) -> None:
    other = ana.google.add_calendar(ANA, "Family", time_zone="Europe/Berlin")
    ana.connect()
    ana.choose(counts=[ANA, other])
    ana.drain()
    ana.edit("create", calendar=other, start="2027-06-08", end="2027-06-09", summary="x", transparency="opaque")
    ana.settle()
    assert ana.busy() == [("06-07 22:00", "06-08 22:00")]
