"""The owner's pages of money: lists, the appointment, the client, cancelling, no-show, the policy with its examples."""

from typing import Any

import pytest

from billing.enums import Method, PaymentState, Purpose, RefundState
from billing.models import Concern, Payment, Refund, SavedCard
from billing.services.concerns import raise_concern
from scheduling.models import Appointment
from tenants.models import Business
from tests.billing.money import make_dispute, make_payment, make_refund
from tests.billing.stripe_money import CONSENT, make_till
from tests.factories import NOW, make_appointment, make_member, make_provider, make_service, open_week, sign_in

LATER = "2027-06-07T20:00:00+00:00"


@pytest.fixture
def booked(business: Business) -> Appointment:
    business.timezone = "America/New_York"
    business.save()
    ana = make_provider(business)
    cut = make_service(business, providers=[ana])
    open_week(ana)
    return make_appointment(business, cut, ana, "2027-06-07T10:00:00-04:00")


@pytest.fixture
def owner(business: Business, client_for: Any, clock: Any) -> Any:
    clock(NOW)
    return sign_in(client_for("acme"), make_member(business))


def keep_card(booked: Appointment) -> SavedCard:
    booked.payment_mode = "card_on_file"
    booked.save()
    return SavedCard.objects.create(
        client_id=str(booked.client_id), appointment=booked, account_id="acct_1", customer_id="cus_1",
        payment_method_id="pm_1", brand="visa", last4="4242", consent=CONSENT, created_at=NOW,
    )  # fmt: skip


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def test_empty_lists_say_what_will_be_there(owner: Any) -> None:
    for path, words in {
        "": "No payments yet",
        "refunds/": "No refunds yet",
        "disputes/": "No disputes",
        "concerns/": "Nothing to look at",
    }.items():
        assert words in text(owner.get(f"/dashboard/payments/{path}"))


def test_who_takes_payments_online_is_not_told_to_begin(owner: Any, business: Business, stripe_sandbox: Any) -> None:
    assert "Take payments online" in text(owner.get("/dashboard/payments/"))
    make_till(business, stripe_sandbox, None)
    assert "Take payments online" not in text(owner.get("/dashboard/payments/"))


def test_lists_show_what_happened_and_keep_their_filters(owner: Any, booked: Appointment) -> None:
    payment = make_payment(booked, 10000, card_brand="visa", card_last4="4242", payment_intent_id="pi_1")
    make_refund(payment, 2500, RefundState.FAILED, failure_code="expired_or_canceled_card")
    make_dispute(payment, 10000)
    make_payment(booked, 500, method=Method.CASH, purpose=Purpose.BALANCE)
    page = text(owner.get("/dashboard/payments/"))
    assert "$100.00" in page
    assert "Kim Lee" in page
    assert "Visa 4242" in page
    assert "$105.00" in page
    assert "Cash" not in text(owner.get("/dashboard/payments/?method=online")).split("list-box")[1]
    assert "Nothing found" in text(owner.get("/dashboard/payments/?q=nobody"))
    assert "$100.00" in text(owner.get("/dashboard/payments/?q=4242"))
    assert "Nothing found" in text(owner.get("/dashboard/payments/?since=2027-06-02"))
    refunds = text(owner.get("/dashboard/payments/refunds/"))
    assert "The card has expired or was cancelled. The money is with you; the client has not got it." in refunds
    assert "disputes $100.00" in text(owner.get("/dashboard/payments/disputes/?state=open"))
    assert owner.get("/dashboard/payments/?since=nonsense&state=none").status_code == 200


def test_lists_are_exported(owner: Any, booked: Appointment) -> None:
    make_refund(make_payment(booked, 10000, tip=500), 2500, note="Late")
    lines = b"".join(owner.get("/dashboard/payments/transactions.csv")).decode().splitlines()
    assert len(lines) == 2
    assert ",100.00,5.00,75.00," in lines[1]
    lines = b"".join(owner.get("/dashboard/payments/refunds.csv")).decode().splitlines()
    assert ",25.00,USD," in lines[1]


def test_the_appointment_shows_every_event_and_refunds_within_what_is_left(owner: Any, booked: Appointment) -> None:
    payment = make_payment(booked, 10000)
    page = text(owner.get(f"/dashboard/appointments/{booked.pk}/"))
    assert f"/dashboard/payments/{payment.pk}/refund" in page

    answer = owner.post(f"/dashboard/payments/{payment.pk}/refund", {"amount": "25.50", "note": "Late start"})
    assert answer.status_code == 303
    assert (Refund.objects.get().amount, Refund.objects.get().note) == (2550, "Late start")
    page = text(owner.get(f"/dashboard/appointments/{booked.pk}/"))
    assert "kept $74.50, refunded $25.50" in page
    assert "Late start" in page

    owner.post(f"/dashboard/payments/{payment.pk}/refund", {"amount": "80"})
    assert "At most $74.50 can be refunded." in text(owner.get(f"/dashboard/appointments/{booked.pk}/"))
    owner.post(f"/dashboard/payments/{payment.pk}/refund", {"amount": "nonsense"})
    assert Refund.objects.count() == 1


def test_hc115_a_failed_refund_has_a_button(owner: Any, booked: Appointment) -> None:
    refund = make_refund(make_payment(booked, 10000), 2500, RefundState.FAILED)
    again = f"/dashboard/payments/refunds/{refund.pk}/again"
    assert again in text(owner.get(f"/dashboard/appointments/{booked.pk}/"))
    assert owner.post(again).status_code == 303
    assert sorted(Refund.objects.values_list("state", flat=True)) == ["failed", "requested"]


def test_hc133_the_refund_button_is_off_while_a_dispute_is_open(owner: Any, booked: Appointment) -> None:
    payment = make_payment(booked, 10000)
    make_dispute(payment, 10000)
    page = text(owner.get(f"/dashboard/appointments/{booked.pk}/"))
    assert f"/dashboard/payments/{payment.pk}/refund" not in page
    assert "bank disputes $100.00" in page
    owner.post(f"/dashboard/payments/{payment.pk}/refund", {"amount": "10"})
    assert Refund.objects.count() == 0


@pytest.mark.parametrize(
    ("form", "back"),
    [
        ({}, 10000),
        ({"refund": "policy"}, 10000),
        ({"refund": "part", "refund_amount": "12.34"}, 1234),
        ({"refund": "none"}, 0),
    ],
)
def test_cancelling_asks_what_goes_back(owner: Any, booked: Appointment, form: dict[str, str], back: int) -> None:
    make_payment(booked, 10000)
    url = f"/dashboard/appointments/{booked.pk}/cancel"
    assert "Refund everything: $100.00" in text(owner.get(url))
    assert owner.post(url, form).status_code == 302
    assert sum(Refund.objects.values_list("amount", flat=True)) == back


def test_a_part_that_cannot_be_read_cancels_nothing_and_loses_nothing(owner: Any, booked: Appointment) -> None:
    make_payment(booked, 10000)
    url = f"/dashboard/appointments/{booked.pk}/cancel"
    for typed in ("", "nonsense", "100.01", "0"):
        answer = owner.post(url, {"refund": "part", "refund_amount": typed, "reason": "Ana is ill"})
        assert answer.status_code == 422
        assert "Ana is ill" in answer.content.decode()
    booked.refresh_from_db()
    assert booked.status == "confirmed"


def test_the_front_desk_cancels_but_moves_no_money_its_own_way(
    business: Business, booked: Appointment, client_for: Any, clock: Any
) -> None:
    clock(NOW)
    desk = sign_in(client_for("acme"), make_member(business, "front_desk"))
    payment = make_payment(booked, 10000)
    url = f"/dashboard/appointments/{booked.pk}/cancel"
    assert "Everything that was paid goes back: $100.00" in text(desk.get(url))
    assert desk.post(f"/dashboard/payments/{payment.pk}/refund", {"amount": "1"}).status_code == 403
    desk.post(url, {"refund": "none"})
    assert Refund.objects.get().amount == 10000


def test_no_show_asks_about_the_fee_where_a_card_is_kept(owner: Any, booked: Appointment, clock: Any) -> None:
    keep_card(booked)
    clock(LATER)
    url = f"/dashboard/appointments/{booked.pk}/no-show"
    page = text(owner.get(url))
    assert "charge $100.00 to Visa 4242" in page
    assert owner.post(url, {"fee": "other", "fee_amount": "200"}).status_code == 422
    assert owner.post(url, {"fee": "other", "fee_amount": "20"}).status_code == 302
    fee = Payment.objects.get()
    assert (fee.amount, fee.purpose, fee.state) == (2000, Purpose.NO_SHOW_FEE, PaymentState.PENDING)
    page = text(owner.get(f"/dashboard/appointments/{booked.pk}/"))
    assert f"/dashboard/payments/{fee.pk}/waive" in page
    owner.post(f"/dashboard/payments/{fee.pk}/waive")
    fee.refresh_from_db()
    assert (fee.state, fee.note) == (PaymentState.CANCELLED, "waived")


def test_a_no_show_without_a_decision_asks_on_its_page(owner: Any, booked: Appointment, clock: Any) -> None:
    keep_card(booked)
    clock(LATER)
    owner.post(f"/dashboard/appointments/{booked.pk}/no-show", {})
    assert "Nobody has decided about the no-show fee of $100.00 yet." in text(
        owner.get(f"/dashboard/appointments/{booked.pk}/")
    )
    owner.post(f"/dashboard/payments/appointments/{booked.pk}/fee", {"fee": "policy"})
    assert Payment.objects.get().amount == 10000


def test_a_client_has_payments_and_cards_that_can_be_removed(owner: Any, booked: Appointment) -> None:
    make_payment(booked, 10000)
    card = keep_card(booked)
    page = text(owner.get(f"/dashboard/clients/{booked.client_id}/"))
    assert "$100.00 kept" in page
    assert "Visa 4242" in page
    owner.post(f"/dashboard/payments/clients/{booked.client_id}/cards/{card.pk}/forget")
    card.refresh_from_db()
    assert card.detached_at == NOW
    assert "Visa 4242" not in text(owner.get(f"/dashboard/clients/{booked.client_id}/"))


def test_what_needs_a_look_is_answered_by_a_person(owner: Any, booked: Appointment) -> None:
    raise_concern("cash_to_return", "one", appointment=booked, now=NOW, amount=4000, currency="usd")
    raise_concern("cash_to_return", "one", appointment=booked, now=NOW, amount=4000, currency="usd")
    concern = Concern.objects.get()
    page = text(owner.get("/dashboard/payments/concerns/"))
    assert "Money to give back in person" in page
    assert "$40.00" in page
    assert "payment needs a look" in text(owner.get("/dashboard/"))
    owner.post(f"/dashboard/payments/concerns/{concern.pk}", {"answer": ""})
    owner.post(f"/dashboard/payments/concerns/{concern.pk}", {"answer": "Given back at the desk"})
    assert "Given back at the desk" in text(owner.get("/dashboard/payments/concerns/?view=closed"))
    assert "Nothing to look at" in text(owner.get("/dashboard/payments/concerns/"))


def test_home_names_disputes_and_failed_fees(owner: Any, booked: Appointment) -> None:
    make_dispute(make_payment(booked, 10000), 10000)
    make_payment(booked, 2000, purpose=Purpose.NO_SHOW_FEE, state=PaymentState.FAILED)
    page = text(owner.get("/dashboard/"))
    assert "bank disputes $100.00" in page
    assert "No-show fee of Kim Lee not paid: $20.00" in page


def test_the_policy_is_shown_with_real_dates_while_it_is_typed(owner: Any, booked: Appointment) -> None:
    page = text(owner.get("/dashboard/settings/policy"))
    assert "Booked for Wed 9 Jun, 10:30 am" in page
    typed = {"hours-0": "24", "percent-0": "0", "hours-1": "4", "percent-1": "50", "cancel_cutoff_minutes": "1 h"}
    part = text(owner.post("/dashboard/settings/policy/examples", typed))
    assert "Cancel by Tue 8 Jun, 10:30 am for a full refund." in part
    assert "Cancel by Wed 9 Jun, 6:30 am: $50.00 goes back, you keep $50.00." in part
    assert "Cancel later: nothing goes back." in part
    assert "can cancel until Wed 9 Jun, 9:30 am" in part
    assert "Examples show here" in text(owner.post("/dashboard/settings/policy/examples", {"hours-0": "x"}))


def test_cut_offs_are_kept_with_the_policy(owner: Any, business: Business) -> None:
    typed = {"hours-0": "24", "percent-0": "0", "cancel_cutoff_minutes": "4 h", "reschedule_cutoff_minutes": "1 d"}
    assert owner.post("/dashboard/settings/policy", typed).status_code == 303
    business.refresh_from_db()
    assert (business.cancel_cutoff_minutes, business.reschedule_cutoff_minutes) == (240, 1440)


def test_merging_two_clients_moves_their_money(owner: Any, business: Business, booked: Appointment) -> None:
    from scheduling.services.client_merging import merge

    payment = make_payment(booked, 10000)
    keep_card(booked)
    other = make_appointment(
        business, booked.service, booked.provider, "2027-06-08T10:00:00-04:00", name="Kim L", email="kim2@example.test"
    )
    assert booked.client is not None
    assert other.client is not None
    merge(other.client, booked.client)
    payment.refresh_from_db()
    assert payment.client_id == other.client_id == SavedCard.objects.get().client_id


def test_the_cards_of_an_erased_client_are_not_charged_any_more(booked: Appointment) -> None:
    from scheduling.signals import client_erased

    card = keep_card(booked)
    client_erased.send(sender=None, client=booked.client, emails=[], business=None, now=NOW)
    card.refresh_from_db()
    assert card.detached_at == NOW
