"""When a time frees up, the next on the list gets it, for a while and for himself alone."""

from datetime import date, timedelta
from typing import Any

import pytest

from scheduling.enums import Source, Status
from scheduling.errors import InvalidTransition, OfferOver, SlotUnavailable
from scheduling.models import Appointment, AppointmentEvent, WaitlistEntry, WaitlistOffer
from scheduling.services import bookings, hours, moves, offer, transitions, waitlist, waitlist_offers
from scheduling.services.clients import clean_details
from scheduling.services.moves import UNDO_FOR, Move
from scheduling.services.placing import Terms, Wish
from tenants.enums import BusinessStatus, WaitlistOrder
from tenants.models import Business
from tests.factories import CLIENT, STAFF, at, make_appointment, make_block, make_provider, make_rule, make_service
from tests.scheduling.waiting_world import MONDAY, Waiting, free_hours, world


@pytest.fixture
def here(business: Business) -> Waiting:
    return world(business)


def book(here: Waiting, entry: WaitlistEntry, *, now: Any = None) -> Appointment:
    """The client says yes to his offer."""
    held = here.offer_of(entry).appointment
    client = clean_details(name=entry.name, email=entry.email)
    return bookings.confirm_hold(
        business=here.business, appointment=held, client=client, now=now or here.now, by=CLIENT
    )


def public_hold(here: Waiting, hour: int) -> Appointment:
    """A stranger takes a time on the booking page."""
    terms = {here.ana.pk: Terms(10000, "usd")}
    wish = Wish(here.cut, at(f"2027-06-07T{hour}:00:00-04:00"))
    return bookings.hold(business=here.business, wish=wish, terms=terms, now=here.now, by=CLIENT)


def test_a_cancelled_time_is_offered_to_who_joined_first(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    here.drain()
    assert here.offers() == []
    here.free(11)
    here.drain()
    assert here.offers() == [("Kim", 11, "open")]
    assert (here.state(kim), here.state(lee)) == ("offered", "waiting")
    held = here.offer_of(kim).appointment
    assert (held.status, held.source, held.client_id, held.client_name) == ("held", "waitlist", None, "Kim Doe")
    assert (
        held.hold_expires_at
        == here.offer_of(kim).expires_at
        == here.now + timedelta(hours=1) + timedelta(seconds=60 - here.now.second)
    )  # to the minute
    assert ("Kim", "offer") in here.notes()


def test_nobody_else_can_take_an_offered_time(here: Waiting) -> None:
    kim = here.join("Kim")
    here.free(11)
    here.drain()
    assert free_hours(here) == []
    with pytest.raises(SlotUnavailable):
        public_hold(here, 11)
    assert book(here, kim).status == Status.CONFIRMED


def test_yes_books_it_from_the_waiting_list(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    here.free(11)
    here.drain()
    booked = book(here, kim)
    assert (booked.status, booked.source, booked.client_email) == ("confirmed", Source.WAITLIST, "kim@example.test")
    assert here.offers() == [("Kim", 11, "taken")]
    assert (here.state(kim), here.state(lee)) == ("booked", "waiting")
    here.drain(here.now + timedelta(hours=3))
    assert here.offers() == [("Kim", 11, "taken")]
    assert [e.action for e in AppointmentEvent.objects.filter(appointment=booked)] == ["held", "offered", "confirmed"]


def test_a_service_that_asks_for_approval_gets_a_request(business: Business) -> None:
    here = world(business, requires_approval=True)
    kim = here.join("Kim")
    here.free(11)
    here.drain()
    assert book(here, kim).status == Status.PENDING_APPROVAL
    assert here.state(kim) == "booked"


def test_an_ignored_offer_goes_to_the_next_and_never_back(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    here.free(11)
    here.drain()
    here.drain(here.now + timedelta(minutes=62))
    assert here.offers() == [("Kim", 11, "expired"), ("Lee", 11, "open")]
    assert (here.state(kim), here.state(lee)) == ("waiting", "offered")
    here.drain(here.now + timedelta(minutes=62))
    here.drain(here.now + timedelta(hours=2))
    assert here.offers() == [("Kim", 11, "expired"), ("Lee", 11, "expired")]  # and now it is anybody's
    assert free_hours(here) == [11]
    assert Appointment.objects.filter(source=Source.WAITLIST).exclude(client_name="").count() == 0


def test_no_thanks_passes_it_on_at_once(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    here.free(11)
    here.drain()
    declined = here.offer_of(kim)
    waitlist_offers.decline(business=here.business, offer=declined, now=here.now, by=CLIENT)
    here.drain()
    assert here.offers() == [("Kim", 11, "declined"), ("Lee", 11, "open")]
    assert (here.state(kim), here.state(lee)) == ("waiting", "offered")
    with pytest.raises(OfferOver):
        waitlist_offers.decline(business=here.business, offer=declined, now=here.now, by=CLIENT)
    with pytest.raises(Exception, match="held for you"):
        book(here, kim)


def test_three_ignored_offers_end_the_wait_with_a_mail(here: Waiting) -> None:
    kim = here.join("Kim")
    for hour in (10, 11, 12):
        here.free(hour)
        here.drain()
        here.drain(here.now + timedelta(minutes=70))
    assert here.offers() == [("Kim", 10, "expired"), ("Kim", 11, "expired"), ("Kim", 12, "expired")]
    assert here.state(kim) == "left"
    assert here.notes()[-1] == ("Kim", "left")


def test_a_no_between_ignored_offers_counts_as_a_word(here: Waiting) -> None:
    kim = here.join("Kim")
    for hour in (10, 11, 12):
        here.free(hour)
        here.drain()
        if hour == 11:
            waitlist_offers.decline(business=here.business, offer=here.offer_of(kim), now=here.now, by=CLIENT)
        here.drain(here.now + timedelta(minutes=70))
    assert [state for *_, state in here.offers()] == ["expired", "declined", "expired"]
    assert here.state(kim) == "waiting"


def test_several_freed_times_serve_several_people_one_each(here: Waiting) -> None:
    for name in ("Kim", "Lee", "Noa"):
        here.join(name)
    here.free(10)
    here.free(12)
    here.drain()
    assert here.offers() == [("Kim", 10, "open"), ("Lee", 12, "open")]


def test_invented_addresses_cannot_keep_a_business_closed(business: Business) -> None:
    """Strangers have three offers at once in all; who was a client before, or is put on the list by staff, is not held up."""
    here = world(business, capacity=8)
    for number in range(5):
        here.join(f"Stranger{number}")
    here.join("Guest", email="guest10@example.test")
    here.join("Friend", by=STAFF)
    for hour in (10, 11, 12):
        here.free(hour)
    assert here.match() == 5
    assert [name for name, _hour, _state in here.offers()] == ["Stranger0", "Stranger1", "Stranger2", "Guest", "Friend"]
    assert here.match() == 0
    waitlist_offers.decline(
        business=business, offer=WaitlistOffer.objects.get(entry__name="Stranger1 Doe"), now=here.now, by=CLIENT
    )
    assert here.match() == 1
    assert [state for name, _hour, state in here.offers() if name.startswith("Stranger")].count("open") == 3


def test_wishes_are_kept_to(here: Waiting) -> None:
    make_rule(here.ana, 2, "10:00", "11:00")  # Tuesdays are free
    here.join("Dates", first=date(2027, 6, 9), last=date(2027, 6, 14))
    here.join("Days", last=date(2027, 6, 9), weekdays=[3])
    here.join("Hours", hours=(660, 720))
    here.join("Tuesday", last=date(2027, 6, 8), weekdays=[2])
    here.free(10)
    here.free(11)
    here.drain()
    assert here.offers() == [("Dates", 10, "open"), ("Hours", 11, "open"), ("Tuesday", 10, "open")]
    dates = WaitlistEntry.objects.get(name="Dates Doe")
    assert here.offer_of(dates).appointment.starts_at == at("2027-06-14T10:00:00-04:00")


def test_the_business_s_own_order(here: Waiting) -> None:
    _kim, lee, noa = (here.join(name) for name in ("Kim", "Lee", "Noa"))
    here.business.waitlist_order = WaitlistOrder.PRIORITY
    here.business.save()
    waitlist.shift(entry=noa, by=-1)
    waitlist.shift(entry=noa, by=-1)
    waitlist.shift(entry=noa, by=-1)  # at the edge nothing happens
    here.free(11)
    here.free(12)
    here.drain()
    assert here.offers() == [("Noa", 11, "open"), ("Kim", 12, "open")]
    assert here.state(lee) == "waiting"


def test_booking_another_time_himself_ends_the_wait_and_frees_what_was_kept(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    here.free(11)
    here.drain()
    make_appointment(
        here.business, here.cut, here.ana, "2027-06-14T10:00:00-04:00", now=here.now, email="KIM@example.test"
    )
    assert here.state(kim) == "booked"
    here.drain()
    assert here.offers() == [("Kim", 11, "withdrawn"), ("Lee", 11, "open")]
    assert here.state(lee) == "offered"


def test_who_has_no_e_mail_is_known_by_phone_or_by_being_booked_from_the_list(here: Waiting) -> None:
    by_phone = here.join("Phone", email="", phone="+12075550123", by=STAFF)
    by_name = here.join("Name", email="", by=STAFF)
    other = here.join("Other", email="", by=STAFF)
    start = "2027-06-14T1{}:00:00-04:00"
    facts: dict[str, Any] = {"now": here.now, "email": ""}
    make_appointment(here.business, here.cut, here.ana, start.format(0), phone="+12075550123", **facts)
    make_appointment(here.business, here.cut, here.ana, start.format(1), name="Name Doe", source="waitlist", **facts)
    make_appointment(here.business, here.cut, here.ana, start.format(2), name="Other Doe", **facts)
    assert [here.state(entry) for entry in (by_phone, by_name, other)] == ["booked", "booked", "waiting"]


def test_a_time_of_another_service_or_person_ends_nothing(here: Waiting) -> None:
    kim = here.join("Kim")
    other = make_service(here.business, "Shave", providers=[here.ana])
    make_appointment(
        here.business, other, here.ana, "2027-06-14T10:00:00-04:00", now=here.now, email="kim@example.test"
    )
    make_appointment(
        here.business, here.cut, here.ana, "2027-06-14T11:00:00-04:00", now=here.now, email="lee@example.test"
    )
    assert here.state(kim) == "waiting"


def test_leaving_gives_back_what_is_kept(here: Waiting) -> None:
    kim, _lee = here.join("Kim"), here.join("Lee")
    here.free(11)
    here.drain()
    waitlist.leave(business=here.business, entry=kim, now=here.now, by=CLIENT)
    waitlist.leave(business=here.business, entry=kim, now=here.now, by=CLIENT)
    here.drain()
    assert here.state(kim) == "left"
    assert here.offers() == [("Kim", 11, "declined"), ("Lee", 11, "open")]


def test_dates_that_have_passed_end_the_wait(here: Waiting) -> None:
    kim = here.join("Kim")
    here.drain(at("2027-06-07T23:59:00-04:00"))
    assert here.state(kim) == "waiting"
    here.drain(at("2027-06-08T01:00:00-04:00"))
    assert here.state(kim) == "ended"
    here.drain(at("2027-06-09T01:00:00-04:00"))
    pending = [row for row in here.rows("waitlist.hourly") if row.state == "pending"]
    assert pending == []  # nobody waits: no more looks


def test_nobody_is_asked_who_could_not_answer_in_time(here: Waiting) -> None:
    here.join("Kim")
    here.free(10)
    here.drain(at("2027-06-07T09:46:00-04:00"))
    assert here.offers() == []


def test_an_offer_made_at_night_lasts_into_the_morning(here: Waiting) -> None:
    kim = here.join("Kim")
    here.now = at("2027-06-05T03:00:00-04:00")
    here.free(11)
    here.drain()
    assert here.offer_of(kim).expires_at == at("2027-06-05T09:00:00-04:00")


def test_a_paused_business_offers_nothing_and_goes_on_later(here: Waiting) -> None:
    kim = here.join("Kim")
    here.drain()
    here.business.status = BusinessStatus.SUSPENDED
    here.business.save()
    here.free(11)
    here.drain()
    assert here.match() == 0
    assert here.offers() == []
    here.business.status = BusinessStatus.ACTIVE
    here.business.save()
    here.drain()
    assert here.state(kim) == "offered"


def test_a_blocked_client_is_not_offered_anything(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    old = make_appointment(
        here.business, make_service(here.business, "Shave", providers=[here.ana]), here.ana,
        "2027-06-14T10:00:00-04:00", now=here.now, email="Kim@example.test",
    )  # fmt: skip
    assert old.client is not None
    old.client.blocked_at = here.now
    old.client.save()
    here.free(11)
    here.drain()
    assert here.offers() == [("Lee", 11, "open")]
    assert (here.state(kim), here.state(lee)) == ("waiting", "offered")


@pytest.mark.parametrize("how", ["declined", "released", "moved", "block", "hours", "service", "provider"])
def test_whatever_frees_a_time_is_noticed(business: Business, how: str) -> None:
    here = world(business)
    start = at("2027-06-07T11:00:00-04:00")
    block = None
    if how in ("declined", "released"):
        here.free(11)
    if how == "declined":
        asked = make_appointment(
            business, here.cut, here.ana, start, now=here.now, status=Status.PENDING_APPROVAL, email="x@example.test"
        )
    if how == "released":
        asked = public_hold(here, 11)
    if how == "block":
        here.free(11)
        block = make_block(here.ana, "2027-06-07", "11:00", "12:00")
    if how in ("service", "provider"):
        here.free(11)
        offer.set_providers(here.cut, links=[])
    kim = here.join("Kim", last=date(2027, 6, 8) if how == "hours" else MONDAY)
    here.drain()
    assert here.state(kim) == "waiting"
    match how:
        case "declined":
            transitions.decline(business=business, appointment=asked, now=here.now, by=STAFF)
        case "released":
            here.drain(here.now + timedelta(minutes=11))
        case "moved":
            moves.reschedule(
                business=business, appointment=here.booked[11], now=here.now, by=STAFF,
                move=Move(at("2027-06-14T11:00:00-04:00")),
            )  # fmt: skip
        case "block":
            assert block is not None
            hours.delete_override(block)
        case "hours":
            rules = [hours.Hours(1, 600, 780), hours.Hours(2, 600, 660)]
            hours.replace_rules(hours=rules, provider=here.ana)
        case "service" | "provider":
            offer.set_services(here.ana, links=[offer.Link(here.cut.pk)])
    here.drain(here.now + UNDO_FOR)
    assert here.state(kim) == "offered"


def test_days_that_come_into_reach_are_noticed_within_the_hour(business: Business) -> None:
    here = world(business, max_advance_days=8)
    kim = here.join("Kim", first=date(2027, 6, 14), last=date(2027, 6, 14))
    here.drain(at("2027-06-05T23:30:00-04:00"))
    assert here.state(kim) == "waiting"
    here.drain(at("2027-06-06T00:30:00-04:00"))
    assert here.state(kim) == "offered"


def test_any_provider_means_any_and_one_means_one(here: Waiting) -> None:
    marco = make_provider(here.business, "Marco Vitale")
    make_rule(marco, 1, "15:00", "16:00")
    here.join("Ana", provider=here.ana)
    anyone = here.join("Anyone")
    offer.set_providers(here.cut, links=[offer.Link(here.ana.pk), offer.Link(marco.pk)])
    here.drain()
    assert here.offers() == [("Anyone", 15, "open")]
    assert here.offer_of(anyone).appointment.provider_id == marco.pk


def test_a_class_has_as_many_offers_as_seats(business: Business) -> None:
    here = world(business)
    yoga = make_service(business, "Yoga", providers=[here.ana], capacity=2, step_minutes=60)
    make_rule(here.ana, 3, "18:00", "19:00")
    start, day = "2027-06-09T18:00:00-04:00", date(2027, 6, 9)
    seats = [
        make_appointment(business, yoga, here.ana, start, now=here.now, email=f"s{n}@example.test") for n in (1, 2)
    ]
    for name in ("Kim", "Lee", "Noa"):
        here.join(name, service=yoga, first=day, last=day)
    here.drain()
    assert here.offers() == []
    for seat in seats:
        transitions.cancel(business=business, appointment=seat, now=here.now, by=STAFF)
    here.drain(here.now + UNDO_FOR)
    assert here.offers() == [("Kim", 18, "open"), ("Lee", 18, "open")]
    assert len({o.appointment.block_id for o in WaitlistOffer.objects.select_related("appointment")}) == 1


def test_a_yes_that_comes_late_still_books_while_nobody_else_has_the_time(here: Waiting) -> None:
    kim = here.join("Kim")
    here.free(11)
    here.drain()
    later = here.offer_of(kim).expires_at + timedelta(minutes=1)
    assert book(here, kim, now=later).status == Status.CONFIRMED
    assert here.state(kim) == "booked"
    with pytest.raises(InvalidTransition):
        book(here, kim, now=later)
