"""Asking the vendor for a refund, and taking over what he says of refunds, ours and those made in his Dashboard.

What he says is applied under locks and only forwards: `requested` → `pending` → `succeeded` → `failed`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from billing.domain.refunding import STATES, follows
from billing.enums import RefundReason, RefundState
from billing.gateways.base import AccountGone, Missing, Misused, Refunded, RefundRefused, Unknown
from billing.gateways.stripe import gateway
from billing.models import Payment, Refund
from billing.services import money_mail, order_refunds, standing
from billing.services.concerns import close_concerns, raise_concern
from billing.services.refunds import LOOK, is_disputed, lock_refund
from daybook.core.actors import SYSTEM
from daybook.core.outbox import Drop, Entry, GiveUp, Postpone, enqueue_all
from scheduling.services import paying

if TYPE_CHECKING:
    from scheduling.models import Appointment

FIRST_LOOK, NEXT_LOOK, LONGEST_WATCH = timedelta(hours=6), timedelta(days=1), timedelta(days=45)
KEYS_LAST = timedelta(hours=23)
"""A repeat with the same key is surely the same request only so long: later we look before we ask again."""


class NotKnown(Exception):
    """Nobody knows yet what became of it; the outbox asks again with the same key."""


def ask(*, refund_id: UUID, now: datetime) -> None:
    """Send a requested refund to the vendor. Raises `NotKnown` for the outbox to try again."""
    refund = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if refund is None or refund.state != RefundState.REQUESTED:
        raise Drop("it was asked before")
    payment = refund.payment
    if is_disputed(payment):
        _fail(refund.pk, "charge_disputed", now)
        return
    try:
        found = _asked_before(refund, now) or gateway().refund(
            payment.account_id,
            payment_intent_id=payment.payment_intent_id,
            amount=refund.amount,
            refund_application_fee=refund.application_fee > 0,
            metadata={"refund": str(refund.pk), "appointment": str(payment.appointment_id or "")},
            key=refund.idempotency_key,
        )
    except AccountGone as error:
        _fail(refund.pk, "account_gone", now)
        raise GiveUp(str(error)) from error
    except Misused as error:
        _needs_a_person(refund, error.code, now)
        raise GiveUp(str(error)) from error
    match found:
        case Unknown():
            raise NotKnown(found.reason)
        case RefundRefused():
            _refused(refund, found.code, now)
        case Refunded():
            take_over(payment_id=payment.pk, found=found, now=now)


def look(*, refund_id: UUID, now: datetime) -> None:
    """See how a refund stands that was on its way. Raises `Postpone` while it still is."""
    refund = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if refund is None or refund.state != RefundState.PENDING or not refund.refund_id:
        raise Drop("it has settled")
    found = gateway().refund_of(refund.payment.account_id, refund.refund_id)
    if isinstance(found, Unknown):
        raise NotKnown(found.reason)
    if isinstance(found, Missing):
        raise GiveUp("the account has no such refund")
    take_over(payment_id=refund.payment_id, found=found, now=now)
    if STATES.get(found.status) == RefundState.PENDING and now - refund.created_at < LONGEST_WATCH:
        raise Postpone(now + NEXT_LOOK)


def reread(*, account_id: str, payment_intent_id: str, now: datetime) -> bool:
    """Take over all refunds of a payment as the vendor has them; whether the payment is one of ours."""
    payment = Payment.objects.filter(account_id=account_id, payment_intent_id=payment_intent_id).first()
    if payment is None:
        return False
    found = gateway().refunds(account_id, payment_intent_id)
    if isinstance(found, Unknown):
        raise NotKnown(found.reason)
    for one in sorted(found, key=lambda refund: (refund.created_at is None, refund.created_at)):
        take_over(payment_id=payment.pk, found=one, now=now)
    return True


def take_over(*, payment_id: UUID, found: Refunded, now: datetime) -> None:
    """Bring our row of this refund in line with the vendor's; one we do not know was made at his side."""
    state = RefundState(STATES.get(found.status, RefundState.PENDING))
    with transaction.atomic():
        payment = Payment.objects.select_related("appointment").get(pk=payment_id)
        appointment = None if payment.appointment is None else paying.lock_row(payment.appointment)
        payment = Payment.objects.select_for_update().get(pk=payment_id)
        row = _row_of(payment, found)
        if row is None:
            row = _made_outside(payment, found, state, now)
        elif not _move(row, found, state, now):
            return
        _follow(appointment, row, now)


def _row_of(payment: Payment, found: Refunded) -> Refund | None:
    """Ours by the vendor's id, else by our own id, which went with the request."""
    known = Refund.objects.select_for_update().filter(payment=payment)
    row = known.filter(refund_id=found.refund_id).first()
    if row is not None:
        return row
    named = _uuid(found.metadata.get("refund", ""))
    return None if named is None else known.filter(pk=named, refund_id="").first()


def _made_outside(payment: Payment, found: Refunded, state: RefundState, now: datetime) -> Refund:
    made = Refund.objects.create(
        payment=payment, amount=found.amount, reason=RefundReason.OUTSIDE, state=state, refund_id=found.refund_id,
        failure_code=found.failure_code[:60], created_at=found.created_at or now, made_by="Stripe",
        settled_at=None if state == RefundState.PENDING else now,
    )  # fmt: skip
    order_refunds.stop(payment)
    return made


def _move(row: Refund, found: Refunded, state: RefundState, now: datetime) -> bool:
    """Apply news to a locked row; whether they were any."""
    if row.refund_id and not follows(row.state, state):
        return False
    row.refund_id, row.failure_code = found.refund_id, found.failure_code[:60]
    if follows(row.state, state):
        row.state = state
    row.settled_at = None if row.state == RefundState.PENDING else now
    row.save(update_fields=["refund_id", "failure_code", "state", "settled_at", "updated_at"])
    return True


def _follow(appointment: Appointment | None, row: Refund, now: datetime) -> None:
    """What follows from a refund's new state: payment status, history, mails, another look."""
    if row.state == RefundState.FAILED:
        _tell_failed(appointment, row, now)
    elif row.state != RefundState.CANCELLED:
        close_concerns(f"refund:{row.pk}", now=now)
        money_mail.ask(money_mail.REFUNDED, row.payment.appointment_id, now=now, refund=str(row.pk))
    if row.state == RefundState.PENDING:
        key = f"{LOOK}:{row.pk}"
        enqueue_all([Entry(LOOK, f"refund:{row.pk}", key, now + FIRST_LOOK, {"refund": str(row.pk)})])
    if appointment is not None:
        words = {RefundState.FAILED: "refund_failed", RefundState.CANCELLED: "refund_failed"}
        action = words.get(RefundState(row.state), "refunded")
        standing.refresh(
            appointment, by=SYSTEM, now=now, action=action, amount=row.amount, currency=row.payment.currency,
            refund=str(row.pk), outside=row.reason == RefundReason.OUTSIDE,
        )  # fmt: skip


def _tell_failed(appointment: Appointment | None, row: Refund, now: datetime) -> None:
    raise_concern(
        "refund_failed", f"refund:{row.pk}", appointment=appointment, payment=row.payment, now=now,
        amount=row.amount, code=row.failure_code, refund=str(row.pk),
    )  # fmt: skip
    money_mail.ask(money_mail.REFUND_FAILED, row.payment.appointment_id, now=now, refund=str(row.pk))


def _refused(refund: Refund, code: str, now: datetime) -> None:
    """A definite no. Perhaps it was refunded in the Dashboard: what the vendor has is taken over first."""
    payment = refund.payment
    reread(account_id=payment.account_id, payment_intent_id=payment.payment_intent_id, now=now)
    _fail(refund.pk, code, now)


def _fail(refund_id: UUID, code: str, now: datetime) -> None:
    with transaction.atomic():
        appointment, row = lock_refund(refund_id)
        if row.state != RefundState.REQUESTED:
            return
        row.state, row.failure_code, row.settled_at = RefundState.FAILED, code[:60], now
        row.save(update_fields=["state", "failure_code", "settled_at", "updated_at"])
        _follow(appointment, row, now)


def _needs_a_person(refund: Refund, code: str, now: datetime) -> None:
    """Asked with parameters that cannot be right: it stays counted, and somebody looks at it (S26)."""
    with transaction.atomic():
        raise_concern(
            "refund_misused", f"refund:{refund.pk}", appointment=refund.payment.appointment, payment=refund.payment,
            now=now, amount=refund.amount, code=code, refund=str(refund.pk),
        )  # fmt: skip


def _asked_before(refund: Refund, now: datetime) -> Refunded | Unknown | None:
    """Once keys may have been forgotten: the refund that an earlier request made after all."""
    if now - refund.created_at < KEYS_LAST:
        return None
    found = gateway().refunds(refund.payment.account_id, refund.payment.payment_intent_id)
    if isinstance(found, Unknown):
        return found
    return next((one for one in found if one.metadata.get("refund") == str(refund.pk)), None)


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
