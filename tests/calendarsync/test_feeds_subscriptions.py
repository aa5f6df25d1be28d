"""Outside feeds close times: added, asked again and again, failing, paused, removed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as django_connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from calendarsync.enums import FeedState, Problem
from calendarsync.models import Feed, Subscription
from calendarsync.services import feed_rows, feeds, listening, subscriptions
from daybook.core.errors import TooManyRequests
from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from scheduling.models import BusyTime, Provider
from scheduling.selectors.times import free
from scheduling.services import team
from tests.calendarsync.feeds_world import TEN, FeedHost, add, busy, calendar, event, in_new_york, later
from tests.factories import (
    MONDAY,
    NOW,
    STAFF,
    at,
    make_member,
    make_service,
    open_week,
)

connection: Any = django_connection  # django-tenants' methods have no types


@pytest.fixture
def ana(business: Any) -> Provider:
    return in_new_york(business)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "ASKED_A_MINUTE", 100_000)


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
