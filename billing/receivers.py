"""When this happens → do that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db import connection

from billing.selectors.offer import unpayable
from billing.services import bills
from billing.services.terms import terms
from scheduling import signals
from scheduling.selectors.offer import prices

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service
    from scheduling.services.placing import Terms
    from tenants.models import Business


def on_terms_wanted(*, business: Business, service: Service, **_: Any) -> dict[UUID, Terms]:
    """What a booking of the service costs with each provider, when it is made from below."""
    return terms(
        business=business,
        service_id=service.pk,
        prices=prices(service),
        allowed_modes=list(service.payment_modes),
        payment_mode=None,
        deposit_type=service.deposit_type,
        deposit_value=service.deposit_value,
        by_staff=True,
    )


def on_prices_checked(*, prices: dict[str, int], **_: Any) -> dict[str, str]:
    """A price that could never be paid online, in the currency of the present business."""
    currency = cast("Business", connection.tenant).currency  # type: ignore[attr-defined]
    return {name: problem for name, price in prices.items() if (problem := unpayable(price, currency))}


def on_booked(*, appointment: Appointment, now: datetime, **_: Any) -> None:
    """Whatever is booked has a bill, written in the same transaction."""
    bills.ensure(appointment, now=now)


def connect() -> None:
    """Connect the receivers of this app."""
    signals.prices_checked.connect(on_prices_checked, dispatch_uid="billing.on_prices_checked")
    signals.terms_wanted.connect(on_terms_wanted, dispatch_uid="billing.on_terms_wanted")
    for signal in (signals.booking_requested, signals.booking_confirmed):
        signal.connect(on_booked, dispatch_uid="billing.on_booked")
