"""Charging the balance to a kept card, with no transaction open; what the bank says, and what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from billing.enums import PaymentState, Purpose, RefundReason
from billing.gateways.base import AccountGone, CardGone, Charged, Declined, Misused, NeedsCustomer, Unknown
from billing.gateways.stripe import gateway
from billing.models import Payment, SavedCard
from billing.selectors.ledger import is_on
from billing.selectors.ledger import standing as standing_of
from billing.selectors.money import card_of
from billing.services import late, receipts, refunds, standing
from billing.services.concerns import close_concerns, raise_concern
from daybook.core.actors import SYSTEM
from daybook.core.outbox import Drop, GiveUp, Postpone
from scheduling.services import paying

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scheduling.models import Appointment

OPEN = (PaymentState.PENDING, PaymentState.UNKNOWN)
ENDED = tuple(state for state in PaymentState if state not in OPEN)
KEY_LASTS = timedelta(hours=23)
"""How long the vendor surely remembers a key: asking again later could charge twice."""
LOOK_BACK = timedelta(days=1)
SETTLED_BY = timedelta(hours=1)
"""After the last time it may have been asked for, what the vendor's list lacks was not made."""
NEVER = "never_charged"


class NotKnown(Exception):
    """Nobody knows yet whether the card was charged; the outbox asks again with the same key."""


def charge(*, payment_id: UUID, now: datetime) -> None:
    """Charge a kept card once. Raises `NotKnown` to be asked again."""
    payment = Payment.objects.select_related("appointment").filter(pk=payment_id, purpose=Purpose.BALANCE).first()
    if payment is None or payment.appointment is None or payment.state not in OPEN:
        raise Drop("nothing is to be charged")
    if payment.state == PaymentState.UNKNOWN and now > payment.created_at + KEY_LASTS:
        return _unresolved(payment, now)
    if payment.state == PaymentState.PENDING and not _is_wanted(payment, payment.appointment):
        return _end(payment, now, _cancelled)
    card = card_of(payment.appointment)
    if card is None or card.account_id != payment.account_id:
        return _without_card(payment, now)
    return _ask(payment, card, now)


def settle(payment: Payment, found: Charged, *, now: datetime) -> None:
    """Take over that a charge went through, whatever was thought of it before: what was captured is never left out."""
    _end(payment, now, lambda row: _charged(row, found, now), unless=(PaymentState.SUCCEEDED,))
    close_concerns(_concern(payment), now=now)


def _is_wanted(payment: Payment, appointment: Appointment) -> bool:
    """Whether what staff asked for is still due: nobody cancelled the appointment or paid in person meanwhile."""
    return is_on(appointment) and standing_of(appointment).due >= payment.amount


def _without_card(payment: Payment, now: datetime) -> None:
    """The card was removed. A charge that may have gone through is looked for before the client is asked to pay."""
    if (found := went_through(payment)) is not None:
        return settle(payment, found, now=now)
    return _end(payment, now, lambda row: _failed(row, "card_gone"), link=True)


def went_through(payment: Payment) -> Charged | None:
    """The charge at the vendor of a payment whose outcome is unknown, if there is one. Raises `NotKnown`."""
    if payment.state != PaymentState.UNKNOWN:
        return None
    found = gateway().intents(payment.account_id, since=payment.created_at - LOOK_BACK)
    if isinstance(found, Unknown):
        raise NotKnown(found.reason)
    ours = [one for one in found if one.metadata.get("payment") == str(payment.pk)]
    made = (Charged(one.payment_intent_id, one.charge_id, one.card) for one in ours if one.status == "succeeded")
    charged = next(made, None)
    if charged is None and any(one.status == "processing" for one in ours):
        raise NotKnown("processing")
    return charged


def look_for(payment: Payment, *, last: datetime, now: datetime) -> Charged | None:
    """A charge whose answer was lost and will not come, last asked for before `last`; None once it surely was not made.

    Raises `Postpone` until that can be known, `GiveUp` where the vendor lets nobody look.
    """
    try:
        found = went_through(payment)
    except NotKnown:
        raise Postpone(max(last, now) + SETTLED_BY) from None
    except (AccountGone, Misused) as error:
        raise GiveUp(str(error)) from error
    if found is None and now <= last:
        raise Postpone(last + SETTLED_BY)
    return found


def _unresolved(payment: Payment, now: datetime, code: str = "unknown") -> None:
    """No answer will come. It stays unknown, with a person told, until it is found at the vendor or surely not there."""
    try:
        found = look_for(payment, last=payment.created_at + KEY_LASTS, now=now)
    except (Postpone, GiveUp):
        with transaction.atomic():
            raise_concern(
                "charge_unknown", _concern(payment), appointment=payment.appointment, payment=payment, now=now,
                amount=payment.amount, code=code,
            )  # fmt: skip
        raise
    if found is not None:
        return settle(payment, found, now=now)
    _end(payment, now, lambda row: _failed(row, NEVER))
    return close_concerns(_concern(payment), now=now)


def _concern(payment: Payment) -> str:
    return f"charge:{payment.pk}"


def _claim(payment: Payment, now: datetime) -> bool:
    """From here on nobody knows whether the bank was asked. False, and cancelled, when it is not wanted any more."""
    assert payment.appointment is not None
    with transaction.atomic():
        appointment = paying.lock_row(payment.appointment)
        if not _is_wanted(payment, appointment):
            _end(payment, now, _cancelled)
            return False
        if not Payment.objects.filter(pk=payment.pk, state=PaymentState.PENDING).update(state=PaymentState.UNKNOWN):
            raise Drop("it was decided meanwhile")
    payment.state = PaymentState.UNKNOWN
    return True


def _ask(payment: Payment, card: SavedCard, now: datetime) -> None:
    asked_before = payment.state == PaymentState.UNKNOWN
    if not asked_before and not _claim(payment, now):
        return None
    metadata = {"appointment": str(payment.appointment_id), "payment": str(payment.pk), "purpose": payment.purpose}
    try:
        found = gateway().charge(
            payment.account_id, amount=payment.amount, currency=payment.currency, customer_id=card.customer_id,
            payment_method_id=card.payment_method_id, application_fee=payment.application_fee, metadata=metadata,
            key=payment.idempotency_key,
        )  # fmt: skip
    except (AccountGone, Misused) as error:
        code = error.code if isinstance(error, Misused) else "account_gone"
        if asked_before or code == "idempotency_error":  # an earlier request may have taken the money
            return _unresolved(payment, now, code)
        return _end(payment, now, lambda row: _failed(row, code))
    match found:
        case Charged():
            _end(payment, now, lambda row: _charged(row, found, now))
        case Declined():
            _end(payment, now, lambda row: _failed(row, found.code, found.payment_intent_id))
        case NeedsCustomer():
            _end(payment, now, lambda row: _failed(row, "authentication_required", found.payment_intent_id), link=True)
        case CardGone():
            SavedCard.objects.filter(pk=card.pk).update(detached_at=now)
            _end(payment, now, lambda row: _failed(row, "card_gone"), link=True)
        case Unknown():
            raise NotKnown(found.reason)
    return None


def _end(
    payment: Payment,
    now: datetime,
    change: Callable[[Payment], None],
    *,
    link: bool = False,
    unless: Collection[str] = ENDED,
) -> None:
    """Write the outcome under the appointment's and the payment's lock, once; the client may get a link to pay himself.

    What was charged for an appointment that was cancelled or paid in another way meanwhile goes back.
    """
    assert payment.appointment is not None
    with transaction.atomic():
        appointment = paying.lock_row(payment.appointment)
        row = Payment.objects.select_for_update().get(pk=payment.pk)
        if row.state in unless:
            return
        change(row)
        row.save()
        paid = row.state == PaymentState.SUCCEEDED
        gone = paid and not is_on(appointment)
        if gone:
            refunds.give_back_all(row, reason=RefundReason.LATE_PAYMENT, now=now)
        found = standing.refresh(
            appointment, by=SYSTEM, now=now, action="paid" if paid else "charge_failed", amount=row.amount,
            currency=row.currency, purpose=row.purpose, payment=str(row.pk), code=row.failure_code,
        )  # fmt: skip
        if paid and not gone:
            receipts.ask(row, now=now)
            late.give_back_excess(row, found, appointment=appointment, now=now)
        elif link and appointment.client_email:
            confirm = row.failure_code == "authentication_required"
            receipts.ask_link(appointment, key=row.pk.hex, confirm=confirm, now=now)


def _charged(row: Payment, found: Charged, now: datetime) -> None:
    row.state, row.captured_at = PaymentState.SUCCEEDED, now
    row.payment_intent_id, row.charge_id, row.failure_code = found.payment_intent_id, found.charge_id, ""


def _cancelled(row: Payment) -> None:
    row.state = PaymentState.CANCELLED


def _failed(row: Payment, code: str, intent: str = "") -> None:
    row.state, row.failure_code = PaymentState.FAILED, code[:60]
    row.payment_intent_id = intent or row.payment_intent_id
