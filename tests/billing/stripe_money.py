"""Payments that were really made at the sandbox, as paying leaves them here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from billing.enums import Method, PaymentState, Purpose
from billing.gateways.base import Charged
from billing.gateways.stripe import gateway
from billing.models import Payment, SavedCard
from daybook.core.outbox.relay import drain
from scheduling.models import Appointment
from tests.billing.money import make_payment
from tests.factories import NOW, make_appointment, make_provider, make_service, open_week
from tests.stripe_world import deliver

if TYPE_CHECKING:
    from daybook.sandbox.stripe.server import StripeSandbox
    from scheduling.models import Provider, Service
    from tenants.models import Business

CONSENT = {"text": "I agree.", "version": "1", "at": "2027-06-01T12:00:00Z", "address": "203.0.113.9"}


@dataclass
class Till:
    """A business that is paid at the sandbox: `pay` charges a card there and writes our row."""

    business: Business
    stripe: StripeSandbox
    account: str
    service: Service
    provider: Provider
    platform: Any
    hours: Iterator[int] = field(default_factory=lambda: iter(range(9, 17)))

    def book(self, day: str = "2027-06-07", **values: Any) -> Appointment:
        start = f"{day}T{next(self.hours):02d}:00:00-04:00"
        return make_appointment(self.business, self.service, self.provider, start, **values)

    def pay(self, appointment: Appointment, amount: int = 10000, *, card: str = "4242", fee: int = 0) -> Payment:
        """Charge a card on the account and keep it as a payment for the appointment."""
        customer = self._customer(appointment)
        method = self.stripe.saved_card(self.account, customer, card)
        found = gateway().charge(
            self.account, amount=amount, currency="usd", customer_id=customer, payment_method_id=method,
            application_fee=fee, metadata={}, key=f"test:{appointment.pk}:{amount}",
        )  # fmt: skip
        assert isinstance(found, Charged), found
        return make_payment(
            appointment, amount, account_id=self.account, payment_intent_id=found.payment_intent_id,
            charge_id=found.charge_id, application_fee=fee, card_brand="visa", card_last4="4242",
            purpose=Purpose.FULL, method=Method.ONLINE, state=PaymentState.SUCCEEDED,
        )  # fmt: skip

    def keep_card(self, appointment: Appointment, card: str = "4242") -> SavedCard:
        """A card kept for this appointment, with consent."""
        customer = self._customer(appointment)
        method = self.stripe.saved_card(self.account, customer, card)
        Appointment.objects.filter(pk=appointment.pk).update(payment_mode="card_on_file")
        appointment.refresh_from_db()
        return SavedCard.objects.create(
            client_id=str(appointment.client_id), appointment=appointment, account_id=self.account, customer_id=customer,
            payment_method_id=method, brand="visa", last4=card[-4:], consent=CONSENT, created_at=NOW,
        )  # fmt: skip

    def _customer(self, appointment: Appointment) -> str:
        found = gateway().customer(
            self.account, name="Kim Lee", email="kim@example.test", reference=str(appointment.client_id),
            key=f"customer:{appointment.client_id}",
        )  # fmt: skip
        assert isinstance(found, str)
        return found

    def work(self, now: datetime = NOW) -> int:
        """Let the worker do what is due."""
        self.stripe.set_clock(now)
        return drain(now=now, schema=self.business.schema_name, impatient=True)

    def hear(self, now: datetime = NOW) -> None:
        """Stripe's webhooks arrive, and are applied."""
        schema = connection.schema_name  # type: ignore[attr-defined]
        assert {answer.status_code for answer in deliver(self.stripe, self.platform)} <= {200}
        assert connection.schema_name == schema  # type: ignore[attr-defined]
        self.work(now)

    def refunds_at_stripe(self) -> list[dict[str, Any]]:
        return list(self.stripe.of(self.account, "refund"))

    def calls(self, path: str) -> int:
        return len(self.stripe.requests("POST", path))


def make_till(business: Business, stripe: StripeSandbox, platform: Any, *, price: int = 10000) -> Till:
    """A connected business with one provider and one service."""
    from tenants.models import StripeAccount

    stripe.set_clock(NOW)
    account = str(stripe.connect(display_name="Acme"))
    StripeAccount.objects.filter(business=business).delete()
    StripeAccount.objects.create(
        business=business,
        account_id=account,
        key="test",
        can_charge=True,
        capability="active",
        created_at=datetime.now(UTC),
    )
    ana = make_provider(business)
    cut = make_service(business, providers=[ana], price=price)
    open_week(ana)
    return Till(business, stripe, account, cut, ana, platform)
