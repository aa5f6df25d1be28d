"""Two at once about the same money: a fee's next try and the client's own page, two workers about one page that never came."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from billing.enums import LIVE_ATTEMPTS, AttemptState, PaymentState
from billing.errors import NothingDue
from billing.models import CheckoutAttempt, Payment, SavedCard
from billing.services import attempts, checkout, desk, fee_charging, fee_paying
from billing.services.desk import Taken
from billing.services.fees import FeeChoice, Take
from daybook.core.outbox import Postpone
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Appointment
from scheduling.services import paying, transitions
from tenants.models import Business
from tests.billing.paying_world import Paying
from tests.billing.stripe_money import Till, make_till
from tests.factories import STAFF, at
from tests.faults.racing import Racers, codes, racers, server_deadlocks, winners

AFTER = at("2027-06-07T22:00:00+00:00")
NEXT_TRY = AFTER + timedelta(days=3)
DECLINES = "4000000000000341"


@pytest.fixture
def till(committed: Business, stripe_sandbox: StripeSandbox) -> Iterator[Till]:
    before = server_deadlocks()
    yield make_till(committed, stripe_sandbox, None)
    assert server_deadlocks() == before


@pytest.fixture
def pool(committed: Business) -> Iterator[Racers]:
    with racers(committed, 4) as found:
        yield found


class Aside:
    """One call in a thread of its own; `waits` until it is over or stands at a lock of the database."""

    def __init__(self, business: Business, call: Callable[[], Any]) -> None:
        self._pool, self._known, self._pid = ThreadPoolExecutor(1), Event(), 0

        def run() -> Any:
            connection.set_tenant(business)  # type: ignore[attr-defined]
            try:
                with connection.cursor() as cursor:
                    cursor.execute("select pg_backend_pid()")
                    (self._pid,) = cursor.fetchone()
                self._known.set()
                return call()
            finally:
                connection.close()

        self.future: Future[Any] = self._pool.submit(run)

    def waits(self) -> None:
        assert self._known.wait(30)
        while not self.future.done() and not self._stands():
            pass

    def error(self) -> BaseException | None:
        found = self.future.exception(60)
        self._pool.shutdown()
        return found

    def _stands(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("select cardinality(pg_blocking_pids(%s)) > 0", [self._pid])
            (found,) = cursor.fetchone()
        return bool(found)


def declined_once(till: Till) -> tuple[Appointment, Payment]:
    """A no-show whose fee was declined: it is tried again, and the client may pay it himself."""
    appointment = till.book()
    till.keep_card(appointment, DECLINES)
    chosen = {"money": FeeChoice(Take.POLICY)}
    missed = transitions.no_show(business=till.business, appointment=appointment, now=AFTER, by=STAFF, chosen=chosen)
    till.work(AFTER + timedelta(minutes=1))
    payment = Payment.objects.get(appointment=appointment)
    assert (payment.state, payment.attempts) == (PaymentState.PENDING, 1)
    return missed, payment


def charge(payment: Payment) -> None:
    fee_charging.charge(payment_id=payment.pk, now=NEXT_TRY)


def open_page(till: Till, appointment: Appointment) -> str:
    return fee_paying.open_page(business=till.business, appointment=appointment, now=NEXT_TRY)


def pages(appointment: Appointment) -> int:
    return CheckoutAttempt.objects.filter(appointment=appointment, state__in=LIVE_ATTEMPTS).count()


def test_a_fee_is_not_tried_again_while_the_client_opens_his_page(till: Till) -> None:
    appointment, payment = declined_once(till)
    till.stripe.set_clock(NEXT_TRY)
    with transaction.atomic():  # the page's opening has looked, and is not committed yet
        open_page(till, appointment)
        worker = Aside(till.business, lambda: charge(payment))
        worker.waits()
    assert isinstance(worker.error(), Postpone)
    payment.refresh_from_db()
    assert (payment.state, pages(appointment), till.calls("/v1/payment_intents")) == (PaymentState.PENDING, 1, 1)


def test_no_page_of_a_fee_opens_while_its_next_try_is_claimed(till: Till) -> None:
    appointment, payment = declined_once(till)
    with transaction.atomic():
        paying.lock_row(appointment)
        client = Aside(till.business, lambda: open_page(till, appointment))
        client.waits()
        Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN)
    assert isinstance(client.error(), NothingDue)
    assert pages(appointment) == 0


def test_a_fee_is_charged_or_paid_on_a_page_but_never_both(till: Till, pool: Racers) -> None:
    for turn in range(4):
        appointment, payment = declined_once(till)
        for card in SavedCard.objects.filter(appointment=appointment):  # this time the bank would say yes
            card.payment_method_id = till.stripe.saved_card(till.account, card.customer_id, "4242")
            card.save()
        till.stripe.set_clock(NEXT_TRY)
        before = till.calls("/v1/payment_intents")

        def by_card(payment: Payment = payment) -> None:
            with suppress(Postpone):
                charge(payment)

        def by_page(appointment: Appointment = appointment) -> str:
            return open_page(till, appointment)

        pool.race([by_card, by_page] if turn % 2 else [by_page, by_card])
        assert till.calls("/v1/payment_intents") - before + pages(appointment) == 1


@pytest.fixture
def late(committed: Business, stripe_sandbox: StripeSandbox) -> tuple[Paying, CheckoutAttempt]:
    """A payment page that nobody got to ask for until it was too late for its time."""
    shop = Paying(committed, stripe_sandbox)
    committed.hold_minutes = 30
    held = shop.hold()
    shop.book(held)
    shop.later(minutes=10)
    return shop, shop.attempt(held)


def numbers() -> list[tuple[int, str]]:
    return list(CheckoutAttempt.objects.order_by("number").values_list("number", "state"))


def test_two_at_once_write_one_next_attempt(late: tuple[Paying, CheckoutAttempt], pool: Racers) -> None:
    shop, attempt = late

    def again() -> CheckoutAttempt:
        with transaction.atomic():
            return attempts.again(attempt, now=shop.now)

    found = {outcome.value.pk for outcome in pool.race([again] * 4)}
    assert (len(found), numbers()) == (1, [(1, AttemptState.REFUSED), (2, AttemptState.ASKING)])


def test_two_who_ask_for_a_page_too_late_get_the_same_page(late: tuple[Paying, CheckoutAttempt], pool: Racers) -> None:
    shop, attempt = late

    def ask() -> CheckoutAttempt:
        mine = CheckoutAttempt.objects.get(pk=attempt.pk)
        return checkout.ask(business=shop.business, attempt=mine, now=shop.now)

    found = [outcome.value for outcome in pool.race([ask] * 2)]
    assert {one.number for one in found} == {2}
    assert checkout.ask(business=shop.business, attempt=attempt, now=shop.now).url
    assert numbers() == [(1, AttemptState.REFUSED), (2, AttemptState.OPEN)]
    assert len(shop.sandbox.of(shop.account, "checkout.session")) == 1


def test_the_next_attempt_waits_for_who_has_the_appointment(late: tuple[Paying, CheckoutAttempt]) -> None:
    """News of a payment lock the appointment, then the attempt; so does the next attempt, and neither stops the other."""
    shop, attempt = late
    with transaction.atomic():
        paying.lock_row(shop.fresh(attempt))
        worker = Aside(shop.business, lambda: checkout.ask(business=shop.business, attempt=attempt, now=shop.now))
        worker.waits()
        CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
    assert worker.error() is None
    assert numbers() == [(1, AttemptState.REFUSED), (2, AttemptState.OPEN)]


def test_the_same_form_at_the_same_moment_is_one_payment(till: Till, pool: Racers) -> None:
    appointment = till.book()

    def take() -> Payment:
        taken = Taken(4000, "cash")
        return desk.mark_paid(appointment=appointment, taken=taken, seen_paid=0, now=AFTER, by=STAFF)

    outcomes = pool.race([take] * 4)
    assert (len(winners(outcomes)), codes(outcomes)) == (1, {"changed_meanwhile"})
    assert Payment.objects.get().amount == 4000
