"""A provider with a connected Google calendar, and Google itself on a port of this machine.

>>> desk = connected(business, google)
>>> desk.book("10:00"); desk.drain(); desk.ours()
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.db import connection as database
from django.test import Client

from calendarsync.gateways.google.gateway import EVENTS, LIST, OWNED
from calendarsync.models import Attention, Calendar, Connection, Mirror
from calendarsync.services import choosing, connecting
from calendarsync.services.choosing import Choice
from daybook.core import clock
from daybook.core.outbox.relay import drain
from daybook.sandbox.google.server import GoogleSandbox
from scheduling.models import Appointment, BusyTime, Provider, Service
from scheduling.services import moves, transitions
from scheduling.services.moves import Move
from tenants.models import Business
from tests.factories import STAFF, at, make_appointment, make_provider, make_service, open_week

Json = dict[str, Any]
NOW = at("2027-06-01T12:00:00Z")
MONDAY = "2027-06-07"
ANA = "ana@gmail.example"
SCOPES = {LIST, OWNED}


def consented(google: GoogleSandbox, url: str, email: str, scopes: set[str] | None = None) -> Json:
    """What Google's consent page sends back for somebody who allows all that was asked for, or just `scopes`."""
    asked = google.accounts.asked(dict(parse_qsl(urlsplit(url).query)))
    back = google.accounts.allow(asked, email, set(asked.scopes) if scopes is None else scopes)
    return dict(parse_qsl(urlsplit(back).query))


@dataclass
class Desk:
    """One provider of a business, at an instant that only `wait` moves on."""

    business: Business
    google: GoogleSandbox
    provider: Provider
    service: Service
    email: str = ANA
    now: datetime = NOW
    options: Json = field(default_factory=dict)

    # connecting

    def connect(self, email: str = "", *, shared: bool = False, scopes: set[str] | None = None) -> Connection:
        """Through the consent page, by the real code and verifier."""
        email = email or self.email
        self.google.add_user(email)
        url = connecting.begin(business=self.business, provider_id=self.provider.pk, session="s", shared=shared)
        back = consented(self.google, url, email, scopes)
        attempt = connecting.redeem(business=self.business, state=back["state"], session="s")
        return connecting.connect(
            business=self.business, provider_id=self.provider.pk, code=back["code"],
            code_verifier=attempt.code_verifier, by=STAFF, now=self.now,
        )  # fmt: skip

    def choose(self, *, counts: list[str] | None = None, receives: str | None = "", **options: Any) -> None:
        """The main calendar counts and receives, unless told otherwise (by the calendars' names at Google)."""
        row = self.connection
        known = {calendar.external_id: calendar.pk for calendar in row.calendars.all()}
        self.options |= options
        choosing.choose(
            business=self.business,
            connection=row,
            choice=Choice(
                counts=[known[name] for name in (counts if counts is not None else [row.account])],
                receives=None if receives is None else known[receives or row.account],
                **self.options,
            ),
            now=self.now,
        )

    @property
    def connection(self) -> Connection:
        return Connection.objects.exclude(state="leaving").get(provider=self.provider)

    @property
    def calendar(self) -> Calendar:
        return self.connection.calendars.get(primary=True)

    # time

    def wait(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Time passes, here and at Google."""
        self.at(self.now + timedelta(minutes=minutes, hours=hours, days=days))

    def at(self, instant: datetime) -> None:
        self.now = instant
        clock.set_to(instant)
        self.google.clock(instant)

    def drain(self) -> int:
        """Everything that is due now, also what failed before."""
        return drain(now=self.now, schema=str(self.business.schema_name), impatient=True)

    def settle(self) -> None:
        """Push what Google has to say, read, write, until nothing is left to do."""
        for _round in range(6):
            self.push()
            self.wait(minutes=0.1)
            self.drain()

    def push(self) -> list[int]:
        """Deliver the notifications that Google holds back; the answers."""
        held, self.google.channels.held[:] = list(self.google.channels.held), []
        return [notify(one.headers) for one in held]

    # what happens here

    def book(self, time: str, *, day: str = MONDAY, service: Service | None = None, **more: Any) -> Appointment:
        start = f"{day}T{time}:00Z"
        return make_appointment(self.business, service or self.service, self.provider, start, now=self.now, **more)

    def move(self, row: Appointment, time: str, *, day: str = MONDAY, **more: Any) -> Appointment:
        move = Move(start=at(f"{day}T{time}:00Z"), allow_outside_hours=True, **more)
        return moves.reschedule(business=self.business, appointment=row, move=move, now=self.now, by=STAFF)

    def cancel(self, row: Appointment) -> Appointment:
        return transitions.cancel(business=self.business, appointment=row, now=self.now, by=STAFF)

    # what happens at Google

    def edit(self, action: str, event: str = "", *, calendar: str = "primary", **values: Any) -> Json:
        """What the provider does in Google's own pages."""
        return self.google.user_edits_event(self.email, action, event, calendar, **values)

    def outside(self, start: str, end: str, *, day: str = MONDAY, **more: Any) -> Json:
        """An event of the provider's own."""
        sides = {"start": f"{day}T{start}:00Z", "end": f"{day}T{end}:00Z"}
        return self.edit("create", summary="Dentist", **{**sides, **more})

    # what can be seen

    def all_events(self, calendar: str = "primary") -> list[Json]:
        return [e for e in self.google.events(self.email, calendar) if e["status"] != "cancelled"]

    def ours(self, calendar: str = "primary") -> list[Json]:
        """Events that we wrote, by start, as they stand in the calendar."""
        known = set(Mirror.objects.values_list("event_id", flat=True))
        return sorted((e for e in self.all_events(calendar) if e["id"] in known), key=lambda e: str(e["start"]))

    def event_of(self, row: Appointment) -> Json:
        name = Mirror.objects.get(block_id=row.block_id, connection=self.connection).event_id
        return next(e for e in self.google.events(self.email) if e["id"] == name)

    def busy(self, source: str = "google:") -> list[tuple[str, str]]:
        """What is kept closed by outside calendars, in UTC."""
        rows = BusyTime.objects.filter(provider=self.provider, source__startswith=source).order_by("starts_at", "pk")
        return [(f"{row.starts_at:%m-%d %H:%M}", f"{row.ends_at:%m-%d %H:%M}") for row in rows]

    def open(self) -> list[str]:
        """What waits for an answer."""
        return list(Attention.objects.filter(answer="").order_by("found_at", "pk").values_list("found", flat=True))

    def requests(self, operation: str) -> int:
        return sum(seen.operation == operation for seen in self.google.requests)


def span_of(event: Json) -> tuple[str, str]:
    """When an event of Google is, in UTC: `06-07 10:00`; the days of an all-day one."""
    if "date" in event["start"]:
        return event["start"]["date"], event["end"]["date"]
    start, end = (datetime.fromisoformat(event[side]["dateTime"]).astimezone(UTC) for side in ("start", "end"))
    return f"{start:%m-%d %H:%M}", f"{end:%m-%d %H:%M}"


def notify(headers: Json) -> int:
    """A POST at the platform's door, as Google sends it; the status."""
    before = database.tenant  # type: ignore[attr-defined]
    try:
        client = Client(headers={"host": "localhost", **headers})
        return client.post("/v1/webhooks/google-calendar", b"", content_type="application/octet-stream").status_code
    finally:
        database.set_tenant(before)  # type: ignore[attr-defined]


def desk(business: Business, google: GoogleSandbox, *, name: str = "Ana Duarte", email: str = ANA) -> Desk:
    """A provider who is open on weekdays and not connected."""
    provider = make_provider(business, name, email=f"{name.split()[0].lower()}@team.example")
    service = make_service(business, f"Cut by {name.split()[0]}", providers=[provider], duration_minutes=60)
    open_week(provider, "06:00", "22:00", weekdays=range(7))
    found = Desk(business, google, provider, service, email)
    found.at(NOW)
    return found


def connected(business: Business, google: GoogleSandbox, **more: Any) -> Desk:
    """The same, connected: the main calendar counts and receives, and was read once."""
    found = desk(business, google, **more)
    found.connect()
    found.choose()
    found.drain()
    google.requests.clear()
    return found


__all__ = ("ANA", "EVENTS", "MONDAY", "NOW", "SCOPES", "Desk", "connected", "consented", "desk", "notify", "span_of")
