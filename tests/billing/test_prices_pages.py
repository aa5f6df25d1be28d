"""The owner's pages of prices: coupons, packages, gift certificates, taxes."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import (
    ClientPackage,
    Coupon,
    GiftCertificate,
    Package,
    Payment,
    PriceSettings,
    PriceUse,
    ServiceTax,
    TaxRate,
)
from billing.selectors import price_lists
from daybook.core import clock
from daybook.core.outbox import relay
from scheduling.services import client_erasing
from tenants.models import Business
from tests.billing.prices_world import World, make_coupon, make_rate
from tests.conftest import HostClient
from tests.factories import NOW, STAFF, make_member, sign_in

PRICES = "/dashboard/prices/"


@pytest.fixture
def owner(business: Business, client_for: Callable[..., HostClient]) -> HostClient:
    client: HostClient = sign_in(client_for("acme"), make_member(business))
    return client


@pytest.fixture
def world(business: Business) -> World:
    return World(business)


def test_a_coupon_is_made_changed_and_switched_off(owner: HostClient) -> None:
    assert b"No coupons yet" in owner.get(f"{PRICES}coupons/").content
    wrong = owner.post(f"{PRICES}coupons/new", {"code": "a b!", "percent": "10", "amount": "5", "active": "on"})
    assert wrong.status_code == 422
    assert b"one of them" in wrong.content
    made = owner.post(
        f"{PRICES}coupons/new", {"code": "spring 10", "percent": "12.5", "most_uses": "3", "active": "on"}
    )
    assert made.status_code == 303
    coupon = Coupon.objects.get()
    assert (coupon.code, str(coupon.percent), coupon.most_uses, coupon.active) == ("SPRING10", "12.500", 3, True)
    page = owner.get(f"{PRICES}coupons/").content.decode()
    assert "SPRING10" in page
    assert "12.5%" in page
    assert "0 / 3" in page
    twice = owner.post(f"{PRICES}coupons/new", {"code": "SPRING10", "amount": "5"})
    assert b"Another coupon has this code" in twice.content
    assert owner.post(f"{PRICES}coupons/{coupon.pk}/", {"code": "SPRING10", "amount": "5.50"}).status_code == 303
    coupon.refresh_from_db()
    assert (coupon.percent, coupon.amount, coupon.active) == (None, 550, False)
    assert owner.post(f"{PRICES}coupons/{coupon.pk}/delete").status_code == 303
    assert not Coupon.objects.exists()


def test_a_used_coupon_shows_its_uses_and_is_not_deleted(owner: HostClient, world: World) -> None:
    coupon = make_coupon()
    held = world.hold()
    world.apply(held, "SPRING")
    world.book(held)
    page = owner.get(f"{PRICES}coupons/{coupon.pk}/").content.decode()
    assert "Kim Lee" in page
    assert "$10.00" in page
    refused = owner.post(f"{PRICES}coupons/{coupon.pk}/delete")
    assert refused.status_code == 409
    assert b"Switch it off instead" in refused.content
    assert Coupon.objects.count() == 1


def test_a_package_is_offered_sold_extended_and_switched_off(owner: HostClient, business: Business) -> None:
    fields = {
        "name": "Five cuts",
        "quantity": "5",
        "unit": "visits",
        "price": "400",
        "valid_days": "90",
        "active": "on",
    }
    assert owner.post(f"{PRICES}packages/new", fields).status_code == 303
    package = Package.objects.get()
    assert (package.price, package.online, package.valid_days) == (40000, False, 90)
    sale = {"package": str(package.pk), "name": "Kim Lee", "email": "Kim@example.test", "method": "cash"}
    assert owner.post(f"{PRICES}packages/sell", {**sale, "name": "K"}).status_code == 422
    sold = owner.post(f"{PRICES}packages/sell", sale)
    row = ClientPackage.objects.get()
    assert sold.status_code == 303
    assert sold["Location"].endswith(f"{row.pk}/")
    assert (row.client_email, row.state, row.expires_on is not None) == ("kim@example.test", "active", True)
    payment = Payment.objects.get()
    assert (payment.subject, payment.purpose, payment.method, payment.amount) == (row.pk, "package", "cash", 40000)
    change = f"{PRICES}packages/sold/{row.pk}/change"
    assert owner.post(change, {"do": "extend", "expires_on": "2030-01-31"}).status_code == 303
    assert owner.post(change, {"do": "extend", "expires_on": "x"}).status_code == 422
    assert owner.post(change, {"do": "off"}).status_code == 303
    row.refresh_from_db()
    assert (str(row.expires_on), row.state) == ("2030-01-31", "stopped")
    assert b"Five cuts" in owner.get(f"{PRICES}packages/?q=kim").content
    assert owner.post(f"{PRICES}packages/{package.pk}/delete").status_code == 409


def test_the_client_is_told_the_code_of_a_package(owner: HostClient, world: World) -> None:
    package = Package.objects.create(name="Five cuts", quantity=5, price=40000, created_at="2027-06-01T12:00Z")
    sale = {"package": str(package.pk), "name": "Kim Lee", "email": "kim@example.test", "method": "terminal"}
    owner.post(f"{PRICES}packages/sell", sale)
    relay.drain(now=clock.now())
    row = ClientPackage.objects.get()
    (letter,) = mail.outbox
    assert letter.to == ["kim@example.test"]
    assert world.code(row) in letter.body
    assert world.code(row) not in owner.get(f"{PRICES}packages/sold/{row.pk}/").content.decode()


def test_a_gift_certificate_is_sold_and_sent_to_both(owner: HostClient, world: World) -> None:
    fields = {
        "amount": "50", "buyer_name": "Lee Ray", "buyer_email": "lee@example.test", "recipient_name": "Kim",
        "recipient_email": "kim@example.test", "message": "Have fun", "method": "cash",
    }  # fmt: skip
    assert owner.post(f"{PRICES}gifts/sell", {**fields, "amount": "0"}).status_code == 422
    assert owner.post(f"{PRICES}gifts/sell", fields).status_code == 303
    row = GiftCertificate.objects.get()
    relay.drain(now=clock.now())
    assert sorted(letter.to[0] for letter in mail.outbox) == ["kim@example.test", "lee@example.test"]
    assert all(world.code(row) in letter.body for letter in mail.outbox)
    assert price_lists.liability() == {"usd": 5000}
    page = owner.get(f"{PRICES}gifts/").content.decode()
    assert "$50.00" in page
    assert owner.post(f"{PRICES}gifts/{row.pk}/change", {"do": "code"}).status_code == 303
    assert owner.get(f"{PRICES}gifts/{row.pk}/").status_code == 200


def test_values_of_gift_certificates_that_are_sold_online(owner: HostClient) -> None:
    address = f"{PRICES}gifts/settings"
    assert owner.post(address, {"online": "on"}).status_code == 422
    assert owner.post(address, {"online": "on", "amounts": "0.20"}).status_code == 422
    assert owner.post(address, {"online": "on", "amounts": "x"}).status_code == 422
    good = {"online": "on", "amounts": "100 25 50", "least": "10", "most": "500", "valid_days": "365"}
    assert owner.post(address, good).status_code == 303
    kept = PriceSettings.objects.get()
    assert (kept.gift_amounts, kept.gift_least, kept.gift_most) == ([2500, 5000, 10000], 1000, 50000)
    assert b"25 50 100" in owner.get(address).content


def test_rates_and_how_prices_are_said(owner: HostClient, world: World) -> None:
    assert owner.post(f"{PRICES}taxes/new", {"name": "VAT", "percent": "101"}).status_code == 422
    assert owner.post(f"{PRICES}taxes/new", {"name": "VAT", "percent": "19", "standard": "on", "active": "on"}).status_code == 303  # fmt: skip
    rate = TaxRate.objects.get()
    assert owner.post(f"{PRICES}taxes/", {"inclusive": "0"}).status_code == 303
    assert not PriceSettings.objects.get().prices_include_tax
    page = owner.get(f"/dashboard/services/{world.cut.pk}/taxes").content.decode()
    assert "$119.00" in page
    assert owner.post(f"/dashboard/services/{world.cut.pk}/taxes", {"own": "1"}).status_code == 303
    assert ServiceTax.objects.get().rates == []
    assert "$119.00" not in owner.get(f"/dashboard/services/{world.cut.pk}/taxes").content.decode()
    assert owner.post(f"{PRICES}taxes/{rate.pk}/", {"delete": ""}).status_code == 303
    assert not TaxRate.objects.exists()


def test_lists_ask_as_much_for_three_as_for_one(owner: HostClient, world: World) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(address).status_code == 200
        return len(seen)

    def more(place: int) -> None:
        make_coupon(f"C{place}", services=[world.cut.pk])
        world.package()
        world.gift()
        make_rate("7", f"Tax {place}")

    more(0)
    addresses = [f"{PRICES}{name}/" for name in ("coupons", "packages", "gifts", "taxes")]
    first = [asked(address) for address in addresses]
    more(1)
    more(2)
    assert [asked(address) for address in addresses] == first


def test_staff_redeem_on_the_appointments_page(owner: HostClient, world: World) -> None:
    make_coupon()
    package = world.package()
    booked = world.book(world.hold())
    ClientPackage.objects.update(client=booked.client)
    address = f"/dashboard/appointments/{booked.pk}/"
    page = owner.get(address).content.decode()
    assert "5 of 5 left" in page
    code = f"{PRICES}appointments/{booked.pk}/code"
    assert owner.post(code, {"code": "SPRING"}).status_code == 303
    assert "Coupon SPRING" in owner.get(address).content.decode()
    assert owner.post(code, {"package": str(package.pk)}).status_code == 303
    page = owner.get(address).content.decode()
    assert "4 of 5 left" in page
    assert owner.post(code, {"uncode": "cover"}).status_code == 303
    assert owner.post(code, {"code": "NOBODY"}).status_code == 303
    assert "We do not know this code" in owner.get(address).content.decode()
    assert owner.post(code, {"package": "x"}).status_code == 404
    assert "5 of 5 left" in owner.get(f"/dashboard/clients/{booked.client_id}/").content.decode()


def test_mails_say_what_is_to_be_paid(owner: HostClient, world: World) -> None:
    make_coupon()
    make_rate("19", "VAT")
    held = world.hold()
    world.apply(held, "SPRING")
    world.book(held)
    relay.drain(now=NOW)
    letter = next(one for one in mail.outbox if one.to == ["kim@example.test"])
    assert "$90.00 (SPRING −$10.00, with VAT 19% $14.37), to be paid at the visit" in letter.body


def test_who_is_erased_is_forgotten_by_packages_gifts_and_codes(business: Business, world: World) -> None:
    make_coupon(most_per_client=1)
    package = world.package()
    gift = world.gift(buyer_email="kim@example.test", recipient_email="kim@example.test", message="Dear Kim")
    held = world.hold()
    world.apply(held, "SPRING", email="kim@example.test")
    booked = world.book(held)
    assert booked.client is not None
    client_erasing.erase(booked.client, business=business, now=NOW, by=STAFF, cancel_upcoming=True)
    for row in (package, gift):
        row.refresh_from_db()
    assert (package.client_name, package.client_email) == ("Erased client", "")
    assert (gift.buyer_name, gift.buyer_email, gift.recipient_email, gift.message) == ("Erased client", "", "", "")
    assert {use.client_email for use in PriceUse.objects.all()} == {""}
