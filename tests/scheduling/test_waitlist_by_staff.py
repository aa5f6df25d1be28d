"""What staff do with the waiting list: offer any time, also to whom no mail reaches, and take it back."""

import pytest

from scheduling.enums import Source
from scheduling.errors import NotWaiting
from scheduling.models import Appointment
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.services import transitions, waitlist_offers
from tenants.models import Business
from tests.factories import STAFF, at
from tests.scheduling.waiting_world import Waiting, world


@pytest.fixture
def here(business: Business) -> Waiting:
    return world(business)


def test_who_has_no_e_mail_is_left_to_staff(here: Waiting) -> None:
    walk_in = here.join("Walk", email="", phone="+12075550123", by=STAFF)
    here.free(11)
    here.drain()
    assert here.offers() == []
    made = waitlist_offers.offer_by_staff(
        business=here.business, entry=walk_in, start=at("2027-06-07T11:00:00-04:00"), provider_id=None,
        now=here.now, by=STAFF,
    )  # fmt: skip
    assert made.state == OfferState.OPEN
    assert here.notes() == []


def test_staff_offer_any_time_in_any_order_and_take_it_back(here: Waiting) -> None:
    kim, lee = here.join("Kim"), here.join("Lee")
    late = at("2027-06-07T13:30:00-04:00")
    made = waitlist_offers.offer_by_staff(
        business=here.business, entry=lee, start=late, provider_id=here.ana.pk, now=here.now, by=STAFF,
        allow_outside_hours=True,
    )  # fmt: skip
    assert (made.state, here.state(lee)) == ("open", "offered")
    with pytest.raises(NotWaiting):
        waitlist_offers.offer_by_staff(
            business=here.business, entry=lee, start=at("2027-06-07T15:00:00-04:00"), provider_id=here.ana.pk,
            now=here.now, by=STAFF, allow_outside_hours=True,
        )  # fmt: skip
    assert Appointment.objects.filter(source=Source.WAITLIST).count() == 1
    waitlist_offers.withdraw(business=here.business, offer=here.offer_of(lee), now=here.now, by=STAFF)
    assert (here.state(lee), here.offers()) == ("waiting", [("Lee", 13, "withdrawn")])
    assert here.notes()[-1] == ("Lee", "withdrawn")
    assert here.state(kim) == "waiting"


def test_staff_who_cancel_the_held_time_take_the_offer_back(here: Waiting) -> None:
    kim = here.join("Kim")
    here.free(11)
    here.drain()
    transitions.cancel(business=here.business, appointment=here.offer_of(kim).appointment, now=here.now, by=STAFF)
    assert here.offers() == [("Kim", 11, "withdrawn")]
    assert here.state(kim) == "waiting"


def test_wanting_the_same_again_changes_the_entry_that_is_there(here: Waiting) -> None:
    kim = here.join("Kim")
    again = here.join("Kim", hours=(600, 660), notes="Mornings only")
    assert again.pk == kim.pk
    assert (again.start_minute, again.notes) == (600, "Mornings only")
    assert here.join("Kim", provider=here.ana).pk != kim.pk
    assert [note for _, note in here.notes()] == ["joined", "changed", "joined"]
    assert WaitState(here.state(kim)) == WaitState.WAITING
