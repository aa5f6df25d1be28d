"""Taking back that appointments of a series were cancelled or moved: exactly what was changed, and nobody's news."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from daybook.core.idempotency.models import IdempotencyKey
from daybook.core.outbox.models import OutboxRow
from scheduling.enums import Status
from scheduling.models import Appointment
from scheduling.selectors.series import access_series
from scheduling.services import series, transitions
from scheduling.services.moves import UNDO_FOR, Move
from scheduling.services.series import Outcome, Target
from tenants.models import Business
from tests import factories as make
from tests.scheduling.mail_world import World, make_world, run, to_client
from tests.scheduling.test_series import FIRST, TOLD, book, rows, weeks

HELD, LATER = TOLD + UNDO_FOR, TOLD + timedelta(minutes=10)
WEEK = timedelta(weeks=1)
RUN = uuid4()
Act = Callable[..., Outcome]


@pytest.fixture
def world(business: Business) -> World:
    return make_world(business)


@pytest.fixture
def made(world: World) -> list[Appointment]:
    """Four Thursdays that the client has heard of."""
    outcome = book(world)
    run(TOLD)
    return access_series(None, UUID(outcome.series))[1]


def cancel(world: World, made: Sequence[Appointment], **values: Any) -> Outcome:
    return series.cancel(business=world.business, rows=made, run_id=RUN, now=TOLD, by=make.STAFF, **values)


def move(world: World, made: Sequence[Appointment], by: timedelta = WEEK, **values: Any) -> Outcome:
    targets = [Target(row, Move(row.starts_at + by)) for row in made]
    return series.move(business=world.business, targets=targets, run_id=RUN, now=TOLD, by=make.STAFF, **values)


def undo(world: World, outcome: Outcome, *, now: datetime = TOLD) -> Outcome:
    return series.undo(business=world.business, outcome=outcome, run_id=RUN, rows=rows(), now=now, by=make.STAFF)


def standing() -> list[tuple[datetime, str]]:
    return [(row.starts_at, row.status) for row in rows() if row.series_id]


@pytest.mark.parametrize("act", [cancel, move])
def test_taken_back_at_once_it_is_as_it_was_and_nobody_hears(world: World, made: list[Appointment], act: Act) -> None:
    before = standing()
    outcome = act(world, made)
    assert run(TOLD) == []  # it waits for second thoughts
    assert (len(undo(world, outcome).done), standing()) == (4, before)
    assert run(LATER) == []
    assert not OutboxRow.objects.filter(state="pending", kind__endswith=".series").exists()


@pytest.mark.parametrize(("act", "word"), [(cancel, "Confirmed: "), (move, "Rescheduled: ")])
def test_who_has_heard_hears_of_it_in_one_mail(world: World, made: list[Appointment], act: Act, word: str) -> None:
    outcome = act(world, made)
    assert len(to_client(run(HELD))) == 1
    undo(world, outcome, now=LATER)
    mails = run(LATER)
    (letter,) = to_client(mails)
    assert letter.subject == f"{word}Deep tissue massage, 4 times from Thu 12 Nov 10:30 am"
    assert sorted(mail.to[0] for mail in mails) == ["ana@example.test", "kim@example.test", "rosa@example.test"]


@pytest.mark.parametrize("act", [cancel, move])
def test_a_silent_one_is_taken_back_silently(world: World, made: list[Appointment], act: Act) -> None:
    outcome = act(world, made, notify=False)
    run(HELD)
    undo(world, outcome, now=LATER)
    assert to_client(run(LATER)) == []


@pytest.mark.parametrize("act", [cancel, move])
def test_a_second_undo_changes_nothing(world: World, made: list[Appointment], act: Act) -> None:
    outcome = act(world, made)
    first = undo(world, outcome)
    before = [(row.pk, row.sequence) for row in rows()]
    assert undo(world, outcome) == first
    assert [(row.pk, row.sequence) for row in rows()] == before
    assert not series.may_undo(series.outcome_of(world.business, series.undo_id(RUN)), make.CLIENT)


@pytest.mark.parametrize("act", [cancel, move])
def test_a_time_that_was_taken_is_named_and_the_rest_comes_back(
    world: World, made: list[Appointment], act: Act
) -> None:
    outcome = act(world, made[:2] if act is cancel else made, **({} if act is cancel else {"by": timedelta(hours=3)}))
    world.book(weeks()[1], client={"email": "x@example.test", "name": "Xenia"})
    after = undo(world, outcome)
    assert [(datetime.fromisoformat(one.start), bool(one.why)) for one in after.missed] == [(weeks()[1], True)]
    assert len(after.done) == len(outcome.done) - 1
    stays = Appointment.objects.get(pk=made[1].pk)
    assert (stays.status, stays.starts_at) == (
        (Status.CANCELLED, weeks()[1]) if act is cancel else (Status.CONFIRMED, weeks()[1] + timedelta(hours=3))
    )
    (letter,) = [mail for mail in to_client(run(LATER)) if "Thu 19 Nov" in str(mail.subject)]
    assert "times" not in str(letter.subject)  # told of the one that stays as the run left it


@pytest.mark.parametrize("shift", [WEEK, -WEEK])
def test_moved_onto_each_others_times_they_go_back_in_the_other_order(
    world: World, made: list[Appointment], shift: timedelta
) -> None:
    before = standing()
    after = undo(world, move(world, made, by=shift))
    assert (after.missed, standing()) == ([], before)


def test_only_what_the_run_changed_and_nobody_else_since(world: World, made: list[Appointment]) -> None:
    transitions.cancel(business=world.business, appointment=made[0], now=TOLD, by=make.CLIENT)
    outcome = cancel(world, access_series(None, made[0].series_id)[1])  # type: ignore[arg-type]
    assert len(outcome.missed) == 1
    again = Appointment.objects.get(pk=made[1].pk)
    transitions.restore(business=world.business, appointment=again, now=TOLD, by=make.STAFF)
    transitions.cancel(business=world.business, appointment=again, now=TOLD, by=make.CLIENT)
    after = undo(world, outcome)
    assert [datetime.fromisoformat(one.start) for one in after.missed] == [weeks()[1]]
    assert [status for _start, status in standing()] == ["cancelled"] * 2 + ["confirmed"] * 2


def test_what_was_there_already_is_not_put_where_it_was_earlier(world: World, made: list[Appointment]) -> None:
    move(world, made[:1], by=timedelta(hours=2))
    run(HELD)
    row = Appointment.objects.get(pk=made[0].pk)
    there, run_id = Target(row, Move(row.starts_at)), uuid4()
    outcome = series.move(business=world.business, targets=[there], run_id=run_id, now=LATER, by=make.STAFF)
    assert not series.may_undo(outcome, make.STAFF)
    assert Appointment.objects.get(pk=row.pk).starts_at == FIRST + timedelta(hours=2)


def test_work_that_was_broken_off_goes_on(world: World, made: list[Appointment]) -> None:
    before, outcome = standing(), cancel(world, made)
    undo(world, outcome)
    IdempotencyKey.objects.filter(object_id=None).update(answer={})  # as if the process had died before its end
    assert len(undo(world, outcome).done) == 4
    assert standing() == before


def test_only_who_did_it_takes_it_back(world: World, made: list[Appointment]) -> None:
    outcome = cancel(world, made)
    assert series.may_undo(outcome, make.STAFF)
    assert series.may_undo(series.outcome_of(world.business, RUN), make.STAFF)
    assert not series.may_undo(outcome, make.CLIENT)
    assert not series.may_undo(None, make.STAFF)
