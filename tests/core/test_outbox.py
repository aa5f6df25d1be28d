"""The outbox: order, turns, leases, pauses, the end of a row. Two relays never run the same row."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection as django_connection
from django.db import transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from daybook.core.models import OutboxRow
from daybook.core.outbox import Drop, Entry, GiveUp, Postpone, cancel, enqueue, enqueue_all, relay
from daybook.core.outbox.models import OutboxState
from daybook.core.outbox.registry import Registration, registrations
from tenants.enums import BusinessStatus

if TYPE_CHECKING:
    from tenants.models import Business

connection: Any = django_connection
NOW = datetime(2027, 6, 7, 14, tzinfo=UTC)
Log = list[tuple[str, str]]


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> Log:
    """(schema, name) of each row handled, in order; `note` notes, `urgent` runs while suspended, too."""
    log: Log = []

    def note(payload: dict[str, Any], now: datetime) -> None:
        log.append((connection.schema_name, payload.get("name", "")))

    monkeypatch.setitem(registrations, "note", Registration(note))
    monkeypatch.setitem(registrations, "urgent", Registration(note, when_suspended=True))
    return log


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """`raising(error)`: rows of the kind `raise` raise it."""

    def register(error: Exception) -> None:
        def fail(payload: dict[str, Any], now: datetime) -> None:
            raise error

        monkeypatch.setitem(registrations, "raise", Registration(fail))

    return register


def put(name: str, *, kind: str = "note", aggregate: str = "", due: datetime = NOW) -> OutboxRow:
    enqueue(kind=kind, aggregate=aggregate or name, dedupe_key=name, due_at=due, payload={"name": name})
    return OutboxRow.objects.get(schema=connection.schema_name, dedupe_key=name)


def names(log: Log) -> list[str]:
    return [name for _schema, name in log]


def test_a_row_runs_once_in_its_business_when_it_is_due(business: "Business", handled: Log) -> None:
    row = put("later", due=NOW + timedelta(minutes=1))
    assert relay.drain(now=NOW) == 0
    assert relay.drain(now=NOW + timedelta(minutes=1)) == 1
    assert relay.drain(now=NOW + timedelta(minutes=2)) == 0
    assert handled == [(business.schema_name, "later")]
    row.refresh_from_db()
    assert (row.state, row.attempts, row.locked_until) == (OutboxState.DONE, 1, None)
    assert row.done_at is not None


def test_the_same_key_is_written_once_per_business_even_after_it_was_handled(
    business: "Business", other_business: "Business", handled: Log
) -> None:
    put("twice")
    put("twice")
    with tenant_context(other_business):
        put("twice")
    relay.drain(now=NOW)
    put("twice")
    relay.drain(now=NOW)
    assert sorted(handled) == sorted([(business.schema_name, "twice"), (other_business.schema_name, "twice")])


def test_several_rows_are_written_in_one_statement(
    business: "Business", handled: Log, django_assert_num_queries: Any
) -> None:
    assert not OutboxRow.objects.exists()
    entries = [Entry("note", "a", f"n{n}", NOW, {"name": f"n{n}"}) for n in range(3)]
    with django_assert_num_queries(1):
        enqueue_all(entries)
    with django_assert_num_queries(0):
        enqueue_all([])
    relay.drain(now=NOW)
    assert names(handled) == ["n0", "n1", "n2"]


def test_a_transaction_that_rolls_back_leaves_no_row(business: "Business") -> None:
    def book_and_fail() -> None:
        with transaction.atomic():
            put("gone")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book_and_fail()
    assert not OutboxRow.objects.filter(dedupe_key="gone").exists()


def test_pending_rows_can_be_taken_back_by_the_beginning_of_their_key(business: "Business", handled: Log) -> None:
    for name in ("a:1", "a:2", "b:1"):
        put(name)
    assert cancel(dedupe_prefix="a:") == 2
    relay.drain(now=NOW)
    assert names(handled) == ["b:1"]


def test_rows_of_an_aggregate_run_in_the_order_they_were_written(business: "Business", handled: Log) -> None:
    put("first", aggregate="x", due=NOW)
    put("second", aggregate="x", due=NOW - timedelta(hours=1))
    put("other", aggregate="y", due=NOW - timedelta(hours=2))
    assert [len(relay.claim(now=NOW, most=20))] == [2]
    OutboxRow.objects.update(state=OutboxState.PENDING, locked_until=None)
    relay.drain(now=NOW)
    assert [name for name in names(handled) if name != "other"] == ["first", "second"]


def test_a_row_that_failed_holds_back_the_later_ones_of_its_aggregate_only(
    business: "Business", handled: Log, raising: Callable[[Exception], None]
) -> None:
    raising(OSError("no route"))
    failing = put("first", kind="raise", aggregate="x")
    put("second", aggregate="x")
    put("elsewhere", aggregate="y")
    relay.drain(now=NOW)
    assert names(handled) == ["elsewhere"]
    OutboxRow.objects.filter(pk=failing.pk).update(kind="note", locked_until=None)
    relay.drain(now=NOW)
    assert names(handled) == ["elsewhere", "first", "second"]


def test_a_row_that_is_not_due_holds_nobody_back(business: "Business", handled: Log) -> None:
    put("reminder", aggregate="x", due=NOW + timedelta(days=1))
    put("cancelled", aggregate="x")
    relay.drain(now=NOW)
    assert names(handled) == ["cancelled"]


def test_businesses_take_turns(business: "Business", other_business: "Business", handled: Log) -> None:
    for n in range(30):
        put(f"busy-{n}")
    with tenant_context(other_business):
        put("quiet")
    claimed = relay.claim(now=NOW, most=4)
    assert [row.schema for row in claimed].count(other_business.schema_name) == 1
    assert len(claimed) == 4


def test_one_business_can_be_drained_alone(business: "Business", other_business: "Business", handled: Log) -> None:
    put("mine")
    with tenant_context(other_business):
        put("theirs")
    assert relay.drain(now=NOW, schema=other_business.schema_name) == 1
    assert handled == [(other_business.schema_name, "theirs")]


def test_a_failure_pauses_longer_each_time_and_ends_as_a_dead_letter(
    business: "Business", raising: Callable[[Exception], None]
) -> None:
    raising(OSError("no route"))
    row = put("doomed", kind="raise")
    pauses = []
    for _attempt in range(4):
        assert relay.drain(now=NOW) == 1
        assert relay.drain(now=NOW) == 0  # it pauses
        row.refresh_from_db()
        assert (row.state, row.last_error) == (OutboxState.PENDING, "OSError: no route")
        assert row.locked_until is not None
        pauses.append(round((row.locked_until - timezone.now()).total_seconds()))
        OutboxRow.objects.filter(pk=row.pk).update(locked_until=None)
    assert pauses == [5, 10, 20, 40]
    OutboxRow.objects.filter(pk=row.pk).update(attempts=relay.MOST_ATTEMPTS - 2)
    relay.drain(now=NOW, impatient=True)
    row.refresh_from_db()
    assert row.locked_until is not None
    assert timedelta(minutes=14) < row.locked_until - timezone.now() <= relay.LONGEST_PAUSE
    relay.drain(now=NOW, impatient=True)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (OutboxState.DEAD, relay.MOST_ATTEMPTS)
    assert relay.drain(now=NOW, impatient=True) == 0


def test_an_impatient_drain_tries_what_pauses_once(
    business: "Business", handled: Log, raising: Callable[[Exception], None]
) -> None:
    raising(OSError("no route"))
    row = put("failing", kind="raise")
    put("fine")
    relay.drain(now=NOW)
    assert relay.drain(now=NOW, impatient=True) == 1
    row.refresh_from_db()
    assert row.attempts == 2
    assert names(handled) == ["fine"]


def test_drop_is_done_with_its_reason(business: "Business", raising: Callable[[Exception], None]) -> None:
    raising(Drop("cancelled meanwhile"))
    row = put("stale", kind="raise")
    relay.drain(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.last_error) == (OutboxState.DONE, "cancelled meanwhile")


def test_postpone_looks_again_then_and_is_no_failure(
    business: "Business", raising: Callable[[Exception], None]
) -> None:
    raising(Postpone(NOW + timedelta(minutes=5)))
    row = put("extended", kind="raise")
    assert relay.drain(now=NOW) == 1
    assert relay.drain(now=NOW + timedelta(minutes=4)) == 0
    row.refresh_from_db()
    assert (row.state, row.next_at, row.attempts) == (OutboxState.PENDING, NOW + timedelta(minutes=5), 0)
    raising(Drop("over"))
    assert relay.drain(now=NOW + timedelta(minutes=5)) == 1


def test_postponing_to_the_past_does_not_spin(business: "Business", raising: Callable[[Exception], None]) -> None:
    raising(Postpone(NOW - timedelta(minutes=5)))
    put("spinning", kind="raise")
    assert relay.drain(now=NOW) == 1


def test_giving_up_is_dead_at_once(business: "Business", raising: Callable[[Exception], None]) -> None:
    raising(GiveUp("550 no such mailbox"))
    row = put("refused", kind="raise")
    relay.drain(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == (OutboxState.DEAD, 1, "550 no such mailbox")


def test_a_kind_that_nobody_handles_waits_for_somebody_who_does(business: "Business", handled: Log) -> None:
    row = put("unknown", kind="of-a-newer-version")
    relay.drain(now=NOW)
    row.refresh_from_db()
    assert row.state == OutboxState.PENDING
    assert "of-a-newer-version" in row.last_error


def test_a_suspended_business_waits_except_for_what_always_runs(business: "Business", handled: Log) -> None:
    put("confirmation", aggregate="x")
    put("cancellation", kind="urgent", aggregate="x")
    suspend(business)
    relay.drain(now=NOW)
    assert names(handled) == ["cancellation"]
    suspend(business, BusinessStatus.ACTIVE)
    relay.drain(now=NOW)
    assert names(handled) == ["cancellation", "confirmation"]


def suspend(business: "Business", status: BusinessStatus = BusinessStatus.SUSPENDED) -> None:
    business.status = status
    business.save()


def test_a_running_row_belongs_to_its_worker_until_the_lease_ends(business: "Business", handled: Log) -> None:
    put("leased")
    [first] = relay.claim(now=NOW, most=20)
    assert relay.claim(now=NOW, most=20, impatient=True) == []
    OutboxRow.objects.update(locked_until=timezone.now() - timedelta(seconds=1))  # the worker was killed
    [second] = relay.claim(now=NOW, most=20)
    assert (first.id, first.attempts, second.attempts) == (second.id, 1, 2)


def test_a_worker_that_wakes_up_after_its_lease_leaves_the_row_to_the_next(business: "Business", handled: Log) -> None:
    row = put("leased")
    [first] = relay.claim(now=NOW, most=20)
    OutboxRow.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    [second] = relay.claim(now=NOW, most=20)
    relay.run(first, now=NOW)
    assert handled == []
    relay.run(second, now=NOW)
    relay.run(second, now=NOW)
    assert names(handled) == ["leased"]
    row.refresh_from_db()
    assert row.state == OutboxState.DONE


def test_a_row_that_kills_every_worker_is_dead_in_the_end(business: "Business", handled: Log) -> None:
    row = put("poison")
    OutboxRow.objects.update(attempts=relay.MOST_ATTEMPTS)
    relay.drain(now=NOW)
    row.refresh_from_db()
    assert (row.state, handled) == (OutboxState.DEAD, [])


def test_rows_of_a_business_that_is_gone_are_dropped(business: "Business", handled: Log) -> None:
    row = put("orphan")
    OutboxRow.objects.update(schema="b_gone")
    relay.drain(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.last_error) == (OutboxState.DONE, "the business is gone")


@pytest.fixture
def relays() -> Callable[[int], list[int]]:
    """`relays(n)`: n relays drain at once, each on a connection of its own; answers how many rows each handled."""

    def run(number: int) -> list[int]:
        start = threading.Barrier(number)

        def work(_: int) -> int:
            try:
                start.wait()
                return relay.drain(now=NOW)
            finally:
                connection.close()

        with ThreadPoolExecutor(number) as pool:
            return list(pool.map(work, range(number)))

    return run


def test_hc220_two_relays_at_once_share_the_rows_and_run_each_once(
    committed: "Business", handled: Log, relays: Callable[[int], list[int]]
) -> None:
    enqueue_all(Entry("note", f"a{n % 25}", f"n{n}", NOW, {"name": f"n{n}"}) for n in range(100))
    counts = relays(4)
    relay.drain(now=NOW)
    assert sorted(names(handled)) == sorted(f"n{n}" for n in range(100))
    assert sum(1 for count in counts if count) >= 2
    for aggregate in range(25):
        mine = [int(name[1:]) for name in names(handled) if int(name[1:]) % 25 == aggregate]
        assert mine == sorted(mine)


def test_a_row_locked_by_another_relay_is_skipped_not_waited_for(committed: "Business", handled: Log) -> None:
    first, second = put("first"), put("second")
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            OutboxRow.objects.select_for_update().get(pk=first.pk)
            locked.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(10)
    try:
        assert [row.id for row in relay.claim(now=NOW, most=1)] == [second.pk]
    finally:
        done.set()
        thread.join()
