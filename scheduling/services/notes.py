"""What staff write down about an appointment; clients never see it."""

from datetime import datetime

from daybook.core.actors import Actor
from daybook.core.checking import Checks
from scheduling.models import Appointment
from scheduling.services import history


def keep(appointment: Appointment, text: str, *, now: datetime, by: Actor) -> None:
    """Replace the notes of staff. Raises `Invalid` for text that is too long or cannot be kept."""
    checks = Checks()
    text = checks.text("staff_notes", text, most=5000)
    checks.done()
    if text == appointment.staff_notes:
        return
    appointment.staff_notes = text
    appointment.save(update_fields=["staff_notes", "updated_at"])
    history.record(appointment, "notes_changed", by=by, now=now, was=appointment.status)
