"""What is written down about an appointment: for the team alone, and for the client to read."""

from datetime import datetime

from django.db import transaction

from daybook.core.actors import Actor
from daybook.core.checking import Checks
from scheduling.models import Appointment
from scheduling.services import history

LONGEST = {"staff_notes": 5000, "shared_notes": 2000}


def keep(
    appointment: Appointment, *, staff: str | None = None, shared: str | None = None, now: datetime, by: Actor
) -> None:
    """Replace the notes of staff, those shared with the client, or both; None leaves them.

    Raises `Invalid` for text that is too long or cannot be kept.
    """
    checks = Checks()
    given = {"staff_notes": staff, "shared_notes": shared}
    texts = {name: checks.text(name, text, most=LONGEST[name]) for name, text in given.items() if text is not None}
    checks.done()
    changed = [name for name, text in texts.items() if text != getattr(appointment, name)]
    if not changed:
        return
    for name in changed:
        setattr(appointment, name, texts[name])
    with transaction.atomic():
        appointment.save(update_fields=[*changed, "updated_at"])
        was, detail = appointment.status, {"fields": changed}
        history.record(appointment, "notes_changed", by=by, now=now, was=was, detail=detail)
