"""A code, or a client's package, used by staff for an appointment that was not paid yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from billing.selectors import price_lists
from billing.services import discounts
from billing.views.price_doors import saved
from daybook.core import clock
from daybook.core.errors import DaybookError, NotFound
from daybook.core.formats import money
from scheduling.selectors.appointments import access_appointment
from tenants import limits
from tenants.auth import actor
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def use_code(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """`code` as typed, `package` of the client's, or `uncode` to take one off."""
    appointment = access_appointment(member_of(request), appointment_id)
    facts: dict[str, Any] = {
        "business": business_of(request),
        "appointment": appointment,
        "now": clock.now(),
        "by": actor(request),
    }
    try:
        if "uncode" in request.POST:
            bill = discounts.remove(coupon=request.POST["uncode"] == "coupon", **facts)
        elif "package" in request.POST:
            bill = discounts.redeem(found=price_lists.access_sold(_id(request.POST["package"])), **facts)
        else:
            bill = discounts.apply(code=request.POST.get("code", "")[:100], **facts)
    except NotFound:
        raise
    except DaybookError as error:
        if getattr(error, "reason", "") == "unknown":
            limits.count_guess(request, "code", request.POST.get("code", "")[:100])
        messages.error(request, error.message)
        return saved(request, "", "appointment", appointment.pk, quiet=True)
    words = _("To pay: %(amount)s") % {"amount": money(bill.to_pay, bill.currency)}
    return saved(request, words, "appointment", appointment.pk)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None
