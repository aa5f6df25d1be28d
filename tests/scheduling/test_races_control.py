"""The control: without lock and constraint the same race must go wrong, else the race tests could not see one."""

from collections.abc import Iterator

import pytest
from django.db import connection

from scheduling.services import write_path
from tenants.models import Business
from tests.factories import NOW
from tests.faults import invariants
from tests.faults.racing import racers, winners
from tests.scheduling.race_world import world
from tests.scheduling.test_races import CONTESTS, Round

MOST_ROUNDS = 30


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The write path takes no lock."""
    monkeypatch.setattr(write_path, "lock", lambda providers: None)


@pytest.fixture
def unguarded(committed: Business) -> Iterator[None]:
    """The constraint is dropped in this test's database, which is thrown away afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("alter table scheduling_appointment drop constraint no_overlap")
    yield
    assert not invariants.guarded()


@pytest.mark.parametrize("contend", CONTESTS)
def test_hc088_without_lock_and_constraint_the_race_is_lost(
    committed: Business, unlocked: None, unguarded: None, contend: Round
) -> None:
    here = world(committed)
    with racers(committed, 8) as pool:
        for number in range(MOST_ROUNDS):
            if len(winners(pool.race(contend(here, number, 8)))) > 1:
                break
    assert invariants.overlaps(NOW) != []


@pytest.mark.parametrize("contend", CONTESTS)
def test_hc088_the_lock_alone_is_enough(committed: Business, unguarded: None, contend: Round) -> None:
    here = world(committed)
    with racers(committed, 8) as pool:
        for number in range(4):
            assert len(winners(pool.race(contend(here, number, 8)))) == 1
    assert invariants.overlaps(NOW) == []


@pytest.mark.parametrize("contend", CONTESTS)
def test_hc088_the_constraint_alone_never_books_twice(committed: Business, unlocked: None, contend: Round) -> None:
    """It is the last line: safe, but its rivals deadlock, so some may be told to come back (503)."""
    here = world(committed)
    with racers(committed, 4) as pool:
        for number in range(3):
            assert len(winners(pool.race(contend(here, number, 4)))) <= 1
    invariants.assert_sound(NOW)
