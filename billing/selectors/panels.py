"""What the pages of appointments and clients show about money that came, went back, or may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from billing.enums import FEES, IN_PERSON, PaymentState, RefundState
from billing.models import Concern, Dispute, Payment, Refund, SavedCard
from billing.selectors import cancelling, ledger
from billing.selectors.concerns import Described, described
from daybook.core import formats
from scheduling.enums import Status
from scheduling.signals import Panel
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment, Client
    from tenants.models import Membership

RETRYABLE = (RefundState.FAILED, RefundState.CANCELLED)
OWED = (PaymentState.PENDING, PaymentState.REQUIRES_CUSTOMER, PaymentState.FAILED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment with all that happened to it. `left`: what may still go back; `may_refund`: a form makes sense."""

    payment: Payment
    refunds: list[Refund]
    disputes: list[Dispute]
    left: int
    disputed: bool

    @property
    def is_fee(self) -> bool:
        return self.payment.purpose in FEES

    @property
    def in_person(self) -> bool:
        return self.payment.method in IN_PERSON

    @property
    def left_text(self) -> str:
        """What is left as people type it."""
        return str(formats.major(self.left, self.payment.currency))

    @property
    def owed(self) -> bool:
        """Whether it is a fee that staff may still do without."""
        return self.is_fee and self.payment.state in OWED

    @property
    def waived(self) -> bool:
        return self.payment.state == PaymentState.CANCELLED and self.payment.note == "waived"


def at(place: str, **facts: Any) -> list[Panel]:
    """The panels of one place; see `scheduling.signals.panels_wanted`."""
    match place:
        case "appointment":
            return _of_appointment(facts["appointment"], facts["member"], facts["sums"])
        case "client":
            return _of_client(facts["client"], facts["member"])
        case "cancel":
            return _before_cancelling(facts["appointment"], facts["member"], facts["now"], facts.get("data") or {})
        case "no-show":
            return _before_no_show(facts["appointment"], facts["member"], facts.get("data") or {})
    return []


def entries(payments: list[Payment]) -> list[Entry]:
    """Payments with their refunds and disputes. 3 queries."""
    refunds: dict[Any, list[Refund]] = {}
    disputes: dict[Any, list[Dispute]] = {}
    for refund in Refund.objects.filter(payment__in=payments).order_by("created_at", "pk"):
        refunds.setdefault(refund.payment_id, []).append(refund)
    for dispute in Dispute.objects.filter(payment__in=payments).order_by("opened_at"):
        disputes.setdefault(dispute.payment_id, []).append(dispute)
    left = ledger.left_of(payments)
    return [
        Entry(
            payment=payment,
            refunds=refunds.get(payment.pk, []),
            disputes=disputes.get(payment.pk, []),
            left=left[payment.pk],
            disputed=any(one.closed_at is None or one.status == ledger.LOST for one in disputes.get(payment.pk, [])),
        )
        for payment in payments
    ]


def _of_appointment(appointment: Appointment, member: Membership, sums: Callable[[], ledger.Sums]) -> list[Panel]:
    """Every money event of it, and what may be done. Nothing where nothing was paid, owed or decided."""
    payments = list(Payment.objects.filter(appointment_id=appointment.pk).order_by("created_at", "pk"))
    fee = _undecided_fee(appointment, payments)
    noted = _concerns(appointment)
    if not payments and not fee and not noted:
        return []
    context = {
        "row": appointment,
        "entries": entries(payments),
        "sums": sums(),
        "fee": fee,
        "card": _card(appointment) if fee else "",
        "concerns": noted,
        "retryable": RETRYABLE,
        "may_refund": may_move_money(member),
    }
    return [Panel("billing/appointment/_events.html", context, order=20)]


def may_move_money(member: Membership) -> bool:
    """Whether the member may refund, charge and waive."""
    return member.may(Right.CHANGE_PAYMENTS)


def _undecided_fee(appointment: Appointment, payments: list[Payment]) -> int:
    """What not coming would cost, while nobody has decided about it."""
    decided = any(p.purpose in FEES and p.note not in ("restored", "disputed") for p in payments)
    if appointment.status != Status.NO_SHOW or decided:
        return 0
    return cancelling.no_show_fee(appointment)


def _card(appointment: Appointment) -> str:
    card = cancelling.saved_card(appointment)
    return cancelling.card_words(card.brand, card.last4) if card else ""


def _concerns(appointment: Appointment) -> list[Described]:
    rows = Concern.objects.filter(appointment_id=appointment.pk, closed_at__isnull=True)
    return [described(row) for row in rows.order_by("opened_at")]


def _of_client(client: Client, member: Membership) -> list[Panel]:
    """What a client paid and got back, his fees, and the cards he let the business keep."""
    if not member.may(Right.SEE_ALL_APPOINTMENTS):
        return []
    payments = list(
        Payment.objects.filter(client_id=client.pk).select_related("appointment").order_by("-created_at", "-pk")[:20]
    )
    cards = list(SavedCard.objects.filter(client_id=client.pk, detached_at__isnull=True).order_by("created_at"))
    unique = list({(card.account_id, card.payment_method_id): card for card in cards}.values())
    if not payments and not unique:
        return []
    context = {
        "client": client,
        "entries": entries(payments),
        "sums": sorted(ledger.sums_of_client(client).items()),
        "cards": unique,
        "may_change": member.may(Right.CHANGE_CLIENTS) and client.erased_at is None,
    }
    return [Panel("billing/client/_money.html", context, order=20)]


def _before_cancelling(
    appointment: Appointment, member: Membership, now: datetime, data: Mapping[str, Any]
) -> list[Panel]:
    """What goes back: by the policy, all of it, a part, or nothing; all of it where the member may not choose."""
    if appointment.status == Status.HELD:
        return []
    policy, full = cancelling.cancellation(appointment, now=now), cancelling.in_full(appointment)
    if not full.refund_amount and not policy.charge_amount:
        return []
    context = {"row": appointment, "policy": policy, "full": full, "data": data, "may": may_move_money(member)}
    return [Panel("billing/appointment/_cancel.html", context, order=10)]


def _before_no_show(appointment: Appointment, member: Membership, data: Mapping[str, Any]) -> list[Panel]:
    """What not coming costs: by the policy, another amount, or nothing; who may not choose leaves it to others."""
    fee = cancelling.no_show_fee(appointment) if may_move_money(member) else 0
    kept = ledger.kept(appointment)
    context = {"row": appointment, "fee": fee, "kept": kept, "card": _card(appointment), "data": data}
    return [Panel("billing/appointment/_no_show.html", context, order=10)] if fee or kept else []
