"""From a held time through the payment page to a booking, against the sandbox: what can go wrong on the way."""

from typing import TYPE_CHECKING

import pytest

from billing.enums import AttemptState
from billing.models import Bill, CheckoutAttempt, Concern, Payment, Refund, SavedCard
from billing.services import checkout, settling
from daybook.core.errors import Invalid
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, PaymentStatus, Status
from scheduling.errors import CheckoutOpen, InvalidTransition, SlotUnavailable
from scheduling.models import Appointment, Message
from scheduling.services import holds
from tenants.models import Business
from tests.billing.paying_world import TEN, Paying, client, payments
from tests.factories import CLIENT, at
from widget.services import booking, owing

if TYPE_CHECKING:
    from tests.conftest import HostClient


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox) -> Paying:
    return Paying(business, stripe_sandbox)


def sessions(shop: Paying) -> list[dict[str, object]]:
    return shop.sandbox.of(shop.account, "checkout.session")


def test_a_deposit_is_paid_and_the_time_is_booked(shop: Paying, platform_client: "HostClient") -> None:
    attempt = shop.started()
    held = shop.fresh(attempt)
    assert (held.status, held.checkout_open, held.amount_due_now) == (Status.HELD, True, 3000)
    assert attempt.idempotency_key == f"hold:{held.pk}:checkout:1"
    assert (attempt.expires_at - shop.now).total_seconds() == 35 * 60

    shop.pay(attempt)
    shop.deliver(platform_client)

    booked = shop.fresh(attempt)
    assert (booked.status, booked.payment_status) == (Status.CONFIRMED, PaymentStatus.DEPOSIT_PAID)
    payment = Payment.objects.get()
    assert (payment.amount, payment.currency, payment.card_last4) == (3000, "usd", "4242")
    bill = Bill.objects.get()
    assert (bill.total, bill.due_now) == (10000, 3000)


def test_hc110_deposits_are_rounded_half_up(shop: Paying) -> None:
    for price, percent, due in ((3350, 15, 503), (3333, 25, 833)):
        service = shop.make_service(f"Cut {price}", price=price, deposit_value=percent)
        held = shop.hold(service=service)
        assert shop.book(held).amount_due_now == due
        shop.page(held)
        shop.sandbox.take()
        checkout.close(business=shop.business, attempt=shop.attempt(held), now=shop.now)
        held.refresh_from_db()
        holds.release(business=shop.business, appointment=held, now=shop.now, by=CLIENT)


def test_hc109_yen_have_no_decimals(business: Business, stripe_sandbox: StripeSandbox) -> None:
    Business.objects.filter(pk=business.pk).update(currency="jpy")
    business.refresh_from_db()
    shop = Paying(business, stripe_sandbox)
    held = shop.hold(service=shop.make_service("Yen", price=5000))
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    shop.pay(shop.attempt(held))
    shop.work(minutes=5)
    assert payments() == [("full", 5000, "succeeded")]
    assert Payment.objects.get().currency == "jpy"


def test_s01_a_timeout_after_stripe_did_it_leads_to_one_session(shop: Paying) -> None:
    held = shop.hold()
    shop.book(held)
    shop.sandbox.fail("after-commit", path="/v1/checkout/sessions", method="POST")
    assert shop.page(held) is None
    assert shop.attempt(held).state == AttemptState.ASKING

    shop.work(seconds=10)

    assert shop.attempt(held).state == AttemptState.OPEN
    assert len(sessions(shop)) == 1
    assert shop.page(held)


def test_s01_a_page_that_nobody_got_to_ask_for_in_time_is_asked_for_anew(shop: Paying) -> None:
    Business.objects.filter(pk=shop.business.pk).update(hold_minutes=30)
    shop.business.refresh_from_db()
    held = shop.hold()
    shop.book(held)
    shop.later(minutes=10)
    assert shop.page(held)
    first, second = CheckoutAttempt.objects.order_by("number")
    assert (first.state, second.state) == (AttemptState.REFUSED, AttemptState.OPEN)
    assert second.idempotency_key.endswith(":2")


def test_s02_a_crash_between_session_and_commit_is_found_by_the_sweeper(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    CheckoutAttempt.objects.update(state=AttemptState.ASKING, session_id="", url="")
    shop.lose_webhooks()
    shop.work(minutes=5)
    shop.work(minutes=5)
    assert shop.fresh(attempt).status == Status.CONFIRMED
    assert len(payments()) == 1


def test_s03_a_webhook_before_our_commit(shop: Paying, platform_client: "HostClient") -> None:
    attempt = shop.started()
    shop.pay(attempt)
    CheckoutAttempt.objects.update(state=AttemptState.ASKING, session_id="", url="")
    shop.deliver(platform_client)
    assert shop.fresh(attempt).status == Status.CONFIRMED


def test_s04_a_webhook_that_never_comes(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    shop.lose_webhooks()
    shop.work(minutes=5)
    assert shop.fresh(attempt).status == Status.CONFIRMED


def test_hc131_the_page_that_waits_has_it_looked_up(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    shop.lose_webhooks()
    booking.outcome_awaited(shop.fresh(attempt), now=shop.now)
    assert shop.fresh(attempt).status == Status.HELD  # asking for it proves nothing
    shop.work()
    assert shop.fresh(attempt).status == Status.CONFIRMED


def test_hc117_an_event_that_comes_ten_times_and_again_days_later(shop: Paying, platform_client: "HostClient") -> None:
    attempt = shop.started()
    shop.pay(attempt)
    done = next(e["id"] for e in shop.sandbox.events("checkout.session.completed"))
    for _time in range(10):
        shop.sandbox.redeliver(done)
    shop.deliver(platform_client)
    shop.later(days=2)
    shop.sandbox.redeliver(done)
    shop.deliver(platform_client)
    assert payments() == [("deposit", 3000, "succeeded")]
    assert Message.objects.filter(kind="client.confirmed").count() == 1
    assert shop.fresh(attempt).events.filter(action="confirmed").count() == 1


def test_s06_expired_after_completed_changes_nothing(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    shop.work(minutes=5)
    attempt.refresh_from_db()
    settling.over(business=shop.business, attempt=attempt, state=AttemptState.EXPIRED, now=shop.now)
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.PAID
    assert shop.fresh(attempt).status == Status.CONFIRMED


def test_hc118_a_declined_card_and_then_another(shop: Paying, platform_client: "HostClient") -> None:
    attempt = shop.started()
    assert not shop.sandbox.pay(attempt.session_id, card="0002").done
    shop.deliver(platform_client)
    assert shop.fresh(attempt).status == Status.HELD
    shop.pay(attempt)
    failed = [e["id"] for e in shop.sandbox.events("payment_intent.payment_failed")]
    shop.deliver(platform_client)
    for event in failed:
        shop.sandbox.redeliver(event)
    shop.deliver(platform_client)
    assert shop.fresh(attempt).status == Status.CONFIRMED
    assert payments() == [("deposit", 3000, "succeeded")]


def test_the_time_is_free_only_after_stripe_said_that_the_page_is_closed(shop: Paying) -> None:
    attempt = shop.started()
    shop.sandbox.fail("status", path="/expire", status=503, times=9)
    shop.work(minutes=11)
    assert shop.fresh(attempt).status == Status.HELD
    with pytest.raises(SlotUnavailable):
        shop.hold()
    shop.sandbox.api.faults.clear()
    shop.work(minutes=1)
    assert shop.fresh(attempt).status == Status.EXPIRED
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.EXPIRED
    assert shop.hold().starts_at == at(TEN)


def test_s09_a_payment_that_lands_while_the_page_is_being_closed_books(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    shop.lose_webhooks()
    shop.work(minutes=11)
    assert shop.fresh(attempt).status == Status.CONFIRMED


def test_s10_a_second_click_gets_the_same_page(shop: Paying) -> None:
    attempt = shop.started()
    held = shop.fresh(attempt)
    url = shop.page(held)
    shop.book(held)
    assert shop.page(held) == url
    assert len(sessions(shop)) == 1


def test_s10_another_way_to_pay_closes_the_first_page(shop: Paying) -> None:
    attempt = shop.started()
    held = shop.fresh(attempt)
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    assert [s["status"] for s in sessions(shop)] == ["expired", "open"]
    assert [a.state for a in CheckoutAttempt.objects.order_by("number")] == [AttemptState.EXPIRED, AttemptState.OPEN]
    assert not shop.sandbox.pay(attempt.session_id).done
    shop.pay(shop.attempt(held))
    shop.work(minutes=5)
    assert payments() == [("full", 10000, "succeeded")]


def test_hc250_paying_in_another_tab_is_found_before_a_second_page_is_opened(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    shop.lose_webhooks()
    with pytest.raises(InvalidTransition):
        shop.book(shop.fresh(attempt), PaymentMode.FULL)
    assert shop.fresh(attempt).status == Status.CONFIRMED
    assert len(payments()) == 1


def gone(shop: Paying) -> CheckoutAttempt:
    """A page that was paid although its hold is over: a restored backup, say."""
    attempt = shop.started()
    Appointment.objects.update(checkout_open=False)
    CheckoutAttempt.objects.update(state=AttemptState.OPEN)
    shop.later(minutes=15)
    shop.pay(attempt)
    shop.lose_webhooks()
    return attempt


def test_hc120_money_for_a_hold_that_is_over_books_while_the_time_is_free(shop: Paying) -> None:
    attempt = gone(shop)
    settling.look(business=shop.business, attempt_id=attempt.pk, now=shop.now)
    assert shop.fresh(attempt).status == Status.CONFIRMED
    assert not Refund.objects.exists()


@pytest.mark.parametrize("release", [False, True])
def test_hc120_s11_money_for_a_time_that_is_taken_goes_back_in_full(
    shop: Paying, release: bool, platform_client: "HostClient"
) -> None:
    attempt = gone(shop)
    if release:
        holds.release(business=shop.business, appointment=shop.fresh(attempt), now=shop.now, by=CLIENT)
    rival = shop.book(shop.hold(), PaymentMode.PAY_IN_PERSON, client=client("Lu Chen", "lu@example.test"))
    assert rival.status == Status.CONFIRMED
    settling.look(business=shop.business, attempt_id=attempt.pk, now=shop.now)
    shop.work()
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (3000, "late_payment")
    assert [r["amount"] for r in shop.sandbox.of(shop.account, "refund")] == [3000]
    lost = shop.fresh(attempt)
    assert (lost.status in (Status.EXPIRED, Status.CANCELLED), lost.payment_status) == (True, PaymentStatus.REFUNDED)
    assert Message.objects.filter(kind__startswith="client.paid_late", recipient="kim@example.test").count() == 1
    assert owing.came_too_late(lost)


def test_hc121_an_abandoned_page_and_the_same_time_again(shop: Paying) -> None:
    first = shop.started()
    shop.work(minutes=11)
    assert shop.fresh(first).status == Status.EXPIRED
    second = shop.started()
    assert shop.fresh(second).status == Status.HELD
    shop.pay(second)
    shop.work(minutes=5)
    assert shop.fresh(second).status == Status.CONFIRMED
    assert payments() == [("deposit", 3000, "succeeded")]


def test_hc122_another_amount_than_asked_for_books_nothing_and_is_flagged(shop: Paying) -> None:
    attempt = shop.started()
    CheckoutAttempt.objects.update(amount=9999)
    shop.pay(attempt)
    shop.work(minutes=5)
    held = shop.fresh(attempt)
    assert held.status == Status.HELD
    assert not held.checkout_open
    assert Concern.objects.get().kind == "amount_mismatch"
    assert payments() == [("deposit", 3000, "succeeded")]


def test_s12_hc132_the_tab_is_closed_at_three_d_secure(shop: Paying) -> None:
    attempt = shop.started()
    assert not shop.sandbox.pay(attempt.session_id, card="3184", challenge=None).done
    shop.work(minutes=11)
    assert shop.fresh(attempt).status == Status.EXPIRED
    assert payments() == []


def test_s25_an_event_of_another_version_is_only_a_hint(shop: Paying, platform_client: "HostClient") -> None:
    attempt = shop.started()
    event = {"id": attempt.session_id, "account": shop.account, "metadata": {"attempt": str(attempt.pk)}, "amount": 1}
    assert settling.attempt_of(event) == attempt
    assert settling.attempt_of({**event, "account": "acct_other"}) is None
    settling.look(business=shop.business, attempt_id=attempt.pk, session_id=attempt.session_id, now=shop.now)
    assert shop.fresh(attempt).status == Status.HELD


def test_a_card_is_kept_with_the_words_that_were_agreed_to(shop: Paying, platform_client: "HostClient") -> None:
    attempt = shop.started(PaymentMode.CARD_ON_FILE)
    shop.pay(attempt)
    shop.deliver(platform_client)
    card = SavedCard.objects.get()
    assert shop.fresh(attempt).status == Status.CONFIRMED
    assert (card.last4, card.account_id, card.appointment_id) == ("4242", shop.account, attempt.appointment_id)
    assert card.consent["address"] == "203.0.113.7"
    assert "cancellation policy" in card.consent["text"]
    assert card.consent["at"] == "2027-06-01T12:00:00Z"
    assert payments() == []


def test_nothing_is_paid_online_without_consent(shop: Paying) -> None:
    with pytest.raises(Invalid) as refused:
        shop.book(shop.hold(), accepted=False)
    assert refused.value.code == "policy_not_accepted"


def test_what_needs_approval_waits_for_it_when_it_is_paid(shop: Paying) -> None:
    shop.service.requires_approval = True
    shop.service.save()
    attempt = shop.started()
    shop.pay(attempt)
    shop.work(minutes=5)
    assert shop.fresh(attempt).status == Status.PENDING_APPROVAL


def test_a_time_that_may_be_paid_this_moment_cannot_be_given_back_unasked(shop: Paying) -> None:
    attempt = shop.started()
    held = shop.fresh(attempt)
    with pytest.raises(CheckoutOpen):
        holds.release(business=shop.business, appointment=held, now=shop.now, by=CLIENT)
    booking.release_hold(shop.business, held, now=shop.now)
    assert shop.fresh(attempt).status in (Status.CANCELLED, Status.EXPIRED)
    assert [s["status"] for s in sessions(shop)] == ["expired"]
