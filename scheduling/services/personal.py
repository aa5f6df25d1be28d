"""What staff write to clients themselves. Each message is written once, with its outbox row, and sent once.

The `Message` row is there from the start: `sending` until the mail server has said yes (`sent`) or no (`dropped`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from daybook.core.actors import Actor
from daybook.core.checking import Checks
from daybook.core.ids import new_id
from daybook.core.mail import Outcome, send
from daybook.core.outbox import Drop, Entry, GiveUp, enqueue_all
from scheduling.emails import personal as letters
from scheduling.enums import Status
from scheduling.models import Appointment, AppointmentEvent, Message
from scheduling.models.appointments import MessageState
from scheduling.selectors.mail import PERSONAL, STAFF, personal_key
from scheduling.services import messages

if TYPE_CHECKING:
    from daybook.core.idempotency import Key
    from tenants.models import Business

LONGEST_SUBJECT, LONGEST_TEXT = 150, 5000
MOST_A_DAY = 1000
"""Messages that a business may write in 24 hours: a list of clients is not for advertising."""
WRITTEN = "message_written"


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a message about these appointments reaches: one appointment for each address, and those without any."""

    reached: list[Appointment]
    unreachable: list[Appointment]


def recipients(appointments: Iterable[Appointment]) -> Recipients:
    """Each address once, by its first appointment in the list."""
    reached: dict[str, Appointment] = {}
    unreachable = []
    for row in appointments:
        if row.client_id is None or not row.client_email:
            unreachable.append(row)
        else:
            reached.setdefault(row.client_email.lower(), row)
    return Recipients(list(reached.values()), unreachable)


def write(
    appointments: Iterable[Appointment], *, subject: str, text: str, now: datetime, by: Actor, key: Key | None = None
) -> int:
    """Write the same message to the clients of these appointments, each address once; answers to how many.

    Raises `Invalid` for an empty or too long subject or text, for nobody to write to, and past the day's limit;
    `Replayed` when `key` has had its effect.
    """
    reached = recipients(appointments).reached
    subject, text = _checked(reached, subject, text, now)
    with transaction.atomic():
        if key is not None:
            key.claim()
        made = [_message(row, subject, text, now) for row in reached]
        Message.objects.bulk_create(made)
        AppointmentEvent.objects.bulk_create(
            [_event(row, message, by, now) for row, message in zip(reached, made, strict=True)]
        )
        enqueue_all(
            Entry(
                kind=PERSONAL,
                aggregate=f"appointment:{message.appointment_id}:client",
                dedupe_key=personal_key(message),
                due_at=now,
                payload={"message": str(message.pk)},
            )
            for message in made
        )
        if key is not None:
            key.finish(status=303, body={"sent": len(made)}, object_id=None)
    return len(made)


def deliver(*, business: Business, message_id: str, now: datetime) -> None:
    """Send what was written. Raises `Drop` when it is gone or sent, `NotSent` to try again, `GiveUp` when refused."""
    message = Message.objects.select_related("appointment", "appointment__service").filter(pk=message_id).first()
    if message is None or message.state != MessageState.SENDING:
        raise Drop("the message is gone" if message is None else f"it was {message.state} before")
    appointment = message.appointment
    letter = letters.to_client(
        message,
        business=business,
        manage_url=messages.manage_url(business, appointment) if _is_open(appointment, now) else "",
        reply_to=messages.reply_address(business),
    )
    delivery = send(letter)
    message.reason = delivery.detail
    if delivery.outcome is Outcome.SENT:
        message.state, message.sent_at = MessageState.SENT, now
    elif delivery.outcome is Outcome.REFUSED:
        message.state = MessageState.DROPPED
    message.save(update_fields=["state", "sent_at", "reason"])
    if delivery.outcome is Outcome.REFUSED:
        raise GiveUp(delivery.detail)
    if delivery.outcome is not Outcome.SENT:
        raise messages.NotSent(delivery.detail)


def _is_open(appointment: Appointment, now: datetime) -> bool:
    return appointment.status in (Status.CONFIRMED, Status.PENDING_APPROVAL) and appointment.ends_at > now


def _checked(reached: list[Appointment], subject: str, text: str, now: datetime) -> tuple[str, str]:
    checks = Checks()
    subject = checks.line("subject", subject, least=1, most=LONGEST_SUBJECT)
    text = checks.text("text", text, most=LONGEST_TEXT)
    if not text:
        checks.problem("text", _("This must not be empty."))
    if not reached:
        checks.problem("ids", _("None of these clients has an e-mail address."))
    written = Message.objects.filter(kind__startswith=STAFF, created_at__gt=now - timedelta(days=1)).count()
    if written + len(reached) > MOST_A_DAY:
        most = {"most": MOST_A_DAY, "written": written}
        checks.problem("ids", _("At most %(most)d messages in 24 hours; %(written)d were written already.") % most)
    checks.done()
    return subject, text


def _message(row: Appointment, subject: str, text: str, now: datetime) -> Message:
    pk = new_id()
    return Message(
        id=pk, appointment=row, kind=f"{STAFF}{pk.hex}", recipient=row.client_email, sequence=row.sequence,
        subject=subject, body=text, created_at=now,
    )  # fmt: skip


def _event(row: Appointment, message: Message, by: Actor, now: datetime) -> AppointmentEvent:
    return AppointmentEvent(
        appointment=row, at=now, action=WRITTEN, from_status=row.status, to_status=row.status, actor_kind=by.kind,
        actor_id=by.id, actor_name=by.name, detail={"message": message.pk.hex},
    )  # fmt: skip
