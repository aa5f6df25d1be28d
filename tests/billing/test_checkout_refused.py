"""The payment page while the account, Stripe or the service itself changes or refuses."""

import pytest

from billing.models import SavedCard, StripeCustomer
from billing.receivers import on_terms_wanted
from billing.services.checkout import PaymentsUnavailable
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, Status
from tenants.models import Business, StripeAccount
from tests.billing.paying_world import Paying, payments


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox) -> Paying:
    return Paying(business, stripe_sandbox)


def sessions(shop: Paying) -> list[dict[str, object]]:
    return shop.sandbox.of(shop.account, "checkout.session")


def test_s18_an_account_that_is_lost_closes_paid_booking_only(shop: Paying) -> None:
    held = shop.hold()
    StripeAccount.objects.update(can_charge=False)
    with pytest.raises(PaymentsUnavailable):
        shop.book(held)
    assert shop.book(held, PaymentMode.PAY_IN_PERSON).status == Status.CONFIRMED


def test_s18_an_account_that_says_no_gives_the_time_back(shop: Paying) -> None:
    held = shop.hold()
    shop.book(held)
    shop.sandbox.deauthorize(shop.account)
    with pytest.raises(PaymentsUnavailable):
        shop.page(held)
    held.refresh_from_db()
    assert (held.status, held.checkout_open) == (Status.HELD, False)


def test_s18_a_page_that_nobody_lets_us_close_is_closed_by_its_own_time(shop: Paying) -> None:
    attempt = shop.started()
    shop.sandbox.deauthorize(shop.account)
    shop.work(minutes=11)
    assert shop.fresh(attempt).checkout_open
    shop.work(minutes=30)
    assert shop.fresh(attempt).status == Status.EXPIRED


@pytest.mark.parametrize("status", [429, 500, 503])
def test_s20_bursts_of_refusals_are_outlasted(shop: Paying, status: int) -> None:
    held = shop.hold()
    shop.book(held)
    shop.sandbox.fail("status", path="/v1/", status=status, times=20)
    assert shop.page(held) is None
    shop.work(seconds=10)
    shop.sandbox.api.faults.clear()
    shop.work(seconds=30)
    assert shop.page(held)
    assert len(sessions(shop)) == 1


def test_s21_what_is_edited_later_changes_nothing_that_was_asked_for(shop: Paying) -> None:
    attempt = shop.started()
    shop.service.price, shop.service.deposit_value = 99900, 90
    shop.service.save()
    shop.pay(attempt)
    shop.work(minutes=5)
    booked = shop.fresh(attempt)
    assert (booked.status, booked.price) == (Status.CONFIRMED, 10000)
    assert payments() == [("deposit", 3000, "succeeded")]


@pytest.mark.parametrize("price", [0, 30])
def test_s22_hc128_what_is_free_or_too_little_asks_nobody(shop: Paying, price: int) -> None:
    service = shop.make_service("Free")
    service.price = price
    service.save()
    held = shop.hold(service=service)
    assert shop.book(held, PaymentMode.PAY_IN_PERSON).status == Status.CONFIRMED
    assert shop.sandbox.requests() == []


def test_hc134_the_same_client_is_another_customer_at_each_business(
    business: Business, other_business: Business, stripe_sandbox: StripeSandbox
) -> None:
    from django.db import connection

    here = Paying(business, stripe_sandbox)
    here.pay(here.started(PaymentMode.CARD_ON_FILE))
    here.work(minutes=5)
    mine = SavedCard.objects.get()
    connection.set_tenant(other_business)  # type: ignore[attr-defined]
    there = Paying(other_business, stripe_sandbox, now=here.now)
    there.pay(there.started(PaymentMode.CARD_ON_FILE))
    there.work(minutes=5)
    theirs = SavedCard.objects.get()
    assert mine.account_id != theirs.account_id
    assert mine.customer_id != theirs.customer_id
    assert StripeCustomer.objects.count() == 1


def test_s18_the_waiting_list_offers_nothing_that_cannot_be_paid(shop: Paying) -> None:
    shop.service.payment_modes = ["deposit"]
    shop.service.save()
    ready = on_terms_wanted(business=shop.business, service=shop.service)
    assert [(terms.payment_mode, terms.due_now) for terms in ready.values()] == [("deposit", 3000)]
    StripeAccount.objects.update(can_charge=False)
    assert on_terms_wanted(business=shop.business, service=shop.service) == {}
