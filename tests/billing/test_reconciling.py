"""Whatever happened, and whatever was lost on the way, our ledger is in the end Stripe's."""

import random
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from billing.enums import PaymentState, RefundState
from billing.gateways.stripe import gateway
from billing.models import Concern, Payment, Refund
from billing.selectors import ledger
from billing.services import desk, reconciling, refunds
from billing.services.cancelling import Choice, Give
from billing.services.fees import FeeChoice, Take
from daybook.core.errors import DaybookError
from daybook.sandbox.stripe.refusals import Refusal
from scheduling.models import Appointment
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.stripe_money import Till, make_till
from tests.factories import CLIENT, NOW, STAFF, at
from tests.faults.invariants import assert_money_sound

if TYPE_CHECKING:
    from daybook.sandbox.stripe.server import StripeSandbox


@pytest.fixture
def till(business: Business, stripe_sandbox: "StripeSandbox", platform_client: Any) -> Till:
    return make_till(business, stripe_sandbox, platform_client)


def test_what_was_missed_is_taken_over_at_night(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment)
    till.stripe.refund_in_dashboard(payment.payment_intent_id, 4000)
    disputed = till.pay(till.book(), 5000)
    till.stripe.dispute(disputed.payment_intent_id)
    till.stripe.take()  # all webhooks are lost
    report = reconciling.reconcile(business=till.business, now=NOW)
    assert report.agrees, report
    assert report.theirs == {"usd": (15000, 4000)}
    assert ledger.refunded(appointment) == 4000
    assert refunds.is_disputed(disputed)
    payment.refresh_from_db()
    assert payment.stripe_fee == 320


def test_a_fee_whose_answer_and_webhook_were_lost_is_settled_at_night(till: Till) -> None:
    appointment = till.book()
    till.keep_card(appointment)
    after = at("2027-06-07T22:00:00+00:00")
    transitions.no_show(
        business=till.business, appointment=appointment, now=after, by=STAFF,
        chosen={"money": FeeChoice(Take.POLICY)},
    )  # fmt: skip
    till.stripe.fail("after-commit", path="/v1/payment_intents", times=3)
    till.work(after + timedelta(minutes=1))
    till.stripe.take()
    assert Payment.objects.get().state == PaymentState.UNKNOWN
    assert reconciling.reconcile(business=till.business, now=after).agrees
    assert Payment.objects.get().state == PaymentState.SUCCEEDED


def test_a_balance_whose_answer_was_lost_is_settled_by_its_webhook(till: Till) -> None:
    appointment = till.book()
    till.keep_card(appointment)
    desk.charge_card(business=till.business, appointment=appointment, now=NOW, by=STAFF)
    till.stripe.fail("after-commit", path="/v1/payment_intents", times=3)
    till.work()
    assert Payment.objects.get().state == PaymentState.UNKNOWN
    till.hear()
    assert Payment.objects.get().state == PaymentState.SUCCEEDED
    assert len(till.stripe.of(till.account, "payment_intent")) == 1


def test_money_of_ours_that_nobody_knows_is_noted_for_a_person(till: Till) -> None:
    customer = till._customer(till.book())
    card = till.stripe.saved_card(till.account, customer)
    for metadata in ({"attempt": "8c1f9f5e-0000-4000-8000-000000000000"}, {}):
        gateway().charge(
            till.account, amount=700, currency="usd", customer_id=customer, payment_method_id=card,
            application_fee=0, metadata=metadata, key=f"strange:{len(metadata)}",
        )  # fmt: skip
    report = reconciling.reconcile(business=till.business, now=NOW)
    assert len(report.problems) == 1
    assert Concern.objects.get().kind == "unknown_payment"


def test_a_payment_that_stripe_does_not_have_is_noted(till: Till) -> None:
    payment = till.pay(till.book())
    Payment.objects.filter(pk=payment.pk).update(payment_intent_id="pi_gone")
    assert not reconciling.reconcile(business=till.business, now=NOW).agrees
    assert Concern.objects.get().kind == "sums_differ"


def test_the_command_prints_both_sums_and_fails_when_they_differ(till: Till) -> None:
    payment = till.pay(till.book())
    out = StringIO()
    call_command("payments_reconcile", "--tenant", till.business.slug, stdout=out)
    assert "captured $100.00, refunded $0.00" in out.getvalue()
    Payment.objects.filter(pk=payment.pk).update(amount=9000)
    with pytest.raises(CommandError):
        call_command("payments_reconcile", "--tenant", till.business.slug, stdout=StringIO())


def test_a_disconnected_account_is_out_of_reach_not_wrong(till: Till) -> None:
    till.pay(till.book())
    till.stripe.deauthorize(till.account)
    report = reconciling.reconcile(business=till.business, now=NOW)
    assert (report.out_of_reach, report.problems) == ([till.account], [])


class Life:
    """One paid appointment to which everything happens, in any order, with webhooks lost, doubled and reversed."""

    def __init__(self, till: Till, seed: int) -> None:
        self.till, self.dice, self.now = till, random.Random(seed), NOW
        self.appointment = till.book()
        self.payment = till.pay(self.appointment, fee=self.dice.choice([0, 500]))
        self.dispute = ""

    def step(self) -> None:
        act = self.dice.choice(
            [self.refund, self.refund_there, self.cancel, self.restore, self.dispute_it, self.decide, self.hear,
             self.hear, self.work, self.trouble]
        )  # fmt: skip
        self.now += timedelta(minutes=self.dice.randint(0, 30))
        with suppress(DaybookError, Refusal, LookupError):
            act()

    def refund(self) -> None:
        refunds.by_staff(payment=self.payment, amount=self.dice.randint(1, 6000), now=self.now, by=STAFF)

    def refund_there(self) -> None:
        self.till.stripe.refund_in_dashboard(self.payment.payment_intent_id, self.dice.randint(1, 4000))

    def cancel(self) -> None:
        choice = self.dice.choice([None, Choice(Give.POLICY), Choice(Give.PART, 777), Choice(Give.NOTHING)])
        by = STAFF if choice else CLIENT
        transitions.cancel(
            business=self.till.business, appointment=self._fresh(), now=self.now, by=by, chosen={"money": choice}
        )

    def restore(self) -> None:
        transitions.restore(business=self.till.business, appointment=self._fresh(), now=self.now, by=STAFF)

    def dispute_it(self) -> None:
        if not self.dispute:
            self.dispute = self.till.stripe.dispute(self.payment.payment_intent_id)

    def decide(self) -> None:
        if self.dispute:
            self.till.stripe.close_dispute(self.dispute, self.dice.choice(["won", "lost"]))

    def hear(self) -> None:
        fate = self.dice.random()
        events = [event["id"] for event in self.till.stripe.events()]
        if fate < 0.3:
            self.till.stripe.take()
        elif fate < 0.6 and events:
            for event in self.dice.sample(events, min(3, len(events))):
                self.till.stripe.redeliver(event)
        self.till.hear(self.now)

    def work(self) -> None:
        self.till.work(self.now)

    def trouble(self) -> None:
        kind = self.dice.choice(["after-commit", "reset"])
        self.till.stripe.fail(kind, path="/v1/refunds", times=self.dice.randint(1, 4))

    def _fresh(self) -> Appointment:
        return Appointment.objects.get(pk=self.appointment.pk)


@pytest.mark.parametrize("seed", range(12))
def test_captured_is_kept_and_refunded_and_lost_whatever_happens(till: Till, seed: int) -> None:
    life = Life(till, seed)
    for _ in range(14):
        life.step()
    for _ in range(6):  # what is under way comes to its end
        life.now += timedelta(hours=8)
        till.work(life.now)
    reconciling.reconcile(business=till.business, now=life.now)
    till.work(life.now + timedelta(days=1))

    (charge,) = till.stripe.of(till.account, "charge")
    found = ledger.sums(life.appointment)
    assert found.refunded == charge["amount_refunded"]
    assert found.captured == 10000 == found.kept + found.refunded + found.lost
    assert 0 <= found.refunded <= found.captured
    assert not Refund.objects.filter(state=RefundState.REQUESTED).exists()
    assert_money_sound()
    keys = [one["metadata"].get("refund") for one in till.refunds_at_stripe() if one["metadata"].get("refund")]
    assert len(keys) == len(set(keys))
