"""Which messages an appointment causes, when they are due and how long they stay true."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_LEADS = (1440, 60)
"""Minutes before the start at which clients are reminded."""


class Kind(StrEnum):
    """The kinds of messages, as kept. Reminders are kept with their minutes: `client.reminder.60`."""

    CONFIRMED = "client.confirmed"
    REQUESTED = "client.requested"
    DECLINED = "client.declined"
    RESCHEDULED = "client.rescheduled"
    CANCELLED = "client.cancelled"
    REQUEST_EXPIRED = "client.request_expired"
    REMINDER = "client.reminder"
    MEMBERS_NEW = "members.new"
    MEMBERS_REQUEST = "members.request"
    MEMBERS_CHANGED = "members.changed"
    MEMBERS_CANCELLED = "members.cancelled"

    @property
    def to_client(self) -> bool:
        """Whether the client reads it; else members do."""
        return self.value.startswith("client.")


CANCELLATIONS = (Kind.CANCELLED, Kind.MEMBERS_CANCELLED)
"""What goes out even while the business is suspended."""

_BOOKED = frozenset({"confirmed", "completed", "no_show"})
_TRUE_WHILE: dict[Kind, frozenset[str]] = {
    Kind.CONFIRMED: _BOOKED,
    Kind.REQUESTED: frozenset({"pending_approval"}),
    Kind.DECLINED: frozenset({"declined"}),
    Kind.RESCHEDULED: frozenset({"confirmed", "pending_approval"}),
    Kind.CANCELLED: frozenset({"cancelled"}),
    Kind.REQUEST_EXPIRED: frozenset({"expired"}),
    Kind.REMINDER: frozenset({"confirmed"}),
    Kind.MEMBERS_NEW: _BOOKED,
    Kind.MEMBERS_REQUEST: frozenset({"pending_approval"}),
    Kind.MEMBERS_CHANGED: frozenset({"confirmed", "pending_approval"}),
    Kind.MEMBERS_CANCELLED: frozenset({"cancelled"}),
}


@dataclass(frozen=True, slots=True)
class Present:
    """An appointment as it is when a message about it is due."""

    status: str
    sequence: int
    start: datetime
    end: datetime


def untrue(kind: Kind, present: Present, *, now: datetime) -> str:
    """Why this message must not be sent any more; empty while it is true."""
    if present.status not in _TRUE_WHILE[kind]:
        return f"the appointment is {present.status}"
    if kind not in CANCELLATIONS and present.end <= now:
        return "the appointment is over"
    return ""


def untrue_reminder(present: Present, *, sequence: int, lead: int, leads: Iterable[int], now: datetime) -> str:
    """Why this reminder, made for `sequence`, must not be sent any more; empty while it is true.

    A reminder that comes so late that a nearer one is due as well is not sent: the nearer one is.
    """
    if reason := untrue(Kind.REMINDER, present, now=now):
        return reason
    if present.sequence != sequence:
        return "the appointment has moved"
    if present.start <= now:
        return "the appointment has started"
    if any(nearer < lead and present.start - timedelta(minutes=nearer) <= now for nearer in leads):
        return "a nearer reminder is due"
    return ""


def leads_of(setting: Iterable[int]) -> list[int]:
    """A business's reminders in minutes before the start, farthest first. No setting: the default; [0]: none."""
    leads = sorted(set(setting), reverse=True) or list(DEFAULT_LEADS)
    return [lead for lead in leads if lead > 0]


def reminders(start: datetime, leads: Iterable[int], *, made: datetime) -> list[tuple[int, datetime]]:
    """Which reminders an appointment gets that was made (or moved) at `made`: minutes before, and when due (elapsed).

    One that would have been due before then is left out.
    """
    due = [(lead, start - timedelta(minutes=lead)) for lead in leads]
    return [(lead, at) for lead, at in due if at > made]
