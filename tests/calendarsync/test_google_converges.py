"""Whatever happens on both sides and on the way, in the end both say the same.

A walk of random edits here and at Google, with lost, doubled and late notifications, tokens that are too old, answers
that are lost and workers that die. Then peace: our events in the calendar are exactly the confirmed appointments, and
what is closed here is exactly what is busy there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calendarsync.models import Attention, Mirror
from calendarsync.services import answers, mirrors, reading
from daybook.core.errors import DaybookError
from daybook.core.outbox.models import OutboxRow
from daybook.sandbox.google import freebusy
from daybook.sandbox.google.errors import GoogleError
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.enums import Status
from scheduling.models import Appointment, BusyTime
from scheduling.services import transitions
from tenants.models import Business
from tests.calendarsync.calendar_world import Desk, connected, span_of
from tests.factories import STAFF, at

FIRST = at("2027-06-07T06:00:00Z")
LAST = at("2027-07-20T00:00:00Z")
Json = dict[str, Any]


class Walk:
    """One walk: a seed decides everything."""

    def __init__(self, ana: Desk, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ana, self.dice, self.monkeypatch = ana, random.Random(seed), monkeypatch
        self.number = 0
        self.steps: list[Callable[[], None]] = [
            *[self.book] * 3, *[self.move] * 2, self.cancel, self.restore,
            self.make, self.make, self.repeat, self.change_other, self.delete_other,
            self.drag, self.drag, self.resize, self.drop, self.undelete, self.reshape, self.duplicate,
            self.fault, self.fault, self.crash, self.lose, self.age, self.answer,
            *[self.work] * 5,
        ]  # fmt: skip

    def run(self, steps: int) -> None:
        for _step in range(steps):
            try:
                self.dice.choice(self.steps)()
            except (DaybookError, GoogleError):
                continue  # what cannot be done is not done, by either of them

    # times and things

    def start(self) -> datetime:
        return FIRST + timedelta(days=self.dice.randrange(4), minutes=30 * self.dice.randrange(30))

    def text(self, instant: datetime) -> str:
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ")

    def appointment(self, *states: str) -> Appointment | None:
        rows = list(Appointment.objects.filter(status__in=states).order_by("created_at", "reference"))
        return self.dice.choice(rows) if rows else None

    def event(self, *, ours: bool, alive: bool = True) -> str | None:
        known = set(Mirror.objects.values_list("event_id", flat=True))
        rows = [
            event["id"]
            for event in self.ana.google.events(self.ana.email)
            if (event["id"] in known) is ours
            and (event["status"] != "cancelled") is alive
            and "recurringEventId" not in event
        ]
        return self.dice.choice(rows) if rows else None

    # here

    def book(self) -> None:
        self.number += 1
        start = self.start()
        self.ana.book(f"{start:%H:%M}", day=f"{start:%Y-%m-%d}", email=f"kim{self.number}@example.test")

    def move(self) -> None:
        row, start = self.appointment("confirmed"), self.start()
        if row:
            self.ana.move(row, f"{start:%H:%M}", day=f"{start:%Y-%m-%d}")

    def cancel(self) -> None:
        if row := self.appointment("confirmed"):
            self.ana.cancel(row)

    def restore(self) -> None:
        if row := self.appointment("cancelled"):
            transitions.restore(business=self.ana.business, appointment=row, now=self.ana.now, by=STAFF)

    def answer(self) -> None:
        if attention := Attention.objects.filter(answer="").order_by("found_at", "pk").first():
            if self.dice.random() < 0.5:
                answers.accept(business=self.ana.business, attention=attention, now=self.ana.now, by=STAFF)
            else:
                answers.revert(attention=attention, now=self.ana.now, by=STAFF)

    # at Google

    def make(self) -> None:
        start = self.start()
        minutes = self.dice.choice([15, 45, 60, 200])
        more = self.dice.choice([{}, {}, {"transparency": "transparent"}])
        self.ana.edit(
            "create", summary="x", start=self.text(start), end=self.text(start + timedelta(minutes=minutes)), **more
        )

    def repeat(self) -> None:
        start = self.start()
        rule = self.dice.choice(["RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=WEEKLY;COUNT=4"])
        self.ana.edit(
            "create",
            summary="x",
            start=self.text(start),
            end=self.text(start + timedelta(minutes=30)),
            recurrence=[rule],
        )

    def change_other(self) -> None:
        if event := self.event(ours=False):
            start = self.start()
            self.ana.edit("change", event, start=self.text(start), end=self.text(start + timedelta(minutes=50)))

    def delete_other(self) -> None:
        if event := self.event(ours=False):
            self.ana.edit("delete", event)

    def drag(self) -> None:
        if event := self.event(ours=True):
            start = self.start()
            self.ana.edit("change", event, start=self.text(start), end=self.text(start + timedelta(hours=1)))

    def resize(self) -> None:
        if event := self.event(ours=True):
            found = next(e for e in self.ana.google.events(self.ana.email) if e["id"] == event)
            if "dateTime" in found["end"]:
                end = datetime.fromisoformat(found["end"]["dateTime"]) + timedelta(minutes=30)
                self.ana.edit("resize", event, end=self.text(end.astimezone(UTC)))

    def drop(self) -> None:
        if event := self.event(ours=True):
            self.ana.edit("delete", event)

    def undelete(self) -> None:
        if event := self.event(ours=True, alive=False):
            self.ana.edit("restore", event)

    def reshape(self) -> None:
        if event := self.event(ours=True):
            self.ana.edit("all_day", event, date=f"{self.start():%Y-%m-%d}")

    def duplicate(self) -> None:
        if event := self.event(ours=True):
            start = self.start()
            self.ana.edit("duplicate", event, start=self.text(start), end=self.text(start + timedelta(minutes=40)))

    # on the way

    def fault(self) -> None:
        kind = self.dice.choice(["status", "reset", "after-commit"])
        operation = self.dice.choice(
            ["events.insert", "events.patch", "events.delete", "events.list", "events.get", ""]
        )
        status = self.dice.choice([500, 503, 429])
        self.ana.google.fail(kind, on=operation, status=status, times=self.dice.randrange(1, 3))

    def lose(self) -> None:
        mode = self.dice.choice(["hold", "drop"])
        self.ana.google.notifications(mode, copies=self.dice.choice([1, 1, 3]))

    def age(self) -> None:
        self.dice.choice([self.ana.google.expire_sync_tokens, self.ana.google.expire_access])()

    def crash(self) -> None:
        """A worker dies at one of the worst moments."""
        module, name = self.dice.choice(
            [(mirrors, "_written"), (mirrors, "take_out"), (mirrors, "renew"), (reading, "_judge"), (reading, "_write")]
        )

        def die(*_: Any, **__: Any) -> None:
            raise RuntimeError("killed")

        with self.monkeypatch.context() as patched:
            patched.setattr(module, name, die)
            self.ana.drain()

    def work(self) -> None:
        if self.dice.random() < 0.7:
            self.ana.push()
        self.ana.wait(minutes=self.dice.choice([0.1, 1, 5, 16]))
        self.ana.drain()

    # in the end

    def peace(self) -> None:
        """No more faults, every question answered, time for all that waits."""
        ana = self.ana
        ana.google.faults.clear()
        ana.google.notifications("hold")
        for _round in range(12):
            ana.wait(minutes=16)
            ana.settle()
            waiting = Attention.objects.filter(answer="").order_by("found_at", "pk")
            if not waiting:
                break
            for attention in waiting:
                if Attention.objects.filter(pk=attention.pk, answer="").exists():
                    if attention.found == "overlap":
                        answers.accept(business=ana.business, attention=attention, now=ana.now, by=STAFF)
                    else:
                        answers.revert(attention=attention, now=ana.now, by=STAFF)
        ana.wait(hours=1)  # whatever was written too often may be written again
        ana.settle()
        ana.wait(minutes=16)
        ana.settle()


def agreed(ana: Desk) -> None:
    """Both say the same."""
    confirmed = Appointment.objects.filter(status=Status.CONFIRMED)
    booked = sorted((str(row.pk), f"{row.starts_at:%m-%d %H:%M}", f"{row.ends_at:%m-%d %H:%M}") for row in confirmed)
    block = {event_id: str(block_id) for event_id, block_id in Mirror.objects.values_list("event_id", "block_id")}
    shown = sorted((block[event["id"]], *span_of(event)) for event in ana.ours())
    assert shown == booked
    there = freebusy.merged(freebusy.busy(ana.google.world.calendar(ana.email, "primary"), ana.now, LAST))
    closed = [(row.starts_at, row.ends_at) for row in BusyTime.objects.filter(source__startswith="google:")]
    here = freebusy.merged([*closed, *((row.starts_at, row.ends_at) for row in confirmed)])
    assert [span for span in here if span[1] > ana.now] == [span for span in there if span[1] > ana.now]
    assert not BusyTime.objects.filter(source__startswith="asked:").exists()
    dead = OutboxRow.objects.filter(state="dead").values_list("kind", "last_error")
    assert list(dead) == []


def walk(ana: Desk, seed: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Walk(ana, seed, monkeypatch)
    found.run(steps)
    found.peace()
    agreed(ana)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("on_change", ["apply", "ask"])
def test_both_sides_agree_after_a_random_walk(
    business: Business, google: GoogleSandbox, monkeypatch: pytest.MonkeyPatch, seed: int, on_change: str
) -> None:
    ana = connected(business, google)
    ana.choose(on_change=on_change)
    walk(ana, seed, 40, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 125))
def test_both_sides_agree_after_a_long_random_walk(
    business: Business, google: GoogleSandbox, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    ana = connected(business, google)
    ana.choose(on_change="ask" if seed % 2 else "apply")
    walk(ana, seed, 150, monkeypatch)
