"""Gift certificates: a value that is sold, sent, switched off and on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain.currencies import MAX_AMOUNT, payable
from billing.enums import IN_PERSON, Method, OrderState, PaymentState, Purpose
from billing.models import GiftCertificate, Payment, PriceSettings
from billing.selectors.prices import price_settings
from billing.services import codes, order_mail
from billing.services.discounts import local_day
from daybook.core.checking import Checks
from daybook.core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybook.core.actors import Actor
    from tenants.models import Business

MOST_AMOUNTS, MOST_DAYS = 12, 3650


@dataclass(frozen=True, slots=True)
class GiftFields:
    """Who gives what to whom; `amount` in minor units. Without a recipient's address only the buyer gets it."""

    amount: int
    buyer_name: str
    buyer_email: str = ""
    recipient_name: str = ""
    recipient_email: str = ""
    message: str = ""


def set_selling(
    *, business: Business, online: bool, amounts: Sequence[int], least: int | None, most: int | None,
    valid_days: int | None,
) -> PriceSettings:  # fmt: skip
    """Whether and in which values certificates are sold online. Raises `Invalid` naming each bad field."""
    checks = Checks()
    if len(amounts) > MOST_AMOUNTS:
        checks.problem("amounts", _("At most %(most)d.") % {"most": MOST_AMOUNTS})
    for name, value in [*(("amounts", amount) for amount in amounts), ("least", least), ("most", most)]:
        if value is not None and online and not payable(value, business.currency):
            checks.problem(name, _("This amount cannot be paid online."))
        elif value is not None:
            checks.number(name, value, least=1, most=MAX_AMOUNT)
    if (least is None) != (most is None) or (least is not None and most is not None and most < least):
        checks.problem("most", _("Say both, the smaller one first."))
    if online and not amounts and least is None:
        checks.problem("amounts", _("Say which values can be bought."))
    if valid_days is not None:
        checks.number("valid_days", valid_days, least=1, most=MOST_DAYS)
    checks.done()
    row = price_settings()
    row.gifts_online, row.gift_amounts = online, sorted(set(amounts))
    row.gift_least, row.gift_most, row.gift_valid_days = least, most, valid_days
    row.save()
    return row


def check(fields: GiftFields, *, settings: PriceSettings | None = None) -> None:
    """Raise `Invalid` naming each bad field; `settings`: sold online, so only at the values that are offered."""
    checks = Checks()
    checks.line("buyer_name", fields.buyer_name, most=100, least=2)
    checks.line("recipient_name", fields.recipient_name, most=100)
    checks.text("message", fields.message, most=500)
    for name in ("buyer_email", "recipient_email"):
        checks.email(name, getattr(fields, name))
    if settings is not None and not fields.buyer_email:
        checks.problem("buyer_email", _("Enter an e-mail address such as name@example.com."))
    if settings is not None and not is_offered(settings, fields.amount):
        checks.problem("amount", _("This value is not offered."))
    checks.number("amount", fields.amount, least=1, most=MAX_AMOUNT)
    checks.done()


def is_offered(settings: PriceSettings, amount: int) -> bool:
    """Whether a certificate of this value can be bought online."""
    least, most = settings.gift_least, settings.gift_most
    free = least is not None and most is not None and least <= amount <= most
    return settings.gifts_online and (free or amount in settings.gift_amounts)


def new(*, business: Business, fields: GiftFields, method: Method, now: datetime) -> GiftCertificate:
    """An unsaved order."""
    row = GiftCertificate(
        amount=fields.amount, currency=business.currency, state=OrderState.ORDERED, method=method,
        buyer_name=fields.buyer_name.strip(), buyer_email=fields.buyer_email.strip().lower(),
        buyer_locale=get_language() or business.locale, recipient_name=fields.recipient_name.strip(),
        recipient_email=fields.recipient_email.strip().lower(), message=fields.message.strip(), created_at=now,
    )  # fmt: skip
    codes.stamp(business, row)
    return row


def sell(
    *, business: Business, fields: GiftFields, method: str, note: str = "", now: datetime, by: Actor
) -> GiftCertificate:
    """Sold by staff and paid in person: it can be redeemed at once."""
    check(fields)
    if method not in [str(one) for one in IN_PERSON]:
        checks = Checks()
        checks.problem("method", _("Choose how it was paid."))
        checks.done()
    with transaction.atomic():
        row = new(business=business, fields=fields, method=Method(method), now=now)
        row.sold_by = by.name[:100]
        row.save(force_insert=True)
        Payment.objects.create(
            subject=row.pk, purpose=Purpose.GIFT, method=method, amount=row.amount, currency=row.currency,
            state=PaymentState.SUCCEEDED, note=note[:300], made_by=by.name[:100], created_at=now, captured_at=now,
        )  # fmt: skip
        activate(business=business, row=row, now=now)
    return row


def activate(*, business: Business, row: GiftCertificate, now: datetime) -> None:
    """It is paid: it can be redeemed from now on, and is sent. In the caller's transaction."""
    if row.state == OrderState.ACTIVE:
        return
    row.state, row.activated_at = OrderState.ACTIVE, now
    days = price_settings().gift_valid_days
    if days is not None:
        row.expires_on = local_day(business, now) + timedelta(days=days)
    row.save()
    order_mail.ask(row, now=now)


def extend(row: GiftCertificate, *, expires_on: date | None) -> GiftCertificate:
    """Another last day; None: for ever."""
    row.expires_on = expires_on
    row.save(update_fields=["expires_on"])
    return row


def switch(row: GiftCertificate, *, active: bool) -> GiftCertificate:
    """Off: it cannot be redeemed; what was booked with it stays. Only what was paid can be on."""
    if row.activated_at is None:
        raise Conflict("not_paid", _("This was never paid."))
    row.state = OrderState.ACTIVE if active else OrderState.STOPPED
    row.save(update_fields=["state"])
    return row


def renew_code(*, business: Business, row: GiftCertificate, now: datetime) -> GiftCertificate:
    """Another code, sent as the first was; the old one is worth nothing from now on."""
    row.generation += 1
    codes.stamp(business, row)
    row.save(update_fields=["generation", "code_digest", "code_end"])
    order_mail.ask(row, now=now)
    return row
