"""A business with one provider who is always there, one service, and a client who books it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from daybook.core.actors import Actor, ActorKind
from daybook.core.outbox import relay
from scheduling.models import Appointment, AvailabilityRule, Provider, Service, ServiceProvider
from scheduling.services import bookings
from scheduling.services.clients import ClientDetails
from scheduling.services.placing import Terms, Wish
from tenants.enums import Role
from tenants.models import Business, Membership, User

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
START = datetime(2026, 11, 12, 15, 30, tzinfo=UTC)  # Thu 10:30 am in New York
CLIENT = Actor(ActorKind.CLIENT)
POLICY = {"tiers": [], "cancel_cutoff_minutes": 120, "reschedule_cutoff_minutes": 120}


@dataclass
class World:
    """What the tests about messages need of a business."""

    business: Business
    provider: Provider
    service: Service
    owner: Membership

    def book(self, start: datetime = START, *, now: datetime = NOW, by: Actor = CLIENT, **changes: Any) -> Appointment:
        """A booking by kim@example.test, or by whom `client` describes."""
        kim = {"name": "Kim Lee", "email": "kim@example.test", "timezone": "America/New_York", "locale": "en"}
        client: dict[str, Any] = {**kim, **changes.pop("client", {})}
        notify = changes.pop("notify", True)
        terms = Terms(price=9500, currency="usd", policy=POLICY)
        return bookings.place(
            business=self.business,
            wish=Wish(service=self.service, start=start, provider_id=self.provider.pk, **changes),
            client=ClientDetails(**client),
            terms={self.provider.pk: terms},
            now=now,
            by=by,
            notify=notify,
        )

    def hold(self, start: datetime = START, *, now: datetime = NOW) -> Appointment:
        terms = {self.provider.pk: Terms(price=9500, currency="usd", policy=POLICY)}
        wish = Wish(service=self.service, start=start, provider_id=self.provider.pk)
        return bookings.hold(business=self.business, wish=wish, terms=terms, now=now, by=CLIENT)


def make_world(business: Business, *, name: str = "Harbor & Pine", owner: str = "rosa@example.test") -> World:
    """Give this business (the connection is in its schema) what a booking needs."""
    business.name, business.timezone, business.address = name, "America/New_York", "12 Wharf St, Portland ME"
    business.email = f"hello@{business.slug}.test"
    business.save()
    user = User.objects.create_user(owner, "correct horse battery", name="Rosa Marín")
    member = Membership.objects.create(business=business, user=user, role=Role.OWNER)
    provider = Provider.objects.create(name="Ana Duarte", email="ana@example.test")
    service = Service.objects.create(name="Deep tissue massage", slug="deep-tissue", duration_minutes=60, price=9500)
    ServiceProvider.objects.create(service=service, provider=provider)
    AvailabilityRule.objects.bulk_create(
        [AvailabilityRule(weekday=day, start_minute=0, end_minute=1440) for day in range(7)]
    )
    return World(business, provider, service, member)


def run(now: datetime) -> list[EmailMultiAlternatives]:
    """Run all that is due at `now`; the mails sent by it."""
    before = len(mail.outbox)
    relay.drain(now=now)
    return mail.outbox[before:]  # type: ignore[return-value]


def to_client(mails: list[EmailMultiAlternatives]) -> list[EmailMultiAlternatives]:
    return [message for message in mails if message.to == ["kim@example.test"]]


def subjects(mails: list[EmailMultiAlternatives]) -> list[str]:
    return [str(message.subject) for message in mails]


def html_of(message: EmailMultiAlternatives) -> str:
    return next(str(content) for content, kind in message.alternatives if kind == "text/html")


def event_of(message: EmailMultiAlternatives) -> tuple[str, icalendar.Event]:
    """Method and event of the mail's calendar part, read from its encoded form."""
    for part in message.message().walk():
        if part.get_content_type() == "text/calendar":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            calendar = icalendar.Calendar.from_ical(payload)
            assert calendar["METHOD"] == part.get_param("method")
            [event] = calendar.events
            return str(calendar["METHOD"]), event
    raise AssertionError("no calendar part")


def later(**delta: float) -> datetime:
    return NOW + timedelta(**delta)
