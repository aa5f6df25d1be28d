"""Reading the waiting list: who waits for what, in which order, and which free time fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import CharField, Count, Prefetch, Q, QuerySet, Value

from daybook.core.crypto import digest, matches
from daybook.core.errors import NotFound
from scheduling.domain.wishes import Wanted, offer_end, overlaps_refused
from scheduling.domain.zones import floor_minute, instant, local_date, minutes
from scheduling.enums import Status
from scheduling.models import Appointment, Client, WaitlistEntry, WaitlistOffer
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.selectors import times
from scheduling.selectors.appointments import sees_all
from scheduling.selectors.clients import who
from scheduling.selectors.desk import own
from tenants.enums import WaitlistOrder

if TYPE_CHECKING:
    from scheduling.models import Service
    from tenants.models import Business, Membership

ACTIVE = (WaitState.WAITING, WaitState.OFFERED)
"""Who still hopes for a time."""
OPENS_FOR = timedelta(days=90)
"""How long after its last date an entry's page opens with its token."""
MOST_IGNORED = 3
"""Who lets so many offers pass without a word leaves the list."""
_NOBODY = digest("")


@dataclass(frozen=True, slots=True)
class Fit:
    """A free time that fits an entry: the start, and until when (UTC) it could be kept for him."""

    start: datetime
    until: datetime
    provider_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits, with the starts (epoch minutes) that were offered to him before."""

    entry: WaitlistEntry
    refused: list[int]


@dataclass(frozen=True, slots=True)
class WaitFilters:
    """What the list is narrowed to; `state` empty: who still waits."""

    service_id: UUID | None = None
    provider_id: UUID | None = None
    state: str = ""
    search: str = ""


def wanted(entry: WaitlistEntry) -> Wanted:
    """An entry's wish."""
    hours = None if entry.start_minute is None or entry.end_minute is None else (entry.start_minute, entry.end_minute)
    return Wanted(entry.first_date, entry.last_date, frozenset(entry.weekdays), hours)


def in_order(business: Business) -> tuple[str, ...]:
    """How the business orders its list."""
    first = ("created_at", "id")
    return ("position", *first) if business.waitlist_order == WaitlistOrder.PRIORITY else first


def entries(business: Business, filters: WaitFilters = WaitFilters()) -> QuerySet[WaitlistEntry]:
    """Entries with service, provider and offers (with their appointments), in the list's order. 2 queries."""
    found = _whole()
    found = found.filter(state=filters.state) if filters.state else found.filter(state__in=ACTIVE)
    if filters.service_id is not None:
        found = found.filter(service_id=filters.service_id)
    if filters.provider_id is not None:
        found = found.filter(Q(provider_id=filters.provider_id) | Q(provider__isnull=True))
    for word in filters.search.split()[:5]:
        found = found.filter(who(word, ""))
    if filters.state and filters.state not in ACTIVE:
        return found.order_by("-updated_at", "id")
    return found.order_by(*in_order(business))


def entry_with_offers(entry_id: UUID) -> WaitlistEntry:
    """One entry as `entries` reads it; else NotFound. 2 queries."""
    found = _whole().filter(pk=entry_id).first()
    if found is None:
        raise NotFound()
    return found


def _whole() -> QuerySet[WaitlistEntry]:
    offers = WaitlistOffer.objects.select_related("appointment").order_by("-offered_at")
    rows = WaitlistEntry.objects.select_related("service", "provider", "client")
    return rows.prefetch_related(Prefetch("offers", offers))


def access_entry(entry_id: UUID) -> WaitlistEntry:
    """The entry, else NotFound."""
    found = WaitlistEntry.objects.select_related("service", "provider", "client").filter(pk=entry_id).first()
    if found is None:
        raise NotFound()
    return found


def opened_entry(business: Business, entry_id: UUID, token: str, *, now: datetime) -> WaitlistEntry:
    """The entry that this token opens, until 90 days after its last date; else NotFound, after the same work."""
    found = WaitlistEntry.objects.select_related("service", "provider", "client").filter(pk=entry_id).first()
    fits = matches(token, found.token_digest if found is not None else _NOBODY)
    if found is None or not fits or now.date() > found.last_date + OPENS_FOR:
        raise NotFound()
    return found


def access_offer(entry: WaitlistEntry, offer_id: UUID) -> WaitlistOffer:
    """An offer made to this entry, else NotFound."""
    rows = WaitlistOffer.objects.select_related("appointment__service", "appointment__provider", "entry")
    found = rows.filter(entry=entry, pk=offer_id).first()
    if found is None:
        raise NotFound()
    return found


def offer_of(appointment_id: UUID) -> WaitlistOffer | None:
    """The offer for which this time is or was held. 1 query."""
    return WaitlistOffer.objects.select_related("entry").filter(appointment_id=appointment_id).first()


def open_offer(entry: WaitlistEntry) -> WaitlistOffer | None:
    """What is offered to the entry now. 1 query."""
    rows = WaitlistOffer.objects.select_related("appointment__service", "appointment__provider", "entry")
    return rows.filter(entry=entry, state=OfferState.OPEN).first()


def same_wish(*, service_id: UUID, provider_id: UUID | None, email: str) -> WaitlistEntry | None:
    """The entry of this person for this service and provider that still hopes."""
    rows = WaitlistEntry.objects.filter(service_id=service_id, email=email, state__in=ACTIVE)
    rows = rows.filter(provider__isnull=True) if provider_id is None else rows.filter(provider_id=provider_id)
    return rows.order_by("created_at").first()


def anybody_waits() -> bool:
    """Whether anybody hopes for a time. 1 query."""
    return WaitlistEntry.objects.filter(state__in=ACTIVE).exists()


def nav_counts(member: Membership | None, *, now: datetime) -> tuple[int, int]:
    """How many requests wait for the member's answer, and how many people for a time. 1 query."""
    asked = own(Appointment.objects.filter(status=Status.PENDING_APPROVAL, starts_at__gt=now), member)
    hoping = WaitlistEntry.objects.filter(state__in=ACTIVE)
    if not sees_all(member):
        hoping = hoping.none()
    found = dict(_counted(asked, "asked").union(_counted(hoping, "hoping"), all=True))
    return found.get("asked", 0), found.get("hoping", 0)


def _counted(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    named = rows.order_by().annotate(of=Value(name, output_field=CharField())).values_list("of")
    counted: QuerySet[Any] = named.annotate(n=Count("pk"))
    return counted


def counts() -> dict[str, int]:
    """How many entries each state has. 1 query."""
    return dict(WaitlistEntry.objects.order_by("state").values_list("state").annotate(Count("pk")))


def queue(business: Business, *, now: datetime) -> list[Waiter]:
    """Who waits without an offer, can be written to and may book, in the list's order. At most 3 queries."""
    rows = WaitlistEntry.objects.filter(state=WaitState.WAITING, service__active=True).exclude(email="")
    rows = rows.filter(last_date__gte=today_of(business, now)).select_related("service", "provider")
    found = list(rows.order_by(*in_order(business)))
    if not found:
        return []
    refused, shut_out = refused_starts([entry.pk for entry in found]), _shut_out()
    return [
        Waiter(entry, refused.get(entry.pk, [])) for entry in found if not {entry.email.lower(), entry.phone} & shut_out
    ]


def refused_starts(entry_ids: list[UUID]) -> dict[UUID, list[int]]:
    """The starts (epoch minutes) of all that each entry was ever offered. 1 query."""
    rows = WaitlistOffer.objects.filter(entry__in=entry_ids).values_list("entry_id", "appointment__starts_at")
    found: dict[UUID, list[int]] = {}
    for entry_id, start in rows:
        found.setdefault(entry_id, []).append(floor_minute(start))
    return found


def ignored_count(entry: WaitlistEntry) -> int:
    """How many offers in a row passed without a word. 1 query."""
    states = entry.offers.order_by("-offered_at").values_list("state", flat=True)
    count = 0
    for state in states:
        if state != OfferState.EXPIRED:
            break
        count += 1
    return count


def is_stranger(entry: WaitlistEntry) -> bool:
    """Who put himself on the list and was never a client before."""
    return entry.client_id is None and not entry.added_by


def offers_to_strangers() -> int:
    """How many open offers strangers have. 1 query."""
    return WaitlistOffer.objects.filter(state=OfferState.OPEN, entry__client__isnull=True, entry__added_by="").count()


def _shut_out() -> set[str]:
    """E-mails and phones that may not book online."""
    rows = Client.objects.filter(blocked_at__isnull=False).values_list("email", "phone")
    return {name.lower() for row in rows for name in row if name}


@dataclass(slots=True)
class Openings:
    """The free times of what is waited for, each (service, provider) read once; `forget` when something was taken."""

    business: Business
    now: datetime
    until: dict[tuple[UUID, UUID | None], date] = field(default_factory=dict)
    _read: dict[tuple[UUID, UUID | None], list[times.Slot]] = field(default_factory=dict)

    @classmethod
    def for_all(cls, business: Business, waiting: list[WaitlistEntry], now: datetime) -> Openings:
        """Openings as far ahead as any of these entries wishes."""
        found = cls(business, now)
        for entry in waiting:
            key = (entry.service_id, entry.provider_id)
            found.until[key] = max(found.until.get(key, entry.last_date), entry.last_date)
        return found

    def forget(self) -> None:
        """Read again: a time was taken, or given back."""
        self._read.clear()

    def fits(self, entry: WaitlistEntry, *, refused: list[int] | None = None) -> Iterator[Fit]:
        """The free times that fit an entry and could still be answered for, soonest first. 3 queries for a new pair.

        `refused`: starts that are not offered to him again, nor what overlaps them.
        """
        zone, wish = self.business.timezone, wanted(entry)
        for start, end, providers, _seats in self._slots(entry):
            if not wish.fits(start, zone) or overlaps_refused(start, end - start, refused or ()):
                continue
            until = offer_end(
                minutes(self.now), start=start, minutes=self.business.waitlist_offer_minutes,
                notice=entry.service.min_notice_minutes, zone=zone,
            )  # fmt: skip
            if until is not None:
                yield Fit(instant(start), instant(until), providers)

    def _slots(self, entry: WaitlistEntry) -> list[times.Slot]:
        key = (entry.service_id, entry.provider_id)
        if key not in self._read:
            self._read[key] = self._look(entry.service, entry.provider_id, self.until.get(key, entry.last_date))
        return self._read[key]

    def _look(self, service: Service, provider_id: UUID | None, last: date) -> list[times.Slot]:
        zone = self.business.timezone
        today = today_of(self.business, self.now)
        last = min(last, today + timedelta(days=service.max_advance_days + 1))
        if last < today:
            return []
        found = times.read(
            self.business, service, now=self.now, zone=zone, first_date=today, last_date=last, provider_id=provider_id
        )
        return found.slots()


def today_of(business: Business, now: datetime) -> date:
    """The business's local date."""
    return date.fromordinal(local_date(business.timezone, floor_minute(now)))
