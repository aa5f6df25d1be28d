"""Fees for not coming and for cancelling late, charged to the card that the client let the business keep.

One fee for each appointment: a row written in the transaction of the decision, under the appointment's lock. Staff
decide; without recorded consent there is no card to charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from billing.enums import FEES, OWED, Method, PaymentState, Purpose
from billing.errors import FeeTooLarge, NoConsent, NotRefundable
from billing.models import Dispute, Payment
from billing.selectors.accounts import application_fee
from billing.selectors.cancelling import no_show_fee, saved_card
from billing.services.concerns import raise_concern
from daybook.core.formats import money
from daybook.core.ids import new_id
from daybook.core.outbox import Entry, cancel, enqueue_all
from scheduling.enums import PaymentStatus, Status
from scheduling.services import paying
from scheduling.services.moves import UNDO_FOR

if TYPE_CHECKING:
    from billing.gateways.base import Intent, Session
    from billing.models import CheckoutAttempt
    from daybook.core.actors import Actor
    from scheduling.models import Appointment
    from tenants.models import Business

CHARGE = "fee.charge"
OPEN = OWED
WAIVED = "waived"


class Take(StrEnum):
    """What is charged for not coming."""

    POLICY = "policy"
    OTHER = "other"
    WAIVE = "waive"


@dataclass(frozen=True, slots=True)
class FeeChoice:
    """What staff chose; `amount` (minor units) only for another amount than the policy's."""

    take: Take
    amount: int = 0


def for_no_show(
    *, business: Business, appointment: Appointment, choice: FeeChoice, by: Actor, now: datetime
) -> Payment | None:
    """Charge, or waive, what not coming costs, in the caller's transaction with the appointment locked.

    Raises `NoConsent`, `FeeTooLarge` for more than the policy says. A fee that was decided stays as it is.
    """
    if (known := fee_of(appointment)) is not None:
        return known
    most = no_show_fee(appointment)
    if choice.take is Take.WAIVE:
        return _waived(appointment, most, by, now) if most else None
    amount = most if choice.take is Take.POLICY else choice.amount
    if not 0 < amount <= most:
        raise FeeTooLarge(most, money(most, appointment.currency, get_language()))
    return start(business=business, appointment=appointment, purpose=Purpose.NO_SHOW_FEE, amount=amount, by=by, now=now)


def decide(
    *, business: Business, appointment: Appointment, choice: FeeChoice, by: Actor, now: datetime
) -> Payment | None:
    """The same later on, for an appointment that was marked as no-show before."""
    with transaction.atomic():
        fresh = paying.lock_row(appointment)
        if fresh.status != Status.NO_SHOW:
            raise NoConsent()
        return for_no_show(business=business, appointment=fresh, choice=choice, by=by, now=now)


def start(
    *, business: Business, appointment: Appointment, purpose: Purpose, amount: int, by: Actor, now: datetime
) -> Payment:
    """Have a fee charged to the kept card, in the caller's transaction with the appointment locked. Once only."""
    if (known := fee_of(appointment)) is not None:
        return known
    card = saved_card(appointment)
    if card is None:
        raise NoConsent()
    pk = new_id()
    payment = Payment.objects.create(
        id=pk, appointment=appointment, client_id=appointment.client_id, purpose=purpose, method=Method.SAVED_CARD,
        state=PaymentState.PENDING, amount=amount, currency=appointment.currency,
        application_fee=application_fee(business, amount), account_id=card.account_id, card_brand=card.brand,
        card_last4=card.last4, idempotency_key=f"fee:{pk}:0", made_by=by.name, created_at=now,
    )  # fmt: skip
    _note(appointment, "fee_asked", by=by, now=now, amount=amount, currency=payment.currency, purpose=str(purpose))
    charge_at(payment, now + UNDO_FOR if by.is_staff else now)
    return payment


def charge_at(payment: Payment, due: datetime) -> None:
    """Have the card asked then, with the key that the payment has now."""
    key = f"{CHARGE}:{payment.pk}:{payment.attempts}"
    enqueue_all([Entry(CHARGE, f"payment:{payment.pk}", key, due, {"payment": str(payment.pk)})])


def waive(*, payment: Payment, by: Actor, now: datetime) -> Payment:
    """Staff do without a fee that was not paid yet. Raises `NotRefundable` when it was paid, or may be this moment."""
    with transaction.atomic():
        appointment = _locked(payment)
        locked = Payment.objects.select_for_update().get(pk=payment.pk)
        if locked.purpose not in FEES or locked.state not in OPEN or locked.state == PaymentState.UNKNOWN:
            raise NotRefundable()
        _stop(locked, WAIVED, now)
        _note(appointment, "fee_waived", by=by, now=now, amount=locked.amount, currency=locked.currency)
    return locked


def stop(*, appointment: Appointment, now: datetime, note: str) -> None:
    """The appointment takes place after all (or is disputed): a fee that was not paid is not asked for any more.

    With the appointment locked, in the caller's transaction. One that was paid is noted for a person.
    """
    for payment in _fees(appointment).select_for_update():
        if payment.state == PaymentState.SUCCEEDED and note != DISPUTED:
            raise_concern(
                "fee_after_undo", f"fee_after_undo:{payment.pk}", appointment=appointment, payment=payment, now=now,
                amount=payment.amount, currency=payment.currency,
            )  # fmt: skip
        elif payment.state in OPEN:
            _stop(payment, note, now)


DISPUTED = "disputed"


def fee_of(appointment: Appointment) -> Payment | None:
    """The fee that is owed, paid or was waived for this appointment as it is now; stopped ones do not count."""
    return _fees(appointment).exclude(state=PaymentState.CANCELLED, note__in=("restored", DISPUTED)).first()


def owed(appointment: Appointment, purpose: str) -> Payment | None:
    """The fee of this kind that was not paid yet, locked. The appointment is locked before."""
    return _fees(appointment).select_for_update().filter(purpose=purpose, state__in=OPEN).first()


def paid_by_client(fee: Payment, attempt: CheckoutAttempt, session: Session, intent: Intent | None) -> Payment:
    """The client paid a locked fee himself: its card is not tried any more."""
    card = session.card or (intent.card if intent else None)
    cancel(dedupe_prefix=f"{CHARGE}:{fee.pk}:")
    fee.state, fee.method, fee.attempt, fee.next_try_at = PaymentState.SUCCEEDED, Method.ONLINE, attempt, None
    fee.account_id, fee.payment_intent_id = attempt.account_id, session.payment_intent_id
    fee.charge_id = intent.charge_id if intent else ""
    fee.stripe_fee = intent.stripe_fee if intent else None
    fee.application_fee = intent.application_fee if intent else attempt.application_fee
    fee.card_brand, fee.card_last4 = (card.brand, card.last4) if card else ("", "")
    fee.captured_at, fee.failure_code = (intent.captured_at if intent else None) or timezone.now(), ""
    fee.save()
    return fee


def is_disputed(appointment: Appointment) -> bool:
    """Whether any payment for it is disputed: then nothing is charged."""
    return Dispute.objects.filter(payment__appointment_id=appointment.pk, closed_at__isnull=True).exists()


def _fees(appointment: Appointment) -> QuerySet[Payment]:
    return Payment.objects.filter(appointment_id=appointment.pk, purpose__in=FEES).order_by("-created_at")


def _locked(payment: Payment) -> Appointment:
    assert payment.appointment is not None
    return paying.lock_row(payment.appointment)


def _stop(payment: Payment, note: str, now: datetime) -> None:
    """End it. A charge that is under way with an unknown outcome is followed to its end all the same."""
    if payment.state == PaymentState.UNKNOWN:
        payment.note = note
        payment.save(update_fields=["note", "updated_at"])
        return
    cancel(dedupe_prefix=f"{CHARGE}:{payment.pk}:")
    payment.state, payment.note, payment.next_try_at = PaymentState.CANCELLED, note, None
    payment.save(update_fields=["state", "note", "next_try_at", "updated_at"])


def _waived(appointment: Appointment, amount: int, by: Actor, now: datetime) -> Payment:
    card = saved_card(appointment)
    payment = Payment.objects.create(
        appointment=appointment, client_id=appointment.client_id, purpose=Purpose.NO_SHOW_FEE,
        method=Method.SAVED_CARD, state=PaymentState.CANCELLED, amount=amount, currency=appointment.currency,
        account_id=card.account_id if card else "", note=WAIVED, made_by=by.name, created_at=now,
    )  # fmt: skip
    _note(appointment, "fee_waived", by=by, now=now, amount=amount, currency=payment.currency)
    return payment


def _note(appointment: Appointment, action: str, *, by: Actor, now: datetime, **detail: object) -> None:
    paying.note_paid(appointment, PaymentStatus(appointment.payment_status), action=action, by=by, now=now, **detail)
