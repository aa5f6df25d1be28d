"""Edges of the write path: what is switched off or moved meanwhile, what the database itself refuses."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from daybook.core.errors import NotFound
from scheduling import signals
from scheduling.enums import Status
from scheduling.errors import SlotUnavailable
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import offer, transitions
from tenants.models import Business
from tests.factories import NOW, STAFF, at, make_appointment, make_provider, make_service, open_week
from tests.widget.asking import shop
from tests.widget.test_services_booking import book, held


def test_a_live_hold_books_although_its_service_was_switched_off(business: Business) -> None:
    service, _ = shop(business, ([1], "09:00", "17:00"))
    hold = held(business, service)
    offer.change_service(service=service, active=False)

    assert book(business, service, hold).status == Status.CONFIRMED
    with pytest.raises(NotFound):
        held(business, service)


def test_a_hold_that_is_over_does_not_bring_back_what_was_switched_off(business: Business) -> None:
    service, _ = shop(business, ([1], "09:00", "17:00"))
    hold = held(business, service)
    Appointment.objects.filter(pk=hold.pk).update(hold_expires_at=NOW)
    offer.change_service(service=service, active=False)
    hold.refresh_from_db()

    with pytest.raises(SlotUnavailable):
        book(business, service, hold)


def test_a_dead_hold_found_on_the_way_is_announced_as_expired(business: Business) -> None:
    service, _ = shop(business, ([1], "09:00", "17:00"))
    hold = held(business, service)
    Appointment.objects.filter(pk=hold.pk).update(hold_expires_at=NOW)
    heard: list[object] = []

    def listen(appointment: Appointment, **facts: object) -> None:
        heard.append(appointment.pk)

    signals.booking_expired.connect(listen)
    try:
        booked = book(business, service)
    finally:
        signals.booking_expired.disconnect(listen)

    assert heard == [hold.pk]
    assert booked.pk != hold.pk


def test_who_cancels_what_another_member_just_gave_to_somebody_else_cancels_it(committed: Business) -> None:
    ana, marco = make_provider(committed, "Ana Duarte"), make_provider(committed, "Marco Vitale")
    service = make_service(committed, providers=[ana, marco])
    open_week()
    appointment = make_appointment(committed, service, ana, "2027-06-07T10:00:00-04:00")
    Appointment.objects.filter(pk=appointment.pk).update(provider=marco)

    cancelled = transitions.cancel(business=committed, appointment=appointment, now=NOW, by=STAFF)

    assert (cancelled.status, cancelled.provider_id) == (Status.CANCELLED, marco.pk)


def test_a_reason_loses_what_cannot_be_shown(business: Business) -> None:
    ana = make_provider(business)
    service = make_service(business, providers=[ana])
    open_week()
    appointment = make_appointment(business, service, ana, "2027-06-07T10:00:00-04:00")

    transitions.cancel(business=business, appointment=appointment, now=NOW, by=STAFF, reason="ill\x07 today")

    assert AppointmentEvent.objects.get(appointment=appointment, action="cancelled").reason == "ill today"


def test_the_database_refuses_times_that_are_not_whole_minutes(business: Business) -> None:
    ana = make_provider(business)
    service = make_service(business, providers=[ana])
    open_week()
    appointment = make_appointment(business, service, ana, "2027-06-07T10:00:00-04:00")

    for wrong in (timedelta(seconds=1), timedelta(microseconds=1)):
        with pytest.raises(IntegrityError, match="whole_minutes"), transaction.atomic():
            Appointment.objects.filter(pk=appointment.pk).update(starts_at=at("2027-06-07T10:00:00-04:00") + wrong)
