"""Closing a business: what becomes of its calendars by address, and that the page says so."""

from datetime import timedelta
from typing import Any

import pytest

from calendarsync.models import Feed, Subscription
from calendarsync.services import feeds, subscriptions
from daybook.core.outbox.relay import drain
from scheduling.models import BusyTime, Provider
from tenants.models import Business
from tenants.services import closing
from tests.calendarsync.feeds_world import FeedHost, event
from tests.factories import STAFF, at, make_member, make_provider, sign_in

NOW = at("2027-06-01T12:00:00Z")
KEPT, WORKING = "by address are kept, and not read until", "addresses of your own calendars go on working"


@pytest.fixture
def ana(business: Business, host: FeedHost, clock: Any) -> Provider:
    """She publishes her calendar and listens to another one."""
    clock(NOW)
    found = make_provider(business, "Ana Duarte")
    feeds.switch_on(business=business, provider=found, now=NOW, by=STAFF)
    host.publish(event("DTSTART:20270607T120000Z", "DTEND:20270607T130000Z"))
    subscriptions.add(business=business, provider=found, name="iCloud", url=host.url, now=NOW, by=STAFF)
    return found


def work(business: Business, now: Any) -> None:
    drain(now=now, schema=str(business.schema_name), impatient=True)


def test_the_page_says_what_becomes_of_calendars_by_address(ana: Provider, business: Business, client_for: Any) -> None:
    owner = sign_in(client_for(business.slug), make_member(business))
    page = owner.get("/dashboard/settings/close").content.decode()
    assert KEPT in page
    assert WORKING in page
    Subscription.objects.update(state="paused")
    Feed.objects.all().delete()
    page = owner.get("/dashboard/settings/close").content.decode()
    assert KEPT not in page
    assert WORKING not in page


def test_they_are_kept_not_read_while_it_is_closed_and_read_again_when_it_is_opened(
    ana: Provider, business: Business, host: FeedHost, client_for: Any
) -> None:
    address = feeds.address(business, Feed.objects.get()).partition("/calendar/")[2]
    closing.close(business, typed=business.name, by=STAFF, now=NOW)
    asked, later = len(host.asked), NOW + timedelta(hours=5)
    work(business, later)
    assert (len(host.asked), BusyTime.objects.count(), Subscription.objects.get().state) == (asked, 1, "active")
    assert client_for(business.slug).get(f"/calendar/{address}").status_code == 200
    closing.reopen(business, by=STAFF)
    host.publish()
    work(business, later)
    assert (len(host.asked), BusyTime.objects.count()) == (asked + 1, 0)
