"""Feeds that may not be added, and what goes on beside one that is."""

import threading
from typing import Any

import pytest
from django.db import connection as django_connection

from calendarsync.enums import Problem
from calendarsync.models import Subscription
from calendarsync.services import feed_rows, subscriptions
from daybook.core.audit import entries
from daybook.core.errors import Invalid, TooManyRequests
from daybook.core.http import outside
from daybook.core.outbox.models import OutboxRow
from scheduling.models import BusyTime, Provider
from tests.calendarsync.feeds_world import TEN, FeedHost, add, busy, event, in_new_york, later
from tests.factories import (
    NOW,
    STAFF,
    make_provider,
)

connection: Any = django_connection  # django-tenants' methods have no types


@pytest.fixture
def ana(business: Any) -> Provider:
    return in_new_york(business)


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
