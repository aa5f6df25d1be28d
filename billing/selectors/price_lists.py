"""Lists of what changes prices, for staff and for those who buy: coupons, packages, gift certificates, tax rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing.enums import OrderState
from billing.models import ClientPackage, Coupon, GiftCertificate, Package, PriceUse, ServiceTax, TaxRate
from billing.selectors import uses
from daybook.core import formats
from daybook.core.errors import NotFound
from scheduling.selectors.offer import service_names

if TYPE_CHECKING:
    from datetime import date

    from scheduling.models import Client

T = TypeVar("T")
BOUGHT = (OrderState.ACTIVE, OrderState.STOPPED)


def coupons() -> QuerySet[Coupon]:
    """All coupons, the newest first."""
    return Coupon.objects.all()


def access_coupon(coupon_id: UUID) -> Coupon:
    """One coupon. Raises `NotFound`."""
    return _one(Coupon.objects.filter(pk=coupon_id).first())


def packages(*, for_sale: bool = False) -> QuerySet[Package]:
    """What is offered; `for_sale`: what can be bought online now."""
    found = Package.objects.all()
    return found.filter(active=True, online=True, price__gt=0) if for_sale else found


def access_package(package_id: UUID) -> Package:
    """One offered package. Raises `NotFound`."""
    return _one(Package.objects.filter(pk=package_id).first())


def sold_packages(search: str = "") -> QuerySet[ClientPackage]:
    """What clients bought, the newest first; `search` in name, e-mail and the end of the code."""
    found = ClientPackage.objects.filter(state__in=BOUGHT)
    if search := search.replace("\x00", "").strip():
        found = found.filter(
            Q(client_name__icontains=search) | Q(client_email__icontains=search) | Q(code_end__iexact=search[-4:])
        )
    return found


def access_sold(sold_id: UUID) -> ClientPackage:
    """One that was bought. Raises `NotFound`."""
    return _one(ClientPackage.objects.filter(pk=sold_id, state__in=BOUGHT).first())


def packages_of(client: Client | None, email: str, *, service_id: UUID, day: date) -> list[tuple[ClientPackage, int]]:
    """What a client could redeem for a service on a day, with how much is left of each. 2 queries."""
    whose = Q(client=client) if client is not None else Q(pk__isnull=True)
    if email:
        whose |= Q(client_email__iexact=email)
    found = ClientPackage.objects.filter(whose, state=OrderState.ACTIVE).exclude(expires_on__lt=day)
    rows = [row for row in found if not row.services or service_id in row.services]
    left = uses.left_by_package(rows)
    return [(row, left[row.pk]) for row in rows if left[row.pk] > 0]


def gifts(search: str = "") -> QuerySet[GiftCertificate]:
    """What was sold, the newest first; `search` in names, addresses and the end of the code."""
    found = GiftCertificate.objects.filter(state__in=BOUGHT)
    if search := search.replace("\x00", "").strip():
        names = ("buyer_name", "buyer_email", "recipient_name", "recipient_email")
        anywhere = Q(code_end__iexact=search[-4:])
        for name in names:
            anywhere |= Q(**{f"{name}__icontains": search})
        found = found.filter(anywhere)
    return found


def access_gift(gift_id: UUID) -> GiftCertificate:
    """One that was sold. Raises `NotFound`."""
    return _one(GiftCertificate.objects.filter(pk=gift_id, state__in=BOUGHT).first())


def order_by_id(order_id: UUID) -> ClientPackage | GiftCertificate | None:
    """A package or gift certificate in any state. At most 2 queries."""
    package = ClientPackage.objects.filter(pk=order_id).first()
    return package if package is not None else GiftCertificate.objects.filter(pk=order_id).first()


def liability() -> dict[str, int]:
    """What the business still owes in gift certificates that hold, by currency. 2 queries."""
    active = list(GiftCertificate.objects.filter(state=OrderState.ACTIVE))
    balances, owed = uses.balances(active), dict[str, int]()
    for gift in active:
        owed[gift.currency] = owed.get(gift.currency, 0) + balances[gift.pk]
    return owed


def uses_for(*, of: Coupon | ClientPackage | GiftCertificate) -> list[PriceUse]:
    """Its ledger, the newest first, at most 200 lines. 1 query."""
    name = {Coupon: "coupon", ClientPackage: "package", GiftCertificate: "gift"}[type(of)]
    return list(PriceUse.objects.filter(**{name: of}).select_related("appointment")[:200])


def rates() -> list[TaxRate]:
    """All tax rates, the oldest first. 1 query."""
    return list(TaxRate.objects.all())


def access_rate(rate_id: UUID) -> TaxRate:
    """One rate. Raises `NotFound`."""
    return _one(TaxRate.objects.filter(pk=rate_id).first())


def own_taxes(service_id: UUID) -> list[UUID] | None:
    """The rates that a service names itself; None: the standard ones. 1 query."""
    return ServiceTax.objects.filter(service_id=service_id).values_list("rates", flat=True).first()


@dataclass(frozen=True, slots=True)
class Names:
    """The services of the business by id, for saying what something is for."""

    by_id: dict[UUID, str]

    def of(self, services: Sequence[UUID]) -> str:
        """`Cut, Colour`, or that it is for all."""
        if not services:
            return _("All services")
        return ", ".join(self.by_id[pk] for pk in services if pk in self.by_id) or _("Services that are gone")


def names() -> Names:
    """1 query."""
    return Names(dict(service_names()))


def off(coupon: Coupon, currency: str, language: str | None = None) -> str:
    """`10%`, `$5`."""
    if coupon.percent is not None:
        return formats.percent(coupon.percent, language)
    return formats.money(coupon.amount or 0, currency, language, short=True)


def _one(found: T | None) -> T:
    if found is None:
        raise NotFound()
    return found
