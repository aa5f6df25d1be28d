"""Taking a booking back right after it was made, before anybody has heard of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from daybook.core import outbox
from daybook.core.actors import Actor
from daybook.core.outbox import reading
from scheduling.domain.messages import Kind
from scheduling.enums import Status
from scheduling.errors import AlreadyTold, InvalidTransition
from scheduling.models import Appointment
from scheduling.services import transitions, write_path
from scheduling.services.bookings import lock_appointment

if TYPE_CHECKING:
    from tenants.models import Business


def take_back(*, business: Business, appointment: Appointment, now: datetime, by: Actor) -> Appointment:
    """Cancel it and tell nobody who does not know of it.

    Raises `AlreadyTold` when the client has heard of the booking (or is hearing), `InvalidTransition` when it has
    changed since.
    """

    def work() -> Appointment:
        fresh = lock_appointment(business, appointment, now=now)
        if fresh.status != Status.CONFIRMED or fresh.sequence:
            raise InvalidTransition(fresh.status, "undo")
        if _heard(Kind.CONFIRMED, fresh):
            raise AlreadyTold()
        return transitions.cancel(
            business=business, appointment=fresh, now=now, by=by, reason=_("Taken back right after booking."),
            notify=False, tell_members=_heard(Kind.MEMBERS_NEW, fresh),
        )  # fmt: skip

    return write_path.transact(work)


def _heard(kind: Kind, appointment: Appointment) -> bool:
    """Take the mail of the booking out of the outbox; answers whether it had left already."""
    key = f"{kind}:{appointment.pk}:{appointment.sequence}"
    asked = bool(reading.rows([key]))
    return not outbox.cancel(dedupe_prefix=key) and asked
