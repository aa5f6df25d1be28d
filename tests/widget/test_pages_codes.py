"""A code on the way from a held time to a booking, without scripts."""

from collections.abc import Callable

import pytest

from billing.models import ClientPackage, GiftCertificate, Package, PriceUse
from billing.services import codes
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.prices_world import bill_of, make_coupon, make_rate, tax_on_top
from tests.conftest import HostClient
from tests.widget.pages import NOW, Shop, fields, hold, make_shop, send

START = "2026-11-05T15:00Z"
TYPED = {"name": "Nadia Okafor", "email": "nadia@example.test", "phone": "", "notes": "Left shoulder"}


@pytest.fixture
def shop(business: Business, clock: Callable[[str], None]) -> Shop:
    clock(NOW)
    return make_shop(business)


@pytest.fixture
def client(shop: Shop, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


@pytest.fixture
def url(client: HostClient) -> str:
    return str(hold(client, START).headers["Location"])


def press(client: HostClient, url: str, **more: str) -> tuple[int, str]:
    """Send the form as it is typed, with a button."""
    page = client.get(url)
    answer = send(client, url, {**fields(page, "details"), **TYPED, **more})
    return answer.status_code, answer.content.decode()


def test_no_field_where_there_is_nothing_to_use(client: HostClient, url: str) -> None:
    assert "Coupon, package or gift code" not in client.get(url).content.decode()
    make_coupon()
    assert "Coupon, package or gift code" in client.get(url).content.decode()


def test_a_code_changes_the_price_and_nothing_that_was_typed(client: HostClient, url: str) -> None:
    make_coupon("SPRING")
    status, page = press(client, url, code="spring", do="code")
    assert status == 200
    assert "Used. To pay: $85.50" in page
    assert "−$9.50" in page
    assert 'value="Nadia Okafor"' in page
    assert "Left shoulder" in page
    status, _page = press(client, url, do="book")
    assert status == 303
    booked = Appointment.objects.get()
    assert (booked.status, bill_of(booked).total, PriceUse.objects.get().state) == ("confirmed", 8550, "used")


@pytest.mark.parametrize("code", ["WINTER", "x" * 500, "💥", "a\x00b", "'; drop"])
def test_a_code_that_nobody_knows_is_an_error_beside_its_field(client: HostClient, url: str, code: str) -> None:
    make_coupon("SPRING")
    status, page = press(client, url, code=code, do="code")
    assert status == 422
    assert "We do not know this code" in page
    assert 'value="Nadia Okafor"' in page


def test_errors_of_codes_say_what_is_wrong(client: HostClient, url: str) -> None:
    make_coupon("OVER", ends_on="2026-11-03")
    make_coupon("DEAR", least_price=20000)
    make_coupon("GONE", most_uses=1)
    for code, words in {"OVER": "This code is over.", "DEAR": "from a price of $200 on"}.items():
        status, page = press(client, url, code=code, do="code")
        assert status == 422
        assert words in page


def test_whoever_presses_book_with_a_code_still_in_its_field_sees_the_price_first(client: HostClient, url: str) -> None:
    make_coupon("SPRING")
    status, page = press(client, url, code="SPRING", do="book")
    assert status == 200
    assert "To pay: $85.50" in page
    assert Appointment.objects.get().status == "held"


def test_a_coupon_is_taken_off_again(client: HostClient, url: str) -> None:
    make_coupon("SPRING")
    press(client, url, code="SPRING", do="code")
    _status, page = press(client, url, uncode="coupon")
    assert "−$9.50" not in page
    assert bill_of(Appointment.objects.get()).total == 9500


def test_a_package_says_what_is_left_of_it(client: HostClient, url: str, shop: Shop) -> None:
    sold = Package.objects.create(name="Five massages", quantity=5, price=40000, created_at="2026-11-01T12:00Z")
    row = ClientPackage(
        package=sold, name=sold.name, unit="visits", quantity=5, price=40000, currency="usd", client_name="Nadia",
        client_email="nadia@example.test", state="active", method="cash", created_at=sold.created_at,
        activated_at=sold.created_at,
    )  # fmt: skip
    codes.stamp(shop.business, row)
    row.save(force_insert=True)
    status, page = press(client, url, code=codes.code_of(shop.business, row), do="code")
    assert status == 200
    assert "4 of 5 left" in page
    assert "To pay: $0.00" in page
    status, _page = press(client, url, do="book")
    booked = Appointment.objects.get()
    assert (status, booked.status, bill_of(booked).to_pay) == (303, "confirmed", 0)


def test_a_gift_certificate_pays_what_it_has(client: HostClient, url: str, shop: Shop) -> None:
    gift = GiftCertificate(
        amount=5000, currency="usd", buyer_name="Lee", state="active", method="cash",
        created_at="2026-11-01T12:00Z", activated_at="2026-11-01T12:00Z",
    )  # fmt: skip
    codes.stamp(shop.business, gift)
    gift.save(force_insert=True)
    _status, page = press(client, url, code=codes.code_of(shop.business, gift), do="code")
    assert "$0.00 left" in page
    assert "To pay: $45.00" in page


def test_taxes_are_said_before_booking_and_on_the_own_page(client: HostClient, url: str) -> None:
    make_rate("8.875", "Sales tax")
    tax_on_top()
    page = client.get(url).content.decode()
    assert "Sales tax 8.875%" in page
    assert "$103.43" in page
    answer = send(client, url, {**fields(client.get(url), "details"), **TYPED, "do": "book"})
    manage = client.get(answer["Location"]).content.decode()
    assert "Sales tax 8.875%" in manage
    assert "$103.43" in manage
    assert bill_of(Appointment.objects.get()).tax == 843


def test_guessing_codes_is_slow_work(client: HostClient, url: str) -> None:
    make_coupon("SPRING")
    statuses = [press(client, url, code=f"GUESS{n}", do="code")[0] for n in range(12)]
    assert statuses[0] == 422
    assert statuses[-1] == 429
