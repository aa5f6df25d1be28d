"""A CSV file of clients on its way in: kept, its columns chosen, tried without saving, then started."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from daybook.core.errors import Conflict, Invalid
from daybook.core.outbox import enqueue
from scheduling.domain import client_table
from scheduling.domain.client_table import FIELDS, Record, Unreadable
from scheduling.enums import LIVE
from scheduling.models import Appointment, Client, ClientImport
from scheduling.models.clients import ImportState
from scheduling.services.client_import_lines import Booking, Line, Reader, refusal

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from tenants.models import Business

KIND = "clients.import"
DAY_FIRST_NOT = ("US", "PH")
"""Countries that write the month before the day."""
Span = tuple[datetime, datetime]


def keep(*, name: str, content: bytes, business: Business, now: datetime, by: Actor) -> ClientImport:
    """Keep an uploaded file with its guessed columns, and try it. Raises `Invalid` when it is no table, or too large."""
    if len(content) > client_table.LARGEST:
        raise _refused("too_large")
    text = client_table.decode(content)
    header, records = _table(text)
    columns = client_table.guess(header)
    place = columns.get("start")
    dates = [row.cells[place] for row in records if place is not None and place < len(row.cells)]
    made = ClientImport(
        name=name[-150:].replace("\0", ""),
        text=text,
        total=len(records),
        columns={
            "header": list(header),
            "map": columns,
            "day_first": client_table.day_comes_first(dates, otherwise=business.country not in DAY_FIRST_NOT),
        },
        started_by=by.name[:100],
        created_at=now,
    )
    _try(made, records, business, now)
    made.save()
    return made


def choose(
    found: ClientImport, *, columns: Mapping[str, int], day_first: bool, business: Business, now: datetime
) -> None:
    """Other columns: tried again, nothing is saved of the lines. Raises `Conflict` once it was started."""
    wide = len(found.columns["header"])
    chosen = {field: place for field, place in columns.items() if field in FIELDS and 0 <= place < wide}
    if len(set(chosen.values())) < len(chosen):
        message = _("Each column can be only one thing.")
        raise Invalid("column_twice", message, {"columns": [message]})
    found.columns = {**found.columns, "map": chosen, "day_first": day_first}
    _try(found, _table(found.text)[1], business, now)
    rows = ClientImport.objects.filter(pk=found.pk, state__in=[ImportState.CHECKING, ImportState.CHECKED])
    if not rows.update(columns=found.columns, report=found.report, state=found.state):
        raise _started()


def start(found: ClientImport, *, now: datetime, by: Actor) -> None:
    """Import the lines that are right, in the background. Raises `Conflict` when it runs already, or has no names."""
    with transaction.atomic():
        rows = ClientImport.objects.filter(pk=found.pk, state=ImportState.CHECKED)
        if not rows.update(state=ImportState.RUNNING, done=0):
            raise _started()
        ask(found.pk, done=0, now=now, by={"kind": by.kind, "id": by.id, "name": by.name})


def ask(import_id: UUID, *, done: int, now: datetime, by: Mapping[str, str]) -> None:
    """Have the lines from `done` on imported, soon. Asked twice, it is done once."""
    enqueue(
        kind=KIND,
        aggregate=f"import:{import_id}",
        dedupe_key=f"{KIND}:{import_id}:{done}",
        payload={"import": str(import_id), "by": dict(by)},
        due_at=now,
    )


def discard(found: ClientImport) -> None:
    """Forget a file that was not started. Raises `Conflict` when it was."""
    rows = ClientImport.objects.filter(pk=found.pk, state__in=[ImportState.CHECKING, ImportState.CHECKED])
    if not rows.delete()[0]:
        raise _started()


def reader_of(found: ClientImport, business: Business, now: datetime) -> Reader:
    """What reads this file's lines."""
    return Reader(business, found.columns["map"], day_first=bool(found.columns["day_first"]), now=now)


def _table(text: str) -> tuple[tuple[str, ...], list[Record]]:
    try:
        return client_table.read(text)
    except Unreadable as error:
        raise _refused(error.code) from error


def _try(found: ClientImport, records: list[Record], business: Business, now: datetime) -> None:
    """The dry run: what would happen, in numbers, and every line that would be refused."""
    columns = found.columns["map"]
    if "name" not in columns and "first_name" not in columns and "last_name" not in columns:
        found.state, found.report = ImportState.CHECKING, {}
        return
    reader = reader_of(found, business, now)
    lines, errors = [], []
    for record in records:
        try:
            lines.append(reader.read(record))
        except Invalid as error:
            errors.append([record.line, refusal(error)])
    trial = _Trial(lines, now)
    errors += [[line.line, problem] for line in lines if (problem := trial.go(line))]
    found.state = ImportState.CHECKED
    found.report = {"counts": trial.counts, "errors": sorted(errors)}


class _Trial:
    """Goes through the lines as the import would, on what was read of the database at once. 4 queries."""

    def __init__(self, lines: list[Line], now: datetime) -> None:
        self.counts = {"new": 0, "known": 0, "filled": 0, "past": 0, "ahead": 0, "there": 0}
        self.known: dict[tuple[str, str], Client] = {}
        self.made: set[tuple[str, str]] = set()
        self._read_clients({line.identity for line in lines})
        clients = [client.pk for client in self.known.values()]
        booked = Appointment.objects.filter(client_id__in=clients).values_list("client_id", "starts_at")
        self.booked: set[Any] = set(booked) if any(line.booking for line in lines) else set()
        self.taken: dict[UUID, list[Span]] = {}
        self._read_taken({line.booking.provider.pk for line in lines if line.booking and line.booking.ahead}, now)

    def go(self, line: Line) -> str:
        """Count the line; answers why it would be refused, if it would."""
        client, key = self.known.get(line.identity), line.identity
        who: Any = client.pk if client else key
        booking, there = line.booking, False
        if booking is not None:
            there = (who, booking.start) in self.booked
            if not there and booking.ahead and not self._takes(booking):
                return _("Another appointment takes this time.")
            self.booked.add((who, booking.start))
        if client is None and key not in self.made:
            self.counts["new"] += 1
            self.made.add(key)
        else:
            self.counts["known"] += 1
            self.counts["filled"] += bool(client is not None and lacking(client, line))
        if booking is not None:
            self.counts["there" if there else "ahead" if booking.ahead else "past"] += 1
        return ""

    def _takes(self, booking: Booking) -> bool:
        """Take the time, if it is free. Classes are left to the import."""
        service = booking.service
        if service.capacity > 1:
            return True
        minutes = booking.duration or booking.usual_duration
        begin = booking.start - timedelta(minutes=service.buffer_before_minutes)
        end = booking.start + timedelta(minutes=minutes + service.buffer_after_minutes)
        spans = self.taken.setdefault(booking.provider.pk, [])
        place = bisect_left(spans, (begin, end))
        if any(one[0] < end and begin < one[1] for one in spans[max(0, place - 1) : place + 1]):
            return False
        insort(spans, (begin, end))
        return True

    def _read_clients(self, identities: set[tuple[str, str]]) -> None:
        by: dict[str, set[str]] = {"email": set(), "phone": set(), "name": set()}
        for kind, value in identities:
            by[kind].add(value)
        rows = Client.objects.filter(erased_at__isnull=True)
        by_mail = rows.exclude(email="").annotate(folded=Lower("email")).filter(folded__in=by["email"])
        self.known.update({("email", one.email.lower()): one for one in by_mail})
        for client in rows.filter(phone__in=by["phone"]).order_by("email", "created_at"):
            self.known.setdefault(("phone", client.phone), client)
        nameless = rows.filter(email="", phone="").annotate(folded=Lower("name"))
        for client in nameless.filter(folded__in=by["name"]) if by["name"] else []:
            self.known.setdefault(("name", client.name.lower()), client)

    def _read_taken(self, providers: set[UUID], now: datetime) -> None:
        rows = Appointment.objects.filter(provider_id__in=providers, status__in=LIVE, ends_at__gt=now)
        for provider_id, occupied in rows.values_list("provider_id", "occupied"):
            insort(self.taken.setdefault(provider_id, []), (occupied.lower, occupied.upper))


def lacking(client: Client, line: Line) -> dict[str, Any]:
    """What the line knows and the client's record does not: all that an import ever writes to somebody known."""
    found = {"phone": line.details.phone, "notes": line.notes, "tags": line.tags}
    return {name: value for name, value in found.items() if value and not getattr(client, name)}


def _started() -> Conflict:
    return Conflict("import_started", _("This import cannot be started or changed now."))


def _refused(code: str) -> Invalid:
    words = {
        "too_large": _("The file is larger than 5 MB."),
        "too_long": _("The file has more than 20,000 lines. Split it."),
        "too_wide": _("The file has more than 60 columns."),
        "empty": _("The file needs a line of headings and at least one line below it."),
        "broken": _("This file cannot be read as CSV."),
    }
    return Invalid(f"file_{code}", words[code], {"file": [words[code]]})
