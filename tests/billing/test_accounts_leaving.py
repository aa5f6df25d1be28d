"""An account is let go while clients pay, and another takes over: nothing that was paid is lost or goes elsewhere."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from billing.enums import AttemptState, Method, OrderState, RefundState
from billing.models import CheckoutAttempt, Package, Payment, Refund
from billing.selectors.accounts import ready_account
from billing.services import accounts, gifts, orders, packages, refunds
from billing.services.checkout import PaymentsUnavailable
from billing.services.gifts import GiftFields
from billing.services.orders import Order
from daybook.core.actors import SYSTEM
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, Status
from tenants.models import Business
from tests.billing.paying_world import Paying, client, connect
from tests.factories import NOW, make_member, make_service, sign_in
from tests.scheduling.waiting_world import world

if TYPE_CHECKING:
    from tests.conftest import HostClient


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox) -> Paying:
    return Paying(business, stripe_sandbox)


def leave(shop: Paying) -> None:
    accounts.disconnect(business=shop.business, by=SYSTEM, now=shop.now)


def test_s18_pages_that_are_open_when_the_account_is_let_go_are_closed(shop: Paying) -> None:
    attempt = shop.started()
    leave(shop)
    shop.work()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.EXPIRED
    assert shop.sandbox.get(attempt.session_id)["status"] == "expired"
    assert not shop.fresh(attempt).checkout_open
    with pytest.raises(PaymentsUnavailable):
        shop.book(shop.fresh(attempt))


def ordered(shop: Paying) -> list[CheckoutAttempt]:
    """A package and a gift certificate, each with its payment page."""
    sold = Package.objects.create(name="Five cuts", quantity=5, price=40000, valid_days=90, created_at=NOW)
    fields = GiftFields(5000, "Kim Lee", "kim@example.test")
    rows: list[Order] = [
        packages.new(business=shop.business, package=sold, buyer=client(), method=Method.ONLINE, now=shop.now),
        gifts.new(business=shop.business, fields=fields, method=Method.ONLINE, now=shop.now),
    ]
    for row in rows:
        orders.begin(business=shop.business, row=row, back="/packages/", now=shop.now)
        assert orders.page(business=shop.business, row=row, now=shop.now)
    return [orders.attempt_of(row) for row in rows]


def test_s18_the_pages_of_packages_and_gift_certificates_are_closed_too(shop: Paying) -> None:
    attempts = ordered(shop)
    leave(shop)
    shop.work()
    for attempt in attempts:
        attempt.refresh_from_db()
        assert (attempt.state, orders.order_of(attempt).state) == (AttemptState.EXPIRED, OrderState.VOID)
        assert shop.sandbox.get(attempt.session_id)["status"] == "expired"


def test_s18_a_package_that_was_paid_a_moment_before_holds_all_the_same(shop: Paying) -> None:
    package, gift = ordered(shop)
    shop.pay(package)
    leave(shop)
    shop.lose_webhooks()
    shop.work()
    assert orders.order_of(package).state == OrderState.ACTIVE
    assert orders.order_of(gift).state == OrderState.VOID
    assert Payment.objects.get().subject == package.subject


def test_s18_a_package_whose_page_nobody_knows_to_be_closed_is_asked_for_again(shop: Paying) -> None:
    package, _gift = ordered(shop)
    leave(shop)
    shop.sandbox.fail("status", status=429, path=f"{package.session_id}/expire")
    shop.work()
    package.refresh_from_db()
    assert package.state == AttemptState.OPEN
    shop.work(minutes=2)
    package.refresh_from_db()
    assert package.state == AttemptState.EXPIRED


def test_s18_a_page_that_was_asked_for_and_never_answered_is_closed_too(shop: Paying) -> None:
    fields = GiftFields(5000, "Kim Lee", "kim@example.test")
    row = gifts.new(business=shop.business, fields=fields, method=Method.ONLINE, now=shop.now)
    orders.begin(business=shop.business, row=row, back="/gift/", now=shop.now)
    shop.sandbox.fail("after-commit", path="/v1/checkout/sessions", method="POST")
    assert not orders.page(business=shop.business, row=row, now=shop.now)
    leave(shop)
    shop.work()
    (session,) = shop.sandbox.of(shop.account, "checkout.session")
    assert (session["status"], orders.attempt_of(row).state) == ("expired", AttemptState.EXPIRED)


def test_s18_what_was_paid_a_moment_before_is_booked_all_the_same(shop: Paying) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    leave(shop)
    shop.lose_webhooks()
    shop.work()
    assert shop.fresh(attempt).status == Status.CONFIRMED
    assert Payment.objects.get().account_id == shop.account


def test_s18_nobody_knows_yet_whether_a_page_is_closed_and_it_is_asked_again(shop: Paying) -> None:
    attempt = shop.started()
    leave(shop)
    shop.sandbox.fail("status", status=429, path="/expire")
    shop.work()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.OPEN
    shop.work(minutes=2)
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.EXPIRED


def test_s18_an_account_that_refuses_is_read_again_at_once(shop: Paying) -> None:
    held = shop.hold()
    shop.book(held)
    shop.sandbox.deauthorize(shop.account)
    shop.lose_webhooks()
    with pytest.raises(PaymentsUnavailable):
        shop.page(held)
    assert ready_account(shop.business) is not None
    shop.work()
    assert ready_account(shop.business) is None


def test_hc125_what_is_paid_at_the_visit_is_booked_without_an_account(shop: Paying) -> None:
    leave(shop)
    assert shop.book(shop.hold(), PaymentMode.PAY_IN_PERSON).status == Status.CONFIRMED


def test_hc125_the_booking_page_says_what_is_closed_and_the_rest_stays_open(
    shop: Paying, other_business: Business, client_for: Callable[..., Any]
) -> None:
    paid = shop.make_service("Colour", payment_modes=["full"])
    free = shop.make_service("Advice", payment_modes=["full"], price=0)
    leave(shop)
    client = client_for("acme")
    page = client.get(f"/book/{paid.slug}/")
    assert page.status_code == 200
    assert "Colour cannot be booked online at present" in page.content.decode()
    assert client.post(f"/book/{paid.slug}/").status_code == 409
    for other in (shop.service, free):
        assert "Choose a time" in client.get(f"/book/{other.slug}/").content.decode()
    owner = sign_in(client_for("acme"), make_member(shop.business, "owner"))
    words = owner.get("/dashboard/payments/account/").content.decode()
    assert "Closed to clients meanwhile" in words
    assert "Colour" in words


def test_s19_what_was_paid_through_an_earlier_account_goes_back_there(
    shop: Paying, platform_client: "HostClient"
) -> None:
    attempt = shop.started(PaymentMode.FULL)
    shop.pay(attempt)
    shop.deliver(platform_client)
    old = shop.account
    leave(shop)
    new = connect(shop.business, shop.sandbox)
    payment = Payment.objects.get()
    refunds.by_staff(payment=payment, amount=4000, now=shop.now, by=SYSTEM)
    shop.work()
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    assert [refund["amount"] for refund in shop.sandbox.of(old, "refund")] == [4000]
    assert shop.sandbox.of(new, "refund") == []
    later = shop.started(start="2027-06-08T10:00:00-04:00")
    assert later.account_id == new


def test_s19_a_refund_that_the_owner_makes_at_the_earlier_account_is_followed(
    shop: Paying, platform_client: "HostClient"
) -> None:
    attempt = shop.started(PaymentMode.FULL)
    shop.pay(attempt)
    shop.deliver(platform_client)
    leave(shop)
    connect(shop.business, shop.sandbox)
    attempt.refresh_from_db()
    shop.sandbox.refund_in_dashboard(attempt.session_id, amount=2500)
    shop.deliver(platform_client)
    assert [refund.amount for refund in Refund.objects.all()] == [2500]


def test_who_waits_for_what_is_paid_online_stops_nobody_else_while_that_is_closed(business: Business) -> None:
    here = world(business)
    paid = make_service(business, "Colour", providers=[here.ana], payment_modes=["full"])
    first, second = here.join("Kim", service=paid), here.join("Lee")
    here.free(10)
    here.match()
    assert (here.state(first), here.state(second)) == ("waiting", "offered")
