"""Offers: a free time held for one entry of the waiting list, by mail, for a while; then the next gets it.

An offer is a hold of the ordinary write path that only its entry's link opens. Hold, offer, entry and the row for the
mail are one transaction: after a crash there is all or nothing of it. Locks: providers, then entries and offers.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from daybook.core.actors import SYSTEM, Actor
from daybook.core.errors import Conflict, Invalid
from scheduling import signals
from scheduling.domain.wishes import offer_end
from scheduling.domain.zones import floor_minute, instant, minutes
from scheduling.enums import Source, Status
from scheduling.errors import NotWaiting, OfferOver, SlotUnavailable
from scheduling.models import Appointment, Service, WaitlistEntry, WaitlistOffer
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.selectors import waitlist
from scheduling.selectors.waitlist import MOST_IGNORED, Openings, Waiter
from scheduling.services import bookings, history, holds, waitlist_rows, write_path
from scheduling.services.placing import Wish
from scheduling.services.waitlist_rows import Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from daybook.core.idempotency import Key
    from scheduling.services.bookings import TermsByProvider
    from tenants.models import Business

TRIES = 3
"""How often another time is looked for when the one just read is gone."""
STRANGERS_AT_ONCE = 3
"""How many times are held at once for people whom nobody knows: invented addresses cannot keep a business closed."""


def match(*, business: Business, now: datetime) -> int:
    """Offer free times to those who wait, in the list's order, one to each; answers how many were offered.

    Strangers wait while as many as `STRANGERS_AT_ONCE` of them have an offer. Entries whose dates have passed end here, too. Nothing while the business takes no bookings.
    """
    end_passed(business=business, now=now)
    if not business.is_live:
        return 0
    waiting = waitlist.queue(business, now=now)
    openings = Openings.for_all(business, [waiter.entry for waiter in waiting], now)
    offered, strangers = 0, waitlist.offers_to_strangers() if waiting else 0
    for waiter in waiting:
        stranger = waitlist.is_stranger(waiter.entry)
        if (strangers < STRANGERS_AT_ONCE or not stranger) and _offer_first(business, waiter, openings, now):
            offered, strangers = offered + 1, strangers + stranger
    return offered


def end_passed(*, business: Business, now: datetime) -> int:
    """End the entries whose last date is over and who have no offer; answers how many."""
    passed = WaitlistEntry.objects.filter(state=WaitState.WAITING, last_date__lt=waitlist.today_of(business, now))
    return passed.update(state=WaitState.ENDED, updated_at=now)


def offer_by_staff(
    *,
    business: Business,
    entry: WaitlistEntry,
    start: datetime,
    provider_id: UUID | None,
    now: datetime,
    by: Actor,
    allow_outside_hours: bool = False,
    key: Key | None = None,
    finish: Callable[[WaitlistOffer], None] | None = None,
) -> WaitlistOffer:
    """Hold any free time for this entry, whatever the order.

    Raises `NotWaiting`, `SlotUnavailable`, `OutsideHours`, `Overlaps`, `Invalid` when nobody could answer in time.
    """
    end = offer_end(
        minutes(now), start=floor_minute(start), minutes=business.waitlist_offer_minutes, notice=0,
        zone=business.timezone,
    )  # fmt: skip
    if end is None:
        message = _("This time is too near: nobody could answer in time. Book it for them instead.")
        raise Invalid("too_near", message, {"start_time": [message]})
    return _offer(
        business, entry, start, instant(end), provider_id, now=now, by=by, allow_outside_hours=allow_outside_hours,
        key=key, finish=finish,
    )  # fmt: skip


def decline(*, business: Business, offer: WaitlistOffer, now: datetime, by: Actor) -> None:
    """No, thanks: the time is free again, the entry waits on. Raises `OfferOver` when it was answered or is over."""
    _answer(business, offer, OfferState.DECLINED, now=now, by=by)


def withdraw(*, business: Business, offer: WaitlistOffer, now: datetime, by: Actor) -> None:
    """Take an offer back; the entry waits on and is told. Raises `OfferOver`."""

    def work() -> None:
        _answer(business, offer, OfferState.WITHDRAWN, now=now, by=by)
        if offer.entry.email:
            waitlist_rows.tell(Note.WITHDRAWN, offer.entry_id, now, offer_id=offer.pk)

    write_path.transact(work)


def give_back(*, business: Business, entry: WaitlistEntry, now: datetime, by: Actor) -> None:
    """Release what is held for an entry that leaves the list; inside the caller's transaction."""
    offer = waitlist.open_offer(entry)
    if offer is not None:
        state = OfferState.WITHDRAWN if by.is_staff else OfferState.DECLINED
        with suppress(OfferOver):  # it ended just now
            _answer(business, offer, state, now=now, by=by)


def end_by_id(*, business: Business, offer_id: UUID, now: datetime) -> None:
    """Release an open offer whose entry does not wait for it any more. Any other stays as it is."""
    rows = WaitlistOffer.objects.select_related("entry", "appointment").filter(pk=offer_id, state=OfferState.OPEN)
    offer = rows.exclude(entry__state=WaitState.OFFERED).first()
    if offer is not None:
        with suppress(OfferOver):  # it ended just now
            _answer(business, offer, OfferState.WITHDRAWN, now=now, by=SYSTEM)


def time_lost(*, appointment: Appointment, now: datetime) -> None:
    """The held time of an offer is gone, in the transaction of that fact: its entry waits on.

    Who let as many as `MOST_IGNORED` in a row pass without a word leaves the list and is told.
    """
    offer = waitlist.offer_of(appointment.pk)
    if offer is None:
        return
    Appointment.objects.filter(pk=appointment.pk).update(client_name="")  # nobody's any more
    expired = appointment.status == Status.EXPIRED
    state = OfferState.EXPIRED if expired else OfferState.WITHDRAWN
    if not WaitlistOffer.objects.filter(pk=offer.pk, state=OfferState.OPEN).update(state=state, answered_at=now):
        return
    gives_up = expired and waitlist.ignored_count(offer.entry) >= MOST_IGNORED
    kept = WaitlistEntry.objects.filter(pk=offer.entry_id, state=WaitState.OFFERED)
    if kept.update(state=WaitState.LEFT if gives_up else WaitState.WAITING, updated_at=now) and gives_up:
        waitlist_rows.tell(Note.LEFT, offer.entry_id, now, offer_id=offer.pk)


def time_booked(*, appointment: Appointment, now: datetime) -> None:
    """Somebody has a time, in the transaction of that fact: his entry for this service has what it wanted.

    Another time that is held for him meanwhile is given back by a row of its own.
    """
    rows = WaitlistEntry.objects.filter(
        _is_client(appointment), service_id=appointment.service_id, state__in=waitlist.ACTIVE
    )
    found = set(rows.filter(created_at__lte=appointment.created_at).values_list("pk", flat=True))
    if appointment.source == Source.WAITLIST and (offer := waitlist.offer_of(appointment.pk)) is not None:
        WaitlistOffer.objects.filter(pk=offer.pk).update(state=OfferState.TAKEN, answered_at=now)
        found.add(offer.entry_id)
    if not found:
        return
    WaitlistEntry.objects.filter(pk__in=found).update(state=WaitState.BOOKED, updated_at=now)
    for offer_id in WaitlistOffer.objects.filter(entry__in=found, state=OfferState.OPEN).values_list("pk", flat=True):
        waitlist_rows.end(offer_id, now)


def _is_client(appointment: Appointment) -> Q:
    """Entries of the appointment's client: by record or e-mail; without an e-mail by phone, or as staff booked it."""
    found = Q(client_id=appointment.client_id)
    if appointment.client_email:
        found |= Q(email=appointment.client_email.lower())
    if appointment.client_phone:
        found |= Q(email="", phone=appointment.client_phone)
    if appointment.source == Source.WAITLIST:
        found |= Q(email="", name=appointment.client_name)
    return found


def _offer_first(business: Business, waiter: Waiter, openings: Openings, now: datetime) -> bool:
    """Offer the soonest fitting time; what is gone by then is looked for again. Whether there was one."""
    entry = waiter.entry
    for _try in range(TRIES):
        fit = next(openings.fits(entry, refused=waiter.refused), None)
        if fit is None:
            return False
        openings.forget()
        try:
            _offer(business, entry, fit.start, fit.until, entry.provider_id, now=now, by=SYSTEM)
        except SlotUnavailable:
            continue
        except Conflict:  # nobody waits any more; or it is paid online only, and that is closed
            return False
        return True
    return False


def _offer(
    business: Business,
    entry: WaitlistEntry,
    start: datetime,
    until: datetime,
    provider_id: UUID | None,
    *,
    now: datetime,
    by: Actor,
    allow_outside_hours: bool = False,
    key: Key | None = None,
    finish: Callable[[WaitlistOffer], None] | None = None,
) -> WaitlistOffer:
    made: list[WaitlistOffer] = []
    wish = Wish(
        service=entry.service,
        start=start,
        provider_id=provider_id,
        client_timezone=entry.timezone,
        client_locale=entry.locale,
        source=Source.WAITLIST,
        allow_outside_hours=allow_outside_hours,
    )

    def bind(held: Appointment) -> None:
        offer = _bind(held, entry, until, now=now, by=by)
        made.append(offer)
        if finish is not None:
            finish(offer)

    bookings.hold(
        business=business, wish=wish, terms=_terms(business, entry.service), now=now, by=by, until=until, key=key,
        finish=bind,
    )  # fmt: skip
    return made[-1]


def _bind(held: Appointment, entry: WaitlistEntry, until: datetime, *, now: datetime, by: Actor) -> WaitlistOffer:
    """Give the held time to the entry. Raises `NotWaiting`, and so takes the hold back, when it has something else."""
    waiting = WaitlistEntry.objects.filter(pk=entry.pk, state=WaitState.WAITING)
    if waiting.update(state=WaitState.OFFERED, updated_at=now) != 1:
        raise NotWaiting()
    held.client_name = entry.name
    held.save(update_fields=["client_name"])
    offer = WaitlistOffer.objects.create(entry=entry, appointment=held, offered_at=now, expires_at=until)
    history.record(held, "offered", by=by, now=now, was=Status.HELD, detail={"entry": str(entry.pk)})
    if entry.email:
        waitlist_rows.tell(Note.OFFER, entry.pk, now, offer_id=offer.pk)
    return offer


def _answer(business: Business, offer: WaitlistOffer, state: OfferState, *, now: datetime, by: Actor) -> None:
    """Close an open offer and give its time back, under the provider's lock."""

    def work() -> None:
        write_path.lock([offer.appointment.provider_id])
        still_open = WaitlistOffer.objects.filter(pk=offer.pk, state=OfferState.OPEN)
        if still_open.update(state=state, answered_at=now) != 1:
            raise OfferOver()
        kept = WaitlistEntry.objects.filter(pk=offer.entry_id, state=WaitState.OFFERED)
        kept.update(state=WaitState.WAITING, updated_at=now)
        holds.release(business=business, appointment=offer.appointment, now=now, by=by)

    write_path.transact(work)


def _terms(business: Business, service: Service) -> TermsByProvider:
    """What the service costs with whom: asked of whoever sets prices."""
    answers = signals.terms_wanted.send(Service, business=business, service=service)
    return cast("TermsByProvider", answers[0][1])
