"""What staff do with money on an appointment's page: refunds, fees, cards. POST only; the page itself asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.selectors.payments import access_payment, access_refund
from billing.services import cards, choices, fees, refunds
from daybook.core import clock
from daybook.core.audit import Line, record
from daybook.core.errors import DaybookError, Invalid
from daybook.core.formats import money
from scheduling.selectors.appointments import access_appointment
from scheduling.selectors.clients import access_client
from tenants.auth import actor
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right
from tenants.services.handoff import local_path

if TYPE_CHECKING:
    from billing.models import Payment


@member_required(Right.CHANGE_PAYMENTS, methods=("POST",))
def refund(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Give a part or all of a payment back, within what is left."""
    payment = access_payment(member_of(request), payment_id)

    def do() -> str:
        amount = choices.amount("amount", request.POST, payment.currency)
        note = request.POST.get("note", "").strip()[:300]
        left = request.POST.get("left", "")
        made = refunds.by_staff(
            payment=payment, amount=amount, now=clock.now(), by=actor(request), note=note,
            seen_left=int(left) if left.isascii() and left.isdecimal() and len(left) < 12 else None,
        )  # fmt: skip
        _audit(request, "payment.refunded", payment, made.amount)
        words = money(made.amount, payment.currency, get_language())
        if made.refund_id or made.idempotency_key:
            return _("%(amount)s goes back to the client. That takes a few days.") % {"amount": words}
        return _("%(amount)s is marked as given back.") % {"amount": words}

    return _done(request, payment, do)


@member_required(Right.CHANGE_PAYMENTS, methods=("POST",))
def refund_again(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Ask once more for a refund that failed."""
    failed = access_refund(member_of(request), refund_id)

    def do() -> str:
        made = refunds.try_again(refund=failed, now=clock.now(), by=actor(request))
        _audit(request, "payment.refunded", failed.payment, made.amount)
        return _("The refund is asked for again.")

    return _done(request, failed.payment, do)


@member_required(Right.CHANGE_PAYMENTS, methods=("POST",))
def decide_fee(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Charge, or waive, the fee for an appointment that was marked as no-show."""
    appointment = access_appointment(member_of(request), appointment_id)
    back = reverse("appointment", args=[appointment.pk])

    def do() -> str:
        choice = choices.of_no_show(request.POST, appointment.currency)
        if choice is None:
            raise Invalid("validation_failed", _("Choose one of these."), {"fee": [_("Choose one of these.")]})
        fees.decide(
            business=business_of(request), appointment=appointment, choice=choice, by=actor(request), now=clock.now()
        )
        return _("The fee is waived.") if choice.take is fees.Take.WAIVE else _("The card is charged in a moment.")

    return _answer(request, back, do)


@member_required(Right.CHANGE_PAYMENTS, methods=("POST",))
def waive(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Do without a fee that was not paid yet."""
    payment = access_payment(member_of(request), payment_id)

    def do() -> str:
        fees.waive(payment=payment, by=actor(request), now=clock.now())
        _audit(request, "fee.waived", payment, payment.amount)
        return _("The fee is waived.")

    return _done(request, payment, do)


@member_required(Right.CHANGE_CLIENTS, methods=("POST",))
def forget_card(request: HttpRequest, client_id: UUID, card_id: UUID) -> HttpResponse:
    """Never charge a kept card again."""
    client = access_client(client_id)

    def do() -> str:
        cards.forget(client=client, card_id=card_id, now=clock.now())
        return _("The card was removed. It is not charged any more.")

    return _answer(request, reverse("client", args=[client.pk]), do)


def _done(request: HttpRequest, payment: Payment, do: Callable[[], str]) -> HttpResponse:
    where = reverse("payments_transactions")
    if payment.appointment_id is not None:
        where = reverse("appointment", args=[payment.appointment_id]) + "#money"
    return _answer(request, where, do)


def _answer(request: HttpRequest, where: str, do: Callable[[], str]) -> HttpResponse:
    """Do it and say what came of it, on the page that asked."""
    try:
        with transaction.atomic():
            text = do()
        messages.success(request, text)
    except DaybookError as error:
        if error.status not in (409, 422):
            raise
        messages.error(request, error.message)
    response = redirect(local_path(request.POST.get("next", ""), otherwise=where))
    response.status_code = 303
    return response


def _audit(request: HttpRequest, action: str, payment: Payment, amount: int) -> None:
    facts = {"amount": amount, "currency": payment.currency}
    line = Line(action, "payment", payment.pk, payment.get_purpose_display(), after=facts)
    record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)
