"""Fees at the sandbox: only with consent, once, and what happens when the bank says no."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from billing.enums import PaymentState, Purpose
from billing.errors import FeeTooLarge
from billing.models import Concern, Payment, SavedCard
from billing.selectors import ledger
from billing.selectors.cancelling import cancellation, no_show_fee
from billing.services import disputes, fee_paying, fees, money_mail, refunds
from billing.services.fees import FeeChoice, Take
from daybook.core.outbox.models import OutboxRow
from scheduling.models import Appointment
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.money import make_payment
from tests.billing.stripe_money import Till, make_till
from tests.factories import CLIENT, NOW, STAFF, at

if TYPE_CHECKING:
    from daybook.sandbox.stripe.server import StripeSandbox

AFTER = at("2027-06-07T22:00:00+00:00")
BY_POLICY = FeeChoice(Take.POLICY)


@pytest.fixture
def till(business: Business, stripe_sandbox: "StripeSandbox", platform_client: Any) -> Till:
    return make_till(business, stripe_sandbox, platform_client)


def missed(till: Till, choice: FeeChoice | None = BY_POLICY, *, card: str = "4242") -> Appointment:
    """An appointment with a kept card that nobody came to."""
    appointment = till.book()
    till.keep_card(appointment, card)
    chosen = {"money": choice} if choice else {}
    return transitions.no_show(business=till.business, appointment=appointment, now=AFTER, by=STAFF, chosen=chosen)


def charged(till: Till, now: Any = None) -> Payment:
    till.work(now or AFTER + timedelta(minutes=1))
    return Payment.objects.get(purpose__in=[Purpose.NO_SHOW_FEE, Purpose.CANCELLATION_FEE])


def mails(kind: str) -> int:
    return OutboxRow.objects.filter(kind=kind).count()


def test_s17_a_fee_is_charged_once_to_the_kept_card(till: Till) -> None:
    appointment = missed(till)
    payment = charged(till)
    till.work(AFTER + timedelta(days=8))
    till.hear(AFTER + timedelta(days=8))
    payment.refresh_from_db()
    assert (payment.state, payment.amount, payment.captured_at is not None) == (PaymentState.SUCCEEDED, 10000, True)
    assert len(till.stripe.of(till.account, "payment_intent")) == 1
    assert ledger.sums(appointment).fees == 10000
    assert ledger.captured(appointment) == 0
    assert mails(money_mail.FEE_CHARGED) == 1


def test_without_consent_there_is_no_fee(till: Till) -> None:
    appointment = till.book()
    card = till.keep_card(appointment)
    card.consent = {}
    card.save()
    assert no_show_fee(appointment) == 0
    with pytest.raises(FeeTooLarge):
        transitions.no_show(
            business=till.business, appointment=appointment, now=AFTER, by=STAFF, chosen={"money": BY_POLICY}
        )
    appointment.refresh_from_db()
    assert appointment.status == "confirmed"


def test_staff_charge_less_but_never_more_than_the_policy(till: Till) -> None:
    with pytest.raises(FeeTooLarge):
        missed(till, FeeChoice(Take.OTHER, 10001))
    Appointment.objects.all().update(status="cancelled")
    missed(till, FeeChoice(Take.OTHER, 2500))
    assert charged(till).amount == 2500


def test_a_waived_fee_is_never_charged(till: Till) -> None:
    appointment = missed(till, FeeChoice(Take.WAIVE))
    payment = charged(till)
    assert (payment.state, payment.note) == (PaymentState.CANCELLED, "waived")
    fees.decide(business=till.business, appointment=appointment, choice=BY_POLICY, by=STAFF, now=AFTER)
    till.work(AFTER + timedelta(hours=1))
    assert till.calls("/v1/payment_intents") == 0


def test_nothing_is_charged_before_somebody_decides(till: Till) -> None:
    appointment = missed(till, None)
    till.work(AFTER + timedelta(days=1))
    assert Payment.objects.count() == 0
    fees.decide(business=till.business, appointment=appointment, choice=BY_POLICY, by=STAFF, now=AFTER)
    assert charged(till).state == PaymentState.SUCCEEDED


def test_s17_an_answer_that_was_lost_never_charges_twice(till: Till) -> None:
    missed(till)
    till.stripe.fail("after-commit", path="/v1/payment_intents", times=4)
    assert charged(till).state == PaymentState.UNKNOWN
    for minutes in range(2, 6):
        payment = charged(till, AFTER + timedelta(minutes=minutes))
    assert payment.state == PaymentState.SUCCEEDED
    assert len(till.stripe.of(till.account, "payment_intent")) == 1


def test_s17_only_the_webhook_knows_that_it_was_charged(till: Till) -> None:
    missed(till)
    till.stripe.fail("after-commit", path="/v1/payment_intents", times=3)
    assert charged(till).state == PaymentState.UNKNOWN
    till.hear(AFTER + timedelta(minutes=1))
    assert charged(till).state == PaymentState.SUCCEEDED


def test_s17_declined_is_tried_three_times_in_a_week_and_then_given_up(till: Till) -> None:
    missed(till, card="4000000000000341")
    payment = charged(till)
    assert (payment.state, payment.attempts, payment.next_try_at) == (
        PaymentState.PENDING, 1, AFTER + timedelta(days=2, minutes=1),
    )  # fmt: skip
    for days in range(1, 30):
        till.work(AFTER + timedelta(days=days))
    payment.refresh_from_db()
    assert (payment.state, payment.attempts, payment.next_try_at) == (PaymentState.FAILED, 3, None)
    assert till.calls("/v1/payment_intents") == 3
    assert (mails(money_mail.FEE_LINK), mails(money_mail.FEE_FAILED)) == (3, 1)


def test_s17_a_card_that_was_lost_is_not_tried_again(till: Till) -> None:
    missed(till, card="4000000000009987")
    for days in range(0, 20, 2):
        till.work(AFTER + timedelta(days=days, minutes=1))
    payment = Payment.objects.get()
    assert (payment.state, till.calls("/v1/payment_intents")) == (PaymentState.FAILED, 1)


def test_s17_the_bank_wants_the_client_himself_and_he_pays_on_a_page(till: Till) -> None:
    appointment = missed(till, card="4000002760003184")
    payment = charged(till)
    assert (payment.state, payment.failure_code) == (PaymentState.REQUIRES_CUSTOMER, "authentication_required")
    assert mails(money_mail.FEE_LINK) == 1

    first = fee_paying.open_page(business=till.business, appointment=appointment, now=AFTER)
    assert first.startswith("http")
    assert fee_paying.open_page(business=till.business, appointment=appointment, now=AFTER) == first
    (session,) = till.stripe.of(till.account, "checkout.session")
    till.stripe.pay(session["id"], card="4000002760003184")
    till.hear(AFTER + timedelta(minutes=10))
    till.work(AFTER + timedelta(minutes=20))

    payment.refresh_from_db()
    assert (payment.state, payment.amount, payment.method) == (PaymentState.SUCCEEDED, 10000, "online")
    assert Payment.objects.count() == 1
    assert ledger.sums(appointment).fees == 10000


def test_s17_a_card_that_is_gone_asks_the_client(till: Till) -> None:
    appointment = till.book()
    card = till.keep_card(appointment)
    till.stripe.detach_card(card.payment_method_id)
    transitions.no_show(
        business=till.business, appointment=appointment, now=AFTER, by=STAFF, chosen={"money": BY_POLICY}
    )
    payment = charged(till)
    card.refresh_from_db()
    assert (payment.state, payment.failure_code) == (PaymentState.REQUIRES_CUSTOMER, "card_gone")
    assert card.detached_at is not None


def test_s17_a_card_that_went_after_a_lost_answer_does_not_ask_the_client_to_pay_again(till: Till) -> None:
    missed(till)
    till.stripe.fail("after-commit", path="/v1/payment_intents", times=4)
    assert charged(till).state == PaymentState.UNKNOWN
    SavedCard.objects.update(detached_at=AFTER)
    assert charged(till, AFTER + timedelta(minutes=5)).state == PaymentState.SUCCEEDED
    assert mails(money_mail.FEE_CHARGED) == 1


def test_s17_an_account_that_is_gone_after_a_lost_answer_does_not_say_that_the_fee_failed(till: Till) -> None:
    missed(till)
    till.stripe.fail("after-commit", path="/v1/payment_intents", times=4)
    assert charged(till).state == PaymentState.UNKNOWN
    till.stripe.deauthorize(till.account)
    assert charged(till, AFTER + timedelta(minutes=5)).state == PaymentState.UNKNOWN
    assert [one.kind for one in Concern.objects.all()] == ["fee_unknown"]
    assert mails(money_mail.FEE_FAILED) == 0


def test_s17_a_fee_that_stripe_has_no_charge_of_a_day_later_was_never_charged(till: Till) -> None:
    """Then it can be waived, or the client pays it himself."""
    appointment = missed(till)
    till.stripe.fail("status", path="/v1/payment_intents", status=400, code="parameter_invalid_integer")
    assert charged(till).state == PaymentState.UNKNOWN
    assert [one.kind for one in Concern.objects.all()] == ["fee_unknown"]
    assert charged(till, AFTER + timedelta(hours=22)).state == PaymentState.UNKNOWN
    payment = charged(till, AFTER + timedelta(hours=25))
    assert (payment.state, payment.failure_code) == (PaymentState.FAILED, "never_charged")
    assert not Concern.objects.filter(closed_at__isnull=True).exists()
    assert fee_paying.payable(appointment) == payment


def test_a_fee_that_was_stopped_while_nobody_knew_is_not_owed_a_day_later(till: Till) -> None:
    appointment = missed(till)
    till.stripe.fail("status", path="/v1/payment_intents", status=400, code="parameter_invalid_integer")
    charged(till)
    transitions.restore(business=till.business, appointment=appointment, now=AFTER + timedelta(minutes=2), by=STAFF)
    payment = charged(till, AFTER + timedelta(hours=25))
    assert (payment.state, payment.note) == (PaymentState.CANCELLED, "restored")
    assert fee_paying.payable(appointment) is None
    assert mails(money_mail.FEE_FAILED) == 0


def test_paying_himself_ends_the_tries(till: Till) -> None:
    appointment = missed(till, card="4000000000000341")
    charged(till)
    fee_paying.open_page(business=till.business, appointment=appointment, now=AFTER)
    (session,) = till.stripe.of(till.account, "checkout.session")
    till.stripe.pay(session["id"], card="4242")
    till.hear(AFTER + timedelta(minutes=10))
    for days in range(1, 10):
        till.work(AFTER + timedelta(days=days))
    payment = Payment.objects.get()
    assert (payment.state, payment.method) == (PaymentState.SUCCEEDED, "online")
    succeeded = [one for one in till.stripe.of(till.account, "payment_intent") if one["status"] == "succeeded"]
    assert len(succeeded) == 1


def test_waiving_ends_the_tries(till: Till) -> None:
    missed(till, card="4000000000000341")
    payment = charged(till)
    fees.waive(payment=payment, by=STAFF, now=AFTER)
    for days in range(1, 10):
        till.work(AFTER + timedelta(days=days))
    assert till.calls("/v1/payment_intents") == 1


def test_a_no_show_taken_back_at_once_charges_nothing(till: Till) -> None:
    appointment = missed(till)
    till.work(AFTER + timedelta(seconds=3))
    transitions.restore(business=till.business, appointment=appointment, now=AFTER + timedelta(seconds=5), by=STAFF)
    till.work(AFTER + timedelta(days=1))
    assert till.calls("/v1/payment_intents") == 0
    assert Payment.objects.get().state == PaymentState.CANCELLED


def test_a_no_show_taken_back_after_the_charge_is_noted_for_a_person(till: Till) -> None:
    appointment = missed(till)
    payment = charged(till)
    transitions.restore(business=till.business, appointment=appointment, now=AFTER + timedelta(hours=1), by=STAFF)
    assert Concern.objects.get().kind == "fee_after_undo"
    refunds.by_staff(payment=payment, amount=10000, now=AFTER, by=STAFF)
    till.work(AFTER + timedelta(hours=2))
    assert ledger.sums(appointment).fees == 0


def test_hc133_a_dispute_stops_the_fee(till: Till) -> None:
    appointment = till.book()
    paid = till.pay(appointment, 4000)
    till.keep_card(appointment, "4000000000000341")
    transitions.no_show(
        business=till.business, appointment=appointment, now=AFTER, by=STAFF, chosen={"money": BY_POLICY}
    )
    payment = charged(till)
    assert payment.amount == 6000
    till.stripe.dispute(paid.payment_intent_id)
    till.hear(AFTER + timedelta(hours=1))
    for days in range(1, 10):
        till.work(AFTER + timedelta(days=days))
    payment.refresh_from_db()
    assert (payment.state, payment.note) == (PaymentState.CANCELLED, "disputed")
    assert till.calls("/v1/payment_intents") == 2


def test_cancelling_late_charges_the_kept_card_by_the_policy(till: Till) -> None:
    appointment = till.book()
    till.keep_card(appointment)
    late = at("2027-06-06T20:00:00+00:00")
    said = cancellation(appointment, now=late)
    assert (said.fee_amount, said.charge_amount, said.card) == (10000, 10000, "Visa 4242")
    transitions.cancel(business=till.business, appointment=appointment, now=late, by=CLIENT)
    payment = charged(till, late)
    assert (payment.purpose, payment.state, payment.amount) == (Purpose.CANCELLATION_FEE, PaymentState.SUCCEEDED, 10000)


def test_cancelling_in_time_charges_nothing(till: Till) -> None:
    appointment = till.book()
    till.keep_card(appointment)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=CLIENT)
    assert Payment.objects.count() == 0


def test_s16_a_dispute_is_flagged_and_its_end_is_told(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment, card="4000000000000259")
    till.stripe.settle()
    till.hear()
    appointment.refresh_from_db()
    assert appointment.payment_status == "disputed"
    (dispute,) = till.stripe.of(till.account, "dispute")
    till.stripe.close_dispute(dispute["id"], "lost")
    till.hear(NOW + timedelta(days=20))
    appointment.refresh_from_db()
    found = ledger.sums(appointment)
    assert (found.lost, found.kept, found.captured) == (10000, 0, 10000)
    assert refunds.is_disputed(payment)
    assert mails(money_mail.DISPUTE) >= 2


def test_s16_a_dispute_that_was_won_leaves_the_payment_as_it_was(till: Till) -> None:
    appointment = till.book()
    payment = till.pay(appointment)
    key = till.stripe.dispute(payment.payment_intent_id)
    till.hear()
    till.stripe.close_dispute(key, "won")
    till.stripe.take()
    assert disputes.reread(account_id=till.account, dispute_id=key, now=NOW)
    appointment.refresh_from_db()
    assert appointment.payment_status == "paid"
    refunds.by_staff(payment=payment, amount=100, now=NOW, by=STAFF)


def test_an_appointment_owes_one_fee_at_most(till: Till) -> None:
    appointment = missed(till)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_payment(appointment, 100, purpose=Purpose.CANCELLATION_FEE, state=PaymentState.PENDING)
