"""Ways to pay in a client's words, and where paying leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.enums import FEES, PaymentState
from daybook.core import formats
from scheduling.enums import PaymentMode, Status
from widget.services import booking, owing

if TYPE_CHECKING:
    from billing.selectors.money import Money, Paid
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


@dataclass(frozen=True, slots=True)
class MoneyWords:
    """The money of an appointment for its client: rows of label and words, what is due, and whether he can pay it here."""

    rows: list[tuple[str, str]]
    due: str
    action: str
    card: str


def money(business: Business, appointment: Appointment, found: Money) -> MoneyWords:
    """What was paid, what went back, what is due, and which card is kept."""
    language = get_language()

    def words(amount: int) -> str:
        return formats.money(amount, found.currency, language)

    rows = []
    if found.bill is not None and found.bill.discount:
        rows.append((found.bill.discount_name or _("Discount"), f"−{words(found.bill.discount)}"))
    for line in found.bill.tax_lines if found.bill is not None else []:
        kind = _("of which %(name)s %(percent)s") if line["inclusive"] else "%(name)s %(percent)s"
        named = {"name": line["name"], "percent": formats.percent(line["percent"], language)}
        rows.append((kind % named, words(line["amount"])))
    if found.bill is not None and found.bill.covered:
        rows.append((found.bill.covered_by or _("Covered"), f"−{words(found.bill.covered)}"))
    rows += [(_paid_label(paid, business, language), words(paid.amount)) for paid in found.payments]
    if found.standing.refunded:
        rows.append((_("Refunded"), words(found.standing.refunded)))
    ahead = appointment.status in (Status.CONFIRMED, Status.PENDING_APPROVAL, Status.COMPLETED)
    due = found.standing.due if ahead else 0
    may_pay = bool(due) and owing.may_pay(business, appointment)
    return MoneyWords(
        rows=rows,
        due=words(due) if due else "",
        action=(_("Pay the balance") if found.standing.captured else _("Pay online")) if may_pay else "",
        card=f"{found.card.brand.capitalize()} {found.card.last4}" if found.card else "",
    )


def _paid_label(paid: Paid, business: Business, language: str | None) -> str:
    day = formats.day(paid.at.astimezone(ZoneInfo(business.timezone)).date(), language)
    how = paid.card or str(paid.payment.get_method_display())
    if paid.payment.purpose in FEES:
        return f"{paid.payment.get_purpose_display()} · {how}"
    if paid.payment.state != PaymentState.SUCCEEDED:
        return f"{paid.payment.get_state_display()} · {how}"
    return _("Paid %(day)s, %(how)s") % {"day": day, "how": how}


def pay_address(business: Business, held: Appointment) -> str:
    """`/pay/<hold>`: leads to the payment page."""
    return f"/pay/{quote(booking.hold_token(business, held))}"


def _money(amount: int, currency: str) -> str:
    return formats.money(amount, currency, get_language(), short=True)
