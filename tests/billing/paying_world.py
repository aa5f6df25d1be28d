"""A business that is paid online through the sandbox, and a client who books there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from billing.models import CheckoutAttempt, Payment
from daybook.core.outbox import relay
from daybook.sandbox.stripe.server import StripeSandbox
from scheduling.enums import PaymentMode
from scheduling.models import Appointment, Provider, Service
from scheduling.services.clients import ClientDetails, clean_details
from tenants.models import Business, StripeAccount
from tests.factories import NOW, at, make_provider, make_service, open_week
from tests.stripe_world import deliver
from widget.services import booking

TEN = "2027-06-07T10:00:00-04:00"


@dataclass
class Paying:
    """`now` is the test's own clock; the sandbox goes by it, too."""

    business: Business
    sandbox: StripeSandbox
    account: str = ""
    now: datetime = NOW
    service: Service = field(init=False)
    provider: Provider = field(init=False)

    def __post_init__(self) -> None:
        self.sandbox.set_clock(self.now)
        self.account = self.account or connect(self.business, self.sandbox)
        self.provider = make_provider(self.business)
        self.service = self.make_service()
        open_week(self.provider)

    def make_service(self, name: str = "Cut", **values: Any) -> Service:
        """10000, of which 30 % are asked for at booking; or what `values` say."""
        modes = ["deposit", "full", "card_on_file", "pay_in_person"]
        fields = {"payment_modes": modes, "deposit_type": "percent", "deposit_value": 30, **values}
        return make_service(self.business, name, providers=[self.provider], **fields)

    def later(self, **delta: float) -> datetime:
        """Time goes by, here and there."""
        self.now += timedelta(**delta)
        self.sandbox.set_clock(self.now)
        return self.now

    def hold(self, start: str = TEN, service: Service | None = None) -> Appointment:
        return booking.hold(
            business=self.business, service=service or self.service, provider_id=None, start=at(start),
            client_timezone="America/New_York", address="203.0.113.7", now=self.now,
        )  # fmt: skip

    def book(self, held: Appointment, mode: str = PaymentMode.DEPOSIT, **values: Any) -> Appointment:
        facts: dict[str, Any] = {"client": client(), "accepted": True, "address": "203.0.113.7", **values}
        return booking.book(
            business=self.business, service=held.service, provider_id=None, start=held.starts_at, hold=held,
            client_timezone="America/New_York", payment_mode=mode, now=self.now, **facts,
        )  # fmt: skip

    def page(self, held: Appointment) -> str | None:
        """Ask for the payment page, as the request does."""
        held.refresh_from_db()
        return booking.checkout_url(self.business, held, now=self.now)

    def started(self, mode: str = PaymentMode.DEPOSIT, start: str = TEN) -> CheckoutAttempt:
        """A held time with an open payment page."""
        held = self.hold(start)
        self.book(held, mode)
        assert self.page(held)
        return self.attempt(held)

    def attempt(self, held: Appointment) -> CheckoutAttempt:
        return CheckoutAttempt.objects.filter(appointment=held).latest("number")

    def pay(self, attempt: CheckoutAttempt, card: str = "4242") -> None:
        attempt.refresh_from_db()
        assert self.sandbox.pay(attempt.session_id, card=card).done

    def work(self, **delta: float) -> None:
        """The workers do what is due (after `delta`)."""
        if delta:
            self.later(**delta)
        relay.drain(now=self.now, impatient=True)

    def deliver(self, platform: Client) -> None:
        """Webhooks arrive and are worked on."""
        for answer in deliver(self.sandbox, platform):
            assert answer.status_code == 200
        self.work()

    def lose_webhooks(self) -> None:
        self.sandbox.take()

    def fresh(self, attempt: CheckoutAttempt) -> Appointment:
        assert attempt.appointment_id is not None
        return Appointment.objects.get(pk=attempt.appointment_id)


def client(name: str = "Kim Lee", email: str = "kim@example.test") -> ClientDetails:
    return clean_details(name=name, email=email, phone="", timezone="America/New_York", locale="en")


def connect(business: Business, sandbox: StripeSandbox) -> str:
    """An account that is ready, at the sandbox and as we know it."""
    account = sandbox.connect()
    StripeAccount.objects.create(
        business=business, account_id=account, key=f"account:{business.slug}", can_charge=True, can_be_paid_out=True,
        capability="active", created_at=timezone.now(),
    )  # fmt: skip
    return account


def payments() -> list[tuple[str, int, str]]:
    """Purpose, amount and state of every payment."""
    return [(p.purpose, p.amount, p.state) for p in Payment.objects.order_by("created_at", "pk")]
