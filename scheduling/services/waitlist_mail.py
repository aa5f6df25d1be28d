"""Writing to people on the waiting list: what is still true when its turn comes, an offer at most once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from daybook.core.errors import NotFound
from daybook.core.mail import Delivery, Letter, Outcome, send
from daybook.core.outbox import Drop, GiveUp
from scheduling import documents
from scheduling.emails import waiting
from scheduling.emails.waiting import Post
from scheduling.models import Message, WaitlistEntry, WaitlistOffer
from scheduling.models.appointments import MessageState
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.selectors import waitlist
from scheduling.services.messages import NotSent, reply_address
from scheduling.services.waitlist import entry_token
from scheduling.services.waitlist_rows import Note
from tenants.selectors import client_url

if TYPE_CHECKING:
    from tenants.models import Business

KIND = "client.waitlist_offer"


def deliver(*, business: Business, payload: dict[str, Any], now: datetime) -> None:
    """Send one note. Raises `Drop` when it is not true any more, `NotSent` to be tried again."""
    note = Note(payload["note"])
    try:
        entry = waitlist.access_entry(UUID(payload["entry"]))
        offer = waitlist.access_offer(entry, UUID(payload["offer"])) if "offer" in payload else None
    except NotFound:
        raise Drop("the entry is gone") from None
    if reason := _untrue(note, entry, offer, now):
        raise Drop(reason)
    letter = _letter(business, note, entry, offer, mail_id=f"{note}:{payload['id']}")
    if offer is not None and note in (Note.OFFER, Note.WITHDRAWN):
        _send_once(offer, letter, note, now)
    else:
        _settle(send(letter))


def entry_url(business: Business, entry: WaitlistEntry) -> str:
    """The address of somebody's own page of the list, with its token."""
    return client_url(business, waiting.path(entry, entry_token(business.pk, entry)))


def offer_url(business: Business, offer: WaitlistOffer, *, answer: str = "") -> str:
    """The address at which an offer is answered, with the entry's token."""
    token = entry_token(business.pk, offer.entry)
    return client_url(business, waiting.path(offer.entry, token, offer, answer=answer))


def _untrue(note: Note, entry: WaitlistEntry, offer: WaitlistOffer | None, now: datetime) -> str:
    if not entry.email:
        return "there is no e-mail address"
    if note in (Note.JOINED, Note.CHANGED) and entry.state not in waitlist.ACTIVE:
        return f"the entry is {entry.state}"
    if note == Note.LEFT and entry.state != WaitState.LEFT:
        return f"the entry is {entry.state}"
    if note == Note.OFFER and offer is not None and (offer.state != OfferState.OPEN or offer.expires_at <= now):
        return "the offer is over"
    if note == Note.WITHDRAWN and offer is not None and not _was_told(offer):
        return "nobody was told of the offer"
    return ""


def _was_told(offer: WaitlistOffer) -> bool:
    told = Message.objects.filter(appointment=offer.appointment, kind=KIND).exclude(state=MessageState.DROPPED)
    return told.exists()


def _letter(
    business: Business, note: Note, entry: WaitlistEntry, offer: WaitlistOffer | None, *, mail_id: str
) -> Letter:
    post = Post(business, entry_url(business, entry), reply_address(business), mail_id)
    if note == Note.LEFT:
        return waiting.left(entry, post, offers=waitlist.ignored_count(entry))
    if offer is None:
        return waiting.joined(entry, post, changed=note == Note.CHANGED)
    if note == Note.WITHDRAWN:
        return waiting.withdrawn(offer, post)
    own = replace(post, url=offer_url(business, offer))
    no_url = offer_url(business, offer, answer="no")
    return waiting.offered(offer, own, no_url=no_url, place=documents.place(business, offer.appointment))


def _send_once(offer: WaitlistOffer, letter: Letter, note: Note, now: datetime) -> None:
    """Claim, send, mark: the appointment's history shows it, and what was sent is not sent again."""
    message, _made = Message.objects.get_or_create(
        appointment=offer.appointment,
        kind=KIND if note == Note.OFFER else f"client.waitlist_{note}",
        channel="email",
        sequence=0,
        recipient=letter.to,
        defaults={"created_at": now, "subject": letter.subject},
    )
    if message.state == MessageState.SENT:
        return
    delivery = send(letter)
    if delivery.outcome is Outcome.FAILED:
        message.delete()
    else:
        known = {Outcome.SENT: MessageState.SENT, Outcome.REFUSED: MessageState.DROPPED}
        message.state = known.get(delivery.outcome, message.state)
        message.reason, message.sent_at = delivery.detail, now if delivery.outcome is Outcome.SENT else None
        message.save(update_fields=["state", "reason", "sent_at"])
    _settle(delivery)


def _settle(delivery: Delivery) -> None:
    if delivery.outcome is Outcome.REFUSED:
        raise GiveUp(delivery.detail)
    if delivery.outcome is not Outcome.SENT:
        raise NotSent(delivery.detail)
