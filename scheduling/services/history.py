"""One line of history for every change, and the fact announced with it."""

from datetime import datetime
from typing import Any

from django.dispatch import Signal

from daybook.core.actors import Actor
from daybook.core.checking import plain_lines
from scheduling.models import Appointment, AppointmentEvent


def record(
    appointment: Appointment,
    action: str,
    *,
    by: Actor,
    now: datetime,
    was: str = "",
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> AppointmentEvent:
    """Write who did what, when, from which status to which, and why."""
    return AppointmentEvent.objects.create(
        appointment=appointment,
        at=now,
        action=action,
        from_status=was,
        to_status=appointment.status,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name,
        reason=plain_lines(reason)[:500],
        detail=detail or {},
    )


def announce(signal: Signal, appointment: Appointment, **facts: Any) -> None:
    """Send a fact inside the transaction. A receiver that fails takes the transaction with it."""
    signal.send(sender=Appointment, appointment=appointment, **facts)
