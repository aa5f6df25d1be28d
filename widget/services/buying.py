"""Buying a package or a gift certificate, joined from what billing sells and how it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from billing.enums import Method, OrderState
from billing.selectors import price_lists
from billing.selectors.accounts import ready_account
from billing.selectors.prices import price_settings
from billing.services import codes, gifts, order_mail, orders, packages
from billing.services.checkout import PaymentsUnavailable
from billing.services.gifts import GiftFields
from daybook.core.crypto import derive_token
from daybook.core.errors import NotFound
from scheduling.services.clients import clean_details

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.models import GiftCertificate, Package, PriceSettings
    from billing.services.orders import Order
    from daybook.core.idempotency import Key
    from tenants.models import Business


def packages_for_sale(business: Business) -> list[Package]:
    """What can be bought online now; nothing while the business cannot be paid. At most 2 queries."""
    offered = list(price_lists.packages(for_sale=True))
    return offered if offered and ready_account(business) is not None else []


@dataclass(frozen=True, slots=True)
class Sells:
    """What can be bought online now."""

    packages: bool
    gifts: bool


def sells(business: Business) -> Sells | None:
    """What the start page leads to; None: nothing. 2 queries where nothing is offered, else 3."""
    packages = price_lists.packages(for_sale=True).exists()
    gifts = price_settings().gifts_online
    return Sells(packages, gifts) if (packages or gifts) and ready_account(business) is not None else None


def access_package(package_id: UUID) -> Package:
    """A package that is, or was, offered. Raises NotFound."""
    return price_lists.access_package(package_id)


def is_for_sale(business: Business, package: Package) -> bool:
    """Whether it can be bought online now."""
    return any(one.pk == package.pk for one in packages_for_sale(business))


def services_named(services: list[UUID]) -> str:
    """For which services something is. 1 query."""
    return price_lists.names().of(services)


def gifts_for_sale(business: Business) -> PriceSettings | None:
    """How gift certificates are sold online; None while they are not. At most 2 queries."""
    settings = price_settings()
    return settings if settings.gifts_online and ready_account(business) is not None else None


def order_package(
    *, business: Business, package: Package, name: str, email: str, now: datetime, key: Key,
    finish: Callable[[Order], None],
) -> Order:  # fmt: skip
    """Order a package; it is worth nothing before it is paid. Raises Invalid, PaymentsUnavailable."""
    row = packages.new(
        business=business, package=package, buyer=clean_details(name=name, email=email), method=Method.ONLINE, now=now
    )
    orders.begin(business=business, row=row, back="/packages/", now=now, key=key, finish=finish)
    return row


def order_gift(
    *, business: Business, fields: GiftFields, now: datetime, key: Key, finish: Callable[[Order], None]
) -> Order:
    """Order a gift certificate at one of the values that are offered. Raises Invalid, PaymentsUnavailable."""
    settings = gifts_for_sale(business)
    if settings is None:
        raise PaymentsUnavailable()
    gifts.check(fields, settings=settings)
    row = gifts.new(business=business, fields=fields, method=Method.ONLINE, now=now)
    orders.begin(business=business, row=row, back="/gift/", now=now, key=key, finish=finish)
    return row


def access_order(business: Business, order_id: UUID, token: str) -> Order:
    """An order by its secret. Raises NotFound."""
    row = price_lists.order_by_id(order_id)
    if row is None or not _same(token, orders.token(business, row)):
        raise NotFound("link_invalid")
    return row


def access_gift(business: Business, gift_id: UUID, token: str) -> GiftCertificate:
    """A certificate to print, by the secret in its mail. Raises NotFound."""
    row = price_lists.access_gift(gift_id)
    if not _same(token, order_mail.gift_token(business, row)):
        raise NotFound("link_invalid")
    return row


def order_by_id(order_id: UUID) -> Order | None:
    """What a repeated form made the first time."""
    return price_lists.order_by_id(order_id)


def order_path(business: Business, row: Order) -> str:
    """The order's own page."""
    return f"/orders/{row.pk}?t={orders.token(business, row)}"


def pay_url(business: Business, row: Order, *, now: datetime) -> str:
    """Where it is paid, asked for within the request; empty while nobody knows."""
    return orders.page(business=business, row=row, now=now)


def awaited(row: Order, *, now: datetime) -> bool:
    """Whether its payment is not known yet; then a worker asks."""
    if row.state != OrderState.ORDERED:
        return False
    orders.look_soon(row, now=now)
    return True


def code_of(business: Business, row: Order) -> str:
    """Its code, once it is worth something."""
    return codes.code_of(business, row) if row.state == OrderState.ACTIVE else ""


def _same(token: str, known: str) -> bool:
    return derive_token("compare", token) == derive_token("compare", known)
