"""What happened to an appointment in words: its changes and the messages about it, the latest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.actors import ActorKind

if TYPE_CHECKING:
    from scheduling.models import AppointmentEvent, Message


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, what, by whom, why."""

    at: datetime
    text: str
    who: str = ""
    why: str = ""


def entries(events: Iterable[AppointmentEvent], messages: Iterable[Message], zone: str) -> list[Entry]:
    """The lines of the timeline; times within them are read in `zone`."""
    found = [Entry(event.at, _change(event, zone), _who(event), event.reason) for event in events]
    found += [_message(message) for message in messages]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _change(event: AppointmentEvent, zone: str) -> str:
    if event.action == "rescheduled" and event.detail.get("old_start"):
        return _moved(event.detail, zone)
    return {
        "held": _("Time held"),
        "released": _("Held time given back"),
        "booked": _("Booked"),
        "requested": _("Requested"),
        "confirmed": _("Confirmed"),
        "completed": _("Completed"),
        "no_show": _("Did not come"),
        "cancelled": _("Cancelled"),
        "declined": _("Declined"),
        "expired": _("Expired"),
        "checked_in": _("Checked in"),
        "restored": _("Restored"),
        "notes_changed": _("Notes changed"),
    }.get(event.action, event.action.replace("_", " ").capitalize())


def _moved(detail: dict[str, Any], zone: str) -> str:
    old, new = (datetime.fromisoformat(detail[name]) for name in ("old_start", "new_start"))
    length = {"old": detail.get("old_duration"), "new": detail.get("new_duration")}
    if old == new and length["old"] != length["new"]:
        text = _("Length changed from %(old)s min to %(new)s min") % length
    elif detail.get("undo"):
        text = _("Move undone: back to %(new)s") % {"new": _when(new, zone)}
    else:
        text = _("Rescheduled from %(old)s to %(new)s") % {"old": _when(old, zone), "new": _when(new, zone)}
    return f"{text}, {_('on top of another appointment')}" if detail.get("overlap") else text


def _who(event: AppointmentEvent) -> str:
    if event.actor_kind == ActorKind.SYSTEM:
        return _("automatically")
    if event.actor_kind == ActorKind.CLIENT:
        return _("by the client")
    return _("by %(name)s") % {"name": event.actor_name} if event.actor_name else ""


def _message(message: Message) -> Entry:
    state = {
        "sent": _("E-mail sent to %(to)s: %(subject)s"),
        "sending": _("E-mail on its way to %(to)s: %(subject)s"),
        "dropped": _("E-mail to %(to)s not sent: %(subject)s"),
    }.get(message.state, "%(to)s: %(subject)s")
    text = state % {"to": message.recipient, "subject": message.subject or message.kind}
    return Entry(message.sent_at or message.created_at, text, why=message.reason)


def _when(instant: datetime, zone: str) -> str:
    return f"{formats.day(instant, get_language())}, {formats.clock(instant, zone, get_language())}"
