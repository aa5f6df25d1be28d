"""Outside feeds close times: added, asked again and again, failing, paused, removed."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as django_connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from calendarsync.domain.feeds import clean_address, joined, must_tell, next_look
from calendarsync.enums import FeedState, Problem
from calendarsync.models import Calendar as GoogleCalendar
from calendarsync.models import Connection, Feed, Mirror, Subscription
from calendarsync.services import feed_rows, feeds, listening, subscriptions
from daybook.core.audit import entries
from daybook.core.errors import Invalid, TooManyRequests
from daybook.core.http import outside
from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from scheduling.documents import uid
from scheduling.models import BusyTime, Provider
from scheduling.selectors.times import free
from scheduling.services import team
from tests.calendarsync.feeds_world import FeedHost, calendar, event
from tests.factories import (
    MONDAY,
    NOW,
    STAFF,
    at,
    make_appointment,
    make_member,
    make_provider,
    make_service,
    open_week,
)

connection: Any = django_connection  # django-tenants' methods have no types
TEN = ("DTSTART:20270607T140000Z", "DTEND:20270607T150000Z")
"""Ten o'clock in New York, on the Monday of the tests."""


@pytest.fixture
def ana(business: Any) -> Provider:
    business.timezone = "America/New_York"
    business.save()
    return make_provider(business, "Ana Duarte", email="ana@salon.test")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "ASKED_A_MINUTE", 100_000)


def add(business: Any, provider: Provider, host: FeedHost, **values: Any) -> Subscription:
    asked = {"name": "Outlook", "url": host.url, "now": NOW, "by": STAFF, **values}
    return subscriptions.add(business=business, provider=provider, **asked)


def busy(provider: Provider) -> list[str]:
    rows = BusyTime.objects.filter(provider=provider).order_by("starts_at", "ends_at")
    return [f"{row.starts_at:%m-%d %H:%M}/{row.ends_at:%H:%M}" for row in rows]


def later(row: Subscription, **delta: Any) -> datetime:
    """Some time after the feed is due, and let the outbox do what is due then."""
    now: datetime = row.next_at + timedelta(**delta)
    relay.drain(now=now, schema=connection.schema_name, impatient=True)
    row.refresh_from_db()
    return now


def test_a_feed_closes_times_as_soon_as_it_is_added(business: Any, ana: Provider, host: FeedHost) -> None:
    service = make_service(business, providers=[ana])
    open_week(ana)
    host.publish(event(*TEN))
    row = add(business, ana, host)
    assert busy(ana) == ["06-07 14:00/15:00"]
    assert (row.busy, row.host, row.problem) == (1, "localhost", "")
    day = date.fromisoformat(MONDAY)
    found = free(business, service, now=NOW, zone=business.timezone, first_date=day, last_date=day)
    starts = {datetime.fromtimestamp(slot[0] * 60, UTC) for slot in found.slots}
    assert at(f"{MONDAY}T09:00:00-04:00") in starts
    assert at(f"{MONDAY}T10:00:00-04:00") not in starts


def test_only_times_are_kept_and_the_address_is_sealed(business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event(*TEN, "LOCATION:Secret clinic"))
    row = add(business, ana, host)
    assert list(BusyTime.objects.values_list("title", "external_id", "source")) == [("Outlook", "", row.source)]
    with connection.cursor() as cursor:
        cursor.execute("select to_jsonb(s)::text from calendarsync_subscription s")
        (kept,) = cursor.fetchone()
    assert "calendar.ics" not in kept
    assert "Dentist" not in kept
    assert row.url == host.url


def test_the_first_look_is_within_a_quarter_of_an_hour_and_they_go_on(
    business: Any, ana: Provider, host: FeedHost
) -> None:
    row = add(business, ana, host)
    for _round in range(3):
        assert timedelta(minutes=14) <= row.next_at - (row.read_at or NOW) <= timedelta(minutes=15)
        asked = len(host.asked)
        later(row, seconds=-1)
        assert len(host.asked) == asked
        later(row)
        assert len(host.asked) == asked + 1
    assert OutboxRow.objects.filter(kind=feed_rows.LOOK, state="pending").count() == 1


def test_what_changes_outside_changes_here(business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event(*TEN), event("DTSTART:20270608T140000Z", "DURATION:PT1H"))
    row = add(business, ana, host)
    host.publish(event("DTSTART:20270608T140000Z", "DURATION:PT1H"), event("DTSTART:20270609T140000Z", "DURATION:PT1H"))
    kept = BusyTime.objects.get(starts_at=at("2027-06-08T14:00:00Z")).pk
    later(row)
    assert busy(ana) == ["06-08 14:00/15:00", "06-09 14:00/15:00"]
    assert BusyTime.objects.get(starts_at=at("2027-06-08T14:00:00Z")).pk == kept, "what stays is not written again"
    assert row.busy == 2


def test_what_has_not_changed_is_not_sent_again_but_once_a_day(business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event("DTSTART:20270607T140000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    host.etag = '"v1"'
    row = add(business, ana, host)
    first = row.busy
    later(row)
    assert host.asked[-1]["if-none-match"] == '"v1"'
    assert (row.busy, row.problem) == (first, "")
    last = BusyTime.objects.order_by("-starts_at")[0].starts_at
    later(row, hours=24)
    assert "if-none-match" not in host.asked[-1]
    assert BusyTime.objects.order_by("-starts_at")[0].starts_at == last + timedelta(days=1), "the horizon has moved on"


def test_the_moment_of_asking_in_every_entry_makes_no_other_version(
    business: Any, ana: Provider, host: FeedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.publish(event(*TEN, "DTSTAMP:20270601T120000Z", uid="a"))
    row = add(business, ana, host)
    taken_apart = []
    monkeypatch.setattr(listening, "read_apart", lambda *a: taken_apart.append(a))
    host.publish(event(*TEN, "DTSTAMP:20270601T121500Z", uid="a"))
    later(row)
    assert (taken_apart, row.problem, busy(ana)) == ([], "", ["06-07 14:00/15:00"])


def test_the_horizon_is_the_farthest_that_can_be_booked(business: Any, ana: Provider, host: FeedHost) -> None:
    make_service(business, providers=[ana], max_advance_days=60)
    host.publish(event("DTSTART:20270607T140000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    add(business, ana, host)
    assert BusyTime.objects.order_by("-starts_at")[0].starts_at == at("2027-08-01T14:00:00Z")


def test_a_feed_that_fails_keeps_what_is_known(business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event(*TEN))
    row = add(business, ana, host)
    for status, problem in ((500, Problem.BUSY), (404, Problem.GONE), (410, Problem.GONE), (401, Problem.DENIED)):
        host.status = status
        later(row)
        assert (row.problem, row.status) == (problem, status)
        assert busy(ana) == ["06-07 14:00/15:00"]
    host.status, host.body = 200, b"<p>Sign in</p>"
    later(row)
    assert row.problem == Problem.NOT_CALENDAR
    host.body = calendar(event(*TEN), event("DTSTART:20270607T140000Z", "RRULE:FREQ=SECONDLY"))
    later(row)
    assert (row.problem, row.failures, busy(ana)) == (Problem.TOO_MUCH, 6, ["06-07 14:00/15:00"])
    host.publish()
    later(row)
    assert (row.problem, row.failures, row.failing_since, busy(ana)) == ("", 0, None, [])


def test_a_server_that_wants_to_be_left_alone_is(business: Any, ana: Provider, host: FeedHost) -> None:
    row = add(business, ana, host)
    host.status, host.headers = 429, {"Retry-After": "7200"}
    now = later(row)
    assert row.next_at == now + timedelta(hours=2)
    host.headers = {"Retry-After": "9" * 5000}
    now = later(row)
    assert row.next_at == now + timedelta(hours=6)


def test_after_a_day_of_failures_owner_and_provider_get_one_mail(
    business: Any, ana: Provider, host: FeedHost, mailbox: Any
) -> None:
    make_member(business, "owner", email="rosa@salon.test")
    make_member(business, "front_desk", email="desk@salon.test")
    row = add(business, ana, host)
    host.status = 404
    began = later(row)
    while row.next_at < began + timedelta(hours=24):
        later(row)
        assert row.told_at is None
    assert mailbox.mailbox.search() == []
    for _round in range(3):
        now = later(row)
        relay.drain(now=now, schema=connection.schema_name, impatient=True)
    mails = mailbox.mailbox.search()
    assert sorted(mail.recipients for mail in mails) == [["ana@salon.test"], ["rosa@salon.test"]]
    for mail in mails:
        assert mail.subject == "The calendar “Outlook” of Ana Duarte cannot be read"
        assert "since Tue 1 Jun, 8:14 am. There is no calendar at this address." in (mail.text or "").replace("\n", " ")
        assert f"/dashboard/team/{ana.pk}/calendars/" in (mail.html or "")
    assert row.told_at is not None
    host.status = 200
    later(row)
    assert row.told_at is None


def test_who_paused_a_feed_has_the_times_back_until_he_goes_on(business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event(*TEN))
    row = add(business, ana, host)
    subscriptions.pause(business=business, subscription=row, by=STAFF)
    assert busy(ana) == []
    asked = len(host.asked)
    row.refresh_from_db()
    later(row, hours=1)
    assert (len(host.asked), row.state) == (asked, FeedState.PAUSED)
    went_on = subscriptions.resume(business=business, subscription=row, now=NOW, by=STAFF)
    assert (busy(ana), went_on.busy) == (["06-07 14:00/15:00"], 1)
    asked = len(host.asked)
    row.refresh_from_db()
    later(row)
    assert len(host.asked) == asked + 1
    assert OutboxRow.objects.filter(kind=feed_rows.LOOK, state="pending").count() == 1


def test_a_feed_goes_on_although_nobody_may_ask_at_the_moment(
    business: Any, ana: Provider, host: FeedHost, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(business, ana, host)
    subscriptions.pause(business=business, subscription=row, by=STAFF)
    monkeypatch.setattr(subscriptions, "ASKED_A_MINUTE", 0)
    with pytest.raises(TooManyRequests):
        subscriptions.resume(business=business, subscription=row, now=NOW, by=STAFF)
    asked = len(host.asked)
    relay.drain(now=NOW, schema=connection.schema_name, impatient=True)
    assert len(host.asked) == asked + 1


def test_a_feed_that_is_removed_takes_its_times_with_it_and_no_others(
    business: Any, ana: Provider, host: FeedHost
) -> None:
    host.publish(event(*TEN))
    row = add(business, ana, host)
    other = add(business, ana, host, url=f"{host.url}?other", name="Other")
    subscriptions.remove(business=business, subscription=row, by=STAFF)
    assert [found.source for found in BusyTime.objects.all()] == [other.source]
    relay.drain(now=row.next_at, schema=connection.schema_name, impatient=True)
    assert list(Subscription.objects.values_list("pk", flat=True)) == [other.pk]


def test_an_answer_that_comes_after_the_feed_was_removed_writes_nothing(
    business: Any, ana: Provider, host: FeedHost
) -> None:
    row = add(business, ana, host)
    host.publish(event(*TEN))
    Subscription.objects.filter(pk=row.pk).delete()
    with pytest.raises(listening.Overtaken):
        listening.refresh(business, row, now=NOW)
    assert busy(ana) == []


def test_a_crash_while_it_is_kept_leaves_everything_as_it_was(
    business: Any, ana: Provider, host: FeedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(business, ana, host)
    host.publish(event(*TEN))
    with monkeypatch.context() as patched:
        patched.setattr(listening, "went_well", lambda *_a: 1 / 0)
        later(row)
    assert (busy(ana), row.busy, row.read_at) == ([], 0, NOW)
    later(row)
    assert (busy(ana), row.busy) == (["06-07 14:00/15:00"], 1)


def test_a_provider_who_is_deleted_takes_his_feeds_along(business: Any, ana: Provider, host: FeedHost) -> None:
    row = add(business, ana, host)
    feeds.switch_on(business=business, provider=ana, now=NOW, by=STAFF)
    team.delete_provider(ana)
    relay.drain(now=row.next_at, schema=connection.schema_name, impatient=True)
    assert Subscription.objects.count() == Feed.objects.count() == 0
    assert OutboxRow.objects.get(kind=feed_rows.LOOK).state == "done"


ACTIONS = st.one_of(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=4),
    st.sampled_from(["fail", "no calendar", "look", "look", "pause", "resume", "look now", "a day"]),
)


@given(st.lists(ACTIONS, max_size=7))
@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_in_between_the_times_are_in_the_end_those_of_the_feed(
    business: Any, ana: Provider, host: FeedHost, patient: None, actions: list[Any]
) -> None:
    Subscription.objects.all().delete()
    BusyTime.objects.all().delete()
    host.publish()
    row, now = add(business, ana, host), NOW
    for action in [*actions, [(3, 2)], "resume", "look"]:
        host.status = 200 if isinstance(action, list) else host.status
        if isinstance(action, list):
            begin = at("2027-06-07T00:00:00Z")
            starts = [(begin + timedelta(hours=first), length) for first, length in action]
            host.publish(*[event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DURATION:PT{n}H") for start, n in starts])
        elif action == "fail":
            host.status = 500
        elif action == "no calendar":
            host.body = b"<p>"
        elif action == "pause":
            subscriptions.pause(business=business, subscription=row, by=STAFF)
        elif action == "resume":
            subscriptions.resume(business=business, subscription=row, now=now, by=STAFF)
        elif action == "look now":
            subscriptions.look_now(business=business, subscription=row, now=now)
        else:
            row.refresh_from_db()
            now = max(now, later(row, hours=24 if action == "a day" else 0))
        row.refresh_from_db()
        assert (busy(ana) == []) >= (row.state == FeedState.PAUSED), "what is paused closes nothing"
        assert BusyTime.objects.count() == row.busy
    assert busy(ana) == ["06-07 03:00/05:00"]


def test_our_own_feed_read_back_closes_nothing_and_others_appointments_do(
    business: Any, ana: Provider, host: FeedHost
) -> None:
    ben = make_provider(business, "Ben")
    service = make_service(business, providers=[ana, ben])
    own = make_appointment(business, service, ana, f"{MONDAY}T10:00:00-04:00")
    gone = make_appointment(business, service, ana, f"{MONDAY}T14:00:00-04:00", status="cancelled")
    others = make_appointment(business, service, ben, f"{MONDAY}T12:00:00-04:00", email="ana@salon.test")
    elsewhere = uid(uuid4())
    host.publish(
        event(*TEN, uid=uid(own.pk)),
        event("DTSTART:20270607T180000Z", "DURATION:PT1H", uid=uid(gone.pk)),
        event("DTSTART:20270607T160000Z", "DURATION:PT1H", uid=uid(others.pk)),
        event("DTSTART:20270607T200000Z", "DURATION:PT1H", uid=elsewhere),
    )
    add(business, ana, host)
    assert busy(ana) == ["06-07 16:00/17:00", "06-07 20:00/21:00"]


def test_the_whole_feed_of_a_provider_read_back_closes_nothing(
    business: Any, ana: Provider, host: FeedHost, client_for: Any, clock: Any, valkey: Any
) -> None:
    clock(NOW)
    yoga, cut = make_service(business, "Yoga", providers=[ana], capacity=5), make_service(business, providers=[ana])
    make_appointment(business, yoga, ana, f"{MONDAY}T10:00:00-04:00")
    make_appointment(business, cut, ana, f"{MONDAY}T12:00:00-04:00", status="pending_approval")
    feed = feeds.switch_on(business=business, provider=ana, now=NOW, by=STAFF)
    host.body = client_for("acme").get("/" + feeds.address(business, feed).split("/", 3)[3]).content
    assert host.body.count(b"BEGIN:VEVENT") == 2
    add(business, ana, host)
    assert busy(ana) == []
    ben = make_provider(business, "Ben")
    add(business, ben, host)
    assert busy(ben) == ["06-07 14:00/15:00", "06-07 16:00/17:00"], "a colleague who listens to it is busy with it"


def test_what_daybook_wrote_into_the_providers_google_calendar_closes_nothing_by_its_address(
    business: Any, ana: Provider, host: FeedHost
) -> None:
    connected = Connection.objects.create(provider_id=ana.pk, connected_at=NOW)
    there = GoogleCalendar.objects.create(connection=connected, external_id="ana@gmail.test", name="Ana", writable=True)
    Mirror.objects.create(block_id=uuid4(), connection=connected, calendar=there, event_id="0a1b2c")
    host.publish(
        event(*TEN, uid="0a1b2c@google.com"), event("DTSTART:20270608T140000Z", "DURATION:PT1H", uid="ffff@google.com")
    )
    add(business, ana, host)
    assert busy(ana) == ["06-08 14:00/15:00"]


def test_seats_of_a_class_come_back_under_the_name_of_their_session(
    business: Any, ana: Provider, host: FeedHost
) -> None:
    service = make_service(business, "Yoga", providers=[ana], capacity=5)
    seat = make_appointment(business, service, ana, f"{MONDAY}T10:00:00-04:00")
    host.publish(event(*TEN, uid=uid(seat.block_id)))
    add(business, ana, host)
    assert busy(ana) == []


def test_redirects_are_followed_three_times(business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event(*TEN))
    start = host.url.replace("calendar.ics", "hop/")
    assert add(business, ana, host, url=f"{start}3").busy == 1
    with pytest.raises(Invalid, match="check|no answer"):
        add(business, ana, host, url=f"{start}4")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, b""), "There is no calendar at this address"),
        ((200, b"<p>Hello</p>"), "not a calendar"),
        ((403, b""), "asks for a sign-in"),
        ((503, b""), "has trouble"),
        ((418, b""), "makes no sense"),
        ((200, b"BEGIN:VCALENDAR" + b" " * 10_500_000), "larger than 10 MB"),
    ],
)
def test_what_cannot_be_read_is_not_added_and_says_why(
    business: Any, ana: Provider, host: FeedHost, answer: tuple[int, bytes], words: str
) -> None:
    host.status, host.body = answer
    with pytest.raises(Invalid) as refused:
        add(business, ana, host)
    assert words in refused.value.details["fields"]["url"][0]
    assert not Subscription.objects.exists()
    assert not OutboxRow.objects.filter(kind=feed_rows.LOOK).exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a.ics", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest/meta-data",
        "https://localhost/", "webcal://192.168.1.1/a.ics", "https://2130706433/", "https://metadata.google.internal/",
        "https://8.8.8.8:6379/",
    ],
)  # fmt: skip
def test_hc210_an_address_in_our_own_network_is_refused_without_telling_what_is_there(
    business: Any, ana: Provider, url: str
) -> None:
    with pytest.raises(Invalid) as refused:
        subscriptions.add(business=business, provider=ana, name="", url=url, now=NOW, by=STAFF)
    (message,) = refused.value.details["fields"]["url"]
    assert message in (str(Problem.REFUSED.label), str(Problem.UNREACHABLE.label))


def test_hc210_an_address_that_turns_inward_later_is_refused_too(
    business: Any, ana: Provider, host: FeedHost, settings: Any
) -> None:
    host.publish(event(*TEN))
    row = add(business, ana, host)
    settings.OUTSIDE_PRIVATE_ALLOWED = False
    asked = len(host.asked)
    later(row)
    assert (row.problem, len(host.asked), busy(ana)) == (Problem.REFUSED, asked, ["06-07 14:00/15:00"])


def test_the_same_address_twice_and_too_many_are_refused(business: Any, ana: Provider, host: FeedHost) -> None:
    add(business, ana, host)
    with pytest.raises(Invalid) as refused:
        add(business, ana, host)
    assert "already" in refused.value.details["fields"]["url"][0]
    for number in range(subscriptions.MOST - 1):
        add(business, ana, host, url=f"{host.url}?{number}")
    with pytest.raises(Invalid):
        add(business, ana, host, url=f"{host.url}?more")


def test_nobody_has_us_ask_around(
    business: Any, ana: Provider, host: FeedHost, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = add(business, ana, host)
    subscriptions.look_now(business=business, subscription=row, now=NOW)
    monkeypatch.setattr(subscriptions, "ASKED_A_MINUTE", 0)
    with pytest.raises(TooManyRequests):
        subscriptions.look_now(business=business, subscription=row, now=NOW)


def test_changes_are_in_the_audit_log_without_the_address(business: Any, ana: Provider, host: FeedHost) -> None:
    row = add(business, ana, host)
    subscriptions.pause(business=business, subscription=row, by=STAFF)
    subscriptions.resume(business=business, subscription=row, now=NOW, by=STAFF)
    subscriptions.remove(business=business, subscription=row, by=STAFF)
    lines = list(entries(business.pk).filter(action__startswith="calendar_subscription"))
    assert [line.action.rpartition(".")[2] for line in lines] == ["removed", "resumed", "paused", "added"]
    assert all("calendar.ics" not in str((line.before, line.after, line.object_name)) for line in lines)


def test_a_feed_is_asked_while_nobody_keeps_the_providers_lock(
    committed: Any, host: FeedHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes its time costs no booking anything: the network is asked with no transaction open."""
    ana = make_provider(committed, "Ana")
    seen = []
    real = outside.fetch

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(connection.in_atomic_block)
        return real(*args, **kwargs)

    monkeypatch.setattr(outside, "fetch", watched)
    row = add(committed, ana, host)
    subscriptions.look_now(business=committed, subscription=row, now=NOW)
    later(row)
    assert seen == [False, False, False]


def test_adding_the_same_feed_at_once_keeps_it_once(committed: Any, host: FeedHost) -> None:
    ana = make_provider(committed, "Ana")
    host.publish(event(*TEN))
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def press() -> None:
        connection.set_tenant(committed)
        ready.wait()
        try:
            add(committed, ana, host)
            outcomes.append("added")
        except Invalid:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", "refused"]
    assert len(busy(ana)) == Subscription.objects.count() == 1


def test_the_other_business_has_its_own(business: Any, other_business: Any, ana: Provider, host: FeedHost) -> None:
    host.publish(event(*TEN))
    add(business, ana, host)
    connection.set_tenant(other_business)
    try:
        assert not Subscription.objects.exists()
        assert not BusyTime.objects.exists()
    finally:
        connection.set_tenant(business)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://a.example/b.ics", "https://a.example/b.ics"),
        ("  https://a.example/b.ics?x=1 ", "https://a.example/b.ics?x=1"),
        ("webcal://p01-caldav.icloud.com/published/2/abc", "https://p01-caldav.icloud.com/published/2/abc"),
        ("WEBCAL://a.example/", "https://a.example/"),
        ("webcals://a.example/", "https://a.example/"),
        ("https://a.example/Büro/%20b.ics?c=d%2Fe#f", "https://a.example/B%C3%BCro/%20b.ics?c=d%2Fe"),
        ("http://a.example/", None), ("ftp://a.example/", None), ("file:///etc/passwd", None), ("a.example", None),
        ("https://", None), ("https://user:pw@a.example/", None), ("https://a.example/\r\nX: y", None),
        ("https://a.example/a b", None), ("https://[", None), ("https://a.example:x/", None), ("", None),
        ("https://a.example/" + "x" * 2000, None),
    ],
)  # fmt: skip
def test_addresses_as_people_paste_them(text: str, address: str | None) -> None:
    assert clean_address(text) == address


def test_when_to_ask_again_and_when_to_tell() -> None:
    now = datetime(2027, 6, 1, tzinfo=UTC)
    usual = [next_look(now, failures=n, wait=0, salt=59) - now for n in (0, 3, 4, 40)]
    assert usual == [timedelta(minutes=14, seconds=59)] * 2 + [timedelta(minutes=59, seconds=59)] * 2
    assert next_look(now, failures=1, wait=3600, salt=0) == now + timedelta(hours=1)
    day = timedelta(hours=24)
    assert must_tell(now, failing_since=now - day, told_at=None)
    assert not must_tell(now, failing_since=now - day + timedelta(seconds=1), told_at=None)
    assert not must_tell(now, failing_since=now - day, told_at=now)
    assert not must_tell(now, failing_since=None, told_at=None)


def test_times_that_overlap_are_one_and_those_that_touch_are_two() -> None:
    def t(hour: int) -> datetime:
        return datetime(2027, 6, 7, hour, tzinfo=UTC)

    assert joined([(t(12), t(14)), (t(9), t(11)), (t(10), t(12)), (t(9), t(10)), (t(15), t(15))]) == [
        (t(9), t(12)), (t(12), t(14)),
    ]  # fmt: skip
