"""The calendar parts of our mails, decoded again, and the links to calendars on the web."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.mail import EmailMultiAlternatives
from icalendar import Calendar

from scheduling import documents
from scheduling.services import messages, moves, transitions
from scheduling.services.moves import Move
from tests.scheduling.mail_world import CLIENT, NOW, START, World, event_of, make_world, run, to_client

if TYPE_CHECKING:
    from tenants.models import Business

pytestmark = pytest.mark.usefixtures("business")


@pytest.fixture
def world(business: "Business") -> World:
    return make_world(business)


def client_mail(now: datetime = NOW) -> EmailMultiAlternatives:
    [message] = to_client(run(now))
    return message


def test_a_confirmation_invites_to_one_event(world: World) -> None:
    appointment = world.book()
    message = client_mail()
    method, event = event_of(message)
    assert method == "REQUEST"
    assert (str(event["UID"]), event["SEQUENCE"], event["STATUS"]) == (f"{appointment.pk}@localhost", 0, "CONFIRMED")
    assert (event.start, event.end) == (START, START + timedelta(hours=1))
    assert event.DTSTAMP == NOW
    assert str(event["SUMMARY"]) == "Deep tissue massage · Harbor & Pine"
    assert str(event["LOCATION"]) == "12 Wharf St, Portland ME"
    assert str(event["URL"]) == messages.manage_url(world.business, appointment)
    assert str(event["ORGANIZER"]) == "mailto:bookings@localhost"
    assert event["ORGANIZER"].params == {}
    assert "<bookings@localhost>" in str(message.message()["From"])
    attendee = event["ATTENDEE"]
    assert str(attendee) == "mailto:kim@example.test"
    assert {name: attendee.params[name] for name in ("CN", "PARTSTAT", "RSVP")} == {
        "CN": "Kim Lee",
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
    }
    assert event.walk("VALARM") == []


def test_the_calendar_part_is_the_last_alternative_and_again_an_attachment(world: World) -> None:
    world.book()
    mixed = message_from_bytes(client_mail().message().as_bytes(), policy=policy.default)
    assert mixed.get_content_type() == "multipart/mixed"
    alternative, attachment = mixed.iter_parts()
    parts = list(alternative.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    calendar = parts[-1]
    assert (calendar.get_param("method"), calendar.get_content_charset()) == ("REQUEST", "utf-8")
    assert attachment.get_filename() == "invite.ics"
    inline, file = calendar.get_payload(decode=True), attachment.get_payload(decode=True)
    assert isinstance(inline, bytes)
    assert isinstance(file, bytes)
    assert inline.splitlines() == file.splitlines()
    assert file.splitlines()[:5] == [
        b"BEGIN:VCALENDAR",
        b"VERSION:2.0",
        b"PRODID:-//Daybook//Appointments//EN",
        b"CALSCALE:GREGORIAN",
        b"METHOD:REQUEST",
    ]
    raw = mixed.as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) < 998


def test_hc032_an_hour_over_the_spring_gap_ends_an_hour_later(world: World) -> None:
    start = datetime(2027, 3, 14, 6, 30, tzinfo=UTC)  # 01:30 EST
    world.book(start)
    message = client_mail()
    _method, event = event_of(message)
    assert event.end == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert event.end - event.start == timedelta(minutes=60)
    text = str(message.body)
    assert "Sunday, 14 March 2027, 1:30 – 3:30 am" in text
    assert "(EST, UTC−5), ends in EDT, UTC−4" in text
    assert "Deep tissue massage, 60 min" in text


def test_hc157_one_uid_for_life_with_rising_sequence_and_the_cancellation_last(world: World) -> None:
    appointment, other = world.book(), world.book(START + timedelta(days=3))
    first = to_client(run(NOW))
    moves.reschedule(
        business=world.business, appointment=appointment, move=Move(START + timedelta(hours=1)), now=NOW, by=CLIENT
    )
    moved = client_mail()
    transitions.cancel(business=world.business, appointment=appointment, now=NOW, by=CLIENT)
    cancelled = client_mail()
    events = [event_of(message) for message in (first[0], moved, cancelled)]
    assert [(method, event["SEQUENCE"], event["STATUS"]) for method, event in events] == [
        ("REQUEST", 0, "CONFIRMED"),
        ("REQUEST", 1, "CONFIRMED"),
        ("CANCEL", 2, "CANCELLED"),
    ]
    assert {str(event["UID"]) for _method, event in events} == {f"{appointment.pk}@localhost"}
    assert str(event_of(first[1])[1]["UID"]) == f"{other.pk}@localhost"
    assert {str(event["ORGANIZER"]) for _method, event in events} == {"mailto:bookings@localhost"}
    assert {str(event["ATTENDEE"]) for _method, event in events} == {"mailto:kim@example.test"}


def test_a_request_is_in_no_calendar_before_it_is_confirmed(world: World) -> None:
    world.service.requires_approval = True
    world.service.save()
    appointment = world.book()
    requested = client_mail()
    transitions.cancel(business=world.business, appointment=appointment, now=NOW, by=CLIENT)
    cancelled = client_mail()
    for message in (requested, cancelled):
        assert not message.attachments
        assert "text/calendar" not in message.message().as_string()
    assert "Your request is cancelled" in str(cancelled.body)


def test_reminders_carry_no_calendar_part(world: World) -> None:
    world.book()
    run(NOW)
    [reminder] = run(START - timedelta(hours=1))
    assert not reminder.attachments


def test_the_file_for_download_has_no_attendee(world: World) -> None:
    appointment = world.book()
    content = documents.ics(world.business, appointment, "PUBLISH", "https://x.test/a/1?t=s", NOW)
    calendar = Calendar.from_ical(content)
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in event
    assert (event["STATUS"], str(event["UID"])) == ("CONFIRMED", f"{appointment.pk}@localhost")


def test_hc198_line_breaks_in_names_add_no_line_to_the_file(world: World) -> None:
    appointment = world.book()
    appointment.client_name = 'Bob"\r\nATTENDEE:mailto:x@y.z'
    appointment.service_name = "Massage\r\nX-EVIL:1\rX-EVIL:2"
    appointment.provider_name = "Ana\nX-EVIL:3"
    world.business.name, world.business.address = "Pine\r\nX-EVIL:4", "Wharf St\r\nX-EVIL:5; 2, B"
    content = documents.ics(world.business, appointment, "REQUEST", "https://x.test/a/1?t=s", NOW)
    lines = content.decode().replace("\r\n ", "").split("\r\n")
    assert not [line for line in lines if line.startswith("X-EVIL")]
    assert sum(line.startswith("ATTENDEE") for line in lines) == 1
    assert "\r" not in "".join(lines)
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:kim@example.test"
    assert str(event["LOCATION"]) == "Wharf St X-EVIL:5; 2, B"


def test_calendar_links_hold_the_same_hour_and_no_token(world: World) -> None:
    appointment = world.book()
    links = documents.calendar_links(world.business, appointment)
    google = parse_qs(urlsplit(links.google).query)
    assert google["dates"] == ["20261112T153000Z/20261112T163000Z"]
    assert google["text"] == ["Deep tissue massage · Harbor & Pine"]
    assert google["location"] == ["12 Wharf St, Portland ME"]
    for link, host in ((links.outlook, "outlook.live.com"), (links.office365, "outlook.office.com")):
        assert urlsplit(link).hostname == host
        query = parse_qs(urlsplit(link).query)
        assert (query["startdt"], query["enddt"]) == (["2026-11-12T15:30:00Z"], ["2026-11-12T16:30:00Z"])
        assert query["rru"] == ["addevent"]
    token = messages.manage_url(world.business, appointment).partition("t=")[2]
    assert not [link for link in (links.google, links.outlook, links.office365) if token in link]
