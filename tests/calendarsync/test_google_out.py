"""Out: what is booked stands in the provider's calendar, once, as it is now, whatever goes wrong on the way."""

from datetime import timedelta
from typing import Any

import pytest

from calendarsync.models import Mirror
from calendarsync.services import mirrors
from daybook.core.outbox.models import OutboxRow
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.services import moves, session_moves, transitions
from scheduling.services.client_erasing import erase
from scheduling.services.moves import Move
from tenants.models import Business
from tests.calendarsync.calendar_world import Desk, connected, span_of
from tests.factories import STAFF, at, make_service


def test_hc140_a_confirmed_appointment_is_one_event(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    (event,) = ana.ours()
    assert span_of(event) == ("06-07 10:00", "06-07 11:00")
    assert event["summary"] == "Kim Lee · Cut by Ana"
    assert event["start"]["timeZone"] == ana.business.timezone
    assert event["extendedProperties"]["private"]["daybook_id"] == str(row.pk)
    assert event["id"] == Mirror.objects.get(block_id=row.pk).event_id


def test_hc140_the_write_is_due_at_once_and_wakes_a_worker(ana: Desk) -> None:
    row = ana.book("10:00")
    waiting = OutboxRow.objects.get(kind="calendar.match", payload__block=str(row.pk))
    assert waiting.next_at == ana.now


@pytest.mark.parametrize("kind", ["reset", "after-commit"])
def test_hc140_g07_a_lost_answer_of_the_insert_leaves_one_event(ana: Desk, kind: str) -> None:
    row = ana.book("10:00")
    ana.google.fail(kind, on="events.insert")
    ana.drain()
    assert Mirror.objects.get(block_id=row.pk).written_at is None
    ana.drain()
    assert [span_of(event) for event in ana.all_events()] == [("06-07 10:00", "06-07 11:00")]
    assert Mirror.objects.get(block_id=row.pk).etag == ana.event_of(row)["etag"]


def test_g07_a_crash_after_the_insert_is_made_good_by_adopting_the_event(
    ana: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ana.book("10:00")

    def crash(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(mirrors, "_written", crash)
        ana.drain()
    assert len(ana.all_events()) == 1
    ana.drain()
    assert [event["id"] for event in ana.all_events()] == [Mirror.objects.get(block_id=row.pk).event_id]
    assert Mirror.objects.get(block_id=row.pk).written_at is not None
    assert ana.google.writes() == 1


def test_g08_a_crash_after_a_change_is_made_good_without_a_second_write(
    ana: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ana.book("10:00")
    ana.drain()
    ana.move(row, "12:00")
    with monkeypatch.context() as patched:
        patched.setattr(mirrors, "_written", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        ana.drain()
    ana.drain()
    assert span_of(ana.event_of(row))[0] == "06-07 12:00"
    assert Mirror.objects.get(block_id=row.pk).etag == ana.event_of(row)["etag"]
    assert ana.google.writes() == 2


def test_an_event_follows_a_move_and_goes_with_a_cancellation(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    first = ana.event_of(row)["id"]
    ana.move(row, "14:30")
    ana.drain()
    assert (ana.event_of(row)["id"], span_of(ana.event_of(row))) == (first, ("06-07 14:30", "06-07 15:30"))
    ana.cancel(row)
    ana.drain()
    assert ana.ours() == []


def test_g09_of_two_moves_the_newest_wins_though_the_first_is_retried_late(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    ana.google.fail(on="events.patch", status=503)
    row = ana.move(row, "12:00")
    ana.drain()
    ana.move(row, "15:00")
    ana.drain()
    ana.drain()
    assert [span_of(event)[0] for event in ana.ours()] == ["06-07 15:00"]


def test_g10_what_is_cancelled_before_it_was_written_is_never_made(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.cancel(row)
    ana.drain()
    assert ana.google.events(ana.email) == []


def test_g10_what_may_have_been_written_is_taken_out(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.google.fail("after-commit", on="events.insert")
    ana.drain()
    ana.cancel(row)
    ana.drain()
    assert (ana.all_events(), len(ana.google.events(ana.email))) == ([], 1)


def test_an_appointment_that_is_restored_gets_an_event_with_another_id(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    former = ana.event_of(row)["id"]
    row = ana.cancel(row)
    ana.drain()
    transitions.restore(business=ana.business, appointment=row, now=ana.now, by=STAFF)
    ana.drain()
    (event,) = ana.ours()
    assert (span_of(event)[0], event["id"] == former) == ("06-07 10:00", False)


def test_a_no_show_frees_the_calendar(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    ana.at(at("2027-06-07T10:10:00Z"))
    transitions.no_show(business=ana.business, appointment=row, now=ana.now, by=STAFF)
    ana.drain()
    assert ana.ours() == []


def test_a_completed_appointment_stays_where_it_is(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    ana.at(at("2027-06-07T11:30:00Z"))
    transitions.complete(business=ana.business, appointment=row, now=ana.now, by=STAFF)
    ana.settle()
    assert len(ana.ours()) == 1


def test_hc153_booking_goes_on_while_google_is_down_and_the_event_is_made_once_after(ana: Desk) -> None:
    ana.google.fail(on="/calendar/v3/", status=503, times=1000)
    row = ana.book("10:00")
    for _try in range(3):
        ana.drain()
    assert ana.all_events() == []
    ana.google.faults.clear()
    ana.drain()
    assert [event["id"] for event in ana.all_events()] == [Mirror.objects.get(block_id=row.pk).event_id]


def test_hc153_an_outage_that_outlives_every_retry_is_made_good_by_the_next_look(ana: Desk) -> None:
    kept, moved = ana.book("10:00"), ana.book("12:00", email="lee@example.test")
    ana.drain()
    gone = ana.book("14:00", email="max@example.test")
    ana.drain()
    new = ana.book("16:00", email="sue@example.test")
    ana.move(moved, "18:00")
    ana.cancel(gone)
    OutboxRow.objects.filter(kind="calendar.match", state="pending").update(state="dead")
    ana.drain()
    assert new.pk not in {row.block_id for row in Mirror.objects.all()}
    ana.wait(minutes=15)
    ana.drain()
    assert [span_of(event)[0] for event in ana.ours()] == ["06-07 10:00", "06-07 16:00", "06-07 18:00"]
    assert kept


def test_hc150_booking_and_listing_ask_nothing_of_google(ana: Desk, client_for: Any) -> None:
    ana.google.fail("hang", seconds=30, times=1000)
    client = client_for(ana.business.slug)
    service = ana.service.pk
    query = {"start_date": "2027-06-07", "end_date": "2027-06-07", "timezone": "UTC"}
    assert client.get(f"/v1/public/services/{service}/availability", query).status_code == 200
    booking = {
        "service_id": str(service),
        "start_time": "2027-06-07T10:00:00Z",
        "client": {"name": "Kim Lee", "email": "kim@example.test"},
        "client_timezone": "UTC",
        "payment_mode": "pay_in_person",
        "policy_accepted": True,
    }
    answer = client.post("/v1/public/appointments", booking, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert ana.google.requests == []


@pytest.mark.parametrize(
    ("privacy", "title", "tells"),
    [
        ("full", "Kim Lee · Cut by Ana", True),
        ("service", "Cut by Ana", False),
        ("busy", "Busy", False),
    ],
)
def test_the_event_tells_as_much_as_was_chosen(ana: Desk, privacy: str, title: str, tells: bool) -> None:
    row = ana.book("10:00", phone="+12125550123")
    ana.drain()
    ana.choose(privacy=privacy)
    ana.drain()
    event = ana.event_of(row)
    assert event["summary"] == title
    assert ("+12125550123" in event.get("description", "")) is tells
    assert ("/dashboard/appointments/" in event.get("description", "")) is (privacy != "busy")


def test_hc194_what_clients_type_is_inert_in_the_event(ana: Desk) -> None:
    row = ana.book("10:00", name="<img src=x onerror=alert(1)>", notes="<script>alert(1)</script>")
    ana.drain()
    event = ana.event_of(row)
    assert "<script>" not in event["description"]
    assert "&lt;script&gt;" in event["description"]
    assert "\n" not in event["summary"]


def test_a_class_session_is_one_event_with_the_number_of_seats(ana: Desk) -> None:
    yoga = make_service(ana.business, "Yoga", providers=[ana.provider], capacity=8)
    first = ana.book("10:00", service=yoga)
    second = ana.book("10:00", service=yoga, email="lee@example.test", name="Lee Kim")
    ana.drain()
    (event,) = ana.ours()
    assert event["summary"] == "Yoga (2/8)"
    ana.cancel(first)
    ana.drain()
    assert ana.ours()[0]["summary"] == "Yoga (1/8)"
    ana.move(second, "12:00")
    ana.drain()
    (event,) = ana.ours()
    assert (event["summary"], span_of(event)[0]) == ("Yoga (1/8)", "06-07 12:00")


def test_a_class_that_is_moved_as_one_stays_one_event(ana: Desk) -> None:
    yoga = make_service(ana.business, "Yoga", providers=[ana.provider], capacity=8)
    seat = ana.book("10:00", service=yoga)
    ana.book("10:00", service=yoga, email="lee@example.test", name="Lee Kim")
    ana.drain()
    to = Move(seat.starts_at + timedelta(minutes=30))
    moved = session_moves.reschedule(business=ana.business, seat=seat, move=to, now=ana.now, by=STAFF)
    ana.drain()
    (event,) = ana.ours()
    assert (event["summary"], span_of(event)[0]) == ("Yoga (2/8)", "06-07 10:30")
    told = moves.move_of(moved[0], moved[0].sequence)
    session_moves.put_back(business=ana.business, seat=moved[0], event=told, now=ana.now, by=STAFF)
    ana.drain()
    (event,) = ana.ours()
    assert (event["summary"], span_of(event)[0]) == ("Yoga (2/8)", "06-07 10:00")


def test_an_appointment_that_goes_to_somebody_else_changes_calendars(business: Business, google: GoogleSandbox) -> None:
    ana = connected(business, google)
    marco = connected(business, google, name="Marco Vitale", email="marco@gmail.example")
    both = make_service(business, "Both", providers=[ana.provider, marco.provider])
    row = ana.book("10:00", service=both)
    ana.drain()
    ana.move(row, "10:00", provider_id=marco.provider.pk)
    ana.drain()
    assert (len(ana.ours()), len(marco.ours())) == (0, 1)


def test_g18_the_event_is_in_the_provider_s_zone_across_the_clock_change(ana: Desk) -> None:
    ana.provider.timezone = "America/New_York"
    ana.provider.save()
    ana.at(at("2027-11-01T12:00:00Z"))
    before = ana.book("15:00", day="2027-11-06")
    after = ana.book("15:00", day="2027-11-08")
    ana.drain()
    first, second = ana.event_of(before), ana.event_of(after)
    assert first["start"]["timeZone"] == second["start"]["timeZone"] == "America/New_York"
    assert (span_of(first)[0], span_of(second)[0]) == ("11-06 15:00", "11-08 15:00")


def test_g26_no_appointment_is_written_without_end(ana: Desk) -> None:
    row = ana.book("10:00")
    for number in range(2 * mirrors.WRITES_AN_HOUR):
        row = ana.move(row, f"{6 + number % 10:02}:00")
        ana.drain()
    assert ana.google.writes() == mirrors.WRITES_AN_HOUR
    ana.wait(hours=1)
    ana.drain()
    assert span_of(ana.event_of(row))[0] == f"{row.starts_at:%m-%d %H:%M}"


def test_what_is_written_about_a_person_is_blanked_with_him(ana: Desk) -> None:
    row = ana.book("10:00")
    ana.drain()
    ana.cancel(row)
    past = ana.book("12:00")
    ana.drain()
    ana.at(at("2027-06-07T13:30:00Z"))
    transitions.complete(business=ana.business, appointment=past, now=ana.now, by=STAFF)
    assert past.client is not None
    erase(business=ana.business, client=past.client, now=ana.now, by=STAFF)
    ana.drain()
    assert "Kim" not in str(ana.event_of(past))


@pytest.mark.parametrize(("status", "reason"), [(403, "rateLimitExceeded"), (429, "rateLimitExceeded"), (500, "")])
def test_hc150_g17_storms_are_waited_out(ana: Desk, status: int, reason: str) -> None:
    ana.google.fail(on="events.insert", status=status, reason=reason, times=3)
    ana.book("10:00")
    for _try in range(4):
        ana.drain()
    assert len(ana.ours()) == 1
    assert OutboxRow.objects.filter(kind="calendar.match", state="dead").count() == 0


def test_hc150_what_google_will_never_take_is_not_tried_for_ever(ana: Desk) -> None:
    ana.google.fail(on="events.insert", status=400, times=100)
    ana.book("10:00")
    for _try in range(4):
        ana.drain()
    assert ana.requests("events.insert") == 1
    assert OutboxRow.objects.get(kind="calendar.match").state == "dead"


def test_g17_a_silent_google_is_not_asked_again_for_some_seconds(ana: Desk, settings: Any) -> None:
    settings.CALENDAR_SILENCE_SECONDS = 20
    ana.google.fail("reset", times=100)
    for hour in range(6, 12):
        ana.book(f"{hour:02}:00")
    ana.drain()
    assert ana.requests("events.insert") + ana.requests("oauth.token") == 1
