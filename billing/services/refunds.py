"""Refunds: asked for in the business transaction, sent by the outbox, followed to their end.

Order of locks: the appointment's row, then the payment's. The sum of what is asked for, moving and gone never exceeds
what was captured. The vendor is asked with no transaction open, with a key of the refund's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.domain import refunding
from billing.enums import IN_PERSON, PaymentState, RefundReason, RefundState
from billing.errors import Disputed, NotRefundable, RefundTooLarge
from billing.models import Dispute, Payment, Refund
from billing.selectors.ledger import left_of, left_to_refund
from billing.services import order_refunds, standing
from daybook.core import outbox
from daybook.core.actors import SYSTEM
from daybook.core.checking import Checks
from daybook.core.errors import Conflict, NotFound
from daybook.core.formats import money
from daybook.core.ids import new_id
from daybook.core.outbox import Entry, enqueue_all, reading
from scheduling.services import paying

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from daybook.core.idempotency import Key
    from scheduling.models import Appointment

ASK, LOOK = "refund.ask", "refund.look"


def request(
    payment: Payment,
    *,
    amount: int | None = None,
    reason: RefundReason,
    now: datetime,
    by: Actor,
    note: str = "",
    due: datetime | None = None,
) -> Refund:
    """Ask for `amount` of a payment to go back (None: all that is left), in the caller's transaction.

    `due`: when the vendor is asked, at once without. Locks the payment; an appointment's row is locked by the caller, who refreshes its payment status afterwards.
    Raises `RefundTooLarge`, `Disputed`. What came in person is marked as given back at once.
    """
    locked = Payment.objects.select_for_update().get(pk=payment.pk)
    left = left_to_refund(locked)
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise RefundTooLarge(left, money(left, locked.currency, get_language()))
    if is_disputed(locked):
        raise Disputed()
    before = locked.amount - left
    in_person = locked.method in IN_PERSON
    pk = new_id()
    refund = Refund.objects.create(
        id=pk,
        payment=locked,
        amount=wanted,
        application_fee=refunding.fee_share(locked.application_fee, locked.amount, wanted, before),
        reason=reason,
        state=RefundState.SUCCEEDED if in_person else RefundState.REQUESTED,
        idempotency_key="" if in_person else f"refund:{pk}",
        note=note[:300],
        made_by=by.name,
        created_at=now,
        settled_at=now if in_person else None,
    )
    if not in_person:
        enqueue_all([_ask(refund, due or now)])
    order_refunds.stop(locked)
    return refund


def request_from(
    payments: Sequence[Payment],
    amount: int,
    *,
    reason: RefundReason,
    now: datetime,
    by: Actor,
    note: str = "",
    due: datetime | None = None,
) -> list[Refund]:
    """Take `amount` from these payments, in their order, in the caller's transaction; less when less is left."""
    left = left_of(payments)
    by_id = {str(payment.pk): payment for payment in payments}
    parts = refunding.spread(amount, [(str(payment.pk), left[payment.pk]) for payment in payments])
    return [
        request(by_id[name], amount=part, reason=reason, now=now, by=by, note=note, due=due) for name, part in parts
    ]


def give_back_all(payment: Payment, *, reason: RefundReason, now: datetime, by: Actor = SYSTEM) -> Refund | None:
    """Ask for all that is left of a payment to go back, in the caller's transaction; None when nothing is left.

    A disputed payment is left to the bank.
    """
    if not left_to_refund(payment) or is_disputed(payment):
        return None
    return request(payment, reason=reason, now=now, by=by)


def by_staff(
    *, payment: Payment, amount: int, now: datetime, by: Actor, note: str = "", seen_left: int | None = None
) -> Refund:
    """Staff give back `amount` of a payment, within what is left. Raises `RefundTooLarge` (422), `Disputed` (409).

    `seen_left`: what was left when they chose; once it is not, the same form was sent before or somebody else was
    faster: `Conflict`. Raises `Invalid` for a note that cannot be kept, too.
    """
    note = _checked(note)
    with transaction.atomic():
        appointment = _lock_appointment(payment)
        if seen_left is not None:
            Payment.objects.select_for_update().get(pk=payment.pk)
            if seen_left != left_to_refund(payment):
                message = _("This is not possible any more: the appointment has changed meanwhile.")
                raise Conflict("changed_meanwhile", message)
        refund = request(payment, amount=amount, reason=RefundReason.STAFF, now=now, by=by, note=note)
        _refresh(appointment, by, now, "refund_requested", refund)
    return refund


def of_appointment(
    *,
    appointment: Appointment,
    payment_id: UUID | None = None,
    amount: int | None = None,
    now: datetime,
    by: Actor,
    note: str = "",
    key: Key | None = None,
    finish: Callable[[list[Refund], Appointment], None] | None = None,
) -> list[Refund]:
    """Staff give back `amount` (None: all that is left) of an appointment's payments, or of one of them.

    Online payments give first, the latest first. Raises `RefundTooLarge`, `Disputed`, NotFound for a payment of
    something else, and `Replayed` when `key` has had its effect; `finish` keeps the answer in the same transaction.
    """
    note = _checked(note)
    with transaction.atomic():
        if key is not None:
            key.claim()
        fresh = paying.lock_row(appointment)
        payments = list(Payment.objects.filter(appointment_id=fresh.pk, state=PaymentState.SUCCEEDED))
        if payment_id is not None and not (payments := [p for p in payments if p.pk == payment_id]):
            raise NotFound()
        able = refundable(payments)
        if payments and not able:
            raise Disputed()
        left = sum(left_of(able).values())
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise RefundTooLarge(left, money(left, fresh.currency, get_language()))
        made = request_from(able, wanted, reason=RefundReason.STAFF, now=now, by=by, note=note)
        standing.refresh(fresh, by=by, now=now, action="refund_requested", amount=wanted, currency=fresh.currency)
        if finish is not None:
            finish(made, fresh)
    return made


def recall(refund: Refund, *, now: datetime) -> bool:
    """Take back a refund that nobody was asked for yet, in the caller's transaction; whether that was possible."""
    locked = Refund.objects.select_for_update().get(pk=refund.pk)
    key = f"{ASK}:{refund.pk}"
    asked = any(row.attempts for row in reading.rows([key]))
    if locked.state != RefundState.REQUESTED or asked or not outbox.cancel(dedupe_prefix=key):
        return False
    locked.state, locked.settled_at = RefundState.CANCELLED, now
    locked.save(update_fields=["state", "settled_at", "updated_at"])
    return True


def try_again(*, refund: Refund, now: datetime, by: Actor) -> Refund:
    """Ask once more for a refund that failed: a new one, with a key of its own. Raises `NotRefundable`, as `by_staff`."""
    with transaction.atomic():
        appointment = _lock_appointment(refund.payment)
        locked = Refund.objects.select_for_update().get(pk=refund.pk)
        if locked.state not in (RefundState.FAILED, RefundState.CANCELLED):
            raise NotRefundable()
        fresh = request(
            locked.payment, amount=locked.amount, reason=RefundReason(locked.reason), now=now, by=by, note=locked.note
        )
        _refresh(appointment, by, now, "refund_requested", fresh)
    return fresh


def is_disputed(payment: Payment) -> bool:
    """Whether the bank is looking at the payment, or took it back for good: then nothing more may go back."""
    disputes = Dispute.objects.filter(payment=payment)
    return disputes.filter(closed_at__isnull=True).exists() or disputes.filter(status="lost").exists()


def refundable(payments: Sequence[Payment]) -> list[Payment]:
    """Those of which money may go back automatically: captured, not disputed; online ones first, the latest first."""
    captured = [p for p in payments if p.state == PaymentState.SUCCEEDED and not is_disputed(p)]
    return sorted(captured, key=lambda p: (p.method in IN_PERSON, -p.created_at.timestamp()))


def _checked(note: str) -> str:
    checks = Checks()
    found = checks.line("note", note, most=300)
    checks.done()
    return found


def lock_refund(refund_id: UUID) -> tuple[Appointment | None, Refund]:
    """A refund with everything it belongs to locked, in order."""
    known = Refund.objects.select_related("payment__appointment").get(pk=refund_id)
    appointment = _lock_appointment(known.payment)
    payment = Payment.objects.select_for_update().get(pk=known.payment_id)
    locked = Refund.objects.select_for_update().get(pk=refund_id)
    locked.payment = payment
    return appointment, locked


def _lock_appointment(payment: Payment) -> Appointment | None:
    return None if payment.appointment is None else paying.lock_row(payment.appointment)


def _refresh(appointment: Appointment | None, by: Actor, now: datetime, action: str, refund: Refund) -> None:
    if appointment is not None:
        standing.refresh(
            appointment, by=by, now=now, action=action, amount=refund.amount,
            currency=refund.payment.currency, refund=str(refund.pk),
        )  # fmt: skip


def _ask(refund: Refund, due: datetime) -> Entry:
    return Entry(ASK, f"payment:{refund.payment_id}", f"{ASK}:{refund.pk}", due, {"refund": str(refund.pk)})
