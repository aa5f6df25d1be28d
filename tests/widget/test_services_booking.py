"""What the pages and the API share: one booking's services, and the times as they are shown."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from daybook.core.errors import Invalid, NotFound
from scheduling.enums import Source
from scheduling.errors import TooLate
from scheduling.models import Appointment, Provider, Service
from scheduling.services.clients import clean_details
from tenants.models import Business
from tests.factories import NOW, at, make_appointment, make_block, make_provider, make_rule, make_service
from tests.widget.asking import NEW_YORK, set_zone, shop
from widget import selectors
from widget.services import booking

MONDAY, TUESDAY = 1, 2
TEN = at("2027-06-07T10:00:00-04:00")
KIM = clean_details(name="Kim Lee", email="kim@example.test", timezone="Europe/Berlin")


def held(business: Business, service: Service, address: str = "203.0.113.9") -> Appointment:
    return booking.hold(
        business=business,
        service=service,
        provider_id=None,
        start=TEN,
        client_timezone="Europe/Berlin",
        address=address,
        source=Source.WIDGET,
        now=NOW,
    )


def book(business: Business, service: Service, hold: Appointment | None = None) -> Appointment:
    return booking.book(
        business=business,
        service=service,
        provider_id=None,
        start=TEN,
        hold=hold,
        client=KIM,
        client_timezone="Europe/Berlin",
        notes="Second floor",
        now=NOW,
    )


def test_a_hold_becomes_the_clients_booking(business: Business) -> None:
    service, provider = shop(business, ([MONDAY], "09:00", "17:00"))
    hold = held(business, service)

    booked = book(business, service, hold)

    assert booked.pk == hold.pk
    assert (booked.status, booked.provider_id, booked.source) == ("confirmed", provider.pk, "widget")
    assert (booked.client_name, booked.client_timezone, booked.notes) == ("Kim Lee", "Europe/Berlin", "Second floor")
    assert booked.policy["tiers"][0]["hours_before_start"] == 48


def test_the_same_address_has_the_same_digest_and_another_business_another(
    business: Business, other_business: Business
) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"), capacity=3)

    digests = {held(business, service).held_by, held(business, service).held_by, held(business, service, "::1").held_by}

    assert len(digests) == 2
    assert all(len(digest) == 43 for digest in digests)


def test_links_lead_to_the_businesss_own_host(business: Business) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    booked = book(business, service)

    token = booking.manage_token(business, booked)

    assert booking.host_url(business) == "http://acme.localhost/"
    assert booking.manage_url(business, booked) == f"http://acme.localhost/a/{booked.reference}?t={token}"
    assert selectors.access_appointment(business, booked.reference.lower(), token, now=NOW) == booked
    with pytest.raises(NotFound):
        selectors.access_appointment(business, booked.reference, booking.hold_token(business, booked), now=NOW)


def test_what_a_client_may_still_do(business: Business) -> None:
    service, _ = shop(business, ([MONDAY], "09:00", "17:00"))
    booked = book(business, service)

    early, late = booking.deadlines(booked, NOW), booking.deadlines(booked, at("2027-06-07T08:30:00-04:00"))

    assert early.free_until == at("2027-06-05T10:00:00-04:00")
    assert early.cancel_until == early.reschedule_until == at("2027-06-07T08:00:00-04:00")
    assert (early.may_cancel, early.may_reschedule) == (True, True)
    assert (late.may_cancel, late.may_reschedule) == (False, False)
    with pytest.raises(TooLate):
        booking.preview_cancel(business, booked, at("2027-06-07T08:30:00-04:00"))


def test_each_providers_next_date_in_one_pass(business: Business) -> None:
    set_zone(business, NEW_YORK)
    ana, marco, lena = (make_provider(business, name) for name in ("Ana", "Marco", "Lena"))
    service = make_service(business, "Cut", providers=[ana, marco, lena])
    make_rule(ana, MONDAY)
    make_rule(marco, TUESDAY)
    make_block(ana, "2027-06-07")

    with CaptureQueriesContext(connection) as asked:
        found = selectors.next_by_provider(business, service, now=NOW, timezone=NEW_YORK)

    assert found == {ana.pk: date(2027, 6, 14), marco.pk: date(2027, 6, 1), lena.pk: None}
    assert len(asked) == 2
    first = selectors.first_month_with_times(business, service, now=NOW, timezone=NEW_YORK, provider_id=ana.pk)
    assert first == date(2027, 6, 14)


@pytest.mark.parametrize(("providers", "days"), [(1, 1), (1, 30), (10, 1), (10, 30)])
def test_hc062_times_take_one_query(business: Business, providers: int, days: int) -> None:
    set_zone(business, NEW_YORK)
    team = [make_provider(business, f"Provider {number}") for number in range(providers)]
    service = make_service(business, "Cut", providers=team)
    for provider in team:
        make_rule(provider, MONDAY)
        make_appointment(business, service, provider, TEN)

    with CaptureQueriesContext(connection) as asked:
        times = selectors.times(
            business,
            service,
            now=NOW,
            first_date=date(2027, 6, 7),
            last_date=date(2027, 6, 6) + timedelta(days=days),
            timezone=NEW_YORK,
        )

    assert len(times.days) == days
    assert times.next_available_date == date(2027, 6, 7)
    assert len(asked) == 1


def test_times_of_several_providers_name_who_is_free(business: Business) -> None:
    set_zone(business, NEW_YORK)
    ana, marco = make_provider(business, "Ana"), make_provider(business, "Marco")
    service = make_service(business, "Cut", providers=[ana, marco], step_minutes=60)
    make_rule(ana, MONDAY, "09:00", "11:00")
    make_rule(marco, MONDAY, "10:00", "12:00")

    ((_, slots),) = selectors.times(
        business,
        service.slug,
        now=NOW,
        first_date=date(2027, 6, 7),
        last_date=date(2027, 6, 7),
        timezone="Asia/Kathmandu",
    ).days

    assert [(slot["display_time"], [UUID(who) for who in slot["provider_ids"]]) for slot in slots] == [
        ("6:45 PM GMT+5:45", [ana.pk]),
        ("7:45 PM GMT+5:45", [ana.pk, marco.pk]),
        ("8:45 PM GMT+5:45", [marco.pk]),
    ]


def test_a_change_of_the_team_or_the_hours_is_seen_at_once(business: Business) -> None:
    """What is remembered is remembered by its content."""
    service, provider = shop(business, ([MONDAY], "09:00", "10:00"))

    def starts() -> int:
        monday = date(2027, 6, 7)
        times = selectors.times(business, service.slug, now=NOW, first_date=monday, last_date=monday, timezone=NEW_YORK)
        return len(times.days[0][1])

    assert starts() == 1
    make_rule(provider, MONDAY, "13:00", "14:00")
    assert starts() == 2
    Service.objects.filter(pk=service.pk).update(duration_minutes=30)
    assert starts() == 6
    Provider.objects.filter(pk=provider.pk).update(active=False)
    assert starts() == 0
    Service.objects.filter(pk=service.pk).update(active=False)
    with pytest.raises(NotFound):
        starts()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "x" * 300, "\0"])
def test_only_zones_are_zones(business: Business, zone: str) -> None:
    with pytest.raises(Invalid):
        selectors.check_zone(zone)


def test_a_missing_appointment_and_a_wrong_token_are_one_answer(business: Business) -> None:
    for name in ("", "ABCD1234", "not a reference", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound) as refused:
            selectors.access_appointment(business, name, "x", now=datetime(2027, 1, 1, tzinfo=UTC))
        assert refused.value.body() == NotFound().body()
