"""Telling about several appointments of a series in one mail, which stands in the history of each of them.

The rule is that of `messages`: a `Message` row per appointment is the claim, so that nothing is told twice; a mail that
was surely not taken leaves none behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from daybook.core.mail import Delivery, Invitation, Letter, Outcome, send
from daybook.core.outbox import Drop, GiveUp
from scheduling import documents
from scheduling.domain.messages import Kind, Present, untrue
from scheduling.emails import series as letters
from scheduling.emails.series import Story
from scheduling.models import Appointment, Message
from scheduling.models.appointments import MessageState
from scheduling.services.messages import NotSent, manage_url, member_addresses, reply_address
from scheduling.services.series_rows import MEMBERS
from tenants.selectors import business_url, client_url

if TYPE_CHECKING:
    from tenants.models import Business

Page = Callable[["Business", Appointment], str]
"""Where an appointment is looked at by who gets the mail."""


def tell(*, business: Business, kind: Kind, payload: dict[str, Any], now: datetime) -> None:
    """Send what is still true of it. Raises `Drop` when nothing is, `NotSent` when it must be tried again."""
    if business.message_switches.get(kind) is False:
        raise Drop("switched off in the settings")
    rows = [row for row in _rows(payload) if not _untrue(row, kind, now)]
    if not rows:
        raise Drop("none of the appointments is as it was to be told")
    if kind.to_client:
        rows = [row for row in rows if row.client_email == rows[0].client_email]
        letter = _client_letter(business, _story(business, kind, rows, payload, manage_url), now)
        _settle([_send_once(rows, kind, letter, now)])
        return
    client_kind = next(client for client, members in MEMBERS.items() if members == kind)
    story = _story(business, client_kind, rows, payload, _page)  # the client's links are keys, which members do not get
    mails = [letters.to_member(story, to=to, dashboard_url=_page(business, rows[0])) for to in _members(story, payload)]
    _settle([_send_once(rows, kind, letter, now) for letter in mails])


def _rows(payload: dict[str, Any]) -> list[Appointment]:
    """The appointments that are as they were to be told, by start."""
    found = Appointment.objects.select_related("provider").order_by("starts_at", "id")
    if "series" in payload:
        return list(found.filter(series_id=payload["series"], sequence=0))
    expected: dict[str, int] = dict(payload["appointments"])
    return [row for row in found.filter(pk__in=expected) if row.sequence == expected[str(row.pk)]]


def _untrue(row: Appointment, kind: Kind, now: datetime) -> bool:
    present = Present(row.status, row.sequence, row.starts_at, row.ends_at)
    return bool(untrue(kind, present, now=now)) or (kind.to_client and not row.client_email)


def _story(business: Business, kind: Kind, rows: Sequence[Appointment], payload: dict[str, Any], page: Page) -> Story:
    gone = kind == Kind.CANCELLED
    return Story(
        business=business,
        rows=rows,
        kind=kind,
        run=payload["run"],
        place=documents.place(business, rows[0]),
        urls={} if gone else {str(row.pk): page(business, row) for row in rows},
        old={key: datetime.fromisoformat(start) for key, start in payload.get("old", {}).items()},
        reason=payload.get("reason", ""),
    )


def _client_letter(business: Business, story: Story, now: datetime) -> Letter:
    one: documents.Method = "CANCEL" if story.kind == Kind.CANCELLED else "REQUEST"
    known = [(row, manage_url(business, row)) for row in story.rows if row.confirmed_at is not None]
    method = one if len(known) == 1 else "PUBLISH"  # REQUEST and CANCEL are about one UID (RFC 5546, 3.2)
    invitation = Invitation(documents.ics_of(business, known, method, now), method) if known else None
    book_url, reply_to = client_url(business), reply_address(business)
    return letters.to_client(story, book_url=book_url, invitation=invitation, reply_to=reply_to)


def _members(story: Story, payload: dict[str, Any]) -> list[str]:
    """Who is told about any of them. No address twice."""
    by_provider = {row.provider_id: row for row in story.rows}
    addresses = [
        address
        for row in by_provider.values()
        for address in member_addresses(story.business, row, by_id=payload.get("by_id", ""))
    ]
    return list(dict.fromkeys(addresses))


def _page(business: Business, row: Appointment) -> str:
    return business_url(business, f"/dashboard/appointments/{row.pk}/")


def _send_once(rows: Sequence[Appointment], kind: Kind, letter: Letter, now: datetime) -> Delivery:
    """Claim for each appointment, send, mark. A mail that was sent is not sent again."""
    wanted = [
        Message(
            appointment=row, kind=str(kind), sequence=row.sequence, recipient=letter.to, subject=letter.subject,
            created_at=now,
        )
        for row in rows
    ]  # fmt: skip
    Message.objects.bulk_create(wanted, ignore_conflicts=True)
    mine = Message.objects.filter(appointment__in=rows, kind=str(kind), channel="email", recipient=letter.to)
    sequences = {row.pk: row.sequence for row in rows}
    open_ones = [
        one for one in mine.filter(state=MessageState.SENDING) if one.sequence == sequences[one.appointment_id]
    ]
    if not open_ones:
        return Delivery(Outcome.SENT)
    delivery = send(letter)
    _mark([one.pk for one in open_ones], delivery, now)
    return delivery


def _mark(messages: list[Any], delivery: Delivery, now: datetime) -> None:
    """Keep what became of it. Taken back when it surely was not sent."""
    rows = Message.objects.filter(pk__in=messages)
    if delivery.outcome is Outcome.FAILED:
        rows.delete()
    elif delivery.outcome is Outcome.SENT:
        rows.update(state=MessageState.SENT, sent_at=now, reason=delivery.detail)
    elif delivery.outcome is Outcome.REFUSED:
        rows.update(state=MessageState.DROPPED, reason=delivery.detail)


def _settle(deliveries: list[Delivery]) -> None:
    waiting = [one.detail for one in deliveries if one.outcome in (Outcome.FAILED, Outcome.UNKNOWN)]
    if waiting:
        raise NotSent("; ".join(waiting))
    if deliveries and all(one.outcome is Outcome.REFUSED for one in deliveries):
        raise GiveUp(deliveries[0].detail)
