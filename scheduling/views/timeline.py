"""What happened to an appointment in words: its changes and the messages about it, the latest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.actors import ActorKind
from scheduling.domain.messages import Kind
from scheduling.enums import Status
from scheduling.selectors.mail import PERSONAL, STAFF, Mail, State

if TYPE_CHECKING:
    from scheduling.models import AppointmentEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, what, by whom, why; from which status to which. A message has a `state` and perhaps its text."""

    at: datetime
    text: str
    who: str = ""
    why: str = ""
    moved: tuple[str, str] | None = None
    state: str = ""
    subject: str = ""
    body: str = ""

    @property
    def is_ahead(self) -> bool:
        """Whether it has not happened yet."""
        return self.state == State.PLANNED


def entries(events: Iterable[AppointmentEvent], mails: Iterable[Mail], zone: str) -> list[Entry]:
    """The lines of the timeline, what lies ahead first; times within them are read in `zone`."""
    kept = list(events)
    writers = {event.detail["message"]: _who(event) for event in kept if event.detail.get("message")}
    found = [
        Entry(event.at, _change(event, zone), _who(event), event.reason, _moved(event))
        for event in kept
        if not event.detail.get("message")
    ]
    found += [_message(mail, writers.get(mail.id, "")) for mail in mails]
    return sorted(found, key=lambda entry: (entry.is_ahead, entry.at), reverse=True)


def _change(event: AppointmentEvent, zone: str) -> str:
    if event.action == "rescheduled" and event.detail.get("old_start"):
        old = datetime.fromisoformat(event.detail["old_start"])
        new = datetime.fromisoformat(event.detail["new_start"])
        return _("Rescheduled from %(old)s to %(new)s") % {"old": _when(old, zone), "new": _when(new, zone)}
    if event.action == "notes_changed" and event.detail.get("fields") == ["shared_notes"]:
        return _("Notes for the client changed")
    return {
        "held": _("Time held"),
        "offered": _("Offered to somebody on the waiting list"),
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
        "checkout": _("Went to the payment page"),
        "paid": _("Paid online"),
        "card_kept": _("Card kept"),
        "paid_in_person": _("Marked as paid"),
        "payment_undone": _("Payment taken back"),
        "payment_link": _("Link to pay sent"),
        "charge_asked": _("Card charge asked for"),
        "charge_failed": _("Card could not be charged"),
    }.get(event.action, event.action.replace("_", " ").capitalize())


def _moved(event: AppointmentEvent) -> tuple[str, str] | None:
    if not event.from_status or event.from_status == event.to_status:
        return None
    words = dict(Status.choices)
    return str(words.get(event.from_status, event.from_status)), str(words.get(event.to_status, event.to_status))


def _who(event: AppointmentEvent) -> str:
    if event.actor_kind == ActorKind.SYSTEM:
        return _("automatically")
    if event.actor_kind == ActorKind.CLIENT:
        return _("by the client")
    return _("by %(name)s") % {"name": event.actor_name} if event.actor_name else ""


def _message(mail: Mail, writer: str) -> Entry:
    text = _("%(what)s to %(to)s") % {"what": _what(mail.kind), "to": mail.to} if mail.to else _what(mail.kind)
    return Entry(mail.at, text, writer, _reason(mail.why), state=mail.state.value, subject=mail.subject, body=mail.body)


def _what(kind: str) -> str:
    """The kind of a message in words."""
    if kind.startswith(STAFF) or kind == PERSONAL:
        return _("Message")
    base = Kind.REMINDER.value if kind.startswith(Kind.REMINDER.value) else kind
    for money in ("client.receipt", "client.payment_link", "client.paid_late"):
        base = money if kind.startswith(f"{money}.") else base
    return {
        "client.confirmed": _("Confirmation"),
        "client.requested": _("Answer to the request"),
        "client.declined": _("Message that it was declined"),
        "client.rescheduled": _("Message about the new time"),
        "client.cancelled": _("Message that it was cancelled"),
        "client.request_expired": _("Message that the request lapsed"),
        "client.reminder": _("Reminder"),
        "client.receipt": _("Receipt"),
        "client.payment_link": _("Link to pay"),
        "client.paid_late": _("Message that the payment came too late"),
        "members.new": _("Notice of the booking"),
        "members.request": _("Notice of the request"),
        "members.changed": _("Notice of the new time"),
        "members.cancelled": _("Notice that it was cancelled"),
    }.get(base, base.replace(".", " ").replace("_", " ").capitalize())


def _reason(text: str) -> str:
    """Why a message was not sent, in the reader's words where they are ours; a mail server's words as they are."""
    if (status := text.removeprefix("the appointment is ")) in Status.values:
        return _("Not sent: the appointment is %(status)s.") % {"status": dict(Status.choices)[Status(status)]}
    return {
        "the appointment is over": _("Not sent: the appointment was over."),
        "the appointment is gone": _("Not sent: the appointment is gone."),
        "the appointment has moved": _("Not sent: the appointment had moved."),
        "the appointment has started": _("Not sent: the appointment had started."),
        "a nearer reminder is due": _("Not sent: a nearer reminder was due."),
        "the client has no e-mail address": _("Not sent: the client has no e-mail address."),
        "the client knows this time already": _("Not sent: the client knew this time already."),
    }.get(text, text)


def _when(instant: datetime, zone: str) -> str:
    return f"{formats.day(instant, get_language())}, {formats.clock(instant, zone, get_language())}"
