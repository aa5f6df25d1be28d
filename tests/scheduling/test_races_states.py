"""Races about what an appointment becomes: one transition each, one mail, nothing in between."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from daybook.core.models import OutboxRow
from scheduling.enums import Status
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services import holds, transitions
from tenants.models import Business
from tests.factories import CLIENT, NOW, STAFF
from tests.faults import invariants
from tests.faults.racing import Outcome, codes, racers, winners
from tests.scheduling.race_world import Call, World, world

SECOND = timedelta(seconds=1)


def confirm_against_sweep(here: World, number: int) -> Sequence[Call]:
    """A hold's last second: its client confirms, the sweeper expires it, somebody else wants the time."""
    hold = here.hold(here.day(number), here.providers[0])()
    end = hold.hold_expires_at
    assert end is not None
    return [
        here.confirm(hold, now=end - SECOND),
        partial(transitions.expire, business=here.business, appointment=hold, now=end),
        here.hold(here.day(number), here.providers[0], now=end),
    ]


def check_one_has_it(here: World, number: int, outcomes: Sequence[Outcome]) -> None:
    """The client is confirmed, or his hold is expired and the other one has the time; never both, never neither."""
    confirmed, swept, other = outcomes
    assert swept.won
    assert confirmed.won != other.won
    assert codes(outcomes) == {"slot_unavailable"}
    hold = Appointment.objects.get(pk=swept.value.pk)
    assert hold.status == (Status.CONFIRMED if confirmed.won else Status.EXPIRED)
    assert (hold.client_id is None) == other.won


def test_hc079_confirm_and_sweep_at_the_last_second(committed: Business, sound: None) -> None:
    here = world(committed)
    with racers(committed, 3) as pool:
        for number in range(20):
            check_one_has_it(here, number, pool.race(confirm_against_sweep(here, number)))
    assert invariants.unwatched() == []


@pytest.mark.slow
def test_hc079_at_length(committed: Business, sound: None) -> None:
    here = world(committed)
    with racers(committed, 3) as pool:
        for number in range(200):
            check_one_has_it(here, number, pool.race(confirm_against_sweep(here, number)))


def test_hc080_five_who_cancel_at_once(committed: Business, sound: None) -> None:
    """One transition, one mail to the client, one to the members; the others hear that it has changed."""
    here = world(committed)
    with racers(committed, 5) as pool:
        for number in range(6):
            made = here.book(here.day(number))()
            cancel = partial(transitions.cancel, business=committed, appointment=made, now=NOW)
            outcomes = pool.race([partial(cancel, by=by) for by in (CLIENT, STAFF, CLIENT, STAFF, CLIENT)])
            assert len(winners(outcomes)) == 1
            assert codes(outcomes) == {"invalid_transition"}
            assert AppointmentEvent.objects.filter(appointment=made, to_status=Status.CANCELLED).count() == 1
            rows = OutboxRow.objects.filter(payload__appointment=str(made.pk), kind__endswith=".cancelled")
            assert sorted(rows.values_list("kind", flat=True)) == ["client.cancelled", "members.cancelled"]


def test_hc081_complete_and_cancel_at_once(committed: Business, sound: None) -> None:
    here = world(committed)
    with racers(committed, 3) as pool:
        for number in range(6):
            made = here.book(here.day(number))()
            facts = {"business": committed, "appointment": made, "now": made.starts_at, "by": STAFF}
            does = (transitions.complete, transitions.cancel, transitions.no_show)
            outcomes = pool.race([partial(do, **facts) for do in does])
            (winner,) = winners(outcomes)
            assert codes(outcomes) == {"invalid_transition"}
            made.refresh_from_db()
            assert made.status == winner.status
            mails = OutboxRow.objects.filter(payload__appointment=str(made.pk), kind="client.cancelled")
            assert mails.exists() == (made.status == Status.CANCELLED)


def test_release_and_confirm_at_once(committed: Business, sound: None) -> None:
    """Whoever comes second finds it done; a released hold is never booked."""
    here = world(committed)
    with racers(committed, 2) as pool:
        for number in range(6):
            hold = here.hold(here.day(number))()
            release = partial(holds.release, business=committed, appointment=hold, now=NOW, by=CLIENT)
            outcomes = pool.race([here.confirm(hold, now=NOW), release])
            assert len(winners(outcomes)) == 1
            hold.refresh_from_db()
            assert hold.status == (Status.CONFIRMED if outcomes[0].won else Status.CANCELLED)
            assert codes(outcomes) <= {"hold_expired", "invalid_transition"}


def test_approve_and_decline_at_once(committed: Business, sound: None) -> None:
    here = world(committed, requires_approval=True)
    with racers(committed, 3) as pool:
        for number in range(6):
            made = here.book(here.day(number))()
            facts = {"business": committed, "appointment": made, "now": NOW}
            outcomes = pool.race(
                [
                    partial(transitions.approve, **facts, by=STAFF),
                    partial(transitions.decline, **facts, by=STAFF),
                    partial(transitions.cancel, **facts, by=CLIENT),
                ]
            )
            made.refresh_from_db()
            approved_first = made.status == Status.CANCELLED and len(winners(outcomes)) == 2
            assert len(winners(outcomes)) == 1 or approved_first  # what was approved may be cancelled after it
            assert codes(outcomes) <= {"invalid_transition"}
            assert invariants.lawless() == []


def test_two_who_restore_into_the_same_time(committed: Business, sound: None) -> None:
    """Both were cancelled, one comes back; a client who books meanwhile counts as well."""
    here = world(committed)
    with racers(committed, 3) as pool:
        for number in range(5):
            gone = []
            for _ in range(2):
                made = here.book(here.day(number))()
                gone.append(transitions.cancel(business=committed, appointment=made, now=NOW, by=STAFF))
            restores = [
                partial(transitions.restore, business=committed, appointment=one, now=NOW, by=STAFF) for one in gone
            ]
            outcomes = pool.race([*restores, here.book(here.day(number))])
            assert len(winners(outcomes)) == 1
            assert codes(outcomes) <= {"overlap", "slot_unavailable"}
