"""Codes and taxes change what the payment page asks for."""

import pytest

from billing.errors import CodeRefused
from billing.models import CheckoutAttempt
from billing.selectors import uses
from billing.services import online
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, PaymentStatus, Status
from scheduling.errors import CheckoutOpen
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.paying_world import Paying, client, payments
from tests.billing.prices_world import World, bill_of, make_coupon, make_rate, states, tax_on_top
from tests.conftest import HostClient
from tests.factories import CLIENT
from widget.services import booking, codes

ELEVEN = "2027-06-07T11:00:00-04:00"


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox) -> Paying:
    return Paying(business, stripe_sandbox)


def use(shop: Paying, held: Appointment, code: str, email: str = "kim@example.test") -> None:
    codes.apply_code(business=shop.business, hold=held, code=code, email=email, now=shop.now)


def asked(shop: Paying, held: Appointment) -> int:
    """What the payment page asks for."""
    session = shop.attempt(held).session_id
    found = next(one for one in shop.sandbox.of(shop.account, "checkout.session") if one["id"] == session)
    return int(str(found["amount_total"]))


def test_the_payment_page_asks_for_what_coupon_and_tax_leave(shop: Paying, platform_client: HostClient) -> None:
    coupon = make_coupon("SPRING")
    make_rate("8.5", "Sales tax")
    tax_on_top()
    held = shop.hold()
    use(shop, held, "SPRING")
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    assert asked(shop, held) == 9765
    request = str(shop.attempt(held).request)
    assert "$10.00" in request
    assert "$7.65" in request
    shop.pay(shop.attempt(held))
    shop.deliver(platform_client)
    booked = shop.fresh(shop.attempt(held))
    assert (booked.status, booked.payment_status) == (Status.CONFIRMED, PaymentStatus.PAID)
    assert payments() == [("full", 9765, "succeeded")]
    assert (states(booked), uses.uses_of(coupon), bill_of(booked).due_now) == (["used"], 1, 9765)


def test_a_deposit_is_of_what_is_to_be_paid(shop: Paying) -> None:
    make_coupon("HALF", percent=50)
    held = shop.hold()
    use(shop, held, "HALF")
    assert shop.book(held).amount_due_now == 1500
    shop.page(held)
    assert asked(shop, held) == 1500


@pytest.mark.parametrize("off", [10000, 9970])
def test_s22_hc128_what_a_coupon_leaves_of_nothing_is_booked_without_stripe(shop: Paying, off: int) -> None:
    make_coupon("FREE", amount=off)
    service = shop.make_service("Only online", payment_modes=["full"])
    held = shop.hold(ELEVEN, service=service)
    use(shop, held, "FREE")
    ways = booking.ways(shop.business, held)
    booked = shop.book(held, ways[0].mode if ways else None)  # type: ignore[arg-type]
    assert (booked.status, bill_of(booked).to_pay) == (Status.CONFIRMED, 10000 - off)
    assert not CheckoutAttempt.objects.exists()
    assert shop.sandbox.of(shop.account, "checkout.session") == []


def test_a_package_books_without_stripe(shop: Paying) -> None:
    package = World.package(_world(shop))
    held = shop.hold()
    use(shop, held, _world(shop).code(package))
    booked = shop.book(held, None)  # type: ignore[arg-type]
    assert (booked.status, bill_of(booked).to_pay, uses.left_of(package)) == (Status.CONFIRMED, 0, 4)
    assert not CheckoutAttempt.objects.exists()


def test_a_gift_certificate_leaves_the_rest_to_the_card(shop: Paying, platform_client: HostClient) -> None:
    gift = _world(shop).gift(4000)
    held = shop.hold()
    use(shop, held, _world(shop).code(gift))
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    assert asked(shop, held) == 6000
    assert f"Gift certificate …{gift.code_end} −$40.00" in str(shop.attempt(held).request)
    shop.pay(shop.attempt(held))
    shop.deliver(platform_client)
    booked = shop.fresh(shop.attempt(held))
    assert (booked.payment_status, uses.balance_of(gift), states(booked)) == (PaymentStatus.PAID, 0, ["used"])


def test_a_code_typed_after_the_payment_page_was_opened_closes_that_page(shop: Paying) -> None:
    make_coupon("SPRING")
    held = shop.hold()
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    first = shop.attempt(held)
    held.refresh_from_db()
    use(shop, held, "SPRING")
    first.refresh_from_db()
    assert first.state == "expired"
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    assert asked(shop, held) == 9000


def test_limits_of_a_client_are_asked_before_he_pays(shop: Paying) -> None:
    make_coupon("ONCE", most_per_client=1)
    first = shop.hold()
    use(shop, first, "ONCE", email="")
    shop.book(first, PaymentMode.FULL)
    second = shop.hold(ELEVEN)
    use(shop, second, "ONCE", email="")
    with pytest.raises(CodeRefused):
        shop.book(second, PaymentMode.FULL)
    assert CheckoutAttempt.objects.count() == 1


def test_a_code_taken_off_in_another_tab_never_asks_for_the_old_sum(shop: Paying) -> None:
    make_coupon("SPRING")
    held = shop.hold()
    use(shop, held, "SPRING")
    terms = booking.hold_terms(shop.business, held, PaymentMode.FULL)
    codes.remove_code(business=shop.business, hold=held, coupon=True, now=shop.now)

    with pytest.raises(CheckoutOpen):
        online.begin(
            business=shop.business, held=held, client=client(), notes="", terms=terms, consent={}, now=shop.now,
            by=CLIENT,
        )  # fmt: skip
    assert not CheckoutAttempt.objects.exists()


def test_a_hold_that_ends_unpaid_gives_its_codes_back(shop: Paying) -> None:
    coupon, gift = make_coupon("SPRING"), _world(shop).gift(4000)
    held = shop.hold()
    use(shop, held, "SPRING")
    use(shop, held, _world(shop).code(gift))
    shop.book(held, PaymentMode.FULL)
    shop.page(held)
    shop.work(minutes=11)
    shop.work(minutes=2)
    held.refresh_from_db()
    assert held.status == Status.EXPIRED
    assert (uses.uses_of(coupon), uses.balance_of(gift)) == (0, 4000)


def _world(shop: Paying) -> World:
    world = World.__new__(World)
    world.business = shop.business
    return world
