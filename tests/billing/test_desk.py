"""Money that staff see to: paid at the desk in parts, taken back, by a link, from the kept card; and a service's ways to pay."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.enums import PaymentState
from billing.errors import NoConsent, NothingDue
from billing.models import Payment
from billing.services import desk
from billing.services.desk import Taken
from daybook.core.errors import Conflict, Invalid
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode, PaymentStatus, Status
from scheduling.models import Appointment, Message, Service
from scheduling.services import moves, offer
from scheduling.services.moves import Move
from tenants.models import Business
from tests.billing.paying_world import Paying, payments
from tests.conftest import HostClient
from tests.factories import NOW, STAFF, at, make_appointment, make_member, sign_in
from tests.widget.pages import attribute


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[Any], None]) -> Paying:
    clock(NOW)
    return Paying(business, stripe_sandbox)


@pytest.fixture
def booked(shop: Paying) -> Appointment:
    return make_appointment(shop.business, shop.service, shop.provider, "2027-06-07T10:00:00-04:00")


def with_card(shop: Paying, mode: str = PaymentMode.DEPOSIT, card: str = "4242") -> Appointment:
    attempt = shop.started(mode)
    shop.pay(attempt, card)
    shop.work(minutes=5)
    return shop.fresh(attempt)


def take(booked: Appointment, amount: int, **values: Any) -> Payment:
    taken = Taken(amount, values.pop("method", "cash"), **values)
    return desk.mark_paid(appointment=booked, taken=taken, now=NOW, by=STAFF)


def status(booked: Appointment) -> str:
    booked.refresh_from_db()
    return booked.payment_status


def test_money_at_the_desk_comes_in_parts(booked: Appointment) -> None:
    take(booked, 4000)
    assert status(booked) == PaymentStatus.DEPOSIT_PAID
    with pytest.raises(Invalid) as refused:
        take(booked, 6001)
    assert refused.value.details["due"] == 6000
    take(booked, 6000, method="terminal", tip=1500)
    assert status(booked) == PaymentStatus.PAID
    assert [(p.amount, p.tip, p.made_by) for p in Payment.objects.order_by("amount")] == [
        (4000, 0, "Rosa Marín"),
        (7500, 1500, "Rosa Marín"),
    ]
    with pytest.raises(NothingDue):
        take(booked, 1)


def test_what_was_marked_by_mistake_is_taken_back(booked: Appointment) -> None:
    payment = take(booked, 10000)
    desk.take_back(appointment=booked, payment_id=payment.pk, now=NOW, by=STAFF)
    assert status(booked) == PaymentStatus.UNPAID
    assert Payment.objects.get().state == PaymentState.CANCELLED  # nothing is ever deleted
    with pytest.raises(Conflict):
        desk.take_back(appointment=booked, payment_id=payment.pk, now=at("2027-07-01T12:00:00Z"), by=STAFF)


def test_the_balance_is_charged_to_the_kept_card_once(shop: Paying) -> None:
    booked = with_card(shop)
    payment = desk.charge_card(business=shop.business, appointment=booked, now=shop.now, by=STAFF)
    shop.sandbox.fail("after-commit", path="/v1/payment_intents", method="POST", times=4)
    shop.work()
    shop.work()
    payment.refresh_from_db()
    assert (payment.state, payment.amount) == (PaymentState.SUCCEEDED, 7000)
    assert status(booked) == PaymentStatus.PAID
    paid = [p for p in shop.sandbox.of(shop.account, "payment_intent") if p["status"] == "succeeded"]
    assert sorted(p["amount"] for p in paid) == [3000, 7000]


def test_a_bank_that_wants_the_client_sends_him_a_link(shop: Paying) -> None:
    booked = with_card(shop, PaymentMode.CARD_ON_FILE, "3184")
    desk.charge_card(business=shop.business, appointment=booked, now=shop.now, by=STAFF)
    shop.work()
    payment = Payment.objects.get()
    assert (payment.state, payment.failure_code) == (PaymentState.FAILED, "authentication_required")
    assert Message.objects.filter(kind__startswith="client.payment_link").count() == 1


def test_a_declined_card_is_told_and_not_tried_again(shop: Paying) -> None:
    booked = with_card(shop, PaymentMode.CARD_ON_FILE, "0341")
    desk.charge_card(business=shop.business, appointment=booked, now=shop.now, by=STAFF)
    shop.work()
    shop.work(hours=1)
    assert [p.state for p in Payment.objects.all()] == [PaymentState.FAILED]
    assert status(booked) == PaymentStatus.FAILED


def test_no_card_is_charged_that_was_not_kept_for_it(shop: Paying, booked: Appointment) -> None:
    with pytest.raises(NoConsent):
        desk.charge_card(business=shop.business, appointment=booked, now=shop.now, by=STAFF)


def test_hc129_s24_a_reschedule_keeps_the_payment_and_charges_nothing(shop: Paying) -> None:
    booked = with_card(shop)
    moves.reschedule(
        business=shop.business, appointment=booked, move=Move(start=at("2027-06-08T10:00:00-04:00")), now=shop.now,
        by=STAFF,
    )  # fmt: skip
    shop.work()
    assert status(booked) == PaymentStatus.DEPOSIT_PAID
    assert payments() == [("deposit", 3000, "succeeded")]
    assert len(shop.sandbox.of(shop.account, "checkout.session")) == 1


@pytest.mark.parametrize(("price", "fits"), [(0, True), (30, False), (50, True)])
def test_hc128_a_price_below_the_minimum_cannot_be_paid_online(shop: Paying, price: int, fits: bool) -> None:
    if fits:
        assert offer.change_service(shop.service, price=price).price == price
        return
    with pytest.raises(Invalid) as refused:
        offer.change_service(shop.service, price=price)
    assert "at least $0.50" in refused.value.details["fields"]["price"][0]


def owner(shop: Paying, client_for: Callable[[str], HostClient], role: str = "owner") -> Any:
    return sign_in(client_for(shop.business.slug), make_member(shop.business, role))


def test_the_payment_box_says_what_is_due_and_takes_it(
    shop: Paying, booked: Appointment, client_for: Callable[[str], HostClient]
) -> None:
    browser = owner(shop, client_for, "front_desk")
    page = f"/dashboard/appointments/{booked.pk}/"
    before = browser.get(page).content.decode()
    assert "Nothing was paid yet." in before
    assert "Mark as paid" in before
    answer = browser.post(f"{page}money/take", {"amount": "40", "method": "cash", "tip": ""})
    assert answer.headers["Location"].endswith("#payment")
    after = browser.get(page).content.decode()
    assert "Balance due $60.00" in after
    assert "$40.00, Cash, marked by Front_Desk" in after
    wrong = browser.post(f"{page}money/take", {"amount": "99", "method": "cash"}, follow=True).content.decode()
    assert "Enter an amount up to $60.00" in wrong
    browser.post(f"{page}money/take-back", {"payment": str(Payment.objects.get().pk)})
    assert status(booked) == PaymentStatus.UNPAID
    browser.post(f"{page}money/link")
    shop.work()
    assert Message.objects.filter(kind__startswith="client.payment_link").count() == 1


def sent(browser: Any, page: str, what: str, **typed: str) -> dict[str, str]:
    """The form of the page, as it is filled in: sent once more it is the same."""
    form = browser.get(page).content.decode().partition(f'money/{what}"')[2].partition("</form>")[0]
    seen = next(part for part in form.split("<input") if 'name="paid"' in part)
    return {"paid": attribute(seen, "value"), **typed}


@pytest.mark.parametrize(
    ("amount", "tip", "left"),
    [("40", "", "$60.00"), ("100", "", "$0.00"), ("0", "5", "$100.00"), ("40", "5", "$60.00")],
)
def test_the_same_form_twice_is_one_payment(
    shop: Paying, booked: Appointment, client_for: Callable[[str], HostClient], amount: str, tip: str, left: str
) -> None:
    browser = owner(shop, client_for, "front_desk")
    page = f"/dashboard/appointments/{booked.pk}/"
    form = sent(browser, page, "take", amount=amount, tip=tip, method="cash")
    browser.post(f"{page}money/take", form)
    second = browser.post(f"{page}money/take", form, follow=True).content.decode()
    assert "form was sent twice" in second
    assert f"<b>{left}</b>" in second
    assert Payment.objects.count() == 1
    if left != "$0.00":
        browser.post(f"{page}money/take", sent(browser, page, "take", amount="10", method="cash"))
        assert Payment.objects.count() == 2


def test_the_same_form_twice_charges_the_card_once(shop: Paying, client_for: Callable[[str], HostClient]) -> None:
    booked = with_card(shop)
    browser = owner(shop, client_for)
    page = f"/dashboard/appointments/{booked.pk}/"
    form = sent(browser, page, "charge", amount="20")
    browser.post(f"{page}money/charge", form)
    shop.work()
    assert "form was sent twice" in browser.post(f"{page}money/charge", form, follow=True).content.decode()
    shop.work()
    assert sorted(payments()) == [("balance", 2000, "succeeded"), ("deposit", 3000, "succeeded")]


def test_the_api_charges(shop: Paying, client_for: Callable[[str], HostClient]) -> None:
    booked = with_card(shop)
    browser = owner(shop, client_for)
    url = f"/v1/tenant-admin/appointments/{booked.pk}/charge"
    part = browser.post(url, '{"method": "cash", "amount": 2000}', content_type="application/json")
    assert (part.status_code, part.json()["due"], part.json()["payment_state"]) == (200, 5000, "succeeded")
    too_much = browser.post(url, '{"method": "cash", "amount": 5001}', content_type="application/json")
    assert (too_much.status_code, too_much.json()["error"]) == (422, "bad_amount")
    card = browser.post(url, "{}", content_type="application/json", headers={"Idempotency-Key": "k-1"})
    again = browser.post(url, "{}", content_type="application/json", headers={"Idempotency-Key": "k-1"})
    assert card.json()["payment_state"] == "pending"
    assert again.json() == card.json()
    shop.work()
    assert status(booked) == PaymentStatus.PAID
    assert browser.post(url, "{}", content_type="application/json").json()["error"] == "nothing_due"


def test_the_service_editor_sets_ways_to_pay_with_examples(
    shop: Paying, client_for: Callable[[str], HostClient]
) -> None:
    browser = owner(shop, client_for)
    url = f"/dashboard/services/{shop.service.pk}/"
    page = browser.get(url).content.decode()
    assert "Of $100.00 clients pay $30.00 at booking, $70.00 later." in page
    typed = {
        "name": "Cut", "duration_minutes": "60", "step_minutes": "15", "max_advance_days": "365", "capacity": "1",
        "location": "business", "visibility": "public", "hue": "teal", "price": "80", "slug": "cut",
        f"gives-{shop.provider.pk}": "on", "payment_modes": ["deposit", "pay_in_person"], "deposit_type": "fixed",
        "deposit_fixed": "20",
    }  # fmt: skip
    assert browser.post(url, typed).status_code == 303
    kept = Service.objects.get(pk=shop.service.pk)
    assert (kept.payment_modes, kept.deposit_type, kept.deposit_value) == (["deposit", "pay_in_person"], "fixed", 2000)
    low = browser.post(url, {**typed, "price": "0.30"})
    assert low.status_code == 422
    assert "Online payment takes at least $0.50." in low.content.decode()


def test_staff_book_with_a_link_to_pay(shop: Paying) -> None:
    from daybook.dashboard.services import appointments as staff
    from daybook.dashboard.services.appointments import Order

    order = Order(
        service_id=shop.service.pk, start=at("2027-06-07T12:00:00-04:00"), name="Mia Stone", email="mia@example.test",
        payment_mode="deposit",
    )  # fmt: skip
    made = staff.book(business=shop.business, order=order, now=shop.now, by=STAFF)
    assert (made.status, made.amount_due_now) == (Status.CONFIRMED, 3000)
    shop.work()
    message = Message.objects.get(kind__startswith="client.payment_link")
    assert "$30.00" in message.subject
