"""Ways to pay in a client's words, and where paying leads."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.enums import PaymentMode
from widget.services import booking

if TYPE_CHECKING:
    from billing.selectors.offer import Way
    from scheduling.models import Appointment
    from tenants.models import Business


def choice(way: Way, currency: str) -> str:
    """A way as one chooses it: `Pay a deposit of $25 now, $75 at the visit`."""
    now, later = _money(way.due_now, currency), _money(way.later, currency)
    if way.mode == PaymentMode.DEPOSIT:
        if not way.later:
            return _("Pay %(now)s now") % {"now": now}
        return _("Pay a deposit of %(now)s now, %(later)s at the visit") % {"now": now, "later": later}
    if way.mode == PaymentMode.FULL:
        return _("Pay %(now)s now") % {"now": now}
    if way.mode == PaymentMode.CARD_ON_FILE:
        return _("Leave a card now, pay %(later)s at the visit") % {"later": later}
    return _("Pay %(later)s at the visit") % {"later": later}


def note(way: Way, currency: str) -> str:
    """A way beside the price, where it is the only one."""
    if way.mode == PaymentMode.DEPOSIT and way.later:
        return _("%(now)s now, the rest at the visit") % {"now": _money(way.due_now, currency)}
    if way.mode == PaymentMode.CARD_ON_FILE:
        return _("card needed, pay at the visit")
    return _("pay now") if way.due_now else _("pay at the visit")


def action(way: Way, currency: str) -> str:
    """What the button says: `Pay $25 now`; empty where nothing is paid online."""
    if way.due_now:
        return _("Pay %(now)s now") % {"now": _money(way.due_now, currency)}
    return _("Continue to your card") if way.keeps_card else ""


def pay_address(business: Business, held: Appointment) -> str:
    """`/pay/<hold>`: leads to the payment page."""
    return f"/pay/{quote(booking.hold_token(business, held))}"


def _money(amount: int, currency: str) -> str:
    return formats.money(amount, currency, get_language(), short=True)
