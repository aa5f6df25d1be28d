"""The payment box of an appointment's page: price, paid, due, and what staff can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from billing.enums import IN_PERSON, LIVE_ATTEMPTS, Method
from billing.failures import in_words
from billing.models import CheckoutAttempt, Payment
from billing.selectors.accounts import ready_account
from billing.selectors.money import Money, money_of
from daybook.core import formats
from scheduling.enums import Status
from scheduling.signals import Panel
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business, Membership

PAYABLE = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
UNDO_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """What can be done: `may_take` money in person, `may_link` by mail, `may_charge` the kept card. `said`: how it stands.

    `paid`: what has come, tips included (minor units); forms send it along, so that the same one twice is noticed.
    """

    money: Money
    said: str
    tone: str
    may_take: bool
    may_link: bool
    may_charge: bool
    undoable: list[Payment]
    methods: list[tuple[str, str]]
    due_text: str
    paid: int


def at(place: str, **facts: Any) -> list[Panel]:
    """The payment box on an appointment's page; see `scheduling.signals.panels_wanted`.

    None for times that are only held by nobody, and for what costs nothing and was never paid.
    """
    if place != "appointment" or facts["appointment"].client_id is None:
        return []
    appointment, business, member, now = (facts[name] for name in ("appointment", "business", "member", "now"))
    money = money_of(appointment, facts["sums"])
    if not money.standing.to_pay and not money.payments:
        return []
    return [Panel("billing/appointment/_payment.html", _context(appointment, business, member, money, now), order=15)]


def _context(
    appointment: Appointment, business: Business, member: Membership, money: Money, now: datetime
) -> dict[str, object]:
    found = money.standing
    takes = appointment.status in PAYABLE and member.may(Right.CHANGE_OWN_APPOINTMENTS)
    account = ready_account(business) if takes and found.due else None
    free = not found.pending
    said, tone = _said(appointment, money)
    desk = Desk(
        money=money,
        said=said,
        tone=tone,
        may_take=takes and bool(found.due),
        may_link=account is not None and bool(appointment.client_email) and free,
        may_charge=account is not None
        and money.card is not None
        and money.card.account_id == account.account_id
        and free,
        undoable=[
            paid.payment
            for paid in money.payments
            if takes and paid.payment.method in IN_PERSON and now <= paid.payment.created_at + UNDO_FOR
        ],
        methods=[(str(method), str(Method(method).label)) for method in IN_PERSON],
        due_text=str(formats.major(found.due, money.currency)),
        paid=money.paid,
    )
    return {"row": appointment, "desk": desk, "money": money, "zone": business.timezone}


def _said(appointment: Appointment, money: Money) -> tuple[str, str]:
    """How the payment stands, in a sentence, and its tone."""
    found = money.standing
    if found.disputed:
        return _("The client's bank disputes a payment. Answer it at Stripe."), "bad"
    if appointment.status == Status.HELD:
        return _("The client is on the payment page. The time is kept until that is closed."), "info"
    if found.pending:
        return _("A card is being charged; the bank has not answered yet."), "info"
    if not money.plain and _is_paying(appointment):
        return _("The client has opened the payment page."), "info"
    if found.due and (code := money.failure):
        return _("The last charge did not work: %(code)s.") % {"code": in_words(code)}, "bad"
    if found.captured and found.refunded >= found.captured:
        return _("Everything was refunded."), "mute"
    if found.due:
        return (_("The rest is to be paid.") if found.captured else _("Nothing was paid yet.")), "warn"
    return _("Everything is paid."), "good"


def _is_paying(appointment: Appointment) -> bool:
    live = [str(state) for state in LIVE_ATTEMPTS]
    return CheckoutAttempt.objects.filter(appointment_id=appointment.pk, state__in=live).exists()
