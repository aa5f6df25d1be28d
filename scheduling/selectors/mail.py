"""The messages about an appointment: what was sent, what waits, what never went out and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from daybook.core.outbox import reading
from scheduling.domain.messages import DEFAULT_LEADS, Kind
from scheduling.enums import Status
from scheduling.models import Appointment, Message
from scheduling.models.appointments import MessageState

if TYPE_CHECKING:
    from daybook.core.outbox.models import OutboxRow
    from tenants.models import Business

PERSONAL = "client.personal"
"""The kind of outbox rows that send what staff wrote themselves."""
STAFF = "staff:"
"""How the kinds of such messages begin; each has one of its own."""
MOST_CHANGES = 20
"""Only the messages of an appointment's last changes are looked for in the outbox."""


class State(StrEnum):
    """What became of a message."""

    SENT = "sent"
    WAITING = "waiting"
    PLANNED = "planned"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Mail:
    """One message, or one that is to be. `at` is when it was sent, is due, or was given up; `why` the outbox's words."""

    kind: str
    state: State
    at: datetime
    to: str = ""
    subject: str = ""
    body: str = ""
    why: str = ""
    id: str = ""


def about(business: Business, appointment: Appointment, *, now: datetime) -> list[Mail]:
    """Every message about an appointment. 2 queries."""
    kept = list(appointment.messages.order_by("created_at", "id"))
    keys = [*_keys(business, appointment), *(_key_of(message) for message in kept)]
    rows = {row.dedupe_key: row for row in reading.rows(keys)}
    known = {_key_of(message) for message in kept}
    mails = [_kept(message, rows.get(_key_of(message))) for message in kept]
    for key, row in rows.items():
        if key not in known and (mail := _unkept(row, appointment, now)):
            mails.append(mail)
    return mails


def personal_key(message: Message) -> str:
    """The outbox's key for a message that staff wrote."""
    return f"{PERSONAL}:{message.pk}"


def _keys(business: Business, appointment: Appointment) -> Iterator[str]:
    """The keys that `scheduling.receivers` gives the rows of this appointment."""
    leads = sorted({*DEFAULT_LEADS, *business.reminder_minutes})
    for sequence in range(max(0, appointment.sequence - MOST_CHANGES), appointment.sequence + 1):
        for kind in Kind:
            key = f"{kind}:{appointment.pk}:{sequence}"
            yield from (f"{key}:{lead}" for lead in leads) if kind == Kind.REMINDER else (key,)


def _key_of(message: Message) -> str:
    if message.kind.startswith(STAFF):
        return personal_key(message)
    kind, lead = message.kind, ""
    if kind.startswith(f"{Kind.REMINDER}."):
        kind, lead = Kind.REMINDER, ":" + kind.rpartition(".")[2]
    return f"{kind}:{message.appointment_id}:{message.sequence}{lead}"


def _kept(message: Message, row: OutboxRow | None) -> Mail:
    state, why = State.WAITING, message.reason
    if message.state == MessageState.SENT:
        state = State.SENT
    elif message.state == MessageState.DROPPED or (row is not None and row.state == "dead"):
        state = State.FAILED
    if state is not State.SENT and row is not None:
        why = why or row.last_error
    at = message.sent_at or message.created_at
    return Mail(message.kind, state, at, message.recipient, message.subject, message.body, why, message.pk.hex)


def _unkept(row: OutboxRow, appointment: Appointment, now: datetime) -> Mail | None:
    """A row of which no message was kept: it is yet to come, was dropped, or never could be sent."""
    over = row.done_at or row.next_at
    if row.state == "dead":
        return Mail(row.kind, State.FAILED, over, why=row.last_error)
    if row.state == "done":
        return Mail(row.kind, State.DROPPED, over, why=row.last_error) if row.last_error else None
    if row.next_at <= now or row.attempts:
        return Mail(row.kind, State.WAITING, row.next_at, why=row.last_error)
    stands = appointment.status == Status.CONFIRMED and row.payload.get("sequence") == appointment.sequence
    return Mail(row.kind, State.PLANNED, row.next_at) if stands else None  # else it will be dropped when it is due
