"""What is left of coupons, packages and gift certificates: sums of their live uses."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet, Sum

from billing.enums import LIVE_USES
from billing.models import ClientPackage, Coupon, GiftCertificate, Package, PriceUse

NOBODY = UUID(int=0)


def _live(**of: Any) -> QuerySet[PriceUse]:
    return PriceUse.objects.filter(state__in=LIVE_USES, **of)


def uses_of(coupon: Coupon, *, without: UUID | None = None, email: str | None = None) -> int:
    """How often a coupon is used, by one client or all, apart from one appointment. 1 query."""
    found = _live(coupon=coupon).exclude(appointment_id=without or NOBODY)
    return (found.filter(client_email=email) if email is not None else found).count()


def left_of(package: ClientPackage, *, without: UUID | None = None) -> int:
    """The visits or minutes that are left, apart from what one appointment takes. 1 query."""
    taken = _live(package=package).exclude(appointment_id=without or NOBODY).aggregate(sum=Sum("units"))["sum"]
    return package.quantity - (taken or 0)


def balance_of(gift: GiftCertificate, *, without: UUID | None = None) -> int:
    """The money that is left, apart from what one appointment takes. 1 query."""
    taken = (
        _live(gift=gift)
        .exclude(appointment_id=without or NOBODY)
        .aggregate(sum=Sum(F("amount") - F("returned")))["sum"]
    )
    return gift.amount - (taken or 0)


def counts(coupons: Collection[Coupon]) -> dict[UUID, int]:
    """How often each coupon is used. 1 query."""
    return dict(_live(coupon__in=coupons).values_list("coupon_id").annotate(Count("pk")).order_by())


def left_by_package(packages: Collection[ClientPackage]) -> dict[UUID, int]:
    """What is left of each. 1 query."""
    taken = dict(_live(package__in=packages).values_list("package_id").annotate(Sum("units")).order_by())
    return {package.pk: package.quantity - taken.get(package.pk, 0) for package in packages}


def balances(gifts: Collection[GiftCertificate]) -> dict[UUID, int]:
    """The balance of each. 1 query."""
    sums = _live(gift__in=gifts).values_list("gift_id").annotate(sum=Sum(F("amount") - F("returned"))).order_by()
    taken = dict(sums)
    return {gift.pk: gift.amount - taken.get(gift.pk, 0) for gift in gifts}


def is_sold() -> bool:
    """Whether an amount is kept that means money of one currency. At most 3 queries."""
    kept = (Coupon.objects.filter(amount__isnull=False), Package.objects.all(), GiftCertificate.objects.all())
    return any(rows.exists() for rows in kept)
