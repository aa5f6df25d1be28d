"""Many workers, clients and strangers at once: one hold for an entry, one entry for a time, and nothing half done."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from scheduling.enums import Source, Status
from scheduling.models import Appointment, WaitlistEntry, WaitlistOffer
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.selectors import waitlist as reading
from scheduling.services import bookings, transitions, waitlist, waitlist_offers, waitlist_rows
from scheduling.services.clients import clean_details
from scheduling.services.placing import Terms, Wish
from tenants.models import Business
from tests.factories import CLIENT, STAFF, at
from tests.faults import invariants
from tests.faults.racing import Call, Racers, codes, racers, server_deadlocks, winners
from tests.scheduling.waiting_world import TUESDAY_NOON, Waiting, world

ELEVEN = at("2027-06-07T11:00:00-04:00")


@pytest.fixture
def here(committed: Business) -> Iterator[Waiting]:
    """Afterwards every open offer has its one live hold, every entry at most one, and nothing deadlocked."""
    before = server_deadlocks()
    found = world(committed)
    yield found
    opened = list(WaitlistOffer.objects.filter(state=OfferState.OPEN).select_related("entry", "appointment"))
    assert all(o.entry.state == WaitState.OFFERED and o.appointment.status == Status.HELD for o in opened)
    assert len({o.entry_id for o in opened}) == len(opened)
    held = Appointment.objects.filter(status=Status.HELD, source=Source.WAITLIST)
    assert held.count() == len(opened)
    assert WaitlistEntry.objects.filter(state=WaitState.OFFERED).count() == len(opened)
    invariants.assert_sound(TUESDAY_NOON)
    assert server_deadlocks() == before


@pytest.fixture
def pool(committed: Business) -> Iterator[Racers]:
    with racers(committed, 6) as found:
        yield found


def stranger(here: Waiting) -> Any:
    """A call of somebody who takes the hour at eleven on the booking page."""
    terms = {here.ana.pk: Terms(10000, "usd")}
    wish = Wish(here.cut, ELEVEN)
    return lambda: bookings.hold(business=here.business, wish=wish, terms=terms, now=here.now, by=CLIENT)


def test_six_workers_make_one_offer_of_one_time(here: Waiting, pool: Racers) -> None:
    for name in ("Kim", "Lee", "Noa"):
        here.join(name)
    here.free(11)
    outcomes = pool.race([here.match] * 6)
    assert sum(winners(outcomes)) == 1
    assert here.offers() == [("Kim", 11, "open")]


def test_six_workers_serve_each_entry_once(here: Waiting, pool: Racers) -> None:
    for name in ("Kim", "Lee"):
        here.join(name)
    for hour in (10, 11, 12):
        here.free(hour)
    outcomes = pool.race([here.match] * 6)
    assert sum(winners(outcomes)) == 2
    assert sorted(name for name, *_ in here.offers()) == ["Kim", "Lee"]


def test_relays_at_once_write_one_mail_for_one_offer(here: Waiting, pool: Racers) -> None:
    here.join("Kim")
    here.free(11)
    for _ in range(4):
        waitlist_rows.look(here.now)
    schema = here.business.schema_name
    pool.race([lambda: relay.drain(now=here.now, schema=schema, impatient=True)] * 4)
    here.drain()
    assert here.offers() == [("Kim", 11, "open")]
    assert here.notes() == [("Kim", "joined"), ("Kim", "offer")]


def test_a_stranger_and_the_worker_race_for_a_freed_time(here: Waiting, pool: Racers) -> None:
    here.join("Kim")
    here.free(11)
    outcomes = pool.race([stranger(here), here.match, here.match])
    held = Appointment.objects.filter(status=Status.HELD, starts_at=ELEVEN)
    assert held.count() == 1
    offered = sum(outcome.value for outcome in outcomes[1:])
    assert offered + outcomes[0].won == 1
    assert codes(outcomes) <= {"slot_unavailable"}


def test_once_offered_no_stranger_gets_it(here: Waiting, pool: Racers) -> None:
    here.join("Kim")
    here.free(11)
    here.match()
    outcomes = pool.race([stranger(here)] * 6)
    assert winners(outcomes) == []
    assert codes(outcomes) == {"slot_unavailable"}


def answers(here: Waiting, entry: WaitlistEntry) -> list[Call]:
    """Everything that can end an offer: yes, no, its end, and leaving the list."""
    offer, business, now = here.offer_of(entry), here.business, here.now
    held, over = offer.appointment, offer.expires_at + timedelta(seconds=1)
    client = clean_details(name=entry.name, email=entry.email)
    return [
        lambda: bookings.confirm_hold(business=business, appointment=held, client=client, now=now, by=CLIENT),
        lambda: waitlist_offers.decline(business=business, offer=offer, now=now, by=CLIENT),
        lambda: transitions.expire(business=business, appointment=held, now=over),
        lambda: waitlist.leave(business=business, entry=entry, now=now, by=CLIENT),
    ]


def test_yes_no_and_the_end_of_an_offer_at_once(here: Waiting, pool: Racers) -> None:
    here.free(11)
    for name in ("Kim", "Lee", "Noa"):
        entry = here.join(name)
        here.match()
        outcomes = pool.race(answers(here, entry))
        assert codes(outcomes) <= {"offer_over", "hold_expired", "slot_unavailable", "invalid_transition"}
        offer = here.offer_of(entry)
        assert offer.state != OfferState.OPEN
        assert (offer.state == OfferState.TAKEN) == (offer.appointment.status == Status.CONFIRMED)
        if offer.state == OfferState.TAKEN:
            transitions.cancel(business=here.business, appointment=offer.appointment, now=here.now, by=STAFF)


def test_joining_twice_at_once_is_joining_once(here: Waiting, pool: Racers) -> None:
    pool.race([lambda: here.join("Kim")] * 6)
    assert WaitlistEntry.objects.count() == 1


def leaving(here: Waiting, entry: WaitlistEntry) -> Call:
    """A call of somebody who has had enough."""
    return lambda: waitlist.leave(business=here.business, entry=entry, now=here.now, by=CLIENT)


def test_leaving_while_an_offer_is_made_leaves_nothing_held(here: Waiting, pool: Racers) -> None:
    for name in ("Kim", "Lee", "Noa"):
        entry = here.join(name)
        if name == "Kim":
            here.free(11)
        pool.race([here.match, leaving(here, entry)])
        OutboxRow.objects.filter(kind=waitlist_rows.LOOK).delete()
        here.drain()
        assert here.state(entry) == "left"
        assert reading.open_offer(entry) is None


def test_a_worker_that_dies_midway_leaves_no_half_of_an_offer(here: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    kim = here.join("Kim")
    here.free(11)

    def dies(*_: object, **__: object) -> None:
        raise SystemError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(waitlist_rows, "tell", dies)
        with pytest.raises(SystemError):
            here.match()
    assert (here.offers(), here.state(kim)) == ([], "waiting")
    assert not Appointment.objects.filter(source=Source.WAITLIST).exists()
    here.match()
    assert here.offers() == [("Kim", 11, "open")]
