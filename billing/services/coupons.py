"""Writing coupons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.domain.currencies import MAX_AMOUNT
from billing.models import Coupon
from daybook.core.checking import Checks
from daybook.core.errors import Conflict
from scheduling.selectors.offer import service_names

CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{1,31}")
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class CouponFields:
    """Everything of a coupon that staff may set. One of `percent` and `amount` (minor units)."""

    code: str
    percent: Decimal | None = None
    amount: int | None = None
    note: str = ""
    most_uses: int | None = None
    most_per_client: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    services: list[UUID] = field(default_factory=list)
    least_price: int = 0
    active: bool = True


def save(coupon: Coupon | None, fields: CouponFields, *, now: datetime) -> Coupon:
    """Make or change a coupon. What is booked keeps what it was booked with. Raises `Invalid` naming each bad field."""
    code = "".join(fields.code.upper().split())
    _check(code, fields)
    coupon = coupon or Coupon(created_at=now)
    for name in CouponFields.__dataclass_fields__:
        setattr(coupon, name, getattr(fields, name))
    coupon.code, coupon.note = code, fields.note.strip()
    try:
        with transaction.atomic():
            coupon.save()
    except IntegrityError as error:
        if "coupon_code" not in str(error):
            raise
        checks = Checks()
        checks.problem("code", _("Another coupon has this code."))
        checks.done()
    return coupon


def _check(code: str, fields: CouponFields) -> None:
    checks = Checks()
    if not CODE.fullmatch(code):
        checks.problem("code", _("2 to 32 letters without accents, digits, dots and dashes."))
    if (fields.percent is None) == (fields.amount is None):
        checks.problem("percent", _("Say a percentage or an amount, one of them."))
    if fields.percent is not None and not Decimal(0) < fields.percent <= 100:
        checks.problem("percent", _("More than 0, at most 100."))
    if fields.amount is not None:
        checks.number("amount", fields.amount, least=1, most=MAX_AMOUNT)
    for name in ("most_uses", "most_per_client"):
        value = getattr(fields, name)
        if value is not None:
            checks.number(name, value, least=1, most=MOST)
    if fields.starts_on and fields.ends_on and fields.ends_on < fields.starts_on:
        checks.problem("ends_on", _("The last day is before the first."))
    checks.number("least_price", fields.least_price, least=0, most=MAX_AMOUNT)
    checks.line("note", fields.note, most=200)
    check_services(checks, fields.services)
    checks.done()


def check_services(checks: Checks, services: list[UUID]) -> None:
    """Only services that there are."""
    if services and not set(services) <= {pk for pk, _name in service_names()}:
        checks.problem("services", _("There is no such service."))


def delete(coupon: Coupon) -> None:
    """Only what was never used; else switch it off (409 `in_use`)."""
    if coupon.uses.exists():
        raise Conflict("in_use", _("It was used already. Switch it off instead: then nobody can use it any more."))
    coupon.delete()
