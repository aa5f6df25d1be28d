"""Mails about an appointment's money: asked for by rows of the outbox, each sent at most once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.emails import money
from billing.emails.money import Post
from billing.enums import PaymentState
from billing.models import Payment
from billing.selectors.ledger import standing
from daybook.core.mail import Letter
from daybook.core.outbox import Drop, Entry, enqueue_all
from scheduling.enums import Status
from scheduling.selectors.appointments import appointment_by_id
from scheduling.services import messages
from scheduling.services.messages import language_of, manage_url, member_addresses, reply_address
from tenants.selectors import business_url, client_url

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

RECEIPT, LINK, LATE = "money.receipt", "money.link", "money.late"
PAY_SUFFIX = "/pay"
PAYABLE = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)


def ask(payment: Payment, *, now: datetime) -> None:
    """Have the client get a receipt, in the caller's transaction."""
    _enqueue(RECEIPT, str(payment.appointment_id), str(payment.pk), now, payment=str(payment.pk))


def ask_link(appointment: Appointment, *, key: str, confirm: bool = False, now: datetime) -> None:
    """Have the client get the link to pay what is due; once for each `key`."""
    _enqueue(LINK, str(appointment.pk), key, now, key=key, confirm=confirm)


def ask_late(appointment: Appointment, *, key: str, amount: int, currency: str, now: datetime) -> None:
    """Have both told that a payment came after the time was gone."""
    _enqueue(LATE, str(appointment.pk), key, now, key=key, amount=amount, currency=currency)


def send_receipt(*, business: Business, payload: dict[str, Any], now: datetime) -> None:
    """The receipt of one payment. Raises `Drop` when there is nothing to say."""
    payment = Payment.objects.filter(pk=payload["payment"]).first()
    if payment is None or payment.state != PaymentState.SUCCEEDED:
        raise Drop("nothing was paid")
    appointment = _appointment(payload)
    due = standing(appointment).due
    name = f"client.receipt.{payment.pk.hex[:20]}"
    _to_client(business, appointment, name, lambda post: money.receipt(post, payment, due=due), now)


def send_link(*, business: Business, payload: dict[str, Any], now: datetime) -> None:
    """The link to pay what is due now."""
    appointment = _appointment(payload)
    due = due_now(appointment) if appointment.status in PAYABLE else 0
    if not due:
        raise Drop("nothing is due")
    name = f"client.payment_link.{payload['key'][:18]}"
    url = manage_url(business, appointment, suffix=PAY_SUFFIX)
    _to_client(
        business, appointment, name,
        lambda post: money.payment_link(post, amount=due, confirm=payload["confirm"]), now, url=url,
    )  # fmt: skip


def send_late(*, business: Business, payload: dict[str, Any], now: datetime) -> None:
    """That a payment came too late: to the client, and to those who run the business."""
    appointment = _appointment(payload)
    amount, currency = payload["amount"], payload["currency"]
    name = f"client.paid_late.{payload['key'][:20]}"
    letters = []
    if appointment.client_email:
        post = _post(business, appointment, name, client_url(business))
        letters.append(money.too_late(post, amount=amount, currency=currency))
    url = business_url(business, f"/dashboard/appointments/{appointment.pk}/")
    for to in member_addresses(business, appointment) if amount else []:
        post = Post(business, appointment, to, language_of(business.locale), name, url)
        letters.append(money.late_for_members(post, amount=amount, currency=currency))
    messages.deliver(appointment, letters, name=name, sequence=0, now=now)


def due_now(appointment: Appointment) -> int:
    """What the client is asked to pay next: the deposit while nothing was paid, else all that is left."""
    found = standing(appointment)
    if appointment.payment_mode == "deposit" and not found.captured:
        return min(appointment.amount_due_now, found.due)
    return found.due


def _to_client(
    business: Business,
    appointment: Appointment,
    name: str,
    render: Callable[[Post], Letter],
    now: datetime,
    url: str = "",
) -> None:
    if not appointment.client_email:
        raise Drop("the client has no e-mail address")
    post = _post(business, appointment, name, url or manage_url(business, appointment))
    messages.deliver(appointment, [render(post)], name=name, sequence=0, now=now)


def _post(business: Business, appointment: Appointment, name: str, url: str) -> Post:
    language = language_of(appointment.client_locale or business.locale)
    return Post(business, appointment, appointment.client_email, language, name, url, reply_address(business))


def _appointment(payload: dict[str, Any]) -> Appointment:
    found = appointment_by_id(UUID(payload["appointment"]))
    if found is None:
        raise Drop("the appointment is gone")
    return found


def _enqueue(kind: str, appointment: str, unique: str, now: datetime, **facts: Any) -> None:
    payload = {"appointment": appointment, **facts}
    enqueue_all([Entry(kind, f"appointment:{appointment}:money", f"{kind}:{appointment}:{unique}", now, payload)])
