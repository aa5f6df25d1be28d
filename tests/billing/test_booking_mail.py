"""Mails about a booking say what was paid of it and what is still due."""

from collections.abc import Callable

import pytest
from django.core import mail

from billing.enums import Method
from billing.selectors.money import paid_in_words
from daybook.sandbox.stripe.server import StripeSandbox
from tenants.models import Business
from tests.billing.money import make_payment
from tests.billing.paying_world import Paying
from tests.conftest import HostClient
from tests.factories import NOW, make_appointment


@pytest.fixture
def shop(business: Business, stripe_sandbox: StripeSandbox, clock: Callable[[object], None]) -> Paying:
    clock(NOW)
    return Paying(business, stripe_sandbox)


def test_a_deposit_is_told_with_what_is_left(shop: Paying, platform_client: HostClient) -> None:
    shop.pay(shop.started())
    shop.deliver(platform_client)
    (told,) = [one for one in mail.outbox if one.subject.startswith("Confirmed") and one.to == ["kim@example.test"]]
    assert "Price: $100.00\nPaid: $30.00\nStill due: $70.00\n" in told.body


def test_what_is_paid_at_the_visit_says_nothing_until_some_of_it_is_paid(shop: Paying) -> None:
    booked = make_appointment(shop.business, shop.service, shop.provider, "2027-06-07T10:00:00-04:00")
    assert paid_in_words(booked, "en") == []
    make_payment(booked, 10000, method=Method.CASH)
    assert paid_in_words(booked, "en") == [("Paid", "$100.00")]
