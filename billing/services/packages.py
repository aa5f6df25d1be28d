"""Packages: what is offered, and what clients bought of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain.currencies import MAX_AMOUNT
from billing.enums import IN_PERSON, Method, OrderState, PaymentState, Purpose, Unit
from billing.models import ClientPackage, Package, Payment
from billing.services import codes, order_mail
from billing.services.coupons import check_services
from billing.services.discounts import local_day
from daybook.core.checking import Checks
from daybook.core.errors import Conflict
from scheduling.services import clients

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from scheduling.services.clients import ClientDetails
    from tenants.models import Business

MOST_UNITS, MOST_DAYS = 100_000, 3650


@dataclass(frozen=True, slots=True)
class PackageFields:
    """Everything of an offered package that staff may set. `price` in minor units; no `valid_days`: for ever."""

    name: str
    quantity: int
    price: int
    unit: str = Unit.VISITS
    description: str = ""
    valid_days: int | None = None
    services: list[UUID] = field(default_factory=list)
    online: bool = True
    active: bool = True


def save(package: Package | None, fields: PackageFields, *, now: datetime) -> Package:
    """Make or change what is offered; what was bought stays as it was. Raises `Invalid` naming each bad field."""
    checks = Checks()
    checks.line("name", fields.name, most=100, least=1)
    checks.text("description", fields.description, most=1000)
    checks.choice("unit", fields.unit, Unit.values)
    checks.number("quantity", fields.quantity, least=1, most=MOST_UNITS)
    checks.number("price", fields.price, least=0, most=MAX_AMOUNT)
    if fields.valid_days is not None:
        checks.number("valid_days", fields.valid_days, least=1, most=MOST_DAYS)
    check_services(checks, fields.services)
    checks.done()
    package = package or Package(created_at=now)
    for name in PackageFields.__dataclass_fields__:
        setattr(package, name, getattr(fields, name))
    package.name = fields.name.strip()
    package.save()
    return package


def delete(package: Package) -> None:
    """Only what was never sold; else switch it off (409 `in_use`)."""
    if package.sold.exists():
        raise Conflict("in_use", _("It was sold already. Switch it off instead: then nobody can buy it any more."))
    package.delete()


def new(*, business: Business, package: Package, buyer: ClientDetails, method: Method, now: datetime) -> ClientPackage:
    """An unsaved order with everything copied."""
    row = ClientPackage(
        package=package, client_name=buyer.name, client_email=buyer.email,
        client_locale=buyer.locale or get_language() or business.locale, name=package.name, unit=package.unit,
        quantity=package.quantity, services=list(package.services), price=package.price, currency=business.currency,
        valid_days=package.valid_days, state=OrderState.ORDERED, method=method, created_at=now,
    )  # fmt: skip
    codes.stamp(business, row)
    return row


def sell(
    *, business: Business, package: Package, buyer: ClientDetails, method: str, note: str = "", now: datetime, by: Actor
) -> ClientPackage:
    """Sold by staff and paid in person: it can be redeemed at once, and the client is told its code."""
    if method not in [str(one) for one in IN_PERSON]:
        checks = Checks()
        checks.problem("method", _("Choose how it was paid."))
        checks.done()
    with transaction.atomic():
        row = new(business=business, package=package, buyer=buyer, method=Method(method), now=now)
        row.client, row.sold_by = clients.resolve(buyer), by.name[:100]
        row.save(force_insert=True)
        if row.price:
            Payment.objects.create(
                client=row.client, subject=row.pk, purpose=Purpose.PACKAGE, method=method, amount=row.price,
                currency=row.currency, state=PaymentState.SUCCEEDED, note=note[:300], made_by=by.name[:100],
                created_at=now, captured_at=now,
            )  # fmt: skip
        activate(business=business, row=row, now=now)
    return row


def activate(*, business: Business, row: ClientPackage, now: datetime) -> None:
    """It is paid: it holds from today on. In the caller's transaction, the row locked or new."""
    if row.state == OrderState.ACTIVE:
        return
    row.state, row.activated_at = OrderState.ACTIVE, now
    if row.valid_days is not None:
        row.expires_on = local_day(business, now) + timedelta(days=row.valid_days)
    row.save()
    order_mail.ask(row, now=now)


def extend(row: ClientPackage, *, expires_on: date | None) -> ClientPackage:
    """Another last day; None: for ever."""
    row.expires_on = expires_on
    row.save(update_fields=["expires_on"])
    return row


def switch(row: ClientPackage, *, active: bool) -> ClientPackage:
    """Off: it cannot be redeemed; what was booked with it stays. Only what was paid can be on."""
    if row.activated_at is None:
        raise Conflict("not_paid", _("This was never paid."))
    row.state = OrderState.ACTIVE if active else OrderState.STOPPED
    row.save(update_fields=["state"])
    return row


def renew_code(*, business: Business, row: ClientPackage, now: datetime) -> ClientPackage:
    """Another code, sent to the client; the old one is worth nothing from now on."""
    row.generation += 1
    codes.stamp(business, row)
    row.save(update_fields=["generation", "code_digest", "code_end"])
    order_mail.ask(row, now=now)
    return row
