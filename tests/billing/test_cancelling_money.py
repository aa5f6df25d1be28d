"""What goes back when an appointment is cancelled: to the minute, to the cent, and asked of Stripe once."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from billing.enums import Method, RefundReason, RefundState
from billing.models import Concern, Refund
from billing.selectors import ledger
from billing.selectors.cancelling import cancellation
from billing.services.cancelling import Choice, Give
from scheduling.enums import Status
from scheduling.errors import TooLate
from scheduling.models import Appointment
from scheduling.services import moves, transitions
from scheduling.services.moves import Move
from scheduling.services.tokens import manage_token
from tenants.models import Business
from tests.billing.money import make_dispute, make_payment
from tests.billing.stripe_money import Till, make_till
from tests.factories import CLIENT, NOW, STAFF, at, make_appointment, make_provider, make_service, open_week, sign_in
from tests.factories import make_member as member_of

if TYPE_CHECKING:
    from daybook.sandbox.stripe.server import StripeSandbox


@pytest.fixture
def till(business: Business, stripe_sandbox: "StripeSandbox", platform_client: Any) -> Till:
    return make_till(business, stripe_sandbox, platform_client)


def booked_at(business: Business, start: str, **values: Any) -> Appointment:
    business.timezone = "America/New_York"
    business.save()
    ana = make_provider(business)
    cut = make_service(business, providers=[ana], price=values.pop("price", 10000))
    open_week(ana)
    return make_appointment(business, cut, ana, start, **values)


def refund_by_client(business: Business, appointment: Appointment, when: str) -> tuple[int, int]:
    """What the page says before, and what was asked for."""
    said = cancellation(appointment, now=at(when))
    transitions.cancel(business=business, appointment=appointment, now=at(when), by=CLIENT)
    asked = sum(Refund.objects.values_list("amount", flat=True))
    assert said.refund_amount == asked
    return asked, ledger.kept(appointment)


@pytest.mark.parametrize(
    ("when", "back"),
    [
        ("2027-06-08T15:59:59+00:00", 10000),
        ("2027-06-08T16:00:00+00:00", 10000),
        ("2027-06-08T16:00:01+00:00", 5000),
    ],
)
def test_hc100_at_exactly_48_hours_everything_goes_back(business: Business, when: str, back: int) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 10000)
    assert refund_by_client(business, appointment, when) == (back, 10000 - back)


@pytest.mark.parametrize(("when", "back"), [("2027-06-09T16:00:00+00:00", 5000), ("2027-06-09T16:00:01+00:00", 0)])
def test_hc101_at_exactly_24_hours_half_goes_back(business: Business, when: str, back: int) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 10000)
    assert refund_by_client(business, appointment, when) == (back, 10000 - back)


@pytest.mark.parametrize(
    ("when", "back"),
    [("2027-03-13T13:00:00+00:00", 10000), ("2027-03-13T13:00:01+00:00", 5000), ("2027-03-13T14:00:00+00:00", 5000)],
)
def test_hc102_hours_are_elapsed_over_the_spring_change(business: Business, when: str, back: int) -> None:
    appointment = booked_at(business, "2027-03-15T13:00:00+00:00", now=at("2027-03-01T12:00:00+00:00"))
    make_payment(appointment, 10000)
    assert refund_by_client(business, appointment, when)[0] == back


def test_hc104_the_cut_off_on_a_night_with_two_one_o_clocks(business: Business) -> None:
    early = at("2026-10-01T12:00:00+00:00")
    appointment = booked_at(business, "2026-11-01T07:30:00+00:00", now=early)
    with pytest.raises(TooLate):
        transitions.cancel(business=business, appointment=appointment, now=at("2026-11-01T06:00:00+00:00"), by=CLIENT)
    transitions.cancel(business=business, appointment=appointment, now=at("2026-11-01T05:00:00+00:00"), by=CLIENT)
    assert appointment.pk is not None


def test_hc105_half_of_an_odd_amount_is_rounded_up(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 5001)
    assert refund_by_client(business, appointment, "2027-06-09T10:00:00+00:00") == (2501, 2500)


def test_hc107_percentage_and_fixed_part(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    appointment.policy = {"tiers": [{"hours_before_start": 0, "fee_percentage": 25, "fee_fixed": 500}]}
    appointment.save()
    make_payment(appointment, 10000)
    assert refund_by_client(business, appointment, "2027-06-09T10:00:00+00:00") == (7000, 3000)


@pytest.mark.parametrize(
    ("when", "back"),
    [
        ("2027-06-08T16:00:00+00:00", 6000),
        ("2027-06-09T16:00:00+00:00", 3000),
        ("2027-06-10T10:00:00+00:00", 0),
    ],
)
def test_hc111_a_deposit_is_the_most_that_is_ever_kept(business: Business, when: str, back: int) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00", price=20000)
    make_payment(appointment, 6000, purpose="deposit")
    assert refund_by_client(business, appointment, when) == (back, 6000 - back)


def test_s24_a_move_never_improves_the_tier(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 10000)
    late = at("2027-06-09T18:00:00+00:00")
    moves.reschedule(
        business=business, appointment=appointment, move=Move(at("2027-06-24T16:00:00+00:00")), now=late, by=CLIENT
    )
    appointment.refresh_from_db()
    assert refund_by_client(business, appointment, "2027-06-10T16:00:00+00:00") == (0, 10000)


def test_hc129_s24_a_move_keeps_the_payment(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 10000)
    moves.reschedule(
        business=business, appointment=appointment, move=Move(at("2027-06-11T16:00:00+00:00")), now=NOW, by=CLIENT
    )
    assert ledger.kept(appointment) == 10000
    assert Refund.objects.count() == 0


def test_cancelled_by_the_business_everything_goes_back(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 10000)
    transitions.cancel(business=business, appointment=appointment, now=at("2027-06-10T15:00:00+00:00"), by=STAFF)
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason) == (10000, RefundReason.BUSINESS)


@pytest.mark.parametrize(
    ("choice", "back"),
    [
        (Choice(Give.POLICY), 0),
        (Choice(Give.FULL), 10000),
        (Choice(Give.PART, 2500), 2500),
        (Choice(Give.NOTHING), 0),
    ],
)
def test_staff_choose_otherwise(business: Business, choice: Choice, back: int) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 10000)
    late = at("2027-06-10T15:00:00+00:00")
    transitions.cancel(business=business, appointment=appointment, now=late, by=STAFF, chosen={"money": choice})
    assert ledger.refunded(appointment) == back


def test_a_declined_request_goes_back_in_full(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00", status=Status.PENDING_APPROVAL)
    make_payment(appointment, 10000)
    transitions.decline(business=business, appointment=appointment, now=at("2027-06-10T15:00:00+00:00"), by=STAFF)
    assert ledger.refunded(appointment) == 10000


def test_a_request_that_ran_out_goes_back_in_full(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00", status=Status.PENDING_APPROVAL)
    make_payment(appointment, 10000)
    transitions.expire(business=business, appointment=appointment, now=NOW + timedelta(hours=25))
    assert ledger.refunded(appointment) == 10000


def test_what_was_paid_in_person_is_a_persons_task(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_payment(appointment, 4000, method=Method.CASH)
    make_payment(appointment, 6000)
    assert cancellation(appointment, now=NOW).in_person == 4000
    transitions.cancel(business=business, appointment=appointment, now=NOW, by=CLIENT)
    concern = Concern.objects.get()
    assert (ledger.refunded(appointment), concern.kind, concern.facts["amount"]) == (6000, "cash_to_return", 4000)


def test_s16_hc133_a_disputed_payment_is_left_to_the_bank(business: Business) -> None:
    appointment = booked_at(business, "2027-06-10T16:00:00+00:00")
    make_dispute(make_payment(appointment, 10000), 10000)
    assert cancellation(appointment, now=NOW).disputed
    transitions.cancel(business=business, appointment=appointment, now=NOW, by=CLIENT)
    appointment.refresh_from_db()
    assert (Refund.objects.count(), appointment.status, appointment.payment_status) == (0, "cancelled", "disputed")
    assert Concern.objects.get().kind == "disputed_cancelled"


def test_restored_before_the_refund_left_nothing_has_gone(till: Till) -> None:
    appointment = till.book()
    till.pay(appointment)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=STAFF)
    till.work(NOW + timedelta(seconds=3))
    transitions.restore(business=till.business, appointment=appointment, now=NOW + timedelta(seconds=5), by=STAFF)
    till.work(NOW + timedelta(minutes=5))
    appointment.refresh_from_db()
    assert till.calls("/v1/refunds") == 0
    assert (Refund.objects.get().state, appointment.payment_status) == (RefundState.CANCELLED, "paid")


def test_restored_after_the_refund_the_money_is_due_again(till: Till) -> None:
    appointment = till.book()
    till.pay(appointment)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=CLIENT)
    till.work()
    transitions.restore(business=till.business, appointment=appointment, now=NOW, by=STAFF)
    appointment.refresh_from_db()
    assert appointment.payment_status == "unpaid"
    assert ledger.standing(appointment).due == 10000

    make_payment(appointment, 10000, account_id=till.account, payment_intent_id="pi_again")
    assert ledger.standing(appointment).status == "paid"
    assert cancellation(appointment, now=at("2027-06-06T08:00:00-04:00")).refund_amount == 5000


def test_a_cancel_sent_twice_refunds_once(till: Till, client_for: Any) -> None:
    appointment = till.book()
    till.pay(appointment)
    client = sign_in(client_for("acme"), member_of(till.business))
    url = f"/v1/tenant-admin/appointments/{appointment.pk}/cancel"
    token = client.get("/dashboard/").cookies.get("csrftoken")
    headers = {"Idempotency-Key": "one"} | ({"X-CSRFToken": token.value} if token else {})
    answers = [client.post(url, {}, content_type="application/json", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].content
    assert [(a.json()["refund_amount"], a.json()["fee_amount"]) for a in answers] == [(10000, 0)] * 2
    assert Refund.objects.count() == 1


def test_the_public_api_says_before_and_after_what_cancelling_comes_to(till: Till, client_for: Any, clock: Any) -> None:
    appointment = till.book()
    till.pay(appointment)
    clock(at("2027-06-06T08:00:00-04:00"))
    client, url = client_for("acme"), f"/v1/public/appointments/{appointment.pk}/cancel"
    body = {"cancellation_token": manage_token(till.business.pk, appointment)}
    answers = [
        client.post(url, {**body, "preview": True}, content_type="application/json"),
        client.post(url, body, content_type="application/json", headers={"Idempotency-Key": "one"}),
        client.post(url, body, content_type="application/json", headers={"Idempotency-Key": "one"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200], answers[0].content
    said = [(a.json()["refund_amount"], a.json()["fee_amount"], a.json()["currency"]) for a in answers]
    assert said == [(5000, 5000, "usd")] * 3
    assert Refund.objects.count() == 1


def test_staff_refund_over_the_api_within_what_is_left(till: Till, client_for: Any, clock: Any) -> None:
    clock(NOW)
    appointment = till.book()
    payment = till.pay(appointment)
    client = sign_in(client_for("acme"), member_of(till.business))
    url = f"/v1/tenant-admin/appointments/{appointment.pk}/refund"

    def post(**body: Any) -> Any:
        return client.post(url, body, content_type="application/json", headers={"Idempotency-Key": str(body)})

    assert post(amount=12000).json()["details"]["left"] == 10000
    first = post(amount=4000, note="Late start")
    assert (first.status_code, first.json()["payment_status"]) == (200, "partially_refunded")
    assert post(amount=4000, note="Late start").json() == first.json()
    refused = post(amount=7000)
    assert (refused.status_code, refused.json()["error"]) == (422, "refund_too_large")
    assert post(payment_id=str(appointment.pk)).status_code == 404
    listed = client.get(f"/v1/tenant-admin/payments?appointment_id={appointment.pk}").json()
    assert [(item["id"], item["left"], len(item["refunds"])) for item in listed["items"]] == [
        (str(payment.pk), 6000, 1)
    ]
    assert client.get(f"/v1/tenant-admin/payments/{payment.pk}").json()["left"] == 6000
