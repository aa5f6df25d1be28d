"""Charging a fee to a kept card, with no transaction open; what the bank says, and what follows from it.

An unknown outcome is asked again with the same key. A definite no is tried again with a new key, three times over a
week at most and never where the bank asks not to be; then, or when the bank wants the client himself, he gets a link.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from billing.enums import FEES, LIVE_ATTEMPTS, Method, PaymentState, Purpose
from billing.gateways.base import (
    AccountGone,
    CardGone,
    Charged,
    Declined,
    Intent,
    Misused,
    NeedsCustomer,
    Unknown,
)
from billing.gateways.stripe import gateway
from billing.models import CheckoutAttempt, Payment, SavedCard
from billing.selectors.cancelling import saved_card
from billing.services import charging, fees, money_mail, standing
from billing.services.concerns import close_concerns, raise_concern
from billing.services.refund_asking import KEYS_LAST, NotKnown
from daybook.core.actors import SYSTEM
from daybook.core.outbox import Drop, GiveUp, Postpone
from scheduling.enums import Status
from scheduling.services import paying

if TYPE_CHECKING:
    from scheduling.models import Appointment

PAUSES = (timedelta(days=2), timedelta(days=5))
"""Between tries after a decline: three tries within a week."""
CHARGEABLE = (PaymentState.PENDING, PaymentState.UNKNOWN)
TRUE_WHILE = {Purpose.NO_SHOW_FEE: Status.NO_SHOW, Purpose.CANCELLATION_FEE: Status.CANCELLED}


def charge(*, payment_id: UUID, now: datetime) -> None:
    """Charge a fee that is due. Raises `NotKnown` for the outbox to ask again."""
    if not Payment.objects.filter(pk=payment_id, purpose__in=FEES).exists():
        raise Drop("nothing is to be charged")
    payment, card = _claim(payment_id, now)
    if payment.state not in CHARGEABLE:
        raise Drop(payment.note or "nothing is to be charged")
    if card is not None:
        return _ask(payment, card, now)
    if (found := charging.went_through(payment)) is not None:
        return _charged(payment.pk, found, now)
    return _needs_client(payment.pk, "card_gone", "", now)


def settle_intent(*, account_id: str, payment_id: UUID, payment_intent_id: str, now: datetime) -> bool:
    """Take over how a charge of a kept card stands at the vendor; whether it is one of ours, at this account."""
    ours = Payment.objects.select_related("appointment").filter(method=Method.SAVED_CARD)
    payment = ours.filter(pk=payment_id, account_id=account_id).first()
    if payment is None:
        return False
    found = gateway().intent(account_id, payment_intent_id)
    if isinstance(found, Unknown):
        raise NotKnown(found.reason)
    if not isinstance(found, Intent) or found.status != "succeeded":
        return True
    if found.metadata.get("payment") != str(payment.pk):
        return False
    outcome = Charged(found.payment_intent_id, found.charge_id, found.card)
    if payment.purpose in FEES:
        _charged(payment.pk, outcome, now, found)
    else:
        charging.settle(payment, outcome, now=now)
    return True


def _claim(payment_id: UUID, now: datetime) -> tuple[Payment, SavedCard | None]:
    """The payment as it was before, claimed for this call, and the card to charge; without one nothing is claimed.

    In one transaction, under the lock that opening the client's page takes: either of the two finds the other. Raises
    `Postpone` while he has a page.
    """
    with transaction.atomic():
        appointment, payment = _lock(payment_id)
        if payment.state == PaymentState.PENDING and (reason := _untrue(payment, appointment)):
            payment.state, payment.note, payment.next_try_at = PaymentState.CANCELLED, reason, None
            payment.save(update_fields=["state", "note", "next_try_at", "updated_at"])
        if payment.state not in CHARGEABLE:
            return payment, None
        if _paying_himself(payment):
            raise Postpone(now + timedelta(minutes=30))
        card = saved_card(appointment)
        if card is None or card.account_id != payment.account_id:
            return payment, None
        if payment.state == PaymentState.PENDING:
            Payment.objects.filter(pk=payment.pk).update(state=PaymentState.UNKNOWN, next_try_at=now)
    return payment, card


def _ask(payment: Payment, card: SavedCard, now: datetime) -> None:
    """Ask the bank for a claimed charge. `payment.state` is what it was before: unknown where it was asked already."""
    asked_before = payment.state == PaymentState.UNKNOWN
    asked_at = payment.next_try_at if asked_before and payment.next_try_at else now
    payment.state, payment.next_try_at = PaymentState.UNKNOWN, asked_at
    if now - asked_at > KEYS_LAST:
        return _unknown_for_good(payment, now)
    try:
        found = gateway().charge(
            payment.account_id,
            amount=payment.amount,
            currency=payment.currency,
            customer_id=card.customer_id,
            payment_method_id=card.payment_method_id,
            application_fee=payment.application_fee,
            metadata={
                "payment": str(payment.pk),
                "appointment": str(payment.appointment_id),
                "purpose": str(payment.purpose),
            },
            key=payment.idempotency_key,
        )
    except AccountGone as error:
        if asked_before:
            return _unknown_for_good(payment, now, code="account_gone")
        _fail(payment.pk, "account_gone", now)
        raise GiveUp(str(error)) from error
    except Misused as error:
        return _unknown_for_good(payment, now, code=error.code)
    match found:
        case Unknown():
            raise NotKnown(found.reason)
        case Charged():
            _charged(payment.pk, found, now)
        case Declined():
            _declined(payment.pk, found, now)
        case NeedsCustomer():
            _needs_client(payment.pk, "authentication_required", found.payment_intent_id, now)
        case CardGone():
            SavedCard.objects.filter(pk=card.pk).update(detached_at=now)
            _needs_client(payment.pk, "card_gone", "", now)
    return None


def _paying_himself(payment: Payment) -> bool:
    """Whether the client has a payment page for it open this moment."""
    pages = CheckoutAttempt.objects.filter(appointment=payment.appointment, purpose=payment.purpose)
    return pages.filter(state__in=LIVE_ATTEMPTS).exists()


def _untrue(payment: Payment, appointment: Appointment) -> str:
    """Why it must not be charged any more; empty while it is true."""
    if appointment.status != TRUE_WHILE[Purpose(payment.purpose)]:
        return "restored"
    return fees.DISPUTED if fees.is_disputed(appointment) else ""


def _lock(payment_id: UUID) -> tuple[Appointment, Payment]:
    known = Payment.objects.select_related("appointment").get(pk=payment_id)
    assert known.appointment is not None
    appointment = paying.lock_row(known.appointment)
    return appointment, Payment.objects.select_for_update().get(pk=payment_id)


def _charged(payment_id: UUID, found: Charged, now: datetime, intent: Intent | None = None) -> None:
    with transaction.atomic():
        appointment, payment = _lock(payment_id)
        if payment.state == PaymentState.SUCCEEDED:
            return
        stopped = payment.note if payment.note in ("restored", fees.DISPUTED, fees.WAIVED) else ""
        payment.state, payment.captured_at, payment.next_try_at = PaymentState.SUCCEEDED, now, None
        payment.payment_intent_id, payment.charge_id, payment.failure_code = (
            found.payment_intent_id,
            found.charge_id,
            "",
        )
        payment.stripe_fee = intent.stripe_fee if intent else payment.stripe_fee
        payment.save()
        if stopped:
            raise_concern(
                "fee_after_undo", f"fee_after_undo:{payment.pk}", appointment=appointment, payment=payment, now=now,
                amount=payment.amount, currency=payment.currency,
            )  # fmt: skip
        close_concerns(_concern(payment.pk), now=now)
        _note(appointment, payment, "fee_charged", now)
        money_mail.ask(money_mail.FEE_CHARGED, appointment.pk, now=now, payment=str(payment.pk))


def _declined(payment_id: UUID, found: Declined, now: datetime) -> None:
    with transaction.atomic():
        appointment, payment = _lock(payment_id)
        if payment.state != PaymentState.UNKNOWN:
            return
        payment.attempts += 1
        payment.failure_code = found.code[:60]
        again = found.again and payment.attempts <= len(PAUSES) and not payment.note
        if again:
            payment.state = PaymentState.PENDING
            payment.next_try_at = now + PAUSES[payment.attempts - 1]
            payment.idempotency_key = f"fee:{payment.pk}:{payment.attempts}"
            fees.charge_at(payment, payment.next_try_at)
        else:
            payment.state = PaymentState.CANCELLED if payment.note else PaymentState.FAILED
            payment.next_try_at = None
        payment.save()
        _note(appointment, payment, "fee_declined", now, code=payment.failure_code)
        if not payment.note:
            _ask_client(appointment, payment, now)
            if not again:
                money_mail.ask(money_mail.FEE_FAILED, appointment.pk, now=now, payment=str(payment.pk))


def _needs_client(payment_id: UUID, code: str, payment_intent_id: str, now: datetime) -> None:
    """Only the client himself can pay it: he gets a link, and his card is not tried again."""
    with transaction.atomic():
        appointment, payment = _lock(payment_id)
        if payment.state not in CHARGEABLE:
            return
        stopped = bool(payment.note)
        payment.state = PaymentState.CANCELLED if stopped else PaymentState.REQUIRES_CUSTOMER
        payment.failure_code, payment.next_try_at = code, None
        payment.save()
        _note(appointment, payment, "fee_needs_client", now, code=code)
        if not stopped:
            _ask_client(appointment, payment, now)


def _ask_client(appointment: Appointment, payment: Payment, now: datetime) -> None:
    money_mail.ask(money_mail.FEE_LINK, appointment.pk, now=now, payment=str(payment.pk), attempt=payment.attempts)


def _fail(payment_id: UUID, code: str, now: datetime) -> None:
    with transaction.atomic():
        appointment, payment = _lock(payment_id)
        if payment.state not in CHARGEABLE:
            return
        stopped = bool(payment.note)
        payment.state = PaymentState.CANCELLED if stopped else PaymentState.FAILED
        payment.failure_code, payment.next_try_at = code, None
        payment.save()
        _note(appointment, payment, "fee_declined", now, code=code)
        if not stopped:
            money_mail.ask(money_mail.FEE_FAILED, appointment.pk, now=now, payment=str(payment.pk))


def _unknown_for_good(payment: Payment, now: datetime, code: str = "unknown") -> None:
    """No answer will come. It stays owed, with a person told, until it is found at Stripe or surely not there (S26)."""
    assert payment.next_try_at is not None
    try:
        found = charging.look_for(payment, last=payment.next_try_at + KEYS_LAST, now=now)
    except (Postpone, GiveUp):
        with transaction.atomic():
            raise_concern(
                "fee_unknown", _concern(payment.pk), appointment=payment.appointment, payment=payment, now=now,
                amount=payment.amount, currency=payment.currency, code=code,
            )  # fmt: skip
        raise
    if found is not None:
        return _charged(payment.pk, found, now)
    _fail(payment.pk, charging.NEVER, now)
    return close_concerns(_concern(payment.pk), now=now)


def _concern(payment_id: UUID) -> str:
    return f"fee_unknown:{payment_id}"


def _note(appointment: Appointment, payment: Payment, action: str, now: datetime, **detail: object) -> None:
    standing.refresh(
        appointment, by=SYSTEM, now=now, action=action, amount=payment.amount, currency=payment.currency,
        purpose=str(payment.purpose), **detail,
    )  # fmt: skip
