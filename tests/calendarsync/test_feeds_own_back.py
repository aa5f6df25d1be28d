"""What Daybook itself wrote comes back in an outside feed, and closes nothing."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection as django_connection

from calendarsync.models import Calendar as GoogleCalendar
from calendarsync.models import Connection, Mirror
from calendarsync.services import feeds
from scheduling.documents import uid
from scheduling.models import Provider
from tests.calendarsync.feeds_world import TEN, FeedHost, add, busy, event, in_new_york
from tests.factories import (
    MONDAY,
    NOW,
    STAFF,
    make_appointment,
    make_provider,
    make_service,
)

connection: Any = django_connection  # django-tenants' methods have no types


@pytest.fixture
def ana(business: Any) -> Provider:
    return in_new_york(business)


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
