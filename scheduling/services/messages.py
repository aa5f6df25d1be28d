"""Telling clients and members about an appointment: each message at most once, and none is lost.

A `Message` row is the claim: `sending` before the mail server is asked, `sent` after it said yes. A refusal for now
takes the claim back and the outbox tries again later. A row found in `sending` belongs to a worker that died, or whose
answer was lost: the outbox gives a row to one worker at a time, so nobody else is sending it. It is sent again, since
a lost message is worse than one copy, which carries the same Message-ID.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from daybook.core.actors import ActorKind
from daybook.core.mail import Delivery, Invitation, Letter, Outcome, send
from daybook.core.outbox import Drop, GiveUp
from scheduling import documents
from scheduling.domain.messages import Kind, Present, leads_of, untrue, untrue_reminder
from scheduling.emails import letters, times
from scheduling.emails.letters import GONE, Fact, Link, Story, language_of
from scheduling.emails.times import Line
from scheduling.enums import Status
from scheduling.models import Appointment, Message
from scheduling.models.appointments import MessageState
from scheduling.services import reminders, tokens, transitions
from tenants.enums import Role
from tenants.selectors import business_url, client_url, members

if TYPE_CHECKING:
    from tenants.models import Business, Membership

__all__ = ("Fact", "Link", "NotSent", "deliver", "language_of", "lines_of", "manage_url", "member_addresses",
           "reply_address", "tell")  # fmt: skip
TOLD = (Kind.CONFIRMED, Kind.RESCHEDULED)
"""What tells the client the time that holds."""
INVITING = (Kind.CONFIRMED, Kind.RESCHEDULED, Kind.CANCELLED)


class NotSent(Exception):
    """The mail server did not take a mail; the outbox tries again."""


def tell(*, business: Business, appointment: Appointment, kind: Kind, facts: dict[str, Any], now: datetime) -> None:
    """Send this message if it is still true. Raises `Drop` when it is not, `NotSent` when it must be tried again.

    `facts` are those of the row: `sequence`, `by`, `by_id`, `was`, `old_start`, `reason`, `lead`.
    """
    if reason := _untrue(business, appointment, kind, facts, now):
        raise Drop(reason)
    story = _story(business, appointment, kind, facts, now)
    if kind.to_client:
        deliver(appointment, [_client_letter(story)], name=story.name, sequence=appointment.sequence, now=now)
        return
    url = business_url(business, f"/dashboard/appointments/{appointment.pk}/")
    recipients = member_addresses(business, appointment, by_id=facts.get("by_id", ""))
    mails = [letters.to_member(story, to=to, dashboard_url=url) for to in recipients]
    deliver(appointment, mails, name=story.name, sequence=appointment.sequence, now=now)


def manage_url(business: Business, appointment: Appointment, *, suffix: str = "") -> str:
    """The client's page of an appointment, with its token: `https://<host>/a/<reference>?t=<token>`.

    `suffix` names a document of it, such as `.ics`.
    """
    token = tokens.manage_token(business.pk, appointment)
    return client_url(business, f"/a/{appointment.reference}{suffix}?t={token}")


def member_addresses(business: Business, appointment: Appointment, *, by_id: str = "") -> list[str]:
    """Who is told about it: its provider, the owners and the managers, except who did it. No address twice."""
    team = [member for member in members(business) if member.active and member.user.is_active]
    doer = next((m for m in team if by_id and by_id in (str(m.pk), str(m.user_id))), None)
    addresses = [appointment.provider.email]
    addresses += [m.user.email for m in team if m.role in (Role.OWNER, Role.MANAGER) or _is_provider(m, appointment)]
    without = {"", doer.user.email.lower()} if doer else {""}
    if doer and _is_provider(doer, appointment):
        without.add(appointment.provider.email.lower())
    return [a for a in dict.fromkeys(address.lower() for address in addresses) if a not in without]


def _is_provider(member: Membership, appointment: Appointment) -> bool:
    return bool(member.provider_id == appointment.provider_id)


def _untrue(business: Business, appointment: Appointment, kind: Kind, facts: dict[str, Any], now: datetime) -> str:
    if business.message_switches.get(kind) is False:
        return "switched off in the settings"
    present = Present(appointment.status, appointment.sequence, appointment.starts_at, appointment.ends_at)
    if kind == Kind.REMINDER:
        if appointment.client is not None and not appointment.client.reminders:
            return "the client wants no reminders"
        leads = leads_of(business.reminder_minutes)
        return untrue_reminder(present, sequence=facts["sequence"], lead=facts["lead"], leads=leads, now=now)
    if reason := untrue(kind, present, now=now):
        return reason
    if kind.to_client and not appointment.client_email:
        return "the client has no e-mail address"
    told = Message.objects.filter(
        appointment=appointment, kind__in=TOLD, sequence=appointment.sequence, state=MessageState.SENT
    )
    return "the client knows this time already" if kind == Kind.RESCHEDULED and told.exists() else ""


def _story(business: Business, appointment: Appointment, kind: Kind, facts: dict[str, Any], now: datetime) -> Story:
    name = f"{kind}.{facts['lead']}" if kind == Kind.REMINDER else str(kind)
    old_start = facts.get("old_start")
    pending = appointment.status == Status.PENDING_APPROVAL
    return Story(
        business=business,
        appointment=appointment,
        kind=kind,
        name=name,
        now=now,
        place=documents.place(business, appointment),
        cancel_until=transitions.cut_off(appointment, "cancel"),
        move_until=transitions.cut_off(appointment, "reschedule"),
        answer_until=transitions.request_ends_at(appointment) if pending else None,
        old_start=datetime.fromisoformat(old_start) if old_start else None,
        by_client=facts.get("by") == ActorKind.CLIENT,
        was_request=facts.get("was") == Status.PENDING_APPROVAL,
        reason=facts.get("reason", ""),
        seats=facts.get("seats", 1),
    )


def _client_letter(story: Story) -> Letter:
    business, appointment = story.business, story.appointment
    url = manage_url(business, appointment)
    booked = story.kind not in GONE and appointment.status == Status.CONFIRMED
    return letters.to_client(
        story,
        manage_url=url,
        book_url=client_url(business),
        calendar=_calendar(business, appointment) if booked else [],
        invitation=_invitation(story, url),
        reply_to=reply_address(business),
        unsubscribe_url=_unsubscribe_url(story),
    )


def _unsubscribe_url(story: Story) -> str:
    """Only of reminders; whatever else is sent belongs to the booking."""
    client_id = story.appointment.client_id
    if story.kind != Kind.REMINDER or client_id is None:
        return ""
    return reminders.unsubscribe_url(story.business, client_id)


def _invitation(story: Story, url: str) -> Invitation | None:
    """The calendar part; none for a request, which no calendar has heard of until it is confirmed."""
    appointment = story.appointment
    if story.kind not in INVITING or appointment.confirmed_at is None:
        return None
    method: documents.Method = "CANCEL" if story.kind == Kind.CANCELLED else "REQUEST"
    return Invitation(documents.ics(story.business, appointment, method, url, story.now), method)


def _calendar(business: Business, appointment: Appointment) -> list[Link]:
    links = documents.calendar_links(business, appointment)
    return [
        Link("Google", links.google),
        Link("Outlook", links.outlook),
        Link("Office 365", links.office365),
        Link("iCal", manage_url(business, appointment, suffix=".ics")),
    ]


def lines_of(business: Business, appointment: Appointment, language: str) -> list[Line]:
    """An appointment's time as mails tell it."""
    return times.lines(business, appointment, language)


def reply_address(business: Business) -> str:
    """Where clients' answers go: the business's address, else its owner's."""
    return business.email or next((m.user.email for m in members(business) if m.active and m.role == Role.OWNER), "")


def deliver(appointment: Appointment, mails: list[Letter], *, name: str, sequence: int, now: datetime) -> None:
    """Send each to its recipient, at most once for (`name`, `sequence`); one that fails does not keep others waiting.

    Raises `NotSent` when some must be tried again, `GiveUp` when nobody took any.
    """
    outcomes = [_send_once(appointment, letter, name, sequence, now) for letter in mails]
    waiting = [delivery.detail for delivery in outcomes if delivery.outcome in (Outcome.FAILED, Outcome.UNKNOWN)]
    if waiting:
        raise NotSent("; ".join(waiting))
    if outcomes and all(delivery.outcome is Outcome.REFUSED for delivery in outcomes):
        raise GiveUp(outcomes[0].detail)


def _send_once(appointment: Appointment, letter: Letter, name: str, sequence: int, now: datetime) -> Delivery:
    """Claim, send, mark. A message that was sent is not sent again."""
    message, _made = Message.objects.get_or_create(
        appointment=appointment,
        kind=name,
        channel="email",
        sequence=sequence,
        recipient=letter.to,
        defaults={"created_at": now, "subject": letter.subject},
    )
    if message.state == MessageState.SENT:
        return Delivery(Outcome.SENT)
    delivery = send(letter)
    _mark(message, letter, delivery, now)
    return delivery


def _mark(message: Message, letter: Letter, delivery: Delivery, now: datetime) -> None:
    """Keep what became of it. Taken back when it surely was not sent."""
    if delivery.outcome is Outcome.FAILED:
        message.delete()
        return
    message.subject, message.reason = letter.subject, delivery.detail
    if delivery.outcome is Outcome.SENT:
        message.state, message.sent_at = MessageState.SENT, now
    elif delivery.outcome is Outcome.REFUSED:
        message.state = MessageState.DROPPED
    message.save(update_fields=["state", "sent_at", "subject", "reason"])
