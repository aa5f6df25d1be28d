"""Codes of coupons, packages and gift certificates on a held time, and what it costs with them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.selectors.prices import UsedCode, any_codes, sums, told_bill, used_codes
from billing.services import discounts, online
from daybook.core.actors import Actor, ActorKind

if TYPE_CHECKING:
    from billing.models import Bill
    from scheduling.models import Appointment
    from tenants.models import Business

CLIENT = Actor(ActorKind.CLIENT)


def apply_code(*, business: Business, hold: Appointment, code: str, email: str, now: datetime) -> None:
    """Use a coupon's, package's or gift certificate's code for a held time; a payment page is closed first.

    Raises CodeRefused with the reason, HoldExpired, CheckoutOpen, InvalidTransition (it was paid meanwhile).
    """
    if hold.checkout_open:
        online.give_up(business=business, held=hold, now=now)
    discounts.apply(business=business, appointment=hold, code=code, email=email, now=now, by=CLIENT)
    hold.refresh_from_db()


def remove_code(*, business: Business, hold: Appointment, coupon: bool, now: datetime) -> None:
    """Take a coupon, or what pays for it, off again. Raises as `apply_code`."""
    if hold.checkout_open:
        online.give_up(business=business, held=hold, now=now)
    discounts.remove(business=business, appointment=hold, coupon=coupon, now=now, by=CLIENT)
    hold.refresh_from_db()


def carry_codes(*, business: Business, old: Appointment, fresh: Appointment, now: datetime) -> bool:
    """Give a new hold the codes of one that is over; False when one of them cannot be had any more."""
    return discounts.carry(business=business, old=old, fresh=fresh, now=now, by=CLIENT)


def codes_of(hold: Appointment) -> list[UsedCode]:
    """The codes that a held time has, for showing."""
    return used_codes(hold)


def takes_codes() -> bool:
    """Whether there is anything whose code could be typed."""
    return any_codes()


def sums_of(appointment: Appointment) -> dict[str, int]:
    """`discount`, `tax`, `total` and `to_pay` (without what a package or gift certificate pays), minor units."""
    return sums(appointment)


def bill_of(appointment: Appointment) -> Bill | None:
    """What a booking costs, where there is more to say than its price: a coupon, taxes, what pays for it. 1 query."""
    return told_bill(appointment)
