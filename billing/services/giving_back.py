"""What becomes of a booking's codes when it ends: given back, kept as used, or lost. In the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.domain import policies
from billing.domain.policies import Tier
from billing.enums import UseState
from billing.models import ClientPackage, GiftCertificate, PriceUse
from billing.selectors import ledger, uses
from billing.services import bills, discounts

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from scheduling.models import Appointment
    from tenants.models import Business


def of_nothing(appointment: Appointment, *, now: datetime) -> None:
    """It was never booked (over, released, declined): everything goes back."""
    for use in discounts.live_of(appointment.pk):
        _return(use, now=now)


def of_cancelled(appointment: Appointment, *, now: datetime, by: Actor) -> None:
    """Cancelled: by the business everything goes back; by the client what his policy gives back.

    A coupon stays used where something was paid. A package's visit is lost as soon as cancelling costs anything; of a
    gift certificate the policy's fee is kept.
    """
    paid = ledger.sums(appointment).captured
    for use in discounts.live_of(appointment.pk):
        if by.is_staff or use.state == UseState.RESERVED:
            _return(use, now=now)
        elif use.coupon_id is not None:
            if not paid:
                _return(use, now=now)
        elif use.package_id is not None:
            _lose_or_return(use, _tier(appointment, now, use.amount), now=now)
        else:
            _return_share(use, _tier(appointment, now, use.amount), paid=bool(paid), now=now)


def of_no_show(appointment: Appointment, *, now: datetime) -> None:
    """The client did not come: a package's visit is lost; all else stays used."""
    for use in discounts.live_of(appointment.pk):
        if use.package_id is not None:
            _set(use, UseState.LOST, now=now)


def of_restored(*, business: Business, appointment: Appointment, now: datetime, by: Actor) -> None:
    """It stands again. Its coupon holds; package or gift certificate pay what they still can, the bill says the rest."""
    bill = bills.ensure(appointment, now=now)
    coupon = discounts.last_ended(appointment, coupon=True)
    if bill.discount and coupon is not None and not _live(appointment, coupon=True):
        _set(coupon, UseState.USED, now=None)
    if not bill.covered:
        return
    use = _live(appointment, coupon=False) or discounts.last_ended(appointment, coupon=False)
    paid = _pays_again(appointment, use, bill.covered) if use is not None else 0
    if use is not None and paid:
        use.amount, use.returned = paid, 0
        use.save(update_fields=["amount", "returned", "updated_at"])
        _set(use, UseState.USED, now=None)
    bills.cover(bill, paid)


def _pays_again(appointment: Appointment, use: PriceUse, wanted: int) -> int:
    """What of `wanted` a package (all or nothing) or gift certificate has left, locked."""
    if use.package_id is not None:
        package = ClientPackage.objects.select_for_update().get(pk=use.package_id)
        return wanted if uses.left_of(package, without=appointment.pk) >= use.units else 0
    gift = GiftCertificate.objects.select_for_update().get(pk=use.gift_id or use.pk)
    return min(wanted, max(0, uses.balance_of(gift, without=appointment.pk)))


def _live(appointment: Appointment, *, coupon: bool) -> PriceUse | None:
    found = discounts.live_of(appointment.pk)
    return next((use for use in found if (use.coupon_id is not None) == coupon), None)


def _tier(appointment: Appointment, now: datetime, amount: int) -> Tier:
    return policies.applying(appointment.policy, appointment.starts_at, now, amount)


def _lose_or_return(use: PriceUse, tier: Tier, *, now: datetime) -> None:
    if tier.fee_percentage or tier.fee_fixed:
        _set(use, UseState.LOST, now=now)
    else:
        _return(use, now=now)


def _return_share(use: PriceUse, tier: Tier, *, paid: bool, now: datetime) -> None:
    """The fixed part of the fee is taken once: of the money, where some was paid."""
    back = policies.refund(use.amount, Tier(0, tier.fee_percentage, 0 if paid else tier.fee_fixed))
    if back == use.amount:
        _return(use, now=now)
    elif back:
        use.returned = back
        use.save(update_fields=["returned", "updated_at"])


def _return(use: PriceUse, *, now: datetime) -> None:
    _set(use, UseState.RETURNED, now=now)


def _set(use: PriceUse, state: UseState, *, now: datetime | None) -> None:
    use.state, use.ended_at = state, now
    use.save(update_fields=["state", "ended_at", "updated_at"])
