"""What a booking costs, as pure arithmetic: price → coupon → tax → package or gift → to pay → due now.

Amounts are integer minor units of one currency, percentages `Decimal`; shares are rounded half up to what the currency
has. Nothing here knows where a discount or a rate comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from billing.domain import currencies

HUNDRED = Decimal(100)
FULL, DEPOSIT = "full", "deposit"
"""The ways of paying that ask for money at booking, in the words of `scheduling.enums.PaymentMode`."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax: `percent` of the price, such as `Decimal("8.875")`."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One rate's part of the total. `base` is without any tax."""

    name: str
    percent: Decimal
    inclusive: bool
    base: int
    amount: int

    def as_json(self) -> dict[str, object]:
        """As a bill keeps it; the percentage as a decimal in text."""
        return {
            "name": self.name,
            "percent": plain(self.percent),
            "inclusive": self.inclusive,
            "base": self.base,
            "amount": self.amount,
        }


@dataclass(frozen=True, slots=True)
class Discount:
    """What a coupon takes off: `percent` of the price, else `amount`; never more than the price."""

    name: str
    percent: Decimal | None = None
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Cover:
    """What is paid without money: by a package wholly (`amount` None), by a gift certificate up to `amount`."""

    name: str
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """What is paid at booking: `percent` of what is to be paid, else `amount`."""

    percent: Decimal | None = None
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """`total` = `price` − `discount` + `tax_added`; `tax` of it is tax. `due_now` is to be paid online, at booking."""

    currency: str
    price: int
    discount: int = 0
    discount_name: str = ""
    tax_lines: tuple[TaxLine, ...] = field(default=())
    covered: int = 0
    covered_by: str = ""
    due_now: int = 0

    @property
    def tax(self) -> int:
        """What of the total is tax."""
        return sum(line.amount for line in self.tax_lines)

    @property
    def tax_added(self) -> int:
        """The tax on top of the price; zero where prices include it."""
        return sum(line.amount for line in self.tax_lines if not line.inclusive)

    @property
    def total(self) -> int:
        return self.price - self.discount + self.tax_added

    @property
    def to_pay(self) -> int:
        """What is to be paid in money, without a tip."""
        return self.total - self.covered

    @property
    def due_later(self) -> int:
        """What is left for the visit."""
        return self.to_pay - self.due_now


def quote(
    *,
    price: int,
    currency: str,
    discount: Discount | None = None,
    rates: Sequence[Rate] = (),
    inclusive: bool = True,
    cover: Cover | None = None,
    payment_mode: str = "",
    deposit: Deposit | None = None,
) -> Quote:
    """All sums of one booking. Nothing is due online where what is to be paid is below the currency's minimum."""
    off = discount_of(price, discount, currency)
    lines = tax_lines(price - off, rates, currency, inclusive=inclusive)
    total = price - off + sum(line.amount for line in lines if not line.inclusive)
    covered = covered_of(total, cover)
    due = due_now(total - covered, currency, payment_mode=payment_mode, deposit=deposit)
    return Quote(
        currency=currency,
        price=price,
        discount=off,
        discount_name=discount.name if discount and off else "",
        tax_lines=lines,
        covered=covered,
        covered_by=cover.name if cover and covered else "",
        due_now=due,
    )


def discount_of(price: int, discount: Discount | None, currency: str) -> int:
    """What a coupon takes off this price."""
    if discount is None:
        return 0
    if discount.percent is None:
        return min(price, discount.amount)
    return min(price, currencies.half_up(price * discount.percent / HUNDRED, currency))


def tax_lines(amount: int, rates: Sequence[Rate], currency: str, *, inclusive: bool) -> tuple[TaxLine, ...]:
    """The tax of each rate, rounded for itself. Inclusive: `amount` is exactly the base and all taxes."""
    if inclusive:
        return _contained(amount, rates, currency)
    return tuple(
        TaxLine(rate.name, rate.percent, False, amount, currencies.half_up(amount * rate.percent / HUNDRED, currency))
        for rate in rates
    )


def _contained(amount: int, rates: Sequence[Rate], currency: str) -> tuple[TaxLine, ...]:
    whole = HUNDRED + sum((rate.percent for rate in rates), Decimal(0))
    left, shares = amount, []
    for rate in rates:
        share = min(left, currencies.half_up(amount * rate.percent / whole, currency))
        shares.append(share)
        left -= share
    return tuple(TaxLine(rate.name, rate.percent, True, left, share) for rate, share in zip(rates, shares, strict=True))


def covered_of(total: int, cover: Cover | None) -> int:
    """What of the total a package or gift certificate pays."""
    if cover is None:
        return 0
    return total if cover.amount is None else min(total, cover.amount)


def due_now(to_pay: int, currency: str, *, payment_mode: str, deposit: Deposit | None = None) -> int:
    """What is to be paid online at booking; 0 where that way of paying asks for nothing, or the sum is too small.

    A deposit is at most what is to be paid and at least the currency's minimum.
    """
    if payment_mode not in (FULL, DEPOSIT) or not currencies.payable(to_pay, currency):
        return 0
    return deposit_of(to_pay, deposit, currency) if payment_mode == DEPOSIT else to_pay


def deposit_of(to_pay: int, deposit: Deposit | None, currency: str) -> int:
    """The deposit on an amount that can be paid online; the whole of it where no deposit is set."""
    if deposit is None:
        return to_pay
    asked = deposit.amount
    if deposit.percent is not None:
        asked = currencies.half_up(to_pay * deposit.percent / HUNDRED, currency)
    return min(to_pay, max(currencies.down(asked, currency), currencies.minimum(currency) or 0))


def plain(percent: Decimal) -> str:
    """`19`, `8.875`: without zeros at the end."""
    text = f"{percent:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
