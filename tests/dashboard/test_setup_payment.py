"""How a service is paid, as the owner sets it."""

from typing import Any

import pytest

from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.models import Service
from tests.conftest import HostClient
from tests.dashboard.conftest import Studio

SERVICE: dict[str, Any] = {
    "name": "Cut", "duration_minutes": "60", "price": "80", "step_minutes": "15", "max_advance_days": "365",
    "capacity": "1", "hue": "teal", "location": "business", "visibility": "public",
}  # fmt: skip


@pytest.fixture
def owner(studio: Studio, client_for: Any) -> Any:
    return studio.client(client_for)


def test_a_service_asks_for_a_share_as_deposit(owner: HostClient, stripe_sandbox: StripeSandbox) -> None:
    asked = {"payment_modes": ["deposit"], "deposit_type": "percent", "deposit_percent": "30"}
    assert owner.post("/dashboard/services/new", {**SERVICE, **asked}).status_code == 303
    made = Service.objects.get(name="Cut")
    assert (made.payment_modes, made.deposit_type, made.deposit_value) == (["deposit"], "percent", 30)
    page = owner.get(f"/dashboard/services/{made.pk}/").content.decode()
    assert "stays closed to them until your account at Stripe is ready" in page


def test_a_fixed_deposit_is_money_of_the_business(owner: HostClient, stripe_sandbox: StripeSandbox) -> None:
    asked = {"payment_modes": ["pay_in_person", "deposit"], "deposit_type": "fixed", "deposit_fixed": "25.50"}
    owner.post("/dashboard/services/new", {**SERVICE, **asked})
    made = Service.objects.get(name="Cut")
    assert (made.payment_modes, made.deposit_type, made.deposit_value) == (
        ["pay_in_person", "deposit"], "fixed", 2550,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"payment_modes": []}, "Choose at least one way to pay"),
        ({"payment_modes": ["deposit"], "deposit_type": "percent", "deposit_percent": "130"}, "1 to 100 percent"),
        ({"payment_modes": ["barter"]}, "barter"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_lost(
    owner: HostClient, stripe_sandbox: StripeSandbox, asked: dict[str, Any], words: str
) -> None:
    answer = owner.post("/dashboard/services/new", {**SERVICE, **asked})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="Cut"' in answer.content.decode()
    assert not Service.objects.filter(name="Cut").exists()


def test_without_a_deposit_its_fields_do_not_count(owner: HostClient, stripe_sandbox: StripeSandbox) -> None:
    owner.post("/dashboard/services/new", {**SERVICE, "payment_modes": ["pay_in_person"], "deposit_percent": "30"})
    made = Service.objects.get(name="Cut")
    assert (made.payment_modes, made.deposit_type, made.deposit_value) == (["pay_in_person"], "", 0)


def test_where_the_platform_takes_no_payments_a_service_keeps_what_it_has(owner: HostClient) -> None:
    assert "How it is paid" not in owner.get("/dashboard/services/new").content.decode()
    assert owner.post("/dashboard/services/new", SERVICE).status_code == 303
    made = Service.objects.get(name="Cut")
    Service.objects.filter(pk=made.pk).update(payment_modes=["full"])
    owner.post(f"/dashboard/services/{made.pk}/", {**SERVICE, "slug": made.slug, "price": "90"})
    made.refresh_from_db()
    assert (made.payment_modes, made.price) == (["full"], 9000)
