"""Packages and gift certificates bought online: worth nothing before they are paid, and something exactly once after."""

from collections.abc import Callable

import pytest
from django.core import mail

from billing.enums import AttemptState, OrderState
from billing.models import CheckoutAttempt, ClientPackage, Concern, GiftCertificate, Package, Payment, Refund
from billing.services import codes, gifts, orders, refunds
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Client
from tenants.models import Business, StripeAccount
from tests.billing.paying_world import Paying, payments
from tests.billing.prices_world import make_rate, tax_on_top
from tests.conftest import HostClient
from tests.factories import NOW, STAFF
from tests.widget.pages import attribute, origin


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[object], None]) -> Paying:
    clock(NOW)
    return Paying(business, stripe_sandbox)


@pytest.fixture
def visitor(shop: Paying, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


@pytest.fixture
def offered(shop: Paying) -> Package:
    return Package.objects.create(name="Five cuts", quantity=5, price=40000, valid_days=90, created_at=NOW)


def token(page: str) -> str:
    tag = next(part for part in page.split("<input") if 'name="token"' in part)
    return attribute(tag, "value")


def buy(visitor: HostClient, address: str, again: str = "", **typed: str) -> tuple[int, str, str]:
    """Status, where it leads, and the form's token."""
    kept = again or token(visitor.get(address).content.decode())
    answer = visitor.post(address, {"token": kept, **typed}, headers=origin(visitor))
    return answer.status_code, answer.headers.get("Location", ""), kept


KIM = {"name": "Kim Lee", "email": "Kim@example.test"}


def test_a_package_is_bought_and_holds_once_it_is_paid(
    shop: Paying, visitor: HostClient, offered: Package, platform_client: HostClient
) -> None:
    assert "Five cuts" in visitor.get("/packages/").content.decode()
    address = f"/packages/{offered.pk}/"
    status, url, _token = buy(visitor, address, **KIM)
    assert status == 303
    assert url.startswith(shop.sandbox.url)
    row, attempt = ClientPackage.objects.get(), CheckoutAttempt.objects.get()
    assert (row.state, attempt.amount, attempt.purpose, attempt.subject) == ("ordered", 40000, "package", row.pk)
    page = visitor.get(f"/orders/{row.pk}?t={orders.token(shop.business, row)}").content.decode()
    assert "Your payment is being checked" in page

    shop.pay(attempt)
    shop.deliver(platform_client)
    shop.deliver(platform_client)

    row.refresh_from_db()
    assert (row.state, row.client, str(row.expires_on)) == (OrderState.ACTIVE, Client.objects.get(), "2027-08-30")
    assert payments() == [("package", 40000, "succeeded")]
    assert [letter.to for letter in mail.outbox] == [["kim@example.test"]]
    assert "Contains: 5 appointments\nPaid: $400.00\nCode: " in mail.outbox[0].body
    page = visitor.get(f"/orders/{row.pk}?t={orders.token(shop.business, row)}").content.decode()
    assert codes.code_of(shop.business, row) in page
    assert visitor.get(f"/orders/{row.pk}?t=wrong").status_code == 404


def test_a_second_click_orders_nothing_more(shop: Paying, visitor: HostClient, offered: Package) -> None:
    address = f"/packages/{offered.pk}/"
    _status, first, kept = buy(visitor, address, **KIM)
    _status, second, _kept = buy(visitor, address, kept, **KIM)
    assert first == second
    assert ClientPackage.objects.count() == 1
    assert len(shop.sandbox.of(shop.account, "checkout.session")) == 1


@pytest.mark.parametrize("typed", [{}, {"name": "K", "email": "kim@example.test"}, {"name": "Kim Lee", "email": "kim"}])
def test_a_form_that_is_not_right_orders_nothing(visitor: HostClient, offered: Package, typed: dict[str, str]) -> None:
    assert buy(visitor, f"/packages/{offered.pk}/", **typed)[0] == 422
    assert not ClientPackage.objects.exists()


def test_s04_a_webhook_that_never_comes_is_made_up_for_by_the_worker(
    shop: Paying, visitor: HostClient, offered: Package
) -> None:
    buy(visitor, f"/packages/{offered.pk}/", **KIM)
    shop.pay(CheckoutAttempt.objects.get())
    shop.lose_webhooks()
    shop.work(minutes=6)
    assert ClientPackage.objects.get().state == OrderState.ACTIVE
    assert payments() == [("package", 40000, "succeeded")]


def test_an_order_that_is_not_paid_is_void(shop: Paying, visitor: HostClient, offered: Package) -> None:
    buy(visitor, f"/packages/{offered.pk}/", **KIM)
    attempt = CheckoutAttempt.objects.get()
    shop.later(hours=2)
    shop.work(minutes=10)
    attempt.refresh_from_db()
    row = ClientPackage.objects.get()
    assert (attempt.state, row.state, payments()) == (AttemptState.EXPIRED, OrderState.VOID, [])
    page = visitor.get(f"/orders/{row.pk}?t={orders.token(shop.business, row)}").content.decode()
    assert "This order does not hold" in page


def test_money_that_is_not_what_was_asked_for_activates_nothing(
    shop: Paying, visitor: HostClient, offered: Package, platform_client: HostClient
) -> None:
    buy(visitor, f"/packages/{offered.pk}/", **KIM)
    attempt = CheckoutAttempt.objects.get()
    CheckoutAttempt.objects.update(amount=50000)
    shop.pay(attempt)
    shop.deliver(platform_client)
    assert ClientPackage.objects.get().state == OrderState.ORDERED
    assert Payment.objects.get().amount == 40000
    assert Concern.objects.get().kind == "amount_mismatch"


def test_a_gift_certificate_is_bought_and_sent(shop: Paying, visitor: HostClient, platform_client: HostClient) -> None:
    gifts.set_selling(
        business=shop.business, online=True, amounts=[2500, 5000], least=1000, most=20000, valid_days=None
    )
    typed = {
        "buyer_name": "Lee Ray", "buyer_email": "lee@example.test", "recipient_name": "Kim",
        "recipient_email": "kim@example.test", "message": "Have fun",
    }  # fmt: skip
    assert buy(visitor, "/gift/", **typed, value="", other="5")[0] == 422
    assert buy(visitor, "/gift/", **typed, value="2600")[0] == 422
    status, url, _token = buy(visitor, "/gift/", **typed, value="", other="75.50")
    assert (status, url.startswith(shop.sandbox.url)) == (303, True)
    shop.pay(CheckoutAttempt.objects.get())
    shop.deliver(platform_client)
    row = GiftCertificate.objects.get()
    assert (row.amount, row.state, payments()) == (7550, OrderState.ACTIVE, [("gift", 7550, "succeeded")])
    assert sorted(letter.to[0] for letter in mail.outbox) == ["kim@example.test", "lee@example.test"]
    link = next(word for word in str(mail.outbox[0].body).split() if "/gift/" in word)
    printed = visitor.get(link[link.index("/gift/") :]).content.decode()
    assert codes.code_of(shop.business, row) in printed
    assert "Have fun" in printed


def test_nothing_is_sold_while_the_account_cannot_be_paid(shop: Paying, visitor: HostClient, offered: Package) -> None:
    gifts.set_selling(business=shop.business, online=True, amounts=[5000], least=None, most=None, valid_days=None)
    form = token(visitor.get("/gift/").content.decode())
    StripeAccount.objects.update(can_charge=False)
    for address in ("/packages/", "/gift/"):
        assert "Nothing is sold online at present" in visitor.get(address).content.decode()
    assert visitor.get(f"/packages/{offered.pk}/").headers["Location"] == "/packages/"
    typed = {"value": "5000", "buyer_name": "Lee Ray", "buyer_email": "lee@example.test"}
    assert buy(visitor, "/gift/", form, **typed)[0] == 200
    assert not GiftCertificate.objects.exists()


def test_the_start_page_leads_to_what_is_sold(shop: Paying, visitor: HostClient, offered: Package) -> None:
    shop.make_service("Colour")
    page = visitor.get("/").content.decode()
    assert 'href="/packages/"' in page
    assert 'href="/gift/"' not in page


@pytest.mark.parametrize(("back", "state"), [(40000, "stopped"), (10000, "active")])
def test_a_package_whose_money_went_back_is_worth_nothing(
    shop: Paying, visitor: HostClient, offered: Package, platform_client: HostClient, back: int, state: str
) -> None:
    buy(visitor, f"/packages/{offered.pk}/", **KIM)
    shop.pay(CheckoutAttempt.objects.get())
    shop.deliver(platform_client)
    refunds.by_staff(payment=Payment.objects.get(), amount=back, now=shop.now, by=STAFF)
    shop.work()
    assert ClientPackage.objects.get().state == state
    assert [one.state for one in Refund.objects.all()] == ["succeeded"]


def test_a_price_without_tax_says_so_where_one_chooses(shop: Paying, visitor: HostClient) -> None:
    shop.make_service("Colour")
    make_rate("8.5", "Sales tax")
    assert "plus tax" not in visitor.get("/").content.decode()
    tax_on_top()
    assert "$100 plus tax" in visitor.get("/").content.decode()
    assert "$100 plus tax" in visitor.get(f"/book/{shop.service.slug}/").content.decode()
