"""What became of a checkout: one way for webhook, return page, poll and sweeper alike.

The vendor is asked with no transaction open; his answer is applied under the provider's lock, the appointment's row and
the attempt's, in that order, and only forwards: what was paid stays paid, whatever comes later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from billing.enums import FEES, AttemptState, Method, PaymentState, Purpose
from billing.gateways.base import Intent, Missing, Session, Unknown
from billing.gateways.stripe import gateway
from billing.models import CheckoutAttempt, Payment, SavedCard, StripeCustomer
from billing.services import attempts, fees, late, receipts, standing
from billing.services.concerns import raise_concern
from daybook.core.actors import SYSTEM
from scheduling.services import paying
from scheduling.services.paying import Paid

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business


SETTLED = (AttemptState.PAID, AttemptState.EXPIRED, AttemptState.REFUSED)


@dataclass(frozen=True, slots=True)
class Facts:
    """A paid checkout as the vendor has it; `intent` is None for a card that was only kept, or not readable yet."""

    session: Session
    intent: Intent | None = None


def attempt_of(about: dict[str, Any]) -> CheckoutAttempt | None:
    """The attempt that an event is about: by its id in the metadata, under the account it was made at. 1 query."""
    try:
        named = UUID(about.get("metadata", {}).get("attempt", ""))
    except ValueError:
        return None
    found = CheckoutAttempt.objects.select_related("appointment__client")
    return found.filter(pk=named, account_id=about.get("account", "")).first()


def known(attempt: CheckoutAttempt, named: str) -> bool:
    """Whether there is a session to ask for."""
    return bool(attempt.session_id or named) or attempt.state in SETTLED


def look(*, business: Business, attempt_id: UUID, session_id: str = "", now: datetime) -> CheckoutAttempt:
    """Ask how a checkout stands, and apply it. `session_id`: as an event named it, where we have not learnt it yet.

    An attempt of an order, which belongs to no appointment, is left to those who sell it.
    """
    attempt = CheckoutAttempt.objects.get(pk=attempt_id)
    known = attempt.session_id or session_id
    if not known or attempt.state == AttemptState.PAID or attempt.appointment_id is None:
        return attempt
    found = gateway().session(attempt.account_id, known)
    if isinstance(found, Unknown | Missing):
        return attempt
    return apply(business=business, attempt=attempt, session=found, now=now)


def apply(*, business: Business, attempt: CheckoutAttempt, session: Session, now: datetime) -> CheckoutAttempt:
    """Apply what the vendor says of this attempt's checkout. A session of something else is never taken for it."""
    if session.metadata.get("attempt") != str(attempt.pk):
        return attempt
    if session.status == "complete" and session.paid:
        return _paid(business, attempt, _facts(attempt, session), now)
    if session.status == "expired":
        return over(business=business, attempt=attempt, state=AttemptState.EXPIRED, now=now)
    CheckoutAttempt.objects.filter(pk=attempt.pk).update(
        checked_at=now, session_id=session.session_id, **_opened(attempt)
    )
    attempt.refresh_from_db()
    return attempt


def over(
    *, business: Business, attempt: CheckoutAttempt, state: AttemptState, now: datetime, error: str = ""
) -> CheckoutAttempt:
    """The payment page is surely closed, unpaid: the attempt ends, and with it what kept the hold's time closed."""

    def write(_: Any) -> None:
        locked = CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
        attempts.ended(locked, state, now=now, error=error)

    appointment = attempt.appointment
    if appointment is not None and attempt.purpose in attempts.FOR_HOLDS and _is_last(attempt):
        paying.close_checkout(business=business, appointment=appointment, write=write, now=now)
    else:
        with transaction.atomic():
            write(None)
    attempt.refresh_from_db()
    return attempt


def _is_last(attempt: CheckoutAttempt) -> bool:
    """Whether no other page for the same hold may still be paid."""
    assert attempt.appointment_id is not None
    return not [one for one in attempts.live(attempt.appointment_id, of_hold=True) if one.pk != attempt.pk]


def _opened(attempt: CheckoutAttempt) -> dict[str, Any]:
    """An attempt of which only an event knew that it was made."""
    return {"state": AttemptState.OPEN} if attempt.state == AttemptState.ASKING else {}


def _facts(attempt: CheckoutAttempt, session: Session) -> Facts:
    if not session.payment_intent_id:
        return Facts(session)
    found = gateway().intent(attempt.account_id, session.payment_intent_id)
    return Facts(session, found if isinstance(found, Intent) else None)


def _paid(business: Business, attempt: CheckoutAttempt, facts: Facts, now: datetime) -> CheckoutAttempt:
    appointment, fits = attempt.appointment, _fits(attempt, facts)
    assert appointment is not None

    def write(paid: Paid) -> None:
        locked = CheckoutAttempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.state == AttemptState.PAID:
            return
        _write_paid(business, locked, facts, paid, now=now, fits=fits)

    if fits and attempt.purpose in attempts.FOR_HOLDS:
        paying.settle_paid(business=business, appointment=appointment, write=write, now=now)
    else:
        with transaction.atomic():
            fresh = paying.lock_row(appointment)
            write(Paid(fresh, gone=_is_gone(fresh, attempt)))
        if attempt.purpose in attempts.FOR_HOLDS:  # not what we asked for: it books nothing, a person looks at it
            paying.close_checkout(business=business, appointment=appointment, write=lambda _: None, now=now)
    attempt.refresh_from_db()
    return attempt


GONE = ("cancelled", "declined", "expired")


def _is_gone(appointment: Appointment, attempt: CheckoutAttempt) -> bool:
    """Whether what was paid for is not owed any more. A fee is owed whatever became of the appointment, until waived."""
    if attempt.purpose in FEES:
        return fees.owed(appointment, attempt.purpose) is None
    return appointment.status in GONE


def _fits(attempt: CheckoutAttempt, facts: Facts) -> bool:
    """Whether amount, currency and appointment are those of our own snapshot (the account is: it was asked there)."""
    session = facts.session
    if session.reference != str(attempt.appointment_id):
        return False
    if attempt.purpose == Purpose.CARD:
        return bool(session.setup_intent_id)
    same = (session.amount, session.currency) == (attempt.amount, attempt.currency)
    return same and (facts.intent is None or facts.intent.amount == attempt.amount)


def _write_paid(
    business: Business, attempt: CheckoutAttempt, facts: Facts, paid: Paid, *, now: datetime, fits: bool
) -> None:
    appointment = paid.appointment
    twice = fits and not paid.made and not paid.gone and attempt.purpose in attempts.FOR_HOLDS and _has_paid(attempt)
    attempt.state, attempt.ended_at, attempt.checked_at = AttemptState.PAID, now, now
    attempt.session_id = facts.session.session_id
    attempt.payment_intent_id = facts.session.payment_intent_id
    attempt.save(update_fields=["state", "ended_at", "checked_at", "session_id", "payment_intent_id"])
    payment = None if attempt.purpose == Purpose.CARD else _payment(attempt, facts, appointment, now)
    _keep_card(attempt, facts, appointment, now)
    if payment is not None:
        if not fits:
            raise_concern(
                "amount_mismatch", f"mismatch:{attempt.pk}", appointment=appointment, payment=payment, now=now,
                asked=attempt.amount, asked_currency=attempt.currency, paid=facts.session.amount,
                paid_currency=facts.session.currency,
            )  # fmt: skip
        elif paid.gone or twice:
            twice = twice or attempt.purpose in FEES
            late.give_back(business=business, payment=payment, appointment=appointment, twice=twice, now=now)
        else:
            receipts.ask(payment, now=now)
    elif not fits or paid.gone:
        late.tell(appointment, now=now)
    found = standing.refresh(
        appointment, by=SYSTEM, now=now, action="paid" if payment else "card_kept",
        amount=payment.amount if payment else 0, currency=attempt.currency, purpose=str(attempt.purpose),
    )  # fmt: skip
    if payment is not None and fits and not paid.gone and attempt.purpose == Purpose.BALANCE:
        late.give_back_excess(payment, found, appointment=appointment, now=now)


def _has_paid(attempt: CheckoutAttempt) -> bool:
    """Whether the same was paid before, in another tab."""
    before = Payment.objects.filter(
        appointment=attempt.appointment, purpose__in=attempts.FOR_HOLDS, state=PaymentState.SUCCEEDED
    )
    return before.exclude(attempt=attempt).exists()


def _payment(attempt: CheckoutAttempt, facts: Facts, appointment: Appointment, now: datetime) -> Payment:
    session, intent = facts.session, facts.intent
    card = session.card or (intent.card if intent else None)
    owed = fees.owed(appointment, attempt.purpose) if attempt.purpose in FEES else None
    if owed is not None and session.amount == owed.amount:
        return fees.paid_by_client(owed, attempt, facts.session, intent)
    payment, _made = Payment.objects.get_or_create(
        account_id=attempt.account_id,
        payment_intent_id=session.payment_intent_id,
        defaults={
            "appointment": appointment, "client_id": appointment.client_id, "attempt": attempt,
            "purpose": attempt.purpose, "method": Method.ONLINE, "state": PaymentState.SUCCEEDED,
            "amount": session.amount, "tip": min(attempt.tip, session.amount), "currency": session.currency,
            "application_fee": intent.application_fee if intent else attempt.application_fee,
            "stripe_fee": intent.stripe_fee if intent else None, "charge_id": intent.charge_id if intent else "",
            "card_brand": card.brand if card else "", "card_last4": card.last4 if card else "",
            "made_by": "client", "created_at": now,
            "captured_at": (intent.captured_at if intent else None) or timezone.now(),
        },
    )  # fmt: skip
    return payment


def _keep_card(attempt: CheckoutAttempt, facts: Facts, appointment: Appointment, now: datetime) -> None:
    """Keep the client's customer and, with his consent, his card."""
    session, client_id = facts.session, appointment.client_id
    if client_id is None or not session.customer_id:
        return
    StripeCustomer.objects.get_or_create(
        client_id=client_id, account_id=attempt.account_id,
        defaults={"customer_id": session.customer_id, "created_at": now},
    )  # fmt: skip
    card = session.card
    if card is None or not attempt.consent:
        return
    SavedCard.objects.get_or_create(
        account_id=attempt.account_id, payment_method_id=card.payment_method_id, appointment=appointment,
        defaults={
            "client_id": client_id, "customer_id": session.customer_id, "brand": card.brand, "last4": card.last4,
            "exp_month": card.exp_month, "exp_year": card.exp_year, "consent": attempt.consent, "created_at": now,
        },
    )  # fmt: skip
