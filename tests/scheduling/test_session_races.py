"""A class session that is moved while others book: one of two gets the time, nobody is left behind, no deadlock."""

from datetime import datetime, timedelta

from scheduling.models import Appointment, Provider
from scheduling.services import session_moves
from scheduling.services.moves import Move
from tenants.models import Business
from tests.factories import NOW, STAFF, make_service
from tests.faults.racing import codes, racers, winners
from tests.scheduling.race_world import Call, World, world

LATER = timedelta(hours=2)
SEATS = 3


def session(here: World, start: datetime, provider: Provider) -> Appointment:
    seats: list[Appointment] = [here.book(start, provider)() for _ in range(SEATS)]
    return seats[0]


def moving(here: World, seat: Appointment, start: datetime, provider: Provider | None = None) -> Call:
    to = Move(start, provider.pk if provider else None)
    return lambda: session_moves.reschedule(business=here.business, seat=seat, move=to, now=NOW, by=STAFF)


def test_a_session_and_a_booking_want_the_same_time(committed: Business, sound: None) -> None:
    here = world(committed, providers=2, capacity=5)
    alone = World(committed, make_service(committed, "Alone", providers=here.providers), here.providers)
    first, second = here.providers
    with racers(committed, 2) as pool:
        for number in range(6):
            start, target = here.day(number), here.day(number) + LATER
            seat = session(here, start, first)
            to = second if number % 2 else first
            outcomes = pool.race([moving(here, seat, target, to), alone.book(target, to)])
            assert len(winners(outcomes)) == 1
            assert codes(outcomes) <= {"slot_unavailable", "overlap"}
            moved = Appointment.objects.filter(service=here.service, starts_at=target, provider=to).count()
            stayed = Appointment.objects.filter(service=here.service, starts_at=start, provider=first).count()
            assert (moved, stayed) == ((SEATS, 0) if outcomes[0].won else (0, SEATS))


def test_who_books_a_seat_goes_along_or_has_a_class_of_his_own(committed: Business, sound: None) -> None:
    here = world(committed, capacity=5)
    with racers(committed, 2) as pool:
        for number in range(6):
            start, target = here.day(number), here.day(number) + LATER
            seat = session(here, start, here.providers[0])
            outcomes = pool.race([moving(here, seat, target), here.book(start, here.providers[0])])
            assert len(winners(outcomes)) == 2
            there = Appointment.objects.filter(starts_at=target).count()
            assert there == len(outcomes[0].value)
            assert there + Appointment.objects.filter(starts_at=start).count() == SEATS + 1


def test_two_sessions_that_change_places_do_not_wait_for_each_other(committed: Business, sound: None) -> None:
    here = world(committed, providers=2, capacity=5)
    first, second = here.providers
    with racers(committed, 2) as pool:
        for number in range(6):
            start, target = here.day(number), here.day(number) + LATER
            mine, theirs = session(here, start, first), session(here, start, second)
            calls = [moving(here, mine, target, second), moving(here, theirs, target, first)]
            assert len(winners(pool.race(calls))) == 2
            assert Appointment.objects.filter(starts_at=target).count() == 2 * SEATS
