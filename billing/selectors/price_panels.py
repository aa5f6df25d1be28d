"""What the pages of appointments and clients show about prices: lines of the bill, codes, packages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from billing.enums import OrderState
from billing.models import ClientPackage
from billing.selectors import price_lists, uses
from billing.selectors.prices import any_codes, told_bill, used_codes
from scheduling.enums import Status
from scheduling.signals import Panel
from tenants.enums import Right

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.selectors.ledger import Sums
    from scheduling.models import Appointment, Client
    from tenants.models import Membership

OPEN = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED)


def at(place: str, *, member: Membership, now: datetime, **facts: Any) -> list[Panel]:
    """The panels of one place; see `scheduling.signals.panels_wanted`."""
    match place:
        case "appointment":
            return _of_appointment(facts["appointment"], member, facts["sums"])
        case "client":
            return _of_client(facts["client"], member)
    return []


def _of_appointment(appointment: Appointment, member: Membership, sums: Callable[[], Sums]) -> list[Panel]:
    """What it costs line by line; and, while nothing was paid, a field for a code and the client's packages."""
    bill = told_bill(appointment)
    codes = used_codes(appointment) if bill and (bill.discount or bill.covered) else []
    may = appointment.price > 0 and appointment.status in OPEN and member.may(Right.CHANGE_OWN_APPOINTMENTS)
    may_use = may and (bool(codes) or any_codes()) and not sums().captured
    if bill is None and not may_use:
        return []
    day = appointment.starts_at.date()
    packages = (
        price_lists.packages_of(
            appointment.client, appointment.client_email, service_id=appointment.service_id, day=day
        )
        if may_use
        else []
    )
    context = {"bill": bill, "codes": codes, "may_use": may_use, "packages": packages, "row": appointment}
    return [Panel("billing/appointment/_price.html", context, order=10)]


def _of_client(client: Client, member: Membership) -> list[Panel]:
    """The packages that a client has, with what is left of each."""
    if not member.may(Right.SEE_CLIENTS):
        return []
    found = list(ClientPackage.objects.filter(client=client, state=OrderState.ACTIVE)[:20])
    if not found:
        return []
    left = uses.left_by_package(found)
    return [Panel("billing/client/_packages.html", {"rows": [(row, left[row.pk]) for row in found]}, order=15)]
