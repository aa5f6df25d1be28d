"""Importing the lines of a file: piece by piece, each piece in one transaction with the count of what is done.

A worker that dies takes only its unfinished piece with it, and whoever goes on begins there: nothing is done twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from daybook.core.errors import Conflict, Invalid, NotFound
from daybook.core.outbox import Drop
from scheduling.domain import client_table
from scheduling.domain.calendars import Spec
from scheduling.domain.client_table import Record
from scheduling.enums import Source, Status
from scheduling.models import Appointment, Client, ClientImport, Service
from scheduling.models.clients import ImportState
from scheduling.selectors.availability import Seat
from scheduling.services import bookings, clients, history, write_path
from scheduling.services.client_import_lines import Booking, Line, Reader, refusal
from scheduling.services.client_imports import lacking, reader_of
from scheduling.services.placing import Terms, Wish, give_client, new_appointment

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from tenants.models import Business

PIECE, LONGEST = 40, 20.0
"""Lines in one transaction; seconds (of real time) after which others get their turn."""
TermsOf = Callable[[Service], Mapping[UUID, Terms]]
REFUSALS = (Invalid, Conflict, NotFound)


@dataclass(slots=True)
class _Piece:
    """What came of some lines."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[list[Any]] = field(default_factory=list)
    refused: list[list[Any]] = field(default_factory=list)

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class _Work:
    """What all lines of a run share."""

    business: Business
    reader: Reader
    terms_of: TermsOf
    now: datetime
    by: Actor


def run(import_id: UUID, *, business: Business, terms_of: TermsOf, now: datetime, by: Actor) -> int | None:
    """Import lines for a while; answers how many are done when there are more, None at the end.

    Raises `Drop` when it is not running (any more).
    """
    found = ClientImport.objects.filter(pk=import_id, state=ImportState.RUNNING).first()
    if found is None:
        raise Drop("the import is not running")
    records = client_table.read(found.text)[1]
    prices: dict[UUID, Mapping[UUID, Terms]] = {}

    def terms_once(service: Service) -> Mapping[UUID, Terms]:
        if service.pk not in prices:
            prices[service.pk] = terms_of(service)
        return prices[service.pk]

    work, until = _Work(business, reader_of(found, business, now), terms_once, now, by), time.monotonic() + LONGEST
    done = found.done
    while done < len(records):
        if time.monotonic() > until:
            return done
        part, begin = records[done : done + PIECE], done
        write_path.transact(lambda part=part, begin=begin: _piece(found.pk, part, begin, len(records), work))  # type: ignore[misc]
        done += len(part)
    return None


def _piece(import_id: UUID, part: list[Record], begin: int, total: int, work: _Work) -> None:
    row = ClientImport.objects.select_for_update().get(pk=import_id)
    if row.state != ImportState.RUNNING or row.done != begin:
        raise Drop("another worker goes on with it")
    came, lines = _Piece(), []
    for record in part:
        try:
            lines.append((record, work.reader.read(record)))
        except Invalid as error:
            _refuse(came, record, refusal(error))
    write_path.lock({line.booking.provider.pk for _, line in lines if line.booking and line.booking.ahead})
    for record, line in lines:
        try:
            with transaction.atomic():
                outcomes = _apply(line, work)
        except REFUSALS as error:
            _refuse(came, record, refusal(error))
        else:
            for outcome in outcomes:
                came.count(outcome)
    _note(row, came, begin + len(part), total, work.now)


def _note(row: ClientImport, came: _Piece, done: int, total: int, now: datetime) -> None:
    """Add what came of a piece to the report; at the end the text goes."""
    first = row.done == 0
    report = {"counts": {}, "errors": [], "refused": []} if first else row.report
    for name, number in came.counts.items():
        report["counts"][name] = report["counts"].get(name, 0) + number
    report["errors"] += came.errors
    report["refused"] += came.refused
    row.report, row.done = report, done
    if done >= total:
        row.state, row.text, row.finished_at = ImportState.DONE, "", now
    row.save()


def _refuse(came: _Piece, record: Record, why: str) -> None:
    came.errors.append([record.line, why])
    came.refused.append([record.line, why, *record.cells])


def _apply(line: Line, work: _Work) -> list[str]:
    client, new = _client(line)
    outcomes = ["new" if new else "known"]
    if not new and (missing := lacking(client, line)):
        for name, value in missing.items():
            setattr(client, name, value)
        client.save(update_fields=[*missing, "updated_at"])
        outcomes.append("filled")
    booking = line.booking
    if booking is None:
        return outcomes
    if Appointment.objects.filter(client=client, starts_at=booking.start).exists():
        return [*outcomes, "there"]
    if booking.ahead:
        _book(line, booking, client, work)
        return [*outcomes, "ahead"]
    _write_down(line, booking, client, work)
    return [*outcomes, "past"]


def _client(line: Line) -> tuple[Client, bool]:
    """Whom the line names: by e-mail, else phone, else (only in imports) by the name of somebody without both."""
    details = line.details
    found = clients.find(details)
    if found is None and not details.email and not details.phone:
        bare = Client.objects.select_for_update(no_key=True).filter(email="", phone="", erased_at__isnull=True)
        found = bare.filter(name__iexact=details.name).order_by("created_at").first()
    if found is not None:
        return found, False
    made = clients.resolve(details)
    if line.notes or line.tags:
        made.notes, made.tags = made.notes or line.notes, made.tags or line.tags
        made.save(update_fields=["notes", "tags", "updated_at"])
    return made, True


def _wish(booking: Booking) -> Wish:
    return Wish(
        service=booking.service,
        start=booking.start,
        provider_id=booking.provider.pk,
        source=Source.MANUAL,
        allow_outside_hours=True,
    )


def _book(line: Line, booking: Booking, client: Client, work: _Work) -> None:
    """What lies ahead is booked as staff book it, outside hours if need be, never on top of another. Nobody is told."""
    details = clients.ClientDetails(line.details.name, line.details.email, line.details.phone, client_id=client.pk)
    wish = _wish(booking)
    if booking.duration != booking.usual_duration:
        wish = replace(wish, duration_minutes=booking.duration)
    bookings.place(
        business=work.business, wish=wish, client=details, terms=work.terms_of(booking.service), now=work.now,
        by=work.by, notify=False, tell_members=False,
    )  # fmt: skip


def _write_down(line: Line, booking: Booking, client: Client, work: _Work) -> None:
    """What is over is written down as it was: it keeps no time closed, and causes no message."""
    spec = Spec(duration=booking.duration or booking.usual_duration)
    terms = _terms(booking, work)
    made = new_appointment(
        business=work.business, wish=_wish(booking), terms=terms, session=None, now=work.now,
        seat=Seat(booking.provider, spec, work.business.timezone, terms.price),
    )  # fmt: skip
    made.client, made.status = client, Status(booking.status)
    give_client(made, line.details)
    if made.status == Status.CANCELLED:
        made.cancelled_at = work.now
    else:
        made.confirmed_at = work.now
    bookings.insert(made)
    history.record(made, "imported", by=work.by, now=work.now)


def _terms(booking: Booking, work: _Work) -> Terms:
    """Today's terms, for want of those of the day; a service that is paid otherwise now, or by others, has its price."""
    try:
        found = work.terms_of(booking.service).get(booking.provider.pk)
    except Invalid:
        found = None
    return found or Terms(booking.service.price, work.business.currency)
