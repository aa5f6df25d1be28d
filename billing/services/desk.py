"""Money that staff see to: paid at the desk in parts, taken back, asked for by a link, charged to a kept card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.enums import IN_PERSON, Method, PaymentState, Purpose
from billing.errors import NoConsent, NothingDue
from billing.models import Payment
from billing.selectors.accounts import application_fee, ready_account
from billing.selectors.ledger import captured, left_to_refund, standing
from billing.selectors.money import card_of
from billing.services import attempts, bills, receipts
from billing.services import standing as standings
from billing.services.checkout import PaymentsUnavailable
from daybook.core import formats
from daybook.core.checking import Checks
from daybook.core.errors import Conflict, Invalid, NotFound
from daybook.core.ids import new_id
from daybook.core.outbox import Entry, enqueue_all
from scheduling.enums import PaymentMode, Status
from scheduling.errors import CheckoutOpen, InvalidTransition
from scheduling.services import paying

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from scheduling.models import Appointment
    from tenants.models import Business

PAYABLE = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
CHARGE = "payment.charge"
UNDO_FOR = timedelta(days=1)
HIGHEST_TIP = 9_999_999


@dataclass(frozen=True, slots=True)
class Taken:
    """What a client gave at the desk. `amount` is of what is due, `tip` on top; minor units."""

    amount: int
    method: str
    tip: int = 0
    note: str = ""


def mark_paid(
    *, appointment: Appointment, taken: Taken, seen_paid: int | None = None, now: datetime, by: Actor
) -> Payment:
    """Keep what was paid in person, all of it or a part. Raises `Invalid` (422) for more than is due, `NothingDue`.

    `seen_paid`: what had come, tips included, when they chose (minor units); once it is not, the same form was sent
    before or somebody else was faster: `Conflict`.
    """
    checks = Checks()
    checks.choice("method", taken.method, [str(method) for method in IN_PERSON])
    checks.number("tip", taken.tip, least=0, most=HIGHEST_TIP)
    note = checks.line("note", taken.note, most=300)
    checks.done()
    with transaction.atomic():
        fresh = _payable(appointment)
        _check_seen(fresh, seen_paid)
        bills.ensure(fresh, now=now)
        _check_amount(fresh, taken.amount, tip=taken.tip)
        payment = Payment.objects.create(
            appointment=fresh, client_id=fresh.client_id, purpose=Purpose.BALANCE, method=taken.method,
            state=PaymentState.SUCCEEDED, amount=taken.amount + taken.tip, tip=taken.tip, currency=fresh.currency,
            note=note, made_by=by.name[:100], created_at=now, captured_at=now,
        )  # fmt: skip
        _note(fresh, "paid_in_person", payment, by, now)
    return payment


def take_back(*, appointment: Appointment, payment_id: UUID, now: datetime, by: Actor) -> Payment:
    """Undo what was marked as paid by mistake, within a day; later, and for online payments, there are refunds."""
    with transaction.atomic():
        fresh = paying.lock_row(appointment)
        found = Payment.objects.select_for_update().filter(pk=payment_id, appointment=fresh).first()
        if found is None:
            raise NotFound()
        if found.method not in IN_PERSON or now > found.created_at + UNDO_FOR or left_to_refund(found) < found.amount:
            raise Conflict("not_undoable", _("This cannot be undone any more. Give it back as a refund instead."))
        found.state = PaymentState.CANCELLED
        found.note = found.note or "taken back"
        found.save(update_fields=["state", "note", "updated_at"])
        _note(fresh, "payment_undone", found, by, now)
    return found


def send_link(*, appointment: Appointment, now: datetime, by: Actor) -> None:
    """Mail the client where to pay what is due. Raises `NothingDue`, `Invalid` without an address."""
    if not appointment.client_email:
        raise Invalid("no_email", _("There is no e-mail address to send it to."))
    with transaction.atomic():
        fresh = _payable(appointment)
        if not receipts.due_now(fresh):
            raise NothingDue()
        receipts.ask_link(fresh, key=new_id().hex, now=now)
        paying.note_paid(fresh, fresh.payment_status, action="payment_link", by=by, now=now)


def ask_online(
    *, business: Business, appointment: Appointment, mode: PaymentMode, due_now: int, now: datetime, by: Actor
) -> None:
    """Have the client of a booked appointment pay online, a deposit or all of it, and mail him the link."""
    if ready_account(business) is None:
        raise PaymentsUnavailable()
    with transaction.atomic():
        fresh = _payable(appointment)
        paying.ask_for_payment(fresh, mode=mode, due_now=due_now)
    send_link(appointment=fresh, now=now, by=by)


def charge_card(
    *,
    business: Business,
    appointment: Appointment,
    amount: int | None = None,
    seen_paid: int | None = None,
    now: datetime,
    by: Actor,
) -> Payment:
    """Charge what is due (or a part) to the card that the client let the business keep; the outbox asks the bank.

    `seen_paid` as for `mark_paid`. Raises `Conflict`, `NoConsent`, `NothingDue`, `PaymentsUnavailable`, `CheckoutOpen` while the client is paying himself.
    """
    account = ready_account(business)
    if account is None:
        raise PaymentsUnavailable()
    with transaction.atomic():
        fresh = _payable(appointment)
        _check_seen(fresh, seen_paid)
        card = card_of(fresh)
        if card is None or card.account_id != account.account_id:
            raise NoConsent()
        found = standing(fresh)
        wanted = found.due - found.pending if amount is None else amount
        if wanted <= 0:
            raise NothingDue()
        if found.pending or attempts.live(fresh.pk):
            raise CheckoutOpen()
        _check_amount(fresh, wanted)
        pk = new_id()
        payment = Payment.objects.create(
            id=pk, appointment=fresh, client_id=fresh.client_id, purpose=Purpose.BALANCE, method=Method.SAVED_CARD,
            state=PaymentState.PENDING, amount=wanted, currency=fresh.currency, account_id=card.account_id,
            application_fee=application_fee(business, wanted), idempotency_key=f"payment:{pk}:charge:1",
            card_brand=card.brand, card_last4=card.last4, made_by=by.name[:100], created_at=now,
        )  # fmt: skip
        enqueue_all([Entry(CHARGE, f"payment:{pk}", f"{CHARGE}:{pk}", now, {"payment": str(pk)})])
        _note(fresh, "charge_asked", payment, by, now)
    return payment


def _payable(appointment: Appointment) -> Appointment:
    fresh = paying.lock_row(appointment)
    if fresh.status not in PAYABLE:
        raise InvalidTransition(fresh.status, "pay")
    return fresh


def _check_seen(appointment: Appointment, seen_paid: int | None) -> None:
    if seen_paid is not None and seen_paid != captured(appointment):
        message = _(
            "Nothing more was taken: the form was sent twice, or what is paid has changed meanwhile. Check it below."
        )
        raise Conflict("changed_meanwhile", message)


def _check_amount(appointment: Appointment, amount: int, *, tip: int = 0) -> None:
    """Money is taken for what is due, in parts perhaps; what goes beyond is a tip and named so."""
    due = standing(appointment).due
    if not due and not tip:
        raise NothingDue()
    if amount < 0 or amount > due or amount + tip <= 0:
        most = formats.money(due, appointment.currency, get_language())
        message = _("Enter an amount up to %(due)s, which is due. What goes beyond is a tip.") % {"due": most}
        raise Invalid("bad_amount", message, {"amount": [message]}, due=due)


def _note(appointment: Appointment, action: str, payment: Payment, by: Actor, now: datetime) -> None:
    standings.refresh(
        appointment, by=by, now=now, action=action, amount=payment.amount, currency=payment.currency,
        method=str(payment.method), payment=str(payment.pk),
    )  # fmt: skip
