"""Mails about refunds, fees and disputes: who hears what, once, and only while it is true."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from billing.services import fees, refunds
from billing.services.fees import FeeChoice, Take
from scheduling.services import transitions
from tenants.models import Business
from tests.billing.stripe_money import Till, make_till
from tests.factories import CLIENT, NOW, STAFF, at, make_member

if TYPE_CHECKING:
    from daybook.sandbox.mail.server import MailSandbox
    from daybook.sandbox.stripe.server import StripeSandbox

AFTER = at("2027-06-07T22:00:00+00:00")


@pytest.fixture
def till(business: Business, stripe_sandbox: "StripeSandbox", platform_client: Any, mailbox: "MailSandbox") -> Till:
    make_member(business)
    return make_till(business, stripe_sandbox, platform_client)


def subjects(mailbox: "MailSandbox", to: str = "") -> list[str]:
    found = [str(mail.subject) for mail in mailbox.mailbox.search(to=to)]
    return sorted(one for one in found if "$" in one or "disput" in one)


def missed(till: Till, card: str) -> None:
    appointment = till.book()
    till.keep_card(appointment, card)
    chosen = {"money": FeeChoice(Take.POLICY)}
    transitions.no_show(business=till.business, appointment=appointment, now=AFTER, by=STAFF, chosen=chosen)
    till.work(AFTER + timedelta(minutes=1))


def test_a_refund_is_told_once_with_the_card_it_goes_to(till: Till, mailbox: "MailSandbox") -> None:
    appointment = till.book()
    till.pay(appointment)
    transitions.cancel(business=till.business, appointment=appointment, now=NOW, by=CLIENT)
    till.work()
    till.hear()
    till.work(NOW + timedelta(hours=1))
    assert subjects(mailbox, "kim@example.test") == ["Refund: $100.00, Cut"]
    (mail,) = [m for m in mailbox.mailbox.search(to="kim@example.test") if "Refund" in str(m.subject)]
    assert "Visa 4242" in str(mail.text)
    assert f"/a/{appointment.reference}?t=" in str(mail.text)


def test_s14_members_hear_that_a_refund_failed(till: Till, mailbox: "MailSandbox") -> None:
    payment = till.pay(till.book(), card="4000000000005126")
    refunds.by_staff(payment=payment, amount=10000, now=NOW, by=STAFF)
    till.work()
    till.stripe.settle()
    till.hear(NOW + timedelta(days=2))
    assert subjects(mailbox, "owner@acme.test") == ["A refund failed: Kim Lee, $100.00"]
    (mail,) = [m for m in mailbox.mailbox.search(to="owner@acme.test") if "refund failed" in str(m.subject)]
    assert "Reason: the bank declined" in str(mail.text)


def test_a_charged_fee_is_told(till: Till, mailbox: "MailSandbox") -> None:
    missed(till, "4242")
    assert subjects(mailbox, "kim@example.test") == ["$100.00 charged: Cut"]


def test_s17_the_client_gets_a_link_when_his_bank_wants_him(till: Till, mailbox: "MailSandbox") -> None:
    missed(till, "4000002760003184")
    assert subjects(mailbox, "kim@example.test") == ["Please pay $100.00: Cut"]
    (mail,) = [m for m in mailbox.mailbox.search(to="kim@example.test") if "Please pay" in str(m.subject)]
    assert "confirm this payment yourself" in " ".join(str(mail.text).split())
    assert "/fee?t=" in str(mail.text)


def test_s17_each_try_is_told_and_the_end_of_them_to_members(till: Till, mailbox: "MailSandbox") -> None:
    missed(till, "4000000000000341")
    for days in range(1, 12):
        till.work(AFTER + timedelta(days=days))
    assert subjects(mailbox, "kim@example.test") == ["Please pay $100.00: Cut"] * 3
    assert subjects(mailbox, "owner@acme.test") == ["A fee could not be charged: Kim Lee, $100.00"]
    (mail,) = [m for m in mailbox.mailbox.search(to="owner@acme.test") if "could not be charged" in str(m.subject)]
    assert "Reason: the bank declined" in str(mail.text)
    assert "generic_decline" not in str(mail.text)


def test_a_waived_fee_asks_nobody_any_more(till: Till, mailbox: "MailSandbox") -> None:
    missed(till, "4000000000000341")
    before = subjects(mailbox, "kim@example.test")
    from billing.models import Payment

    fees.waive(payment=Payment.objects.get(), by=STAFF, now=AFTER)
    for days in range(1, 12):
        till.work(AFTER + timedelta(days=days))
    assert subjects(mailbox, "kim@example.test") == before


def test_s16_members_hear_of_a_dispute_and_of_its_end(till: Till, mailbox: "MailSandbox") -> None:
    payment = till.pay(till.book())
    key = till.stripe.dispute(payment.payment_intent_id)
    till.hear()
    till.stripe.close_dispute(key, "won")
    till.hear(NOW + timedelta(days=3))
    assert subjects(mailbox, "owner@acme.test") == ["Kim Lee disputes $100.00", "You won the dispute over $100.00"]
