"""What races are about: a business open day and night in New York, and the calls that its clients and staff make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from billing.services.terms import terms
from daybook.core.actors import Actor
from scheduling.models import Appointment, Provider, Service
from scheduling.services import bookings, moves
from scheduling.services.clients import clean_details
from scheduling.services.moves import Move
from scheduling.services.placing import Terms, Wish
from tenants.models import Business
from tests.factories import CLIENT, NOW, make_provider, make_rule, make_service

FIRST = datetime(2027, 6, 7, 14, tzinfo=UTC)
"""Monday, 10:00 in New York."""
Call = Callable[[], Any]


@dataclass
class World:
    """One service of 60 minutes given by some providers, round the clock, so that every round has a day of its own."""

    business: Business
    service: Service
    providers: list[Provider]
    terms: dict[UUID, Terms] = field(default_factory=dict)

    def __post_init__(self) -> None:
        prices = {provider.pk: self.service.price for provider in self.providers}
        modes = list(self.service.payment_modes)
        self.terms = terms(business=self.business, service_id=self.service.pk, prices=prices, allowed_modes=modes)

    def day(self, number: int) -> datetime:
        """The time that round `number` is about."""
        return FIRST + timedelta(days=number)

    def book(self, start: datetime, provider: Provider | None = None, *, by: Actor = CLIENT, **wish: Any) -> Call:
        """A call that books `start` for a new client."""
        return lambda: bookings.place(
            business=self.business,
            wish=Wish(self.service, start, provider.pk if provider else None, **wish),
            client=clean_details(name="Kim Lee", email=f"{uuid4().hex}@example.test"),
            terms=self.terms, now=NOW, by=by,
        )  # fmt: skip

    def hold(self, start: datetime, provider: Provider | None = None, *, now: datetime = NOW) -> Call:
        """A call that holds `start`."""
        wish = Wish(self.service, start, provider.pk if provider else None)
        return lambda: bookings.hold(business=self.business, wish=wish, terms=self.terms, now=now, by=CLIENT)

    def move(self, appointment: Appointment, start: datetime, provider: Provider | None = None) -> Call:
        """A call of the client that moves his appointment."""
        to = Move(start=start, provider_id=provider.pk if provider else None)
        return lambda: moves.reschedule(
            business=self.business, appointment=appointment, move=to, now=NOW, by=CLIENT
        )  # fmt: skip

    def confirm(self, hold: Appointment, *, now: datetime, email: str = "kim@example.test") -> Call:
        """A call that turns a hold into a booking."""
        client = clean_details(name="Kim Lee", email=email)
        return lambda: bookings.confirm_hold(
            business=self.business, appointment=hold, client=client, now=now, by=CLIENT
        )


def world(business: Business, providers: int = 1, **service: Any) -> World:
    """A world with this many providers."""
    business.timezone = "America/New_York"
    business.save(update_fields=["timezone"])
    team = [make_provider(business, f"Provider {number}") for number in range(providers)]
    for weekday in range(7):
        make_rule(None, weekday, "00:00", "24:00")
    values = {"duration_minutes": 60, "max_advance_days": 700, **service}
    return World(business, make_service(business, providers=team, **values), team)
