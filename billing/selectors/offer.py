"""What a service asks for at booking: ways of paying with their amounts. Integer minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain import pricing
from billing.domain.currencies import minimum, payable
from billing.selectors.prices import deposit_rule
from daybook.core import formats
from scheduling.enums import PaymentMode


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay: `due_now` online at booking, `later` at the visit or by a link. `keeps_card`: one is asked for."""

    mode: str
    due_now: int
    later: int
    keeps_card: bool = False

    @property
    def is_online(self) -> bool:
        """Whether it goes by way of a payment page."""
        return self.due_now > 0 or self.keeps_card


def ways(
    allowed: Sequence[str], price: int, currency: str, *, deposit_type: str, deposit_value: int, ready: bool
) -> list[Way]:
    """The ways to pay `price` (what is to be paid in money) that a service takes, online ones only while `ready`.

    Free: none. Too little to be paid online: at the visit.
    """
    if not price:
        return []
    if not payable(price, currency):
        return [Way(PaymentMode.PAY_IN_PERSON.value, 0, price)]
    found = []
    for mode in (PaymentMode.DEPOSIT, PaymentMode.FULL, PaymentMode.CARD_ON_FILE, PaymentMode.PAY_IN_PERSON):
        if mode not in allowed or (mode != PaymentMode.PAY_IN_PERSON and not ready):
            continue
        now = due_now(mode, price, currency, deposit_type=deposit_type, deposit_value=deposit_value)
        found.append(Way(mode.value, now, price - now, keeps_card=mode == PaymentMode.CARD_ON_FILE))
    return found


def due_now(mode: str, to_pay: int, currency: str, *, deposit_type: str, deposit_value: int) -> int:
    """What of the sum to be paid in money is due online when it is booked this way."""
    rule = deposit_rule(deposit_type, deposit_value)
    return pricing.due_now(to_pay, currency, payment_mode=mode, deposit=rule)


def unpayable(price: int, currency: str) -> str:
    """Why this price cannot be paid online, in words; empty when it can."""
    if payable(price, currency):
        return ""
    least = minimum(currency)
    if least is None:
        return _("This currency cannot be paid online.")
    if price < least:
        amount = formats.money(least, currency, get_language())
        return _("Online payment takes at least %(amount)s.") % {"amount": amount}
    return _("This amount cannot be paid online.")


def consent_words(business: str) -> str:
    """What a client agrees to who pays or leaves his card; kept word for word."""
    return _(
        "I accept the cancellation policy. Where my card is kept, %(business)s may charge it for what the policy says "
        "about cancelling late and not coming, and for what is left to pay."
    ) % {"business": business}
