"""What may be done with an appointment in its state, as staff see it, and doing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from daybook.core.actors import Actor
from daybook.core.errors import Forbidden
from scheduling.domain.states import RESTORABLE
from scheduling.enums import PaymentMode, Status
from scheduling.selectors.appointments import access_appointment
from scheduling.services import transitions
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business, Membership


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `asks`: a page of its own says first what it means; `undone`: restoring takes it back."""

    name: str
    label: str | Promise
    icon: str
    done: str | Promise
    asks: bool = False
    undone: bool = False


ACTIONS = {
    action.name: action
    for action in (
        Action("approve", _("Approve"), "check", _("Approved.")),
        Action("decline", _("Decline"), "ban", _("Declined."), asks=True),
        Action("check-in", _("Check in"), "log-in", _("Checked in.")),
        Action("complete", _("Complete"), "check-check", _("Completed."), undone=True),
        Action("no-show", _("No-show"), "user-x", _("Marked as no-show."), undone=True),
        Action("cancel", _("Cancel"), "x", _("Cancelled."), asks=True, undone=True),
        Action("restore", _("Restore"), "undo-2", _("Restored.")),
    )
}


def possible(appointment: Appointment, *, now: datetime, zone: str) -> list[Action]:
    """What the state and the clock (in the business's `zone`) allow, the likeliest first."""
    return [action_for(appointment, name) for name in _names(appointment, now, zone)]


def action_for(appointment: Appointment, name: str) -> Action:
    """The action; a no-show is asked about where money may be involved. KeyError for names that are none."""
    found = ACTIONS[name]
    if name == "no-show" and appointment.payment_mode != PaymentMode.PAY_IN_PERSON:
        return replace(found, asks=True)
    return found


def _names(appointment: Appointment, now: datetime, zone: str) -> Iterator[str]:
    if appointment.status == Status.PENDING_APPROVAL:
        yield from ("approve", "decline")
    elif appointment.status == Status.CONFIRMED:
        begun = now >= appointment.starts_at
        expected = transitions.check_in_opens_at(appointment, zone) <= now < appointment.ends_at
        if appointment.checked_in_at is None and expected:
            yield "check-in"
        if begun:
            yield from ("complete", "no-show")
        yield "cancel"
    elif appointment.status == Status.HELD:
        yield "cancel"
    elif appointment.status in RESTORABLE and appointment.client_id is not None:
        yield "restore"


def movable(appointment: Appointment) -> bool:
    """Whether it can be rescheduled."""
    return appointment.status in (Status.CONFIRMED, Status.PENDING_APPROVAL)


def may_change(member: Membership, appointment: Appointment) -> bool:
    """Whether the member may change it: his own, or everybody's."""
    own = member.may(Right.CHANGE_OWN_APPOINTMENTS) and appointment.provider_id == member.provider_id
    return own or member.may(Right.CHANGE_ALL_APPOINTMENTS)


def access_to_change(member: Membership, appointment_id: UUID) -> Appointment:
    """The appointment, if the member may change it; NotFound, Forbidden."""
    found = access_appointment(member, appointment_id)
    if not may_change(member, found):
        raise Forbidden("forbidden", str(_("Your role does not allow this.")))
    return found


def perform(
    name: str,
    *,
    business: Business,
    appointment: Appointment,
    now: datetime,
    by: Actor,
    reason: str = "",
    notify: bool = True,
    allow_overlap: bool = False,
    chosen: Mapping[str, Any] | None = None,
) -> Appointment:
    """Do it. Raises what the service raises when the state or the clock does not allow it."""
    facts: dict[str, Any] = {"business": business, "appointment": appointment, "now": now, "by": by}
    match name:
        case "approve":
            return transitions.approve(**facts)
        case "decline":
            return transitions.decline(**facts, reason=reason, notify=notify)
        case "check-in":
            return transitions.check_in(**facts)
        case "complete":
            return transitions.complete(**facts)
        case "no-show":
            return transitions.no_show(**facts, chosen=chosen)
        case "cancel":
            return transitions.cancel(**facts, reason=reason, notify=notify, chosen=chosen)
    return transitions.restore(**facts, notify=notify, allow_overlap=allow_overlap)
