"""A full day at one provider's, and people who wait for it: what tests of the waiting list share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Min

from daybook.core.actors import Actor
from daybook.core.outbox import relay
from daybook.core.outbox.models import OutboxRow
from scheduling.domain.wishes import Wanted
from scheduling.models import Appointment, Provider, Service, WaitlistEntry, WaitlistOffer
from scheduling.selectors import times
from scheduling.services import transitions, waitlist, waitlist_offers
from scheduling.services.clients import clean_details
from scheduling.services.moves import UNDO_FOR
from scheduling.services.waitlist import Request
from tenants.models import Business
from tests.factories import CLIENT, STAFF, at, make_appointment, make_provider, make_rule, make_service

TUESDAY_NOON = at("2027-06-01T12:00:00-04:00")
"""Now."""
MONDAY = date(2027, 6, 7)


@dataclass
class Waiting:
    """Ana works Mondays 10 to 13 and is booked out on 7 June: at 10, 11 and 12. Kim, Lee and the rest wait."""

    business: Business
    ana: Provider
    cut: Service
    booked: dict[int, Appointment] = field(default_factory=dict)
    now: datetime = TUESDAY_NOON

    def join(self, name: str, *, by: Actor = CLIENT, provider: Provider | None = None, **more: Any) -> WaitlistEntry:
        """Somebody joins: for that Monday, any hour, unless said otherwise. Each a second after the one before."""
        self.now += timedelta(seconds=1)
        wish = Wanted(
            more.pop("first", MONDAY), more.pop("last", MONDAY), frozenset(more.pop("weekdays", ())),
            more.pop("hours", None),
        )  # fmt: skip
        service = more.pop("service", self.cut)
        email = more.pop("email", f"{name.lower()}@example.test")
        details = clean_details(
            name=f"{name} Doe", email=email, timezone="America/New_York", locale="en", email_required=False,
            phone=more.pop("phone", ""),
        )  # fmt: skip
        request = Request(service, provider.pk if provider else None, wish, **more)
        return waitlist.join(business=self.business, request=request, client=details, now=self.now, by=by)

    def free(self, hour: int) -> None:
        """Staff cancel the appointment at that hour."""
        transitions.cancel(
            business=self.business, appointment=self.booked.pop(hour), now=self.now - UNDO_FOR, by=STAFF, notify=False
        )

    def match(self, now: datetime | None = None) -> int:
        """One look of the worker's."""
        return waitlist_offers.match(business=self.business, now=now or self.now)

    def drain(self, now: datetime | None = None) -> None:
        """The worker handles what is due, hold ends among it. Mail goes nowhere in particular."""
        self.now = now or self.now
        relay.drain(now=self.now, schema=self.business.schema_name, impatient=True)

    def offers(self) -> list[tuple[str, int, str]]:
        """Every offer, oldest first: to whom, for which local hour, and what became of it."""
        held = WaitlistOffer.objects.annotate(turn=Min("appointment__events__id"))  # several are made at one instant
        rows = held.select_related("entry", "appointment").order_by("turn")
        return [(o.entry.name.split()[0], o.appointment.starts_at.hour - 4, o.state) for o in rows]

    def state(self, entry: WaitlistEntry) -> str:
        """An entry's present state."""
        return str(WaitlistEntry.objects.values_list("state", flat=True).get(pk=entry.pk))

    def offer_of(self, entry: WaitlistEntry) -> WaitlistOffer:
        """The latest offer of an entry."""
        return WaitlistOffer.objects.select_related("entry", "appointment").filter(entry=entry).latest("offered_at")

    def rows(self, kind: str) -> list[OutboxRow]:
        """The outbox's rows of a kind, handled or not."""
        return list(OutboxRow.objects.filter(schema=self.business.schema_name, kind=kind).order_by("id"))

    def notes(self) -> list[tuple[str, str]]:
        """Who was (or will be) told what, in order."""
        names = {str(pk): name.split()[0] for pk, name in WaitlistEntry.objects.values_list("pk", "name")}
        return [(names[row.payload["entry"]], row.payload["note"]) for row in self.rows("waitlist.mail")]


def world(business: Business, **service: Any) -> Waiting:
    """The world in the schema that the connection is in."""
    business.timezone, business.name, business.country = "America/New_York", "Harbor & Pine", "US"
    business.save()
    ana = make_provider(business, "Ana Duarte")
    make_rule(ana, 1, "10:00", "13:00")
    values = {"step_minutes": 60, "max_advance_days": 30, **service}
    here = Waiting(business, ana, make_service(business, "Cut", providers=[ana], **values))
    for hour in (10, 11, 12):
        here.booked[hour] = make_appointment(
            business, here.cut, ana, f"2027-06-07T{hour}:00:00-04:00", now=here.now, name=f"Guest {hour}",
            email=f"guest{hour}@example.test",
        )  # fmt: skip
    OutboxRow.objects.filter(schema=business.schema_name).delete()
    return here


def ids(entries: list[WaitlistEntry]) -> list[UUID]:
    return [entry.pk for entry in entries]


def free_hours(here: Waiting) -> list[int]:
    """The hours of Monday that are free, on the wall of New York."""
    found = times.free(
        here.business, here.cut, now=here.now, zone="America/New_York", first_date=MONDAY, last_date=MONDAY
    )
    return [(start // 60 - 4) % 24 for start, *_ in found.slots]
