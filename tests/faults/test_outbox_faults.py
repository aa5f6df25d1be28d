"""Work that fails in one business leaves the others' alone and is reported; what rolls back leaves nothing behind."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as django_connection
from django.db import transaction
from django_tenants.utils import tenant_context

from daybook.core.models import OutboxRow
from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxState
from daybook.core.outbox.registry import Registration, registrations
from scheduling.enums import Status
from scheduling.models import Appointment, AppointmentEvent, Client
from tenants.models import Business
from tests.factories import NOW
from tests.faults import invariants
from tests.scheduling.race_world import world

connection: Any = django_connection  # django-tenants' methods have no types
LATER = NOW + timedelta(minutes=11)


@pytest.fixture
def failing_for_acme(monkeypatch: pytest.MonkeyPatch, business: Business) -> None:
    """Ending holds fails in acme, and only there."""
    works = registrations["hold.end"].handler

    def fail(payload: dict[str, Any], now: Any) -> None:
        if connection.schema_name == business.schema_name:
            raise ZeroDivisionError("acme's trouble")
        works(payload, now)

    monkeypatch.setitem(registrations, "hold.end", Registration(fail))


def test_hc261_a_sweep_that_fails_in_one_business_goes_on_in_the_next(
    business: Business, other_business: Business, failing_for_acme: None, caplog: pytest.LogCaptureFixture
) -> None:
    holds = []
    for one in (business, other_business):
        with tenant_context(one):
            here = world(one)
            holds.append(here.hold(here.day(0))())
    with caplog.at_level(logging.WARNING):
        relay.drain(now=LATER)
    with tenant_context(other_business):
        assert Appointment.objects.get(pk=holds[1].pk).status == Status.EXPIRED
        assert invariants.undrained(LATER) == []
    with tenant_context(business):
        assert Appointment.objects.get(pk=holds[0].pk).status == Status.HELD
    warned = [record for record in caplog.records if "hold.end" in record.getMessage()]
    assert [record.levelname for record in warned] == ["WARNING"]
    assert business.schema_name in warned[0].getMessage()


def test_hc261_a_row_that_never_succeeds_ends_as_an_error(
    business: Business, failing_for_acme: None, caplog: pytest.LogCaptureFixture
) -> None:
    here = world(business)
    here.hold(here.day(0))()
    OutboxRow.objects.filter(kind="hold.end").update(attempts=relay.MOST_ATTEMPTS - 1)
    with caplog.at_level(logging.ERROR):
        relay.drain(now=LATER)
    row = OutboxRow.objects.get(kind="hold.end")
    assert (row.state, row.last_error) == (OutboxState.DEAD, "ZeroDivisionError: acme's trouble")
    (record,) = [record for record in caplog.records if "is dead" in record.getMessage()]
    assert record.levelname == "ERROR"


def test_hc261_a_dead_hold_that_nobody_sweeps_is_still_free(business: Business, failing_for_acme: None) -> None:
    """The sweeper is housekeeping: a booking expires what stands in its way."""
    here = world(business)
    hold = here.hold(here.day(0))()
    assert here.hold(here.day(0), now=LATER)().pk != hold.pk
    assert Appointment.objects.get(pk=hold.pk).status == Status.EXPIRED
    invariants.assert_sound(LATER)


def test_hc228_what_rolls_back_leaves_no_row_anywhere(business: Business) -> None:
    here = world(business)
    before = OutboxRow.objects.count()

    def book_and_fail() -> None:
        with transaction.atomic():
            here.book(here.day(0))()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book_and_fail()
    assert OutboxRow.objects.count() == before
    assert [model.objects.count() for model in (Appointment, AppointmentEvent, Client)] == [0, 0, 0]


def test_hc228_a_receiver_that_fails_takes_the_booking_with_it(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """State and outbox commit together, or not at all."""
    here = world(business)
    before = OutboxRow.objects.count()
    monkeypatch.setattr("scheduling.receivers.enqueue_all", lambda entries: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        here.book(here.day(0))()
    assert OutboxRow.objects.count() == before
    assert Appointment.objects.count() == 0
