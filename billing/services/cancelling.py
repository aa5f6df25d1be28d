"""The money of a cancellation: what goes back and what is charged, written in the transaction that cancels.

The appointment's row is locked by whoever cancels; payments are locked here, one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from billing.enums import BY_CANCELLING, FEES, IN_PERSON, Purpose, RefundReason, RefundState
from billing.errors import RefundTooLarge
from billing.models import Payment, Refund
from billing.selectors import ledger
from billing.selectors.cancelling import outcome
from billing.services import fees, receipts, refunds, standing
from billing.services.concerns import raise_concern
from daybook.core.actors import ActorKind
from daybook.core.formats import money
from scheduling.services.moves import UNDO_FOR

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from scheduling.models import Appointment
    from tenants.models import Business


class Give(StrEnum):
    """What goes back when something is cancelled."""

    POLICY = "policy"
    FULL = "full"
    PART = "part"
    NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Choice:
    """What staff chose about the money; `amount` (minor units) only for a part."""

    give: Give
    amount: int = 0


def settle(
    *, business: Business, appointment: Appointment, by: Actor, now: datetime, choice: Choice | None = None
) -> None:
    """Refund and charge what a cancellation comes to, once it is cancelled, in the same transaction.

    Without a choice: by the policy when the client cancels, in full when the business does. Disputed payments are left
    to the bank; what was paid in person is given back in person, by somebody who is told so. Raises `RefundTooLarge`.
    """
    by_client = by.kind == ActorKind.CLIENT
    chosen = choice or Choice(Give.POLICY if by_client else Give.FULL)
    payments = _payments(appointment)
    found = outcome(appointment, now=now) if chosen.give is Give.POLICY else None
    amount = found.refund if found else _amount(appointment, payments, chosen)
    reason = RefundReason.POLICY if by_client else RefundReason.BUSINESS
    if amount:
        _give_back(appointment, payments, amount, reason=reason, by=by, now=now)
    if found and found.charge:
        fees.start(
            business=business, appointment=appointment, purpose=Purpose.CANCELLATION_FEE, amount=found.charge,
            by=by, now=now,
        )  # fmt: skip
    if payments:
        kept = {"amount": amount, "currency": appointment.currency, "give": str(chosen.give)}
        standing.refresh(appointment, by=by, now=now, action="refund_requested" if amount else "", **kept)


def undo(*, appointment: Appointment, by: Actor, now: datetime) -> int:
    """A cancelled appointment is on again: take back refunds that nobody was asked for yet.

    What has gone back is asked for again, by a mail with the link to pay; answers how much that is.
    """
    mine = Refund.objects.filter(payment__appointment_id=appointment.pk, reason__in=BY_CANCELLING)
    for refund in mine.filter(state=RefundState.REQUESTED):
        refunds.recall(refund, now=now)
    fees.stop(appointment=appointment, now=now, note="restored")
    found = standing.refresh(appointment, by=by, now=now)
    still_gone = mine.filter(state__in=(RefundState.REQUESTED, RefundState.PENDING, RefundState.SUCCEEDED)).exists()
    if still_gone and found.due:
        receipts.ask_link(appointment, key=f"restored{appointment.sequence}", now=now)
        return found.due
    return 0


def _payments(appointment: Appointment) -> list[Payment]:
    """What may go back; a concern where a dispute forbids it."""
    return list(
        Payment.objects.filter(appointment_id=appointment.pk, captured_at__isnull=False).exclude(purpose__in=FEES)
    )


def _amount(appointment: Appointment, payments: list[Payment], chosen: Choice) -> int:
    left = sum(ledger.left_of(payments).values())
    if chosen.give is Give.FULL:
        return left
    if chosen.give is Give.NOTHING:
        return 0
    if not 0 < chosen.amount <= left:
        raise RefundTooLarge(left, money(left, appointment.currency, get_language()))
    return chosen.amount


def _give_back(
    appointment: Appointment,
    payments: list[Payment],
    amount: int,
    *,
    reason: RefundReason,
    by: Actor,
    now: datetime,
) -> None:
    """Online payments first; what is left over is a person's task."""
    due = now + UNDO_FOR if by.is_staff else now
    able = [one for one in refunds.refundable(payments) if one.method not in IN_PERSON]
    made = refunds.request_from(able, amount, reason=reason, now=now, by=by, due=due)
    rest = amount - sum(refund.amount for refund in made)
    if not rest:
        return
    disputed = any(refunds.is_disputed(payment) for payment in payments)
    kind = "disputed_cancelled" if disputed else "cash_to_return"
    raise_concern(
        kind, f"{kind}:{appointment.pk}", appointment=appointment, now=now, amount=rest, currency=appointment.currency
    )
