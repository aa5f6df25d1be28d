"""Whatever is done at the Stripe sandbox, and in whatever order: the money adds up and the contract holds."""

from typing import Any

import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybook.sandbox.stripe.refusals import Refusal
from daybook.sandbox.stripe.server import StripeSandbox
from tests.sandbox.stripe_client import client, on, session_of

CARDS = st.sampled_from(["4242", "0002", "3155", "3184", "0259", "5126", "7726"])
PAY = st.tuples(st.just("pay"), CARDS, st.integers(50, 20000), st.integers(0, 600))
REFUND = st.tuples(st.just("refund"), st.integers(0, 5), st.integers(1, 20000), st.booleans())
DASHBOARD = st.tuples(st.just("dashboard"), st.integers(0, 5), st.integers(1, 20000))
OTHERS = st.sampled_from([("settle",), ("dispute",), ("close", "won"), ("close", "lost"), ("fail",), ("payout",)])
STEPS = st.lists(st.one_of(PAY, PAY, REFUND, REFUND, DASHBOARD, OTHERS), min_size=3, max_size=14)


class Doing:
    """One account, and what is done to it."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        self.sandbox, self.api = sandbox, client(sandbox)
        self.account = sandbox.connect()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.of(self.account, kind)

    def step(self, act: str, *values: Any) -> None:
        """Refusals are answers, too."""
        try:
            getattr(self, act)(*values)
        except (stripe.StripeError, Refusal):
            return

    def pay(self, card: str, amount: int, fee: int) -> None:
        data: dict[str, Any] = {"payment_intent_data": {"application_fee_amount": fee}} if fee else {}
        session = self.api.v1.checkout.sessions.create(session_of(amount, **data), on(self.account))
        self.sandbox.pay(session.id, card=card)

    def paid(self) -> list[dict[str, Any]]:
        return [charge for charge in self.of("charge") if charge["captured"]]

    def refund(self, which: int, amount: int, fee_too: bool) -> None:
        for charge in self.paid()[which : which + 1]:
            asked = {"charge": charge["id"], "amount": amount}
            self.api.v1.refunds.create({**asked, "refund_application_fee": fee_too}, on(self.account))

    def dashboard(self, which: int, amount: int) -> None:
        for charge in self.paid()[which : which + 1]:
            self.sandbox.refund_in_dashboard(charge["id"], amount)

    def settle(self) -> None:
        self.sandbox.settle()

    def dispute(self) -> None:
        for charge in self.paid()[-1:]:
            self.sandbox.dispute(charge["id"])

    def close(self, status: str) -> None:
        for dispute in self.of("dispute")[-1:]:
            self.sandbox.close_dispute(dispute["id"], status)

    def fail(self) -> None:
        for refund in self.of("refund")[-1:]:
            self.sandbox.refund_result(refund["id"], "failed")

    def payout(self) -> None:
        self.sandbox.payout(self.account)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_captured_is_kept_and_refunded_and_every_balance_is_the_sum_of_its_entries(
    stripe_sandbox: StripeSandbox, steps: list[tuple[Any, ...]]
) -> None:
    stripe_sandbox.reset()
    doing = Doing(stripe_sandbox)
    for act, *values in steps:
        doing.step(act, *values)
    lines = doing.of("balance_transaction")
    balance = doing.api.v1.balance.retrieve({}, on(doing.account))
    assert balance.pending[0].amount + balance.available[0].amount == sum(line["net"] for line in lines)
    for charge in doing.of("charge"):
        back = [refund for refund in doing.of("refund") if refund["charge"] == charge["id"]]
        assert charge["amount_refunded"] == sum(r["amount"] for r in back if r["status"] != "failed")
        assert 0 <= charge["amount_refunded"] <= charge["amount_captured"]
    fees = stripe_sandbox.of(None, "application_fee")
    assert all(0 <= fee["amount_refunded"] <= fee["amount"] for fee in fees)
    ours = doing.api.v1.balance.retrieve()
    assert ours.pending[0].amount == sum(fee["amount"] - fee["amount_refunded"] for fee in fees)
    theirs = sum(part["amount"] for line in lines for part in line["fee_details"] if part["type"] == "application_fee")
    assert theirs == ours.pending[0].amount
    assert stripe_sandbox.violations == []
