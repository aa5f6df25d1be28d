"""Sending the mails about money that goes back and fees: what is still true when its turn comes, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.emails import back
from billing.emails.money import Post
from billing.enums import PaymentState, RefundState
from billing.models import Dispute, Payment, Refund
from billing.services import money_mail
from daybook.core import formats
from daybook.core.mail import Letter
from daybook.core.outbox import Drop
from scheduling.selectors.appointments import appointment_by_id
from scheduling.services import messages
from scheduling.services.messages import language_of, manage_url, member_addresses, reply_address
from tenants.selectors import business_url

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business

FEE_SUFFIX = "/fee"
OWED = (PaymentState.PENDING, PaymentState.REQUIRES_CUSTOMER, PaymentState.FAILED)
Render = Callable[[Post], Letter]


def deliver(kind: str, *, business: Business, payload: dict[str, Any], now: datetime) -> None:
    """Send one mail. Raises `Drop` when it is not true any more, `NotSent` to be tried again."""
    appointment = appointment_by_id(UUID(payload["appointment"]))
    if appointment is None:
        raise Drop("the appointment is gone")
    match kind:
        case money_mail.REFUNDED:
            refund = _refund(payload, RefundState.PENDING, RefundState.SUCCEEDED)
            _client(
                business, appointment, f"client.refunded.{refund.pk.hex[:20]}", now, lambda p: back.refunded(p, refund)
            )
        case money_mail.REFUND_FAILED:
            refund = _refund(payload, RefundState.FAILED)
            _members(business, appointment, f"members.refund_failed.{refund.pk.hex[:16]}", now,
                     lambda p: back.refund_failed(p, refund))  # fmt: skip
        case money_mail.FEE_CHARGED:
            payment = _payment(payload, PaymentState.SUCCEEDED)
            _client(
                business, appointment, f"client.fee.{payment.pk.hex[:20]}", now, lambda p: back.fee_charged(p, payment)
            )
        case money_mail.FEE_LINK:
            _fee_link(business, appointment, payload, now)
        case money_mail.FEE_FAILED:
            payment = _payment(payload, PaymentState.FAILED)
            _members(business, appointment, f"members.fee_failed.{payment.pk.hex[:16]}", now,
                     lambda p: back.fee_failed(p, payment))  # fmt: skip
        case money_mail.DISPUTE:
            _dispute(business, appointment, payload, now)


def _fee_link(business: Business, appointment: Appointment, payload: dict[str, Any], now: datetime) -> None:
    payment = _payment(payload, *OWED)
    again = ""
    if payment.next_try_at is not None:
        local = payment.next_try_at.astimezone(ZoneInfo(business.timezone)).date()
        again = formats.day(local, language_of(appointment.client_locale or business.locale))
    url = manage_url(business, appointment, suffix=FEE_SUFFIX)
    name = f"client.fee_link.{payment.pk.hex[:16]}.{payload['attempt']}"
    _client(business, appointment, name, now, lambda post: back.fee_link(post, payment, again=again), url)


def _dispute(business: Business, appointment: Appointment, payload: dict[str, Any], now: datetime) -> None:
    found = Dispute.objects.select_related("payment").filter(pk=payload["dispute"]).first()
    if found is None or found.status != payload["status"]:
        raise Drop("it has gone on")
    name = f"members.dispute.{found.pk.hex[:8]}.{found.status}"[:40]
    _members(business, appointment, name, now, lambda post: back.dispute(post, found))


def _client(
    business: Business, appointment: Appointment, name: str, now: datetime, render: Render, url: str = ""
) -> None:
    if not appointment.client_email:
        raise Drop("the client has no e-mail address")
    language = language_of(appointment.client_locale or business.locale)
    where = url or manage_url(business, appointment)
    post = Post(business, appointment, appointment.client_email, language, name, where, reply_address(business))
    messages.deliver(appointment, [render(post)], name=name, sequence=0, now=now)


def _members(business: Business, appointment: Appointment, name: str, now: datetime, render: Render) -> None:
    url = business_url(business, f"/dashboard/appointments/{appointment.pk}/")
    language = language_of(business.locale)
    posts = [Post(business, appointment, to, language, name, url) for to in member_addresses(business, appointment)]
    messages.deliver(appointment, [render(post) for post in posts], name=name, sequence=0, now=now)


def _refund(payload: dict[str, Any], *states: str) -> Refund:
    found = Refund.objects.select_related("payment").filter(pk=payload["refund"]).first()
    if found is None or found.state not in states:
        raise Drop("it is not so any more")
    return found


def _payment(payload: dict[str, Any], *states: str) -> Payment:
    found = Payment.objects.filter(pk=payload["payment"]).first()
    if found is None or found.state not in states:
        raise Drop("it is not so any more")
    return found
