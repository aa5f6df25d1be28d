"""How many times one client may hold while he has not paid."""

from typing import Any

import pytest

from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, Status
from scheduling.errors import TooManyHolds
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.paying_world import Paying, client
from tests.faults.racing import racers
from tests.widget.asking import Asker

STARTS = [f"2027-06-{day:02}T10:00:00-04:00" for day in range(7, 12)]


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox) -> Paying:
    return Paying(business, stripe_sandbox)


@pytest.fixture
def real_shop(committed: Business, stripe_sandbox: StripeSandbox, clock: Any) -> Paying:
    shop = Paying(committed, stripe_sandbox)
    clock(shop.now)
    return shop


def test_a_client_holds_three_unpaid_times_and_no_more(shop: Paying) -> None:
    first = [shop.started(start=start) for start in STARTS[:3]]
    fourth = shop.hold(STARTS[3])
    with pytest.raises(TooManyHolds):
        shop.book(fourth, client=client(email="KIM@example.test"))
    fourth.refresh_from_db()
    assert (fourth.client_id, fourth.checkout_open) == (None, False)

    shop.book(shop.fresh(first[0]), PaymentMode.FULL)  # another way to pay what is held already
    shop.book(shop.hold(STARTS[4]), client=client(email="lee@example.test"))

    shop.page(shop.fresh(first[0]))
    shop.pay(shop.attempt(shop.fresh(first[0])))
    shop.work(minutes=1)
    assert shop.fresh(first[0]).status == Status.CONFIRMED
    assert shop.book(fourth).checkout_open


def test_what_is_paid_in_person_is_no_hold(shop: Paying) -> None:
    for start in STARTS[:3]:
        shop.started(start=start)
    assert shop.book(shop.hold(STARTS[3]), PaymentMode.PAY_IN_PERSON).status == Status.CONFIRMED


def test_bookings_sent_at_once_are_three_holds_too(real_shop: Paying) -> None:
    asker = Asker(real_shop.business)
    calls = [
        lambda start=start: asker.book(real_shop.service, start, payment_mode="full", policy_accepted=True)
        for start in STARTS
    ]
    with racers(real_shop.business, len(calls)) as pool:
        answers = [outcome.value for outcome in pool.race(calls)]
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 2
    assert {answer.json()["error"] for answer in answers if answer.status_code == 429} == {"too_many_holds"}
    assert Appointment.objects.filter(status=Status.HELD).count() == 3
