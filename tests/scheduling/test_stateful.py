"""No sequence of valid actions breaks the invariants: random walks over everything that can happen to a time.

The machine keeps no model of its own: after every step the database itself is asked (`tests/faults/invariants.py`),
and what is offered is compared with what can be booked.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection as django_connection
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from daybook.core.errors import Conflict
from daybook.core.outbox import relay
from scheduling.domain.states import FOLLOWERS
from scheduling.enums import OverrideKind, Status
from scheduling.errors import TooManyHolds
from scheduling.models import Appointment, BusyTime, DateOverride, Service
from scheduling.selectors.availability import from_minute
from scheduling.selectors.times import free
from scheduling.services import bookings, busy, holds, hours, moves, transitions
from scheduling.services.clients import clean_details
from scheduling.services.moves import Move
from scheduling.services.offer import change_service
from scheduling.services.placing import Wish
from tenants.models import Business
from tests.factories import CLIENT, STAFF, make_rule, make_service
from tests.faults import invariants
from tests.scheduling.race_world import World, world

connection: Any = django_connection  # django-tenants' methods have no types
NEW_YORK = "America/New_York"
MORNING = datetime(2027, 6, 7, 12, tzinfo=UTC)
DAYS = 3
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
quarters = st.integers(0, DAYS * 96)
few = st.integers(0, 40)


class Shop(RuleBasedStateMachine):
    """Two providers; a cut with buffers, a class of three, and one that asks for approval. Runs in one transaction."""

    business: ClassVar[Business]

    @initialize()
    def open(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = MORNING
        self.cut = world(self.business, 2, buffer_before_minutes=5, buffer_after_minutes=10, duration_minutes=45)
        team = self.cut.providers
        make_rule(team[0], 1, "09:00", "12:30")  # one who has hours of his own
        self.worlds = [
            self.cut,
            World(
                self.business, make_service(self.business, "Class", providers=team, capacity=3, step_minutes=30), team
            ),
            World(self.business, make_service(self.business, "Asked", providers=team, requires_approval=True), team),
        ]

    def teardown(self) -> None:
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)
        connection.set_tenant(self.business)

    # What clients and staff do. A refusal is a valid answer; anything else is a fault.

    @rule(which=st.integers(0, 2), quarter=quarters, who=st.sampled_from([None, 0, 1]))
    def hold(self, which: int, quarter: int, who: int | None) -> None:
        wish = self._wish(which, quarter, who)
        self._try(lambda: bookings.hold(business=self.business, wish=wish, terms=self.worlds[which].terms,
                                        now=self.now, by=CLIENT))  # fmt: skip

    @rule(which=st.integers(0, 2), quarter=quarters, who=st.sampled_from([None, 0, 1]), kim=st.integers(0, 3))
    def book(self, which: int, quarter: int, who: int | None, kim: int) -> None:
        self._place(self._wish(which, quarter, who), which, f"kim{kim}@example.test", CLIENT)

    @rule(which=st.integers(0, 2), nth=few, kim=st.integers(0, 3))
    def book_what_is_offered(self, which: int, nth: int, kim: int) -> None:
        found = self._free(which)
        if found:
            start, _end, providers, _seats = found[nth % len(found)]
            wish = Wish(self.worlds[which].service, from_minute(start), providers[nth % len(providers)])
            assert self._place(wish, which, f"kim{kim}@example.test", CLIENT), "offered, but not bookable"

    @rule(which=st.integers(0, 2), quarter=quarters, who=st.sampled_from([None, 0, 1]), over=st.booleans())
    def book_by_staff(self, which: int, quarter: int, who: int | None, over: bool) -> None:
        wish = self._wish(which, quarter, who, allow_outside_hours=True, allow_overlap=over)
        self._place(wish, which, "", STAFF)

    @rule(nth=few)
    def extend(self, nth: int) -> None:
        if (one := self._one(nth, Status.HELD)) is not None:
            self._try(lambda: holds.extend(business=self.business, appointment=one, now=self.now))

    @rule(nth=few)
    def release(self, nth: int) -> None:
        if (one := self._one(nth)) is not None:
            self._try(lambda: holds.release(business=self.business, appointment=one, now=self.now, by=CLIENT))

    @rule(nth=few, kim=st.integers(0, 3))
    def confirm_hold(self, nth: int, kim: int) -> None:
        if (one := self._one(nth, Status.HELD, Status.EXPIRED)) is not None:
            client = clean_details(name="Kim Lee", email=f"kim{kim}@example.test")
            self._try(lambda: bookings.confirm_hold(business=self.business, appointment=one, client=client,
                                                    now=self.now, by=CLIENT))  # fmt: skip

    @rule(nth=few, quarter=quarters, who=st.sampled_from([None, 0, 1]), staff=st.booleans(), over=st.booleans())
    def reschedule(self, nth: int, quarter: int, who: int | None, staff: bool, over: bool) -> None:
        if (one := self._one(nth)) is not None:
            to = Move(
                start=MORNING + quarter * QUARTER,
                provider_id=None if who is None else self.cut.providers[who].pk,
                allow_outside_hours=staff,
                allow_overlap=staff and over,
            )
            self._try(lambda: moves.reschedule(business=self.business, appointment=one, move=to, now=self.now,
                                               by=STAFF if staff else CLIENT))  # fmt: skip

    @rule(nth=few, what=st.sampled_from(["complete", "no_show", "approve", "decline", "check_in", "restore"]))
    def act(self, nth: int, what: str) -> None:
        if (one := self._one(nth)) is not None:
            do = getattr(transitions, what)
            self._try(lambda: do(business=self.business, appointment=one, now=self.now, by=STAFF))

    @rule(nth=few, staff=st.booleans())
    def cancel(self, nth: int, staff: bool) -> None:
        if (one := self._one(nth)) is not None:
            by = STAFF if staff else CLIENT
            self._try(lambda: transitions.cancel(business=self.business, appointment=one, now=self.now, by=by))

    # What the world does.

    @rule(day=st.integers(0, DAYS), who=st.sampled_from([None, 0, 1]), part=st.sampled_from([None, (600, 780)]))
    def block_a_date(self, day: int, who: int | None, part: tuple[int, int] | None) -> None:
        start, end = part or (None, None)
        hours.make_override(provider=None if who is None else self.cut.providers[who], kind=OverrideKind.BLOCKED,
                            day=(MORNING + timedelta(days=day)).date(), start_minute=start, end_minute=end)  # fmt: skip

    @rule()
    def unblock(self) -> None:
        DateOverride.objects.all().delete()

    @rule(quarter=quarters, minutes=st.integers(7, 200), who=st.integers(0, 1))
    def learn_busy_time(self, quarter: int, minutes: int, who: int) -> None:
        start = MORNING + quarter * QUARTER + timedelta(seconds=90)
        busy.add_busy(provider_id=self.cut.providers[who].pk, start=start, end=start + timedelta(minutes=minutes),
                      source="google")  # fmt: skip

    @rule()
    def forget_busy_times(self) -> None:
        BusyTime.objects.all().delete()

    @rule(which=st.integers(0, 2), duration=st.sampled_from([30, 45, 90]), after=st.sampled_from([0, 15]))
    def change_a_service(self, which: int, duration: int, after: int) -> None:
        """What is booked stays as it was."""
        before = list(Appointment.objects.order_by("pk").values_list("pk", "duration_minutes", "ends_at", "price"))
        service = Service.objects.get(pk=self.worlds[which].service.pk)
        change_service(service, duration_minutes=duration, buffer_after_minutes=after, price=service.price + 100)
        self.worlds[which].service = Service.objects.get(pk=service.pk)
        assert before == list(
            Appointment.objects.order_by("pk").values_list("pk", "duration_minutes", "ends_at", "price")
        )

    @rule(minutes=st.sampled_from([1, 9, 10, 11, 45, 600, 1500]))
    def tick(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def drain(self) -> None:
        """The relay catches up: nothing due is left, dead or forgotten."""
        relay.drain(now=self.now, schema=self.business.schema_name)
        soon = self.now + timedelta(minutes=10)
        assert invariants.undrained(soon) == []
        assert invariants.unswept(soon) == []
        assert invariants.sent_twice() == []

    # What must hold after every step.

    @invariant()
    def sound(self) -> None:
        if hasattr(self, "worlds"):
            invariants.assert_sound(self.now)
            assert invariants.unwatched() == []

    @rule(which=st.integers(0, 2), quarter=quarters, who=st.integers(0, 1))
    def what_is_offered_can_be_booked_and_nothing_else(self, which: int, quarter: int, who: int) -> None:
        """The list and the write path give the same answer, tried and taken back."""
        wish = self._wish(which, quarter, who)
        offered = {(slot[0], provider) for slot in self._free(which) for provider in slot[2]}
        wanted = (int(wish.start.timestamp()) // 60, wish.provider_id)
        point = transaction.savepoint()
        booked = self._place(wish, which, "probe@example.test", CLIENT)
        transaction.savepoint_rollback(point)
        assert booked == (wanted in offered)

    def _free(self, which: int) -> list[Any]:
        first, last = MORNING.date(), (MORNING + timedelta(days=DAYS + 2)).date()
        return free(self.business, self.worlds[which].service, now=self.now, zone=NEW_YORK, first_date=first,
                    last_date=last).slots  # fmt: skip

    def _wish(self, which: int, quarter: int, who: int | None, **more: Any) -> Wish:
        here = self.worlds[which]
        provider = None if who is None else here.providers[who].pk
        return Wish(here.service, MORNING + quarter * QUARTER, provider, **more)

    def _place(self, wish: Wish, which: int, email: str, by: Any) -> bool:
        client = clean_details(name="Kim Lee", email=email, email_required=False)
        return self._try(lambda: bookings.place(business=self.business, wish=wish, client=client,
                                                terms=self.worlds[which].terms, now=self.now, by=by))  # fmt: skip

    def _one(self, nth: int, *statuses: str) -> Appointment | None:
        found = Appointment.objects.filter(status__in=statuses or list(FOLLOWERS)).select_related("service", "provider")
        rows = list(found.order_by("created_at", "starts_at", "provider__position", "status"))
        return rows[nth % len(rows)] if rows else None

    def _try(self, act: Any) -> bool:
        try:
            act()
        except (Conflict, TooManyHolds):
            return False
        return True


def walk(business: Business, examples: int, steps: int) -> None:
    Shop.business = business
    run_state_machine_as_test(
        Shop, settings=settings(settings(), max_examples=examples, stateful_step_count=steps, deadline=None)
    )


def test_no_sequence_of_actions_breaks_the_invariants(committed: Business) -> None:
    walk(committed, 12, 30)


@pytest.mark.slow
def test_no_sequence_of_actions_breaks_the_invariants_at_length(committed: Business) -> None:
    walk(committed, 200, 50)
