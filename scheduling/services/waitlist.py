"""The waiting list: joining, changing the wish, leaving, and what staff do with it.

One entry per (e-mail, service, provider) that still hopes: who joins again changes his own. Whoever holds an entry's
row never waits for a provider's lock: providers are locked first, as in every write path.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from django.db.models import Max
from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from daybook.core.crypto import derive_token, digest
from daybook.core.idempotency import Key
from daybook.core.ids import new_id
from scheduling.domain.wishes import Wanted
from scheduling.errors import NotWaiting, WaitlistClosed, wrong_pair
from scheduling.models import Service, ServiceProvider, WaitlistEntry
from scheduling.models.waitlist import WaitState
from scheduling.selectors import waitlist
from scheduling.services import client_blocks, clients, waitlist_offers, waitlist_rows, write_path
from scheduling.services.clients import ClientDetails
from scheduling.services.waitlist_rows import Note
from tenants.enums import WaitlistOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from daybook.core.actors import Actor
    from tenants.models import Business

PEOPLE = UUID("b7b8b0a4-5b0e-4e0b-8d6e-0d3a3c2f7a55")
"""Namespace of the locks that let one person join only once."""
LONGEST_WISH = timedelta(days=366)
LONGEST_NOTES = 500
SHORTEST_OFFER, LONGEST_OFFER = 15, 2880
"""Minutes of the hours in which people are awake."""
WISH = ("first_date", "last_date", "weekdays", "start_minute", "end_minute", "notes")


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for: a service, with one provider or (None) anyone, when, and a few words."""

    service: Service
    provider_id: UUID | None
    wanted: Wanted
    notes: str = ""


def entry_token(tenant_id: UUID, entry: WaitlistEntry) -> str:
    """What the links in the mails carry: bound to tenant, entry and purpose."""
    return derive_token(tenant_id, entry.pk, "waitlist", 0)


def join(
    *,
    business: Business,
    request: Request,
    client: ClientDetails,
    now: datetime,
    by: Actor,
    notify: bool = True,
    key: Key | None = None,
    finish: Callable[[WaitlistEntry], None] | None = None,
) -> WaitlistEntry:
    """Put somebody on the list, or change the wish of his that is there. Clients only while it is open.

    Raises `WaitlistClosed`, `BookingRefused`, `Invalid` naming the fields of the wish.
    """
    if not by.is_staff and not (business.waitlist_open and business.is_live):
        raise WaitlistClosed()
    client_blocks.refuse_blocked(business, client, by=by)
    _check(business, request, now)

    def work() -> WaitlistEntry:
        if key is not None:
            key.claim()
        entry = _same(request, client)
        known = entry is not None
        entry = _change(entry, request) if entry else _new(business, request, client, now=now, by=by)
        if notify and entry.email:
            waitlist_rows.tell(Note.CHANGED if known else Note.JOINED, entry.pk, now)
        _look_for(now)
        if finish is not None:
            finish(entry)
        return entry

    return write_path.transact(work)


def change(
    *, business: Business, entry: WaitlistEntry, wanted: Wanted, notes: str | None = None, now: datetime
) -> WaitlistEntry:
    """Another wish; what was offered stays offered. Raises `NotWaiting` once he has left, `Invalid`."""
    request = Request(entry.service, entry.provider_id, wanted, entry.notes if notes is None else notes)
    _check(business, request, now)

    def work() -> WaitlistEntry:
        fresh = WaitlistEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
        if fresh.state not in waitlist.ACTIVE:
            raise NotWaiting()
        _change(fresh, request)
        _look_for(now)
        return fresh

    return write_path.transact(work)


def leave(*, business: Business, entry: WaitlistEntry, now: datetime, by: Actor) -> WaitlistEntry:
    """Off the list; a time that is held for him is given back. Leaving twice does nothing."""

    def work() -> WaitlistEntry:
        waitlist_offers.give_back(business=business, entry=entry, now=now, by=by)
        hopeful = WaitlistEntry.objects.filter(pk=entry.pk, state__in=waitlist.ACTIVE)
        hopeful.update(state=WaitState.LEFT, updated_at=now)
        if (made_meanwhile := waitlist.open_offer(entry)) is not None:
            waitlist_rows.end(made_meanwhile.pk, now)
        return waitlist.access_entry(entry.pk)

    return write_path.transact(work)


def put_back(*, business: Business, entry: WaitlistEntry, now: datetime) -> WaitlistEntry:
    """On the list again, in the old place, unless the same wish is there already. Raises `NotWaiting` when dates are over."""
    if entry.last_date < waitlist.today_of(business, now):
        raise NotWaiting()

    def work() -> WaitlistEntry:
        twin = _same_as(entry) if entry.email else None
        if twin is None:
            gone = WaitlistEntry.objects.filter(pk=entry.pk).exclude(state__in=waitlist.ACTIVE)
            gone.update(state=WaitState.WAITING, updated_at=now)
            _look_for(now)
        return waitlist.access_entry((twin or entry).pk)

    return write_path.transact(work)


def shift(*, entry: WaitlistEntry, by: int) -> None:
    """Move an entry up (-1) or down (1) in the business's own order. At the edge nothing happens."""

    def work() -> None:
        rows = WaitlistEntry.objects.filter(state__in=waitlist.ACTIVE).order_by("position", "created_at", "id")
        order = list(rows.select_for_update(of=("self",)))
        place = next((number for number, row in enumerate(order) if row.pk == entry.pk), None)
        if place is None or not 0 <= place + by < len(order):
            return
        order[place], order[place + by] = order[place + by], order[place]
        for number, row in enumerate(order, start=1):
            row.position = number
        WaitlistEntry.objects.bulk_update(order, ["position"])

    write_path.transact(work)


def change_list(*, business: Business, waitlist_open: bool, waitlist_offer_minutes: int, waitlist_order: str) -> None:
    """How the list works; offers that are open stay as they are. Raises `Invalid`."""
    checks = Checks()
    checks.number("waitlist_offer_minutes", waitlist_offer_minutes, least=SHORTEST_OFFER, most=LONGEST_OFFER)
    checks.choice("waitlist_order", waitlist_order, WaitlistOrder.values)
    checks.done()
    business.waitlist_open, business.waitlist_order = waitlist_open, waitlist_order
    business.waitlist_offer_minutes = waitlist_offer_minutes
    business.save(update_fields=["waitlist_open", "waitlist_order", "waitlist_offer_minutes", "updated_at"])


def _check(business: Business, request: Request, now: datetime) -> None:
    wish, today, checks = request.wanted, waitlist.today_of(business, now), Checks()
    checks.text("notes", request.notes, most=LONGEST_NOTES)
    if wish.last_date < wish.first_date:
        checks.problem("last_date", _("The last day is before the first."))
    elif wish.last_date < today:
        checks.problem("last_date", _("This day is over."))
    elif wish.last_date - max(wish.first_date, today) > LONGEST_WISH:
        checks.problem("last_date", _("Choose a year at most."))
    elif wish.weekdays and not _has_weekday(wish, today):
        checks.problem("weekdays", _("None of these weekdays lies between the dates."))
    if wish.hours is not None and not 0 <= wish.hours[0] < wish.hours[1] <= 1440:
        checks.problem("hours", _("The end must be after the start."))
    checks.done()
    if request.provider_id is not None and not _gives(request.service, request.provider_id):
        raise wrong_pair()


def _has_weekday(wish: Wanted, today: date) -> bool:
    first = max(wish.first_date, today).toordinal()
    return any(day % 7 in wish.weekdays for day in range(first, min(wish.last_date.toordinal(), first + 6) + 1))


def _gives(service: Service, provider_id: UUID) -> bool:
    return ServiceProvider.objects.filter(service=service, provider_id=provider_id, provider__active=True).exists()


def _same(request: Request, client: ClientDetails) -> WaitlistEntry | None:
    """The entry of this person for the same thing, with nobody else joining for him meanwhile."""
    if not client.email:
        return None
    write_path.lock([uuid5(PEOPLE, f"{request.service.pk}:{request.provider_id}:{client.email}")])
    return waitlist.same_wish(service_id=request.service.pk, provider_id=request.provider_id, email=client.email)


def _same_as(entry: WaitlistEntry) -> WaitlistEntry | None:
    request = Request(entry.service, entry.provider_id, waitlist.wanted(entry))
    return _same(request, ClientDetails(entry.name, entry.email))


def _new(business: Business, request: Request, client: ClientDetails, *, now: datetime, by: Actor) -> WaitlistEntry:
    highest = WaitlistEntry.objects.aggregate(Max("position"))["position__max"] or 0
    entry = WaitlistEntry(
        id=new_id(),
        service=request.service,
        provider_id=request.provider_id,
        client=clients.find(client) if client.email or client.client_id else None,
        name=client.name,
        email=client.email,
        phone=client.phone,
        timezone=client.timezone,
        locale=client.locale,
        added_by=by.name[:100] if by.is_staff else "",
        position=highest + 1,
        created_at=now,
    )
    entry.token_digest = digest(entry_token(business.pk, entry))
    _set(entry, request)
    entry.save(force_insert=True)
    return entry


def _change(entry: WaitlistEntry, request: Request) -> WaitlistEntry:
    """Another wish. Name, phone and e-mail stay those of who joined first: anybody may type an address."""
    _set(entry, request)
    entry.save(update_fields=[*WISH, "updated_at"])
    return entry


def _set(entry: WaitlistEntry, request: Request) -> None:
    wish = request.wanted
    entry.first_date, entry.last_date, entry.weekdays = wish.first_date, wish.last_date, sorted(wish.weekdays)
    entry.start_minute, entry.end_minute = wish.hours or (None, None)
    entry.notes = request.notes.replace("\r\n", "\n").strip()


def _look_for(now: datetime) -> None:
    waitlist_rows.look(now)
    waitlist_rows.look_hourly(now)
