"""The inbox: kept once, applied once, tried again, given up, ignored, replayed; suspended businesses included."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as django_connection
from django.db import transaction
from django.utils import timezone

from daybook.core import inbox
from daybook.core.errors import NotFound
from daybook.core.housekeeping import forget, sweep
from daybook.core.ids import new_id
from daybook.core.inbox.models import EventState, InboxEvent
from daybook.core.inbox.registry import Handler, applies, handler_of, handlers
from daybook.core.models import OutboxRow
from daybook.core.outbox import GiveUp, Postpone, enqueue, relay
from daybook.core.outbox.models import OutboxState
from daybook.core.outbox.registry import Registration, registrations
from tenants.enums import BusinessStatus
from tenants.models import Business
from tests.core.inbox_world import NOW, Vendor, effects, kept, put, suspend, work

connection: Any = django_connection  # django-tenants' methods have no types


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    """Applies every kind of the source `vendor` but `unheard.of`."""
    vendor = Vendor()
    known: dict[str, Handler] = dict.fromkeys(("thing.changed", "thing.ended"), vendor.apply)
    monkeypatch.setitem(handlers, "vendor", known)
    return vendor


def orders(event_id: str) -> list[OutboxRow]:
    """The outbox rows that ask for this event to be applied."""
    return list(OutboxRow.objects.filter(kind="inbox.apply", payload={"event": kept(event_id).pk}).order_by("id"))


def outcome(event_id: str) -> tuple[str, int, str]:
    event = kept(event_id)
    return event.state, event.attempts, event.last_error


def test_an_event_is_kept_at_once_and_applied_by_a_worker_in_its_business(business: Business, vendor: Vendor) -> None:
    with transaction.atomic():
        connection.set_schema_to_public()
        assert put("evt_1", business.pk)
    assert (outcome("evt_1"), vendor.seen) == (("received", 0, ""), [])
    assert work() == 1
    assert outcome("evt_1") == ("applied", 1, "")
    assert kept("evt_1").applied_at is not None
    assert effects(business) == ["evt_1"]
    assert [schema for schema, _open in vendor.contexts] == [business.schema_name]


def test_the_handler_gets_what_was_received(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[inbox.Event] = []
    monkeypatch.setitem(handlers, "vendor", {"": lambda event, now: got.append(event)})
    put("evt_1", business.pk, object_id="thing_7")
    work()
    [event] = got
    assert (event.id, event.source, event.event_id, event.kind, event.business_id, event.object_id, event.body) == (
        kept("evt_1").pk, "vendor", "evt_1", "thing.changed", business.pk, "thing_7", {"id": "evt_1"}
    )  # fmt: skip
    assert "'id': 'evt_1'" not in repr(event)  # bodies hold personal data, and reprs end in logs
    assert outcome("evt_1") == ("applied", 1, "")  # it had nothing to write


def test_v9_the_same_event_again_changes_nothing_before_and_after_it_was_applied(
    business: Business, vendor: Vendor
) -> None:
    assert put("evt_1", business.pk)
    assert not put("evt_1", business.pk, kind="thing.ended")
    work()
    assert not put("evt_1", business.pk)
    work()
    assert (vendor.seen, effects(business)) == (["evt_1"], ["evt_1"])
    assert (kept("evt_1").kind, len(orders("evt_1"))) == ("thing.changed", 1)


def test_the_same_id_of_two_sources_is_two_events(business: Business, vendor: Vendor) -> None:
    put("evt_1", business.pk)
    assert inbox.receive(source="other", event_id="evt_1", kind="x", business_id=business.pk, body={}, now=NOW)
    assert InboxEvent.objects.filter(event_id="evt_1").count() == 2


@pytest.mark.parametrize("known", [False, True])
def test_an_event_of_no_business_or_an_unknown_one_is_applied_in_public(
    business: Business, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    places: list[str] = []
    monkeypatch.setitem(handlers, "vendor", {"": lambda event, now: places.append(connection.schema_name)})
    put("evt_1", new_id() if known else None)
    work()
    assert (places, outcome("evt_1")) == (["public"], ("applied", 1, ""))


def test_keeping_an_event_takes_seven_statements(
    business: Business, vendor: Vendor, django_assert_num_queries: Any
) -> None:
    connection.set_schema_to_public()
    assert not InboxEvent.objects.exists()
    with django_assert_num_queries(7):  # savepoint, event, business, into its schema, order, back, release
        put("evt_1", business.pk)
    with django_assert_num_queries(3):
        put("evt_1", business.pk)


def test_what_postgresql_cannot_keep_is_replaced_not_lost(business: Business, vendor: Vendor) -> None:
    body = {"name": "a\0b", "list": ["\0", 1, None], "in\0side": {"x": True}}
    inbox.receive(source="vendor", event_id="evt_1", kind="x", business_id=None, body=body, now=NOW)
    assert kept("evt_1").body == {"name": "a\ufffdb", "list": ["\ufffd", 1, None], "in\ufffdside": {"x": True}}


@pytest.mark.parametrize("wrong", [{"event_id": ""}, {"event_id": "x" * 201}, {"kind": ""}, {"kind": "a\0"}])
def test_what_cannot_be_an_event_is_refused(business: Business, wrong: dict[str, str]) -> None:
    values: dict[str, Any] = {"source": "vendor", "event_id": "evt_1", "kind": "x", **wrong}
    with pytest.raises(ValueError, match="not an event's"):
        inbox.receive(**values, business_id=None, body={}, now=NOW)
    assert not InboxEvent.objects.exists()


def test_an_error_is_kept_and_the_event_applied_after_a_pause(business: Business, vendor: Vendor) -> None:
    vendor.before = fails(OSError("no route"))
    put("evt_1", business.pk)
    relay.drain(now=NOW)
    assert outcome("evt_1") == ("received", 1, "OSError: no route")
    assert relay.drain(now=NOW) == 0  # it pauses
    assert orders("evt_1")[0].locked_until is not None
    vendor.before = None
    OutboxRow.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert relay.drain(now=NOW) == 1
    assert outcome("evt_1") == ("applied", 2, "")
    assert effects(business) == ["evt_1"]


def fails(error: Exception) -> Callable[[inbox.Event], None]:
    def stumble(event: inbox.Event) -> None:
        raise error

    return stumble


def test_an_error_inside_settle_takes_the_effect_back(business: Business, vendor: Vendor) -> None:
    vendor.inside = fails(ZeroDivisionError("between effect and mark"))
    put("evt_1", business.pk)
    work()
    assert (effects(business), outcome("evt_1")[0]) == ([], "received")
    vendor.inside = None
    work()
    assert (effects(business), outcome("evt_1")) == (["evt_1"], ("applied", 2, ""))


def test_an_error_after_settle_leaves_the_event_applied(
    business: Business, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(event: inbox.Event, now: Any) -> None:
        vendor.apply(event, now)
        raise OSError("the cache is away")

    monkeypatch.setitem(handlers, "vendor", {"": apply})
    put("evt_1", business.pk)
    work()
    work()
    assert (effects(business), outcome("evt_1")) == (["evt_1"], ("applied", 1, ""))
    assert [(row.state, row.last_error) for row in orders("evt_1")] == [("done", "settled before")]


def test_an_event_that_never_succeeds_is_dead_in_the_end_and_can_be_replayed(
    business: Business, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "MOST_ATTEMPTS", 3)
    vendor.before = fails(OSError("no route"))
    put("evt_1", business.pk)
    states = []
    for _attempt in range(4):
        work()
        states.append(outcome("evt_1")[:2])
    assert states == [("received", 1), ("received", 2), ("dead", 3), ("dead", 3)]
    assert outcome("evt_1")[2] == "OSError: no route"
    assert [row.state for row in orders("evt_1")] == ["dead"]
    vendor.before = None
    inbox.replay(kept("evt_1").pk, now=NOW)
    assert outcome("evt_1") == ("received", 0, "")
    work()
    assert (effects(business), outcome("evt_1")) == (["evt_1"], ("applied", 1, ""))
    assert [row.state for row in orders("evt_1")] == ["dead", "done"]
    assert kept("evt_1").replays == 1


def test_an_event_whose_workers_never_come_back_is_dead(
    business: Business, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "MOST_ATTEMPTS", 1)
    vendor.before = fails(SystemExit())  # type: ignore[arg-type]  # nobody catches it: the process is gone
    put("evt_1", business.pk)
    with pytest.raises(SystemExit):
        work()
    OutboxRow.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    work()
    assert (outcome("evt_1"), vendor.seen) == (("dead", 1, ""), ["evt_1"])
    assert [(row.state, row.last_error) for row in orders("evt_1")] == [("dead", "its worker never came back")]


def test_giving_up_is_dead_at_once(business: Business, vendor: Vendor) -> None:
    vendor.before = fails(GiveUp("the account was closed"))
    put("evt_1", business.pk)
    work()
    assert outcome("evt_1") == ("dead", 1, "the account was closed")
    assert [row.state for row in orders("evt_1")] == ["dead"]


def test_postponing_is_no_attempt(business: Business, vendor: Vendor) -> None:
    vendor.before = fails(Postpone(NOW + timedelta(minutes=5)))
    put("evt_1", business.pk)
    work()
    assert outcome("evt_1") == ("received", 0, "")
    vendor.before = None
    assert work() == 0
    relay.drain(now=NOW + timedelta(minutes=5))
    assert outcome("evt_1") == ("applied", 1, "")


def test_a_kind_that_nobody_handles_is_ignored_and_no_error(business: Business, vendor: Vendor) -> None:
    put("evt_1", business.pk, kind="unheard.of")
    work()
    assert (vendor.seen, outcome("evt_1")) == ([], ("ignored", 1, ""))
    assert [row.state for row in orders("evt_1")] == ["done"]
    inbox.replay(kept("evt_1").pk, now=NOW)
    handlers["vendor"]["unheard.of"] = vendor.apply
    work()
    assert (effects(business), outcome("evt_1")) == (["evt_1"], ("applied", 1, ""))


def test_a_handler_may_ignore_an_event_with_a_reason(business: Business, vendor: Vendor) -> None:
    vendor.inside = fails(inbox.Ignore("of the test mode"))
    put("evt_1", business.pk)
    work()
    assert (effects(business), outcome("evt_1")) == ([], ("ignored", 1, "of the test mode"))


def test_events_of_a_source_that_only_a_newer_version_knows_wait(business: Business) -> None:
    put("evt_1", business.pk)
    work()
    assert outcome("evt_1") == ("received", 1, "LookupError: nobody applies events of vendor")
    assert [row.state for row in orders("evt_1")] == [OutboxState.PENDING]


def test_applies_registers_by_source_and_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daybook.core.inbox.registry.handlers", {})

    def apply(event: inbox.Event, now: Any) -> None:
        raise NotImplementedError

    def rest(event: inbox.Event, now: Any) -> None:
        raise NotImplementedError

    assert applies("vendor", kinds=["a", "b"])(apply) is apply
    assert [handler_of("vendor", kind) for kind in ("a", "b", "c")] == [apply, apply, None]
    applies("vendor")(rest)
    assert [handler_of("vendor", kind) for kind in ("a", "b", "c")] == [apply, apply, rest]


def test_events_of_one_object_are_applied_in_the_order_they_came(business: Business, vendor: Vendor) -> None:
    vendor.before = lambda event: fails(OSError())(event) if vendor.seen == ["evt_1"] else None
    for event_id, thing in (("evt_1", "x"), ("evt_2", "x"), ("evt_3", "y")):
        put(event_id, business.pk, object_id=thing * 200)  # longer than an aggregate's name
    relay.drain(now=NOW)
    assert vendor.seen == ["evt_1", "evt_3"]
    work()
    work()
    assert vendor.seen == ["evt_1", "evt_3", "evt_1", "evt_2"]


@pytest.mark.parametrize("order", [("evt_1", "evt_2"), ("evt_2", "evt_1")])
def test_reordered_events_end_in_the_same_state(
    business: Business, monkeypatch: pytest.MonkeyPatch, order: tuple[str, str]
) -> None:
    """An event is a hint: the handler reads the object, which has ended by now, whatever the event says."""
    present, ours = {"thing_7": "ended"}, {}

    def apply(event: inbox.Event, now: Any) -> None:
        state = present[event.object_id]
        with event.settle():
            ours[event.object_id] = state

    monkeypatch.setitem(handlers, "vendor", {"": apply})
    for event_id in order:
        put(event_id, business.pk, kind="thing.changed" if event_id == "evt_1" else "thing.ended", object_id="thing_7")
    work()
    assert ours == {"thing_7": "ended"}
    assert {outcome(event_id) for event_id in order} == {("applied", 1, "")}


@pytest.mark.parametrize("status", [BusinessStatus.SUSPENDED, BusinessStatus.CLOSED])
def test_hc174_what_comes_for_a_suspended_business_is_kept_and_applied(
    business: Business, vendor: Vendor, monkeypatch: pytest.MonkeyPatch, status: BusinessStatus
) -> None:
    """Only what follows from it waits, in rows of its own kinds."""
    told: list[str] = []
    monkeypatch.setitem(registrations, "tell", Registration(lambda payload, now: told.append("client")))
    vendor.inside = lambda event: enqueue(kind="tell", aggregate="x", dedupe_key="x", due_at=NOW)
    put("evt_1", business.pk)
    suspend(business, status)
    put("evt_2", business.pk)
    work()
    assert (effects(business), told) == (["evt_1", "evt_2"], [])
    assert {outcome(event_id) for event_id in ("evt_1", "evt_2")} == {("applied", 1, "")}


def test_replay_ends_the_pause_of_an_event_that_failed(business: Business, vendor: Vendor) -> None:
    vendor.before = fails(OSError("no route"))
    put("evt_1", business.pk)
    relay.drain(now=NOW)
    vendor.before = None
    inbox.replay(kept("evt_1").pk, now=NOW)
    assert relay.drain(now=NOW) == 1
    assert (effects(business), outcome("evt_1"), len(orders("evt_1"))) == (["evt_1"], ("applied", 1, ""), 1)


def test_replay_while_a_worker_has_the_event_applies_it_once(business: Business, vendor: Vendor) -> None:
    vendor.before = lambda event: inbox.replay(event.id, now=NOW) if len(vendor.seen) == 1 else None
    put("evt_1", business.pk)
    work()
    assert (vendor.seen, effects(business), outcome("evt_1")[0]) == (["evt_1"], ["evt_1"], "applied")
    assert [row.state for row in orders("evt_1")] == ["done", "done"]


def test_an_applied_event_can_be_replayed_as_often_as_wanted(business: Business, vendor: Vendor) -> None:
    put("evt_1", business.pk)
    for replays in (1, 2):
        work()
        inbox.replay(kept("evt_1").pk, now=NOW)
        assert (outcome("evt_1"), kept("evt_1").replays) == (("received", 0, ""), replays)
    work()
    assert vendor.seen == ["evt_1"] * 3


def test_an_unknown_event_cannot_be_replayed(business: Business) -> None:
    with pytest.raises(NotFound):
        inbox.replay(4711, now=NOW)


def test_an_event_of_a_business_that_is_erased_is_gone_and_has_no_effect(business: Business, vendor: Vendor) -> None:
    put("evt_1", business.pk)
    vendor.before = lambda event: forget(tenant_id=business.pk, schema=business.schema_name)
    work()
    assert (effects(business), InboxEvent.objects.count()) == ([], 0)


def test_events_are_forgotten_when_they_have_had_their_time(business: Business) -> None:
    now = timezone.now()
    ages = {EventState.APPLIED: (29, 31), EventState.IGNORED: (29, 31), EventState.DEAD: (89, 91)}
    for state, days in ages.items():
        for age in days:
            past, name = now - timedelta(days=age), f"{state}-{age}"
            event = InboxEvent.objects.create(source="vendor", event_id=name, kind="x")
            applied = past if state == EventState.APPLIED else None
            InboxEvent.objects.filter(pk=event.pk).update(state=state, received_at=past, applied_at=applied)
    assert sweep() == 3
    left = set(InboxEvent.objects.values_list("event_id", flat=True))
    assert left == {"applied-29", "ignored-29", "dead-89"}
