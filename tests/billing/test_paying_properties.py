"""Whatever is lost, doubled, late or broken off on the way: the same end, and money and times agree with Stripe."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.enums import LIVE_ATTEMPTS, AttemptState, PaymentState
from billing.models import CheckoutAttempt, Payment, Refund
from daybook.core.errors import DaybookError
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, Status
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.paying_world import Paying, client
from tests.stripe_world import SNAPSHOT_PATH, THIN_PATH
from widget.services import booking

if TYPE_CHECKING:
    from tests.conftest import HostClient

STEPS = (
    "deposit", "full", "page", "page_lost", "page_refused", "pay", "pay", "decline", "deliver", "deliver_twice",
    "deliver_backwards", "lose", "crash", "work", "minutes", "hold_end", "rival", "release", "expire_refused",
)  # fmt: skip


@dataclass
class Journey:
    """One held time, and everything that may happen around it."""

    shop: Paying
    platform: HostClient
    chance: random.Random
    held: Appointment = field(init=False)
    waiting: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.held = self.shop.hold()

    def run(self, steps: list[str]) -> None:
        for step in steps:
            self.held.refresh_from_db()
            with suppress(DaybookError):  # a refusal in words is an answer, too
                getattr(self, f"do_{step}")()
        self.settle()

    def settle(self) -> None:
        """Faults end, webhooks are lost, and time goes by."""
        self.shop.sandbox.api.faults.clear()
        self.shop.lose_webhooks()
        for _turn in range(8):
            self.shop.work(minutes=6)

    def do_deposit(self) -> None:
        self.shop.book(self.held, PaymentMode.DEPOSIT)

    def do_full(self) -> None:
        self.shop.book(self.held, PaymentMode.FULL)

    def do_page(self) -> None:
        self.shop.page(self.held)

    def do_page_lost(self) -> None:
        self.shop.sandbox.fail("after-commit", path="/v1/checkout/sessions", method="POST")
        self.shop.page(self.held)

    def do_page_refused(self) -> None:
        self.shop.sandbox.fail("status", path="/v1/c", status=self.chance.choice([429, 500, 503]))
        self.shop.page(self.held)

    def do_expire_refused(self) -> None:
        self.shop.sandbox.fail("after-commit", path="/expire", method="POST")

    def open_sessions(self) -> list[str]:
        sessions = self.shop.sandbox.of(self.shop.account, "checkout.session")
        return [session["id"] for session in sessions if session["status"] == "open"]

    def do_pay(self) -> None:
        if found := self.open_sessions():
            self.shop.sandbox.pay(self.chance.choice(found))

    def do_decline(self) -> None:
        if found := self.open_sessions():
            self.shop.sandbox.pay(self.chance.choice(found), card="0002")

    def deliveries(self) -> list[Any]:
        self.waiting += self.shop.sandbox.take()
        return self.waiting

    def post(self, deliveries: list[Any]) -> None:
        for delivery, endpoint in deliveries:
            path = THIN_PATH if delivery.kind == "thin" else SNAPSHOT_PATH
            headers = {"Stripe-Signature": delivery.headers(endpoint)["Stripe-Signature"]}
            self.platform.post(path, delivery.body, content_type="application/json", headers=headers)
        self.shop.work()

    def do_deliver(self) -> None:
        self.post(self.deliveries())

    def do_deliver_twice(self) -> None:
        self.post(self.deliveries() * 2)

    def do_deliver_backwards(self) -> None:
        self.post(list(reversed(self.deliveries())))

    def do_lose(self) -> None:
        self.deliveries().clear()

    def do_crash(self) -> None:
        """A worker died after Stripe had answered, before that was written."""
        live = CheckoutAttempt.objects.filter(state=AttemptState.OPEN)
        live.update(state=AttemptState.ASKING, session_id="", url="")

    def do_work(self) -> None:
        self.shop.work()

    def do_minutes(self) -> None:
        self.shop.later(minutes=self.chance.randint(1, 9))

    def do_hold_end(self) -> None:
        self.shop.work(minutes=11)

    def do_rival(self) -> None:
        other = self.shop.hold()
        self.shop.book(other, PaymentMode.PAY_IN_PERSON, client=client("Lu Chen", "lu@example.test"))

    def do_release(self) -> None:
        booking.release_hold(self.shop.business, self.held, now=self.shop.now)


def agree(shop: Paying, held: Appointment) -> None:
    """Money and times, ours and Stripe's, say the same."""
    held.refresh_from_db()
    theirs = {
        p["id"]: p["amount"] for p in shop.sandbox.of(shop.account, "payment_intent") if p["status"] == "succeeded"
    }
    rows = Payment.objects.filter(state=PaymentState.SUCCEEDED)
    ours = {payment.payment_intent_id: payment.amount for payment in rows}
    assert ours == theirs  # no payment is lost, none is invented
    back = sum(r["amount"] for r in shop.sandbox.of(shop.account, "refund") if r["status"] == "succeeded")
    assert back == sum(Refund.objects.filter(state="succeeded").values_list("amount", flat=True))
    kept = sum(theirs.values()) - back
    booked = held.status == Status.CONFIRMED
    assert booked == (kept > 0)  # no paid time is lost, no unpaid one confirmed
    kept_payments = [p for p in rows if not p.refunds.exists()]
    assert len(kept_payments) == int(booked)  # nobody is charged twice
    assert not CheckoutAttempt.objects.filter(state__in=[str(s) for s in LIVE_ATTEMPTS]).exists()
    assert booked or not held.checkout_open


def one(business: Business, sandbox: StripeSandbox, platform: HostClient, steps: list[str], seed: int) -> None:
    sandbox.reset()
    with transaction.atomic():
        journey = Journey(Paying(business, sandbox), platform, random.Random(seed))
        journey.run(steps)
        agree(journey.shop, journey.held)
        transaction.set_rollback(True)  # nothing of an example stays


given_steps = given(
    steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=14).map(lambda steps: ["deposit", "page", *steps]),
    seed=st.integers(0, 1000),
)
shared = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow], "deadline": None}


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits half a second before it tries again: not here."""
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.02)


@settings(max_examples=12, **shared)  # type: ignore[arg-type]
@given_steps
def test_any_order_of_events_and_crashes_ends_in_agreement(
    business: Business, stripe_sandbox: StripeSandbox, platform_client: HostClient, steps: list[str], seed: int
) -> None:
    one(business, stripe_sandbox, platform_client, steps, seed)


@pytest.mark.slow
@settings(max_examples=300, **shared)  # type: ignore[arg-type]
@given_steps
def test_many_orders_of_events_and_crashes_end_in_agreement(
    business: Business, stripe_sandbox: StripeSandbox, platform_client: HostClient, steps: list[str], seed: int
) -> None:
    one(business, stripe_sandbox, platform_client, steps, seed)
