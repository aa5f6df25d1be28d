"""A provider's appointments at a secret address, as other calendars read them."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as django_connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from calendarsync import documents
from calendarsync.enums import Privacy
from calendarsync.models import Feed
from calendarsync.services import feeds
from calendarsync.views import published as door
from daybook.core.audit import entries
from daybook.core.checking import plain_lines
from daybook.core.crypto import derive_token
from daybook.core.logs import clean
from daybook.core.mail import one_line
from scheduling.documents import ics
from scheduling.models import Appointment, Provider, Service
from tenants.enums import BusinessStatus
from tests.factories import MONDAY, NOW, STAFF, make_appointment, make_provider, make_service

connection: Any = django_connection  # django-tenants' methods have no types
TEN = f"{MONDAY}T10:00:00-04:00"
CLIENT_DATA = ("Kim", "kim@example.test", "+1 503", "1503", "Maple", "allergic")


@pytest.fixture
def ana(business: Any, clock: Any, valkey: Any) -> Provider:
    clock(NOW)
    business.timezone, business.name = "America/New_York", "Harbor & Pine"
    business.save()
    return make_provider(business, "Ana Duarte", timezone="Europe/Berlin")


@pytest.fixture
def cut(business: Any, ana: Provider) -> Service:
    return make_service(business, "Cut", providers=[ana], max_advance_days=3650)


def publish(business: Any, provider: Provider, privacy: Privacy = Privacy.FULL) -> str:
    """The path of the provider's feed."""
    feeds.switch_on(business=business, provider=provider, now=NOW, by=STAFF)
    feeds.tell(business=business, provider=provider, privacy=privacy, by=STAFF)
    feed = Feed.objects.get(provider=provider)
    return "/" + feeds.address(business, feed).split("/", 3)[3]


def book(business: Any, service: Service, provider: Provider, start: Any = TEN, **values: Any) -> Appointment:
    row = make_appointment(business, service, provider, start, phone="+15035550100", **values)
    row.notes, row.location_detail = "allergic to nuts", row.location_detail or "12 Maple Street"
    row.save()
    return row


def events(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    found: list[Any] = Calendar.from_ical(answer.content).walk("VEVENT")
    return found


def test_there_is_no_feed_until_it_is_asked_for(business: Any, ana: Provider, client_for: Any) -> None:
    client = client_for("acme")
    assert client.get(f"/calendar/{derive_token(business.pk, ana.pk, 'calendar feed', 0)}.ics").status_code == 404
    assert client.get(publish(business, ana)).status_code == 200


def test_an_appointment_has_the_uid_and_sequence_of_its_mails(
    business: Any, ana: Provider, cut: Service, client_for: Any
) -> None:
    row = book(business, cut, ana)
    (event,) = events(client_for("acme").get(publish(business, ana)))
    mailed = Calendar.from_ical(ics(business, row, "REQUEST", "https://x.test/", NOW)).walk("VEVENT")[0]
    assert [event[name] for name in ("UID", "SEQUENCE", "STATUS")] == [mailed[n] for n in ("UID", "SEQUENCE", "STATUS")]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (row.starts_at, row.ends_at)
    assert event["SUMMARY"] == "Kim Lee · Cut"
    assert "allergic to nuts" in event["DESCRIPTION"]
    Appointment.objects.filter(pk=row.pk).update(sequence=3)
    assert events(client_for("acme").get(publish(business, ana)))[0]["SEQUENCE"] == 3


def test_the_frame_names_whose_calendar_it_is_its_zone_and_when_to_look_again(
    business: Any, ana: Provider, client_for: Any
) -> None:
    answer = client_for("acme").get(publish(business, ana))
    calendar = Calendar.from_ical(answer.content)
    assert calendar["X-WR-CALNAME"] == "Ana Duarte · Harbor & Pine"
    assert calendar["X-WR-TIMEZONE"] == "Europe/Berlin"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in answer.content
    assert b"X-PUBLISHED-TTL:PT15M\r\n" in answer.content
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("privacy", "summary"), [(Privacy.FULL, "Kim Lee · Cut"), (Privacy.SERVICE, "Cut"), (Privacy.BUSY, "Busy")]
)
@pytest.mark.parametrize("location", ["client", "phone", "business", "video"])
def test_a_feed_tells_no_more_than_was_chosen(
    business: Any, ana: Provider, client_for: Any, privacy: Privacy, summary: str, location: str
) -> None:
    service = make_service(business, "Cut", providers=[ana], location=location)
    row = book(business, service, ana)
    answer = client_for("acme").get(publish(business, ana, privacy))
    (event,) = events(answer)
    assert event["SUMMARY"] == summary
    assert event["UID"].startswith(str(row.pk))
    text = answer.content.decode()
    if privacy != Privacy.FULL:
        place = ("Maple",) if privacy == Privacy.SERVICE and location in ("business", "video") else ()
        assert [word for word in CLIENT_DATA if word in text] == list(place)
    if privacy == Privacy.BUSY:
        assert set(event) == {
            "UID",
            "SEQUENCE",
            "DTSTAMP",
            "LAST-MODIFIED",
            "DTSTART",
            "DTEND",
            "SUMMARY",
            "STATUS",
            "TRANSP",
        }


@pytest.mark.parametrize("privacy", list(Privacy))
def test_a_class_session_is_one_event_with_its_seats(
    business: Any, ana: Provider, client_for: Any, privacy: Privacy
) -> None:
    yoga = make_service(business, "Yoga", providers=[ana], capacity=12)
    seats = [book(business, yoga, ana, name=f"Kim {n}", email=f"kim{n}@example.test") for n in range(3)]
    answer = client_for("acme").get(publish(business, ana, privacy))
    (event,) = events(answer)
    assert event["SUMMARY"] == ("Busy" if privacy == Privacy.BUSY else "Yoga (3 of 12 seats)")
    assert event["UID"].startswith(str(seats[0].block_id))
    assert "Kim" not in answer.content.decode()
    seats[0].status = "cancelled"
    seats[0].save()
    (after,) = events(client_for("acme").get(publish(business, ana, privacy)))
    assert after["UID"] == event["UID"]
    assert after["SUMMARY"] == ("Busy" if privacy == Privacy.BUSY else "Yoga (2 of 12 seats)")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("confirmed", "CONFIRMED"), ("pending_approval", "TENTATIVE"), ("completed", "CONFIRMED"),
        ("no_show", "CONFIRMED"), ("held", None), ("cancelled", None), ("declined", None), ("expired", None),
    ],
)  # fmt: skip
def test_what_is_in_the_feed(
    business: Any, ana: Provider, cut: Service, client_for: Any, status: str, shown: str | None
) -> None:
    book(business, cut, ana, status=status)
    found = events(client_for("acme").get(publish(business, ana)))
    assert [event["STATUS"] for event in found] == ([shown] if shown else [])
    if shown == "TENTATIVE":
        assert found[0]["SUMMARY"] == "Request: Kim Lee · Cut"


def test_it_reaches_from_thirty_days_back_to_a_year_ahead_and_is_the_providers_own(
    business: Any, ana: Provider, cut: Service, client_for: Any
) -> None:
    ben = make_provider(business, "Ben")
    other = make_service(business, "Other", providers=[ben])
    book(business, other, ben)
    inside = [NOW - timedelta(days=30), NOW + timedelta(days=364)]
    for start in (*inside, NOW - timedelta(days=30, hours=1), NOW + timedelta(days=365, hours=1)):
        book(business, cut, ana, start)
    assert [event["DTSTART"].dt for event in events(client_for("acme").get(publish(business, ana)))] == inside


def test_names_cannot_break_out_of_their_line(business: Any, ana: Provider, client_for: Any) -> None:
    service = make_service(business, "Cut; wash, dry", providers=[ana])
    row = book(business, service, ana)
    Appointment.objects.filter(pk=row.pk).update(client_name="Kim\r\nATTENDEE:mailto:x@y.z", notes="a\r\nEND:VEVENT")
    (event,) = events(client_for("acme").get(publish(business, ana)))
    assert event["SUMMARY"] == "Kim ATTENDEE:mailto:x@y.z · Cut; wash, dry"
    assert "ATTENDEE" not in event


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=100),
    st.text(alphabet=st.sampled_from('ab,;:\\"\r\n\t ä漢😀\u2028\x00'), max_size=200),
)
def test_whatever_is_typed_is_read_back_and_no_line_is_too_long(name: str, notes: str) -> None:
    owner = SimpleNamespace(name="Harbor, Pine; Co", locale="en", slug="acme", address="")
    row = Appointment(
        client_name=name, notes=notes, service_name="Cut", location="business", capacity=1, status="confirmed",
        starts_at=NOW, ends_at=NOW, updated_at=NOW,
    )  # fmt: skip
    body = documents.feed(documents.Publisher(owner, "Ana", "Europe/Berlin", Privacy.FULL), [row])  # type: ignore[arg-type]
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert "X-WR-CALNAME:Ana · Harbor\\, Pine\\; Co\r\n" in body.decode()
    assert event["SUMMARY"] == one_line(f"{name} · Cut" if name else "Cut")
    said = plain_lines(notes).strip()
    assert str(event["DESCRIPTION"]).split("http")[0].strip() == said


def test_what_has_not_changed_is_not_sent_again(business: Any, ana: Provider, cut: Service, client_for: Any) -> None:
    row = book(business, cut, ana)
    client, path = client_for("acme"), publish(business, ana)
    first = client.get(path)
    by_tag = {"if-none-match": first.headers["ETag"]}
    by_date = {"if-modified-since": first.headers["Last-Modified"]}
    for asked in (by_tag, by_date):
        again = client.get(path, headers=asked)
        assert (again.status_code, again.content) == (304, b"")
    row.status = "cancelled"
    row.save()
    for asked in (by_tag, by_date):
        assert events(client.get(path, headers=asked)) == []


def test_two_changes_within_a_second_are_told_apart_by_their_dates(business: Any, ana: Provider, cut: Service) -> None:
    publish(business, ana)
    at = datetime.fromisoformat("2027-06-01T12:00:00.300+00:00")
    feed = Feed.objects.get()
    first = feeds.was_read(feed, content="a", at=at)
    feed.refresh_from_db()
    second = feeds.was_read(feed, content="b", at=at + timedelta(milliseconds=300))
    assert second - first == timedelta(seconds=1)


def test_hc192_a_wrong_renewed_or_switched_off_address_is_like_any_unknown_one(
    business: Any, other_business: Any, ana: Provider, client_for: Any
) -> None:
    client, path = client_for("acme"), publish(business, ana)
    unknown = client.get("/nothing-here")
    assert client_for("zen").get(path).status_code == 404
    feeds.renew(business=business, provider=ana, by=STAFF)
    renewed = "/" + feeds.address(business, Feed.objects.get()).split("/", 3)[3]
    for gone in (path, "/calendar/x.ics", path.replace(".ics", "")):
        answer = client.get(gone)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, unknown.headers["Content-Type"])
    assert client.get(renewed).status_code == 200
    feeds.switch_off(business=business, provider=ana, by=STAFF)
    assert client.get(renewed).status_code == 404
    assert publish(business, ana) not in (path, renewed)


def test_hc192_only_a_digest_of_the_secret_is_kept_and_logs_do_not_show_it(business: Any, ana: Provider) -> None:
    path = publish(business, ana)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) * 6 >= 128
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(f)::text from calendarsync_feed f")
        assert token not in cursor.fetchone()[0]
    assert token not in clean(f"GET {path} 200")


def test_there_is_no_cookie_and_no_session(business: Any, ana: Provider, client_for: Any) -> None:
    client = client_for("acme")
    answer = client.get(publish(business, ana))
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert client.head(publish(business, ana)).status_code == 200
    assert client.post(publish(business, ana)).status_code in (403, 405)


def test_a_feed_is_not_read_all_the_time(
    business: Any, ana: Provider, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = client_for("acme"), publish(business, ana)
    assert client.get(path).status_code == 200
    monkeypatch.setattr(door, "MOST_A_MINUTE", 0)
    answer = client.get(path)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


def test_hc174_members_go_on_reading_while_a_business_is_suspended(
    business: Any, ana: Provider, cut: Service, client_for: Any
) -> None:
    book(business, cut, ana)
    path = publish(business, ana)
    business.status = BusinessStatus.SUSPENDED
    business.save()
    assert len(events(client_for("acme").get(path))) == 1


def test_a_feed_takes_the_same_queries_however_much_is_in_it(
    business: Any, ana: Provider, cut: Service, client_for: Any
) -> None:
    client, path, counts = client_for("acme"), publish(business, ana), []
    for number in range(3):
        for hour in range(number):
            book(business, cut, ana, f"2027-06-{8 + number:02}T{10 + 2 * hour}:00:00-04:00")
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        counts.append(len([q for q in queries if "calendarsync" in q["sql"] or "scheduling_" in q["sql"]]))
    assert counts == [2, 2, 2]


def test_changes_of_the_feed_are_in_the_audit_log_without_its_address(business: Any, ana: Provider) -> None:
    path = publish(business, ana, Privacy.BUSY)
    feeds.renew(business=business, provider=ana, by=STAFF)
    feeds.switch_off(business=business, provider=ana, by=STAFF)
    feeds.switch_off(business=business, provider=ana, by=STAFF)
    lines = list(entries(business.pk).filter(action__startswith="calendar_feed"))
    assert [line.action.rpartition(".")[2] for line in lines] == ["switched_off", "renewed", "changed", "switched_on"]
    assert lines[2].after == {"privacy": "busy"}
    assert all(path[10:40] not in str((line.before, line.after)) for line in lines)
