"""Paying in a client's browser without scripts, and over the API: to the payment page and back."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import CheckoutAttempt, Payment
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, Status
from scheduling.models import Appointment
from tenants.models import Business, StripeAccount
from tests.billing.paying_world import TEN, Paying, payments
from tests.conftest import HostClient
from tests.factories import NOW
from tests.widget.asking import KIM, Asker
from tests.widget.pages import fields, send

TYPED = {"name": "Nadia Okafor", "email": "nadia@example.test", "phone": "", "notes": ""}


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[Any], None]) -> Paying:
    clock(NOW)
    return Paying(business, stripe_sandbox)


@pytest.fixture
def client(shop: Paying, client_for: Callable[[str], HostClient]) -> HostClient:
    return client_for(shop.business.slug)


@pytest.fixture
def asker(shop: Paying) -> Asker:
    return Asker(shop.business)


def details_url(shop: Paying) -> str:
    from widget.services import booking

    held = shop.hold()
    return f"/book/{shop.service.slug}/details?hold={booking.hold_token(shop.business, held)}"


def submit(client: HostClient, url: str, **values: str) -> Any:
    page = client.get(url)
    return send(client, url, {**fields(page, "details"), **TYPED, "do": "book", **values})


def test_the_ways_to_pay_name_their_amounts(client: HostClient, shop: Paying) -> None:
    page = client.get(details_url(shop)).content.decode()
    for words in (
        "Pay a deposit of $30 now, $70 at the visit",
        "Pay $100 now",
        "Leave a card now, pay $100 at the visit",
        "Pay $100 at the visit",
        '<span data-way="deposit">Pay $30 now</span>',
        "I accept the cancellation policy.",
    ):
        assert words in page


def test_a_deposit_leads_to_stripe_and_back_to_the_appointment(client: HostClient, shop: Paying) -> None:
    url = details_url(shop)
    answer = submit(client, url, payment_mode="deposit", accept="on")
    assert answer.status_code == 303
    attempt = CheckoutAttempt.objects.get()
    assert answer.headers["Location"] == attempt.url
    assert attempt.consent["address"]

    back = shop.sandbox.pay(attempt.session_id).address
    assert back is not None
    path = back.partition(".localhost")[2].partition("/")[2]
    waiting = client.get(f"/{path}")
    assert "Your payment is being checked" in waiting.content.decode()
    assert Appointment.objects.get().status == Status.HELD  # coming back proves nothing
    shop.work()
    done = client.get(f"/{path}")
    assert done.status_code == 303
    page = client.get(done.headers["Location"]).content.decode()
    for words in ("You are booked", "$30.00", "Visa 4242", "Still due", "$70.00", "Pay the balance"):
        assert words in page


def test_polling_leads_the_whole_page_on(client: HostClient, shop: Paying) -> None:
    submit(client, details_url(shop), payment_mode="deposit", accept="on")
    attempt = CheckoutAttempt.objects.get()
    back = shop.sandbox.pay(attempt.session_id).address or ""
    path = "/pay" + back.partition("/pay")[2]
    assert client.get(path, headers={"HX-Request": "true"}).status_code == 204
    shop.work()
    assert "/a/" in client.get(path, headers={"HX-Request": "true"}).headers["HX-Redirect"]


def test_hc250_s10_two_tabs_and_going_back_get_one_page_and_one_charge(client: HostClient, shop: Paying) -> None:
    url = details_url(shop)
    first = submit(client, url, payment_mode="deposit", accept="on")
    second = submit(client, url, payment_mode="deposit", accept="on")
    assert first.headers["Location"] == second.headers["Location"]
    shop.pay(CheckoutAttempt.objects.get())
    third = submit(client, url, payment_mode="full", accept="on")
    assert "/a/" in third.headers["Location"]
    assert payments() == [("deposit", 3000, "succeeded")]
    assert "/a/" in client.get(url).headers["Location"]


def test_a_payment_that_was_given_up_leads_back_to_the_kept_time(client: HostClient, shop: Paying) -> None:
    submit(client, details_url(shop), payment_mode="deposit", accept="on")
    cancelled = shop.sandbox.get(CheckoutAttempt.objects.get().session_id)["cancel_url"]
    page = client.get("/book" + cancelled.partition("/book")[2]).content.decode()
    assert "Nothing was paid yet." in page
    assert 'value="nadia@example.test"' in page
    other = submit(client, "/book" + cancelled.partition("/book")[2], payment_mode="pay_in_person")
    assert "/a/" in other.headers["Location"]
    assert [s["status"] for s in shop.sandbox.of(shop.account, "checkout.session")] == ["expired"]


def test_choosing_another_time_closes_the_page_first(client: HostClient, shop: Paying) -> None:
    url = details_url(shop)
    submit(client, url, payment_mode="deposit", accept="on")
    answer = send(client, url, {**fields(client.get(url), "details"), "do": "release"})
    assert answer.status_code == 303
    assert [s["status"] for s in shop.sandbox.of(shop.account, "checkout.session")] == ["expired"]
    assert Appointment.objects.get().status == Status.CANCELLED


def test_without_consent_nothing_is_asked_for(client: HostClient, shop: Paying) -> None:
    answer = submit(client, details_url(shop), payment_mode="full")
    assert answer.status_code == 422
    assert "Please accept the cancellation policy." in answer.content.decode()
    assert not CheckoutAttempt.objects.exists()


def test_stripe_out_of_reach_shows_a_page_that_goes_on_by_itself(client: HostClient, shop: Paying) -> None:
    shop.sandbox.fail("status", path="/v1/", status=503, times=50)
    answer = submit(client, details_url(shop), payment_mode="deposit", accept="on")
    wait = answer.headers["Location"]
    assert wait.startswith("/pay/")
    assert "the payment page is on its way" in client.get(wait).content.decode()
    shop.sandbox.api.faults.clear()
    shop.work(seconds=10)
    assert client.get(wait).headers["Location"] == CheckoutAttempt.objects.get().url


def test_s18_paid_booking_closes_with_a_clear_message(client: HostClient, shop: Paying) -> None:
    url = details_url(shop)
    StripeAccount.objects.update(can_charge=False)
    page = client.get(url).content.decode()
    assert "Pay a deposit" not in page  # it can still be paid at the visit
    shop.service.payment_modes = ["deposit"]
    shop.service.save()
    assert "Online payment is not available at present." in client.get(url).content.decode()


def test_the_balance_is_paid_later_with_a_tip(client: HostClient, shop: Paying) -> None:
    submit(client, details_url(shop), payment_mode="deposit", accept="on")
    shop.pay(CheckoutAttempt.objects.get())
    shop.work(minutes=5)
    booked = Appointment.objects.get()
    from widget.services import booking

    token = booking.manage_token(shop.business, booked)
    url = f"/a/{booked.reference}/pay?t={token}"
    page = client.get(url)
    assert "$70.00 to pay" in page.content.decode()
    form_token = page.content.decode().partition('name="token" value="')[2].partition('"')[0]
    answer = send(client, url, {"token": form_token, "tip": "5"})
    attempt = CheckoutAttempt.objects.get(purpose="balance")
    assert (answer.headers["Location"], attempt.amount, attempt.tip) == (attempt.url, 7500, 500)
    shop.pay(attempt)
    assert "being checked" in client.get(f"/a/{booked.reference}/paid?t={token}").content.decode()
    shop.work()
    booked.refresh_from_db()
    assert booked.payment_status == "paid"
    assert "Nothing is left to pay" in client.get(url).content.decode()


def test_the_api_answers_with_where_to_pay(asker: Asker, shop: Paying) -> None:
    answer = asker.post(
        "appointments",
        {
            "service_id": str(shop.service.pk), "start_time": TEN, "client": KIM, "payment_mode": "deposit",
            "policy_accepted": True, "price": 1, "currency": "jpy", "deposit": 0,
        },
    )  # fmt: skip
    body = answer.json()
    attempt = CheckoutAttempt.objects.get()
    assert answer.status_code == 201
    assert (body["appointment"]["status"], body["checkout_url"]) == ("held", attempt.url)
    assert (attempt.amount, attempt.currency) == (3000, "usd")  # HC-122: the client never sends a price
    polled = asker.get(f"holds/{body['hold_token']}").json()
    assert (polled["state"], polled["checkout_url"], polled["appointment"]) == ("held", attempt.url, None)
    shop.pay(attempt)
    asker.get(f"holds/{body['hold_token']}")
    shop.work()
    done = asker.get(f"holds/{body['hold_token']}").json()
    assert (done["state"], done["checkout_url"]) == ("confirmed", None)
    assert done["appointment"]["payment_status"] == "deposit_paid"


def test_hc122_the_api_wants_the_policy_accepted(asker: Asker, shop: Paying) -> None:
    body = {"service_id": str(shop.service.pk), "start_time": TEN, "client": KIM, "payment_mode": "full"}
    answer = asker.post("appointments", body)
    assert (answer.status_code, answer.json()["error"]) == (422, "policy_not_accepted")
    assert not Appointment.objects.exists()


def test_an_unknown_outcome_is_told_as_such(asker: Asker, shop: Paying) -> None:
    shop.sandbox.fail("after-commit", path="/v1/checkout/sessions", method="POST")
    body = {
        "service_id": str(shop.service.pk), "start_time": TEN, "client": KIM, "payment_mode": PaymentMode.FULL.value,
        "policy_accepted": True,
    }  # fmt: skip
    made = asker.post("appointments", body).json()
    assert made["checkout_url"] is None
    shop.work(seconds=10)
    assert asker.get(f"holds/{made['hold_token']}").json()["checkout_url"]
    assert not Payment.objects.exists()
