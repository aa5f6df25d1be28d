"""The client's side of the waiting list: joining, changing, leaving, and answering an offer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from daybook.core.actors import Actor, ActorKind
from daybook.core.checking import plain_lines
from daybook.core.crypto import digest
from scheduling.selectors import waitlist as reading
from scheduling.services import bookings, waitlist, waitlist_offers
from scheduling.services.waitlist import Request
from tenants import limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from daybook.core.idempotency import Key
    from scheduling.domain.wishes import Wanted
    from scheduling.models import Appointment, Service, WaitlistEntry, WaitlistOffer
    from scheduling.services.bookings import Finish
    from scheduling.services.clients import ClientDetails
    from tenants.models import Business

CLIENT = Actor(ActorKind.CLIENT)
HOUR = 3600
JOINS_PER_ADDRESS, MAILS_PER_PERSON = 20, 5
"""An hour: who joins for many people, and how often somebody is written to because somebody typed his address."""


def is_open(business: Business) -> bool:
    """Whether clients can join the list."""
    return business.waitlist_open and business.is_live


def count(business: Business, *, address: str, email: str) -> None:
    """Count a request to join by where it comes from and by whose mailbox it fills. Raises TooManyRequests."""
    limits.count(f"wait:{business.pk}:{address}", most=JOINS_PER_ADDRESS, seconds=HOUR)
    limits.count(f"wait:{business.pk}:to:{digest(email.lower())}", most=MAILS_PER_PERSON, seconds=HOUR)


def join(
    *,
    business: Business,
    service: Service,
    provider_id: UUID | None,
    wanted: Wanted,
    client: ClientDetails,
    notes: str = "",
    now: datetime,
    key: Key | None = None,
    finish: Callable[[WaitlistEntry], None] | None = None,
) -> WaitlistEntry:
    """Put a client on the list. Raises WaitlistClosed, BookingRefused, Invalid."""
    request = Request(service, provider_id, wanted, plain_lines(notes))
    return waitlist.join(business=business, request=request, client=client, now=now, by=CLIENT, key=key, finish=finish)


def change(*, business: Business, entry: WaitlistEntry, wanted: Wanted, notes: str, now: datetime) -> WaitlistEntry:
    """Another wish. Raises NotWaiting, Invalid."""
    return waitlist.change(business=business, entry=entry, wanted=wanted, notes=plain_lines(notes), now=now)


def leave(*, business: Business, entry: WaitlistEntry, now: datetime) -> WaitlistEntry:
    """Off the list."""
    return waitlist.leave(business=business, entry=entry, now=now, by=CLIENT)


def put_back(*, business: Business, entry: WaitlistEntry, now: datetime) -> WaitlistEntry:
    """On the list again. Raises NotWaiting when the dates are over."""
    return waitlist.put_back(business=business, entry=entry, now=now)


def take(
    *,
    business: Business,
    offer: WaitlistOffer,
    client: ClientDetails,
    notes: str = "",
    now: datetime,
    key: Key | None = None,
    finish: Finish | None = None,
) -> Appointment:
    """Book the time that was offered; one that is over still books while it is free and nobody else's.

    Raises SlotUnavailable, HoldExpired (answered with no, or withdrawn), InvalidTransition (booked already).
    """
    return bookings.confirm_hold(
        business=business, appointment=offer.appointment, client=client, notes=plain_lines(notes), now=now,
        by=CLIENT, key=key, finish=finish,
    )  # fmt: skip


def decline(*, business: Business, offer: WaitlistOffer, now: datetime) -> None:
    """No, thanks. Raises OfferOver."""
    waitlist_offers.decline(business=business, offer=offer, now=now, by=CLIENT)


def token(business: Business, entry: WaitlistEntry) -> str:
    """The secret of an entry, derived again."""
    return waitlist.entry_token(business.pk, entry)


def opened(business: Business, entry_id: UUID, secret: str, *, now: datetime) -> WaitlistEntry:
    """The entry that a secret opens; else NotFound."""
    return reading.opened_entry(business, entry_id, secret, now=now)
