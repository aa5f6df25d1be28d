"""What a client still owes: the balance of his appointment and a fee, where he pays them, and money that came too late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.selectors.money import Money, money_of, was_paid
from billing.services import balance, checkout, fee_paying
from billing.services.receipts import due_now as asked_next

if TYPE_CHECKING:
    from billing.models import Payment
    from scheduling.models import Appointment
    from tenants.models import Business


def balance_url(business: Business, appointment: Appointment, *, tip: int, now: datetime) -> str | None:
    """Where the client pays what is due of his appointment; None while nobody knows. Raises as `balance.open_page`."""
    return balance.open_page(business=business, appointment=appointment, tip=tip, now=now) or None


def may_pay(business: Business, appointment: Appointment) -> bool:
    """Whether the client can pay what is due online now."""
    return balance.may_pay(business, appointment)


def due_now(appointment: Appointment) -> int:
    """What the client is asked to pay next."""
    return asked_next(appointment)


def money(appointment: Appointment) -> Money:
    """What the appointment costs, what was paid and what is due."""
    return money_of(appointment)


def balance_awaited(appointment: Appointment, *, now: datetime) -> bool:
    """Whether a payment page of what is due is still open; then a worker asks how it stands."""
    found = balance.current(appointment)
    if found is not None:
        checkout.look_soon(found, now=now)
    return found is not None


def fee_owed(appointment: Appointment) -> Payment | None:
    """The fee that the client is asked to pay himself."""
    return fee_paying.payable(appointment)


def fee_url(business: Business, appointment: Appointment, *, now: datetime) -> str | None:
    """Where the client pays a fee; None while nobody knows. Raises as `fee_paying.open_page`."""
    return fee_paying.open_page(business=business, appointment=appointment, now=now) or None


def fee_awaited(appointment: Appointment, *, now: datetime) -> bool:
    """Whether the page of a fee is still open; then a worker asks how it stands."""
    return fee_paying.awaited(appointment, now=now)


def came_too_late(appointment: Appointment) -> bool:
    """Whether a held time was paid and is somebody else's: the money goes back."""
    return was_paid(appointment)
