"""The API of prices, and a code over the public API."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import Coupon, PriceUse
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.prices_world import World, bill_of, make_coupon, make_rate, tax_on_top
from tests.conftest import HostClient
from tests.factories import NOW, make_member, sign_in

ADMIN, PUBLIC = "/v1/tenant-admin", "/v1/public"


@pytest.fixture
def world(business: Business, clock: Callable[[object], None]) -> World:
    clock(NOW)
    return World(business)


@pytest.fixture
def owner(world: World, client_for: Callable[..., HostClient]) -> HostClient:
    client: HostClient = sign_in(client_for("acme"), make_member(world.business))
    return client


def send(client: HostClient, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    answer = getattr(client, method)(path, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json() if answer.content else None


def wish(world: World, **more: Any) -> dict[str, Any]:
    return {
        "service_id": str(world.cut.pk), "start_time": "2027-06-07T10:00:00-04:00",
        "client": {"name": "Kim Lee", "email": "kim@example.test"}, **more,
    }  # fmt: skip


def test_coupons_are_made_read_changed_and_deleted(owner: HostClient) -> None:
    status, made = send(
        owner, "post", f"{ADMIN}/coupons", {"code": "spring", "percent": "12.5", "ends_on": "2027-12-31"}
    )
    assert (status, made["code"], made["percent"], made["ends_on"], made["uses"]) == (
        201, "SPRING", "12.5", "2027-12-31", 0,
    )  # fmt: skip
    one = f"{ADMIN}/coupons/{made['id']}"
    assert send(owner, "get", one) == (200, made)
    assert send(owner, "get", f"{ADMIN}/coupons")[1]["items"] == [made]
    status, wrong = send(owner, "put", one, {"code": "spring"})
    assert (status, list(wrong["details"]["fields"])) == (422, ["percent"])
    assert send(owner, "put", one, {"code": "spring", "amount": 500})[1]["amount"] == 500
    assert send(owner, "delete", one) == (204, None)
    assert not Coupon.objects.exists()


def test_a_key_makes_one_coupon(owner: HostClient) -> None:
    body = {"code": "ONCE", "amount": 500}
    first = send(owner, "post", f"{ADMIN}/coupons", body, **{"Idempotency-Key": "k1"})
    assert send(owner, "post", f"{ADMIN}/coupons", body, **{"Idempotency-Key": "k1"}) == first
    assert Coupon.objects.count() == 1


def test_packages_and_gift_certificates_are_sold(owner: HostClient) -> None:
    _status, offered = send(owner, "post", f"{ADMIN}/packages", {"name": "Five", "quantity": 5, "price": 40000})
    sale = {"package_id": offered["id"], "name": "Kim Lee", "email": "kim@example.test"}
    status, sold = send(owner, "post", f"{ADMIN}/sold-packages", sale)
    assert (status, sold["left"], sold["state"], "code" in sold) == (201, 5, "active", False)
    assert send(owner, "post", f"{ADMIN}/sold-packages", {**sale, "method": "online"})[0] == 422
    assert send(owner, "get", f"{ADMIN}/sold-packages?search=kim")[1]["items"] == [sold]
    assert send(owner, "delete", f"{ADMIN}/packages/{offered['id']}")[0] == 409
    status, gift = send(owner, "post", f"{ADMIN}/gift-certificates", {"amount": 5000, "buyer_name": "Lee Ray"})
    assert (status, gift["balance"]) == (201, 5000)
    assert send(owner, "get", f"{ADMIN}/gift-certificates")[1]["items"] == [gift]


def test_rates_and_taxes_of_a_service(owner: HostClient, world: World) -> None:
    _status, rate = send(owner, "post", f"{ADMIN}/tax-rates", {"name": "VAT", "percent": "19"})
    assert send(owner, "put", f"{ADMIN}/tax-rates", {"inclusive": False})[1] == {"items": [rate], "inclusive": False}
    taxes = f"{ADMIN}/services/{world.cut.pk}/taxes"
    assert send(owner, "put", taxes, {"rates": [rate["id"]]}) == (200, {"rates": [rate["id"]]})
    assert send(owner, "put", taxes, {"rates": [str(world.cut.pk)]})[0] == 422
    assert send(owner, "put", taxes, {"rates": None}) == (200, {"rates": None})
    assert send(owner, "post", f"{ADMIN}/tax-rates", {"name": "VAT", "percent": "1e5"})[0] == 422


def test_a_code_over_the_public_api(client_for: Callable[..., HostClient], world: World) -> None:
    make_coupon("SPRING")
    make_rate("8.5")
    tax_on_top()
    client = client_for("acme")
    status, answer = send(client, "post", f"{PUBLIC}/appointments", wish(world, coupon_code="spring"))
    body = answer["appointment"]
    assert (status, body["status"]) == (201, "confirmed")
    assert (body["price"], body["discount"], body["tax"], body["total"], body["to_pay"]) == (
        10000,
        1000,
        765,
        9765,
        9765,
    )
    assert bill_of(Appointment.objects.get()).total == 9765


def test_a_code_that_is_refused_leaves_no_hold(client_for: Callable[..., HostClient], world: World) -> None:
    make_coupon("OVER", ends_on="2027-05-01")
    client = client_for("acme")
    for code, reason in {"OVER": "over", "NOBODY": "unknown"}.items():
        status, answer = send(client, "post", f"{PUBLIC}/appointments", wish(world, coupon_code=code))
        assert (status, answer["error"], answer["details"]["reason"]) == (422, "code_refused", reason)
    assert not Appointment.objects.filter(status="held").exists()
    assert not PriceUse.objects.exists()
    assert send(client, "post", f"{PUBLIC}/appointments", wish(world))[0] == 201


def test_a_hold_says_what_tax_comes_on_top(client_for: Callable[..., HostClient], world: World) -> None:
    make_rate("8.5")
    tax_on_top()
    hold = {"service_id": str(world.cut.pk), "start_time": "2027-06-07T10:00:00-04:00"}
    status, answer = send(client_for("acme"), "post", f"{PUBLIC}/holds", hold)
    assert (status, answer["price"], answer["tax"], answer["total"]) == (201, 10000, 850, 10850)
