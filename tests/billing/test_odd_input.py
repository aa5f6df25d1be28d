"""What nobody types by accident gets a clear answer on money pages too, never an error of ours."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import Payment, Refund
from daybook.sandbox.stripe.server import StripeSandbox
from tenants.models import Business
from tests.billing.paying_world import Paying
from tests.conftest import HostClient
from tests.factories import NOW, make_appointment, make_member, sign_in

NUL = "a\x00b"


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[Any], None]) -> Paying:
    clock(NOW)
    return Paying(business, stripe_sandbox)


@pytest.fixture
def owner(shop: Paying, client_for: Callable[[str], HostClient]) -> Any:
    return sign_in(client_for(shop.business.slug), make_member(shop.business, "owner"))


@pytest.mark.parametrize("page", ["payments/", "payments/refunds/", "payments/disputes/"])
@pytest.mark.parametrize(
    "query", ["until=9999-12-31", "since=0001-01-01", "until=0001-01-01", f"search={NUL}", "page=x&since=1"]
)
def test_filters_take_any_text(owner: Any, page: str, query: str) -> None:
    answer = owner.get(f"/dashboard/{page}?{query}")
    assert answer.status_code == 200


def test_a_note_with_a_nul_is_no_error_of_ours(shop: Paying, owner: Any) -> None:
    attempt = shop.started()
    shop.pay(attempt)
    shop.work(minutes=5)
    payment = Payment.objects.get()
    answer = owner.post(f"/dashboard/payments/{payment.pk}/refund", {"amount": "5", "note": NUL})
    assert answer.status_code == 303
    body = '{"amount": 100, "note": "a\\u0000b"}'
    api = owner.post(
        f"/v1/tenant-admin/appointments/{payment.appointment_id}/refund", body, content_type="application/json"
    )
    assert (api.status_code, api.json()["error"]) == (422, "validation_failed")
    assert not Refund.objects.exists()


def test_a_code_with_a_nul_is_no_error_of_ours(shop: Paying, owner: Any) -> None:
    booked = make_appointment(shop.business, shop.service, shop.provider, "2027-06-07T10:00:00-04:00")
    for data in ({"code": NUL}, {"package": NUL}, {"uncode": NUL}):
        answer = owner.post(f"/dashboard/prices/appointments/{booked.pk}/code", data)
        assert answer.status_code < 500
