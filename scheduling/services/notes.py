"""What is written down about an appointment: for the team alone, and for the client to read."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core.actors import Actor
from daybook.core.checking import Checks
from daybook.core.crypto import fingerprint
from scheduling.models import Appointment
from scheduling.services import history

LONGEST = {"staff_notes": 5000, "shared_notes": 2000}


def keep(
    appointment: Appointment,
    *,
    staff: str | None = None,
    shared: str | None = None,
    seen: dict[str, str] | None = None,
    now: datetime,
    by: Actor,
) -> None:
    """Replace the notes of staff, those shared with the client, or both; None leaves them.

    `seen`: fingerprints of the notes that the writer had before him; one that somebody else has changed meanwhile is
    not replaced. Raises `Invalid` for that, and for text that is too long or cannot be kept.
    """
    checks = Checks()
    given = {"staff_notes": staff, "shared_notes": shared}
    texts = {name: checks.text(name, text, most=LONGEST[name]) for name, text in given.items() if text is not None}
    with transaction.atomic():
        kept = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        changed = [name for name, text in texts.items() if text != getattr(kept, name)]
        for name in changed:
            here = fingerprint(getattr(kept, name))
            if (seen or {}).get(name, here) != here:
                checks.problem(name, _("Changed meanwhile to: “%(text)s”") % {"text": getattr(kept, name)})
            setattr(appointment, name, texts[name])
        if not checks.fields:
            _save(appointment, changed, now, by)
    if checks.fields:
        appointment.refresh_from_db(fields=["staff_notes", "shared_notes"])
    checks.done()


def _save(appointment: Appointment, changed: list[str], now: datetime, by: Actor) -> None:
    if changed:
        appointment.save(update_fields=[*changed, "updated_at"])
        history.record(appointment, "notes_changed", by=by, now=now, was=appointment.status, detail={"fields": changed})
