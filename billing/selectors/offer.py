"""What a service asks for at booking: ways of paying with their amounts. Integer minor units."""

from __future__ import annotations

from billing.domain.deposits import deposit
from scheduling.enums import PaymentMode


def due_now(mode: str, price: int, currency: str, *, deposit_type: str, deposit_value: int) -> int:
    """What of the price is due online when it is booked this way."""
    if mode == PaymentMode.FULL:
        return price
    if mode == PaymentMode.DEPOSIT:
        return deposit(price, currency, kind=deposit_type, value=deposit_value)
    return 0
