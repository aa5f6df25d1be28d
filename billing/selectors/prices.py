"""What a booking costs now: the service's taxes, and what codes take off or pay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain import pricing
from billing.domain.pricing import Cover, Deposit, Discount, Quote, Rate
from billing.enums import LIVE_USES, OrderState, Unit
from billing.models import Bill, ClientPackage, Coupon, GiftCertificate, PriceSettings, PriceUse, ServiceTax, TaxRate
from billing.selectors import uses
from daybook.core import formats
from scheduling.enums import DepositType

if TYPE_CHECKING:
    from scheduling.models import Appointment, Service


@dataclass(frozen=True, slots=True)
class TaxRules:
    """The rates that are due on a service, and whether its price contains them."""

    rates: tuple[Rate, ...] = ()
    inclusive: bool = True

    @property
    def added(self) -> bool:
        """Whether tax comes on top of the price."""
        return bool(self.rates) and not self.inclusive


def price_settings() -> PriceSettings:
    """How the business says its prices; what holds without a row, too. 1 query."""
    return PriceSettings.objects.filter(pk=1).first() or PriceSettings()


def tax_rules(service_id: UUID) -> TaxRules:
    """The taxes of a service. 1 query without rates, else 3."""
    return tax_rules_of([service_id])[service_id]


def tax_rules_of(service_ids: Collection[UUID]) -> dict[UUID, TaxRules]:
    """The taxes of each of these services. 1 query without rates, else 3."""
    rates = list(TaxRate.objects.filter(active=True))
    if not rates:
        return dict.fromkeys(service_ids, TaxRules())
    inclusive = price_settings().prices_include_tax
    own = dict(ServiceTax.objects.filter(service__in=service_ids).values_list("service_id", "rates"))
    return {pk: TaxRules(_chosen(rates, own.get(pk)), inclusive) for pk in service_ids}


def _chosen(rates: Sequence[TaxRate], own: Sequence[UUID] | None) -> tuple[Rate, ...]:
    chosen = [rate for rate in rates if (rate.standard if own is None else rate.pk in own)]
    return tuple(Rate(rate.name, rate.percent) for rate in chosen)


def deposit_rule(kind: str, value: int) -> Deposit | None:
    """A service's rule, as pricing wants it."""
    if kind == DepositType.PERCENT:
        return Deposit(percent=Decimal(value))
    return Deposit(amount=value) if kind == DepositType.FIXED else None


def quote_of(
    service: Service, price: int, currency: str, *, payment_mode: str = "", rules: TaxRules | None = None
) -> Quote:
    """What a booking of the service at this price would cost, without any code. As many queries as its taxes."""
    rules = rules if rules is not None else tax_rules(service.pk)
    return pricing.quote(
        price=price,
        currency=currency,
        rates=rules.rates,
        inclusive=rules.inclusive,
        payment_mode=payment_mode,
        deposit=deposit_rule(service.deposit_type, service.deposit_value),
    )


def quote_for(appointment: Appointment, *, payment_mode: str | None = None) -> Quote:
    """What an appointment costs by its own price and codes and the taxes of today. 1 query more than its taxes.

    `payment_mode`: as if it were paid this way.
    """
    service, rules, used = appointment.service, tax_rules(appointment.service_id), live_uses(appointment)
    return pricing.quote(
        price=appointment.price,
        currency=appointment.currency,
        discount=next((discount_by(use) for use in used if use.coupon_id), None),
        rates=rules.rates,
        inclusive=rules.inclusive,
        cover=next((cover_by(use) for use in used if not use.coupon_id), None),
        payment_mode=appointment.payment_mode if payment_mode is None else payment_mode,
        deposit=deposit_rule(service.deposit_type, service.deposit_value),
    )


def live_uses(appointment: Appointment) -> list[PriceUse]:
    """What the appointment takes of coupons, packages and gift certificates. 1 query."""
    found = PriceUse.objects.filter(appointment_id=appointment.pk, state__in=LIVE_USES)
    return list(found.select_related("coupon", "package", "gift").order_by("created_at"))


def discount_by(use: PriceUse) -> Discount:
    """A coupon's use for pricing: what it took stays."""
    return Discount(name_of(use), amount=use.amount)


def cover_by(use: PriceUse) -> Cover:
    """A package's or gift certificate's use for pricing."""
    return Cover(name_of(use), amount=None if use.package_id else use.amount)


def name_of(use: PriceUse) -> str:
    """What the lines of a bill call it."""
    if use.coupon is not None:
        return use.coupon.code
    if use.package is not None:
        return use.package.name
    assert use.gift is not None
    return _("Gift certificate …%(end)s") % {"end": use.gift.code_end}


def sums(appointment: Appointment) -> dict[str, int]:
    """An appointment's sums by its bill, or by what it would cost now where it has none. 1 query, else 3 to 5."""
    bill: Bill | Quote | None = Bill.objects.filter(appointment_id=appointment.pk).first()
    found = bill if bill is not None else quote_for(appointment)
    return {name: getattr(found, name) for name in ("discount", "tax", "total", "to_pay")}


def price_in_words(appointment: Appointment, language: str) -> str:
    """`$97.65 (SPRING −$10.00, Sales tax 8.5% $7.65)`; empty where the price says it all. 1 query."""
    bill = told_bill(appointment)
    if bill is None:
        return ""

    def money(amount: int) -> str:
        return formats.money(amount, bill.currency, language)

    parts = [f"{bill.discount_name} −{money(bill.discount)}"] if bill.discount else []
    for line in bill.tax_lines:
        words = _("with %(name)s %(percent)s") if line["inclusive"] else "%(name)s %(percent)s"
        named = words % {"name": line["name"], "percent": formats.percent(line["percent"], language)}
        parts.append(f"{named} {money(line['amount'])}")
    if bill.covered:
        parts.append(f"{bill.covered_by} −{money(bill.covered)}")
    return f"{money(bill.to_pay)} ({', '.join(parts)})"


def told_bill(appointment: Appointment) -> Bill | None:
    """The bill of an appointment, where it says more than the price. 1 query."""
    bill = Bill.objects.filter(appointment_id=appointment.pk).first()
    return bill if bill is not None and (bill.discount or bill.covered or bill.tax_lines) else None


@dataclass(frozen=True, slots=True)
class UsedCode:
    """What a held time uses. `left`: visits or minutes that its package, or money that its gift certificate, has then."""

    name: str
    coupon: bool
    left: str = ""


def used_codes(appointment: Appointment) -> list[UsedCode]:
    """The codes that a held time has, with what they leave. 1 query for each."""
    return [UsedCode(name_of(use), use.coupon_id is not None, _left(use)) for use in live_uses(appointment)]


def _left(use: PriceUse) -> str:
    language = get_language()
    if use.package is not None:
        left = uses.left_of(use.package)
        if use.package.unit == Unit.MINUTES:
            return _("%(left)s of %(all)s left") % {
                "left": formats.duration(left), "all": formats.duration(use.package.quantity)
            }  # fmt: skip
        return _("%(left)d of %(all)d left") % {"left": left, "all": use.package.quantity}
    if use.gift is not None:
        return _("%(left)s left") % {"left": formats.money(uses.balance_of(use.gift), use.gift.currency, language)}
    return ""


def any_codes() -> bool:
    """Whether there is anything whose code could be typed. 1 query."""
    coupons = Coupon.objects.filter(active=True).order_by().values_list("pk")
    packages = ClientPackage.objects.filter(state=OrderState.ACTIVE).order_by().values_list("pk")
    gifts = GiftCertificate.objects.filter(state=OrderState.ACTIVE).order_by().values_list("pk")
    return bool(coupons.union(packages, gifts, all=True)[:1])
