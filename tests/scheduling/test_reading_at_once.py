"""Clients' free times are read in one statement, bookings are checked by another: both must see the same."""

from datetime import date, timedelta
from random import Random

import pytest

from scheduling.domain import slots
from scheduling.models import BusyTime
from scheduling.selectors import availability, times
from tenants.models import Business
from tests.factories import NOW, at, make_appointment, make_provider, make_rule, make_service

FIRST, LAST = date(2027, 6, 7), date(2027, 6, 13)
MONDAY = at("2027-06-07T12:00:00Z")


@pytest.mark.parametrize("seed", range(6))
def test_both_readings_are_one(business: Business, seed: int) -> None:
    dice = Random(seed)
    team = [make_provider(business, name) for name in ("Ana", "Marco", "Idle")]
    for weekday in range(7):
        make_rule(None, weekday, "06:00", "22:00")
    before, after = dice.choice([0, 10]), dice.choice([0, 25])
    service = make_service(business, providers=team[:2], buffer_before_minutes=before, buffer_after_minutes=after)
    for number in range(12):
        start = MONDAY + timedelta(hours=2 * number)
        status = dice.choice(["confirmed", "held", "pending_approval", "cancelled"])
        make_appointment(business, service, dice.choice(team[:2]), start, status=status, email=f"{number}@example.test")
    for number in range(30):  # as nobody writes them: at odd seconds, over each other
        start = MONDAY + timedelta(seconds=dice.randrange(0, 6 * 86400), microseconds=dice.randrange(10**6))
        end = start + timedelta(seconds=dice.randrange(1, 7200))
        BusyTime.objects.create(
            provider=dice.choice(team), starts_at=start, ends_at=end, source="test", external_id=str(number)
        )

    now = NOW + timedelta(minutes=dice.choice([0, 5, 60]))  # before and after the holds end
    read = times.read(business, service.slug, now=now, zone=business.timezone, first_date=FIRST, last_date=LAST)
    plan = availability.plan(business, service, from_date=FIRST, to_date=LAST)
    first, last = read.midnights[0], read.midnights[-1]
    calendars = plan.calendars(now=now, first=first, last=last)
    assert [calendar.busy for calendar in read.found.calendars(first=first, last=last)] == [c.busy for c in calendars]
    assert any(calendar.busy for calendar in calendars)
    assert read.slots() == slots.union(calendars, now=now.timestamp() / 60, first=first, last=last)
