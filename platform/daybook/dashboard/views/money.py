"""What staff do about an appointment's money: paid at the desk, taken back, a link to pay, a kept card charged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.services import desk
from billing.services.desk import Taken
from daybook.core import clock, formats
from daybook.core.errors import DaybookError, Invalid, NotFound
from daybook.core.inputs import MoneyField
from scheduling.views.actions import access_to_change
from tenants.auth import actor
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment

Act = Callable[[HttpRequest, "Appointment"], str]


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def act(request: HttpRequest, appointment_id: UUID, what: str) -> HttpResponse:
    """One of `ACTS`; says what came of it on the appointment's page."""
    found = access_to_change(member_of(request), appointment_id)
    if what not in ACTS:
        raise NotFound()
    try:
        messages.success(request, ACTS[what](request, found))
    except DaybookError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('appointment', args=[found.pk])}#payment")


def _take(request: HttpRequest, found: Appointment) -> str:
    taken = Taken(
        amount=_amount(request, found, "amount"),
        tip=_amount(request, found, "tip"),
        method=str(request.POST.get("method", "")),
        note=str(request.POST.get("note", "")),
    )
    payment = desk.mark_paid(
        appointment=found, taken=taken, seen_paid=_seen(request), now=clock.now(), by=actor(request)
    )
    return _("%(amount)s marked as paid.") % {"amount": _money(payment.amount, payment.currency)}


def _take_back(request: HttpRequest, found: Appointment) -> str:
    try:
        payment_id = UUID(str(request.POST.get("payment", "")))
    except ValueError:
        raise NotFound() from None
    desk.take_back(appointment=found, payment_id=payment_id, now=clock.now(), by=actor(request))
    return _("Taken back: it counts as unpaid again.")


def _link(request: HttpRequest, found: Appointment) -> str:
    desk.send_link(appointment=found, now=clock.now(), by=actor(request))
    return _("A link to pay is on its way to %(email)s.") % {"email": found.client_email}


def _charge(request: HttpRequest, found: Appointment) -> str:
    payment = desk.charge_card(
        business=business_of(request), appointment=found, amount=_amount(request, found, "amount"),
        seen_paid=_seen(request), now=clock.now(), by=actor(request),
    )  # fmt: skip
    return _("%(amount)s is being charged. This page shows what the bank says in a moment.") % {
        "amount": _money(payment.amount, payment.currency)
    }


ACTS: dict[str, Act] = {"take": _take, "take-back": _take_back, "link": _link, "charge": _charge}


def _amount(request: HttpRequest, found: Appointment, name: str) -> int:
    """What was typed, in minor units; nothing is 0. Raises `Invalid`."""
    field = MoneyField(currency=found.currency, required=False)
    try:
        return int(field.clean(request.POST.get(name, "")) or 0)
    except ValidationError as error:
        message = str(error.messages[0])
        raise Invalid("bad_amount", message, {name: [message]}) from None


def _seen(request: HttpRequest) -> int | None:
    """What was paid when the form was made, in minor units; None where it does not say."""
    paid = request.POST.get("paid", "")
    return int(paid) if paid.isascii() and paid.isdecimal() and len(paid) < 12 else None


def _money(amount: int, currency: str) -> str:
    return formats.money(amount, currency, get_language())
