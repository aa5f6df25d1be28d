"""Erasing a person: names, addresses, words and files go; counts and prices stay for the books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Left, Lower
from django.utils.translation import gettext as _

from daybook.core import media
from daybook.core.actors import Actor, ActorKind
from daybook.core.errors import Conflict, NotFound
from daybook.core.outbox.models import OutboxRow
from scheduling import signals
from scheduling.enums import Location, Status
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    Client,
    ClientFile,
    ClientImport,
    Message,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.models.appointments import MessageState
from scheduling.models.waitlist import OfferState, WaitState
from scheduling.services import transitions, waitlist_rows, write_path

if TYPE_CHECKING:
    from tenants.models import Business

AHEAD = (Status.CONFIRMED, Status.PENDING_APPROVAL)


@dataclass(frozen=True, slots=True)
class Extent:
    """What erasing would touch, in numbers."""

    appointments: int
    upcoming: int
    files: int
    consents: int
    waiting: int


def extent(client: Client, *, now: datetime) -> Extent:
    """What is kept about a client, counted."""
    return Extent(
        appointments=client.appointments.count(),
        upcoming=_upcoming(client, now).count(),
        files=client.files.count(),
        consents=client.consents.count(),
        waiting=client.waiting.count(),
    )


def erase(
    client: Client,
    *,
    business: Business,
    now: datetime,
    by: Actor,
    cancel_upcoming: bool = False,
    finish: Callable[[Client], None] | None = None,
) -> Client:
    """Blank everything personal, for good. What lies ahead is cancelled (nobody is told) when `cancel_upcoming` says so.

    Raises `Conflict` `has_upcoming` when something lies ahead and may not be cancelled; `NotFound` when it was erased
    already. `finish` is called in the transaction.
    """

    def work() -> Client:
        locked = sorted({row.provider_id for row in _upcoming(client, now)})
        write_path.lock(locked)
        fresh = Client.objects.select_for_update().filter(pk=client.pk, erased_at__isnull=True).first()
        if fresh is None:
            raise NotFound()
        ahead = list(_upcoming(fresh, now))
        if ahead and not cancel_upcoming:
            raise Conflict("has_upcoming", _("Cancel what is booked first."), {"upcoming": len(ahead)})
        if {row.provider_id for row in ahead} - set(locked):
            raise write_path.Moved
        for row in ahead:
            transitions.cancel(business=business, appointment=row, now=now, by=by, notify=False)
        emails = _blank(fresh, business, now)
        signals.client_erased.send(sender=Client, client=fresh, emails=emails, business=business, now=now)
        if finish is not None:
            finish(fresh)
        return fresh

    return write_path.transact(work)


def _upcoming(client: Client, now: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(client=client, status__in=AHEAD, ends_at__gt=now).order_by("starts_at")


def _blank(client: Client, business: Business, now: datetime) -> set[str]:
    """Blank all that is kept here; the addresses that were his."""
    typed = client.appointments.values_list("client_email", flat=True)
    emails = {client.email.lower(), *(email.lower() for email in typed)} - {""}
    phones = {client.phone, *client.appointments.values_list("client_phone", flat=True)} - {""}
    nobody = _("Erased client")
    _blank_appointments(client, nobody)
    _blank_waiting(client, emails, nobody, now)
    _blank_imports(emails, phones)
    _forget_files(client, business)
    client.consents.update(given_from="")
    client.name, client.email, client.phone = nobody, "", ""
    client.timezone = client.locale = client.notes = client.blocked_reason = ""
    client.tags, client.blocked_at, client.possible_duplicate = [], None, False
    client.reminders, client.erased_at = False, now
    client.save()
    return emails


def _blank_appointments(client: Client, nobody: str) -> None:
    rows = Appointment.objects.filter(client=client)
    ids = list(rows.values_list("pk", flat=True))
    rows.filter(location=Location.CLIENT).update(location_detail="")
    rows.update(
        client_name=nobody, client_email="", client_phone="", client_timezone="", client_locale="",
        notes="", staff_notes="", shared_notes="", held_by="",
    )  # fmt: skip
    events = AppointmentEvent.objects.filter(appointment__in=ids)
    events.filter(actor_kind=ActorKind.CLIENT).update(actor_name="", reason="")
    _blank_messages(ids)
    _blank_outbox([str(pk) for pk in ids])


def _blank_messages(ids: list[UUID]) -> None:
    messages = Message.objects.filter(appointment__in=ids)
    messages.update(subject="", body="")
    short = Left(Cast("pk", CharField()), 8)
    mine = messages.exclude(kind__startswith="members.")
    mine.update(recipient=Concat(Value("erased:"), short))
    mine.filter(state=MessageState.SENDING).update(state=MessageState.DROPPED)


def _blank_outbox(ids: list[str]) -> None:
    """What clients typed travels with the rows that tell of it; those that wait for the client have nobody to tell."""
    aggregates = [f"appointment:{pk}:{to}" for pk in ids for to in ("client", "members")]
    rows = OutboxRow.objects.filter(schema=_schema(), aggregate__in=aggregates, payload__has_key="reason")
    changed = []
    for row in rows:
        row.payload = {**row.payload, "reason": ""}
        changed.append(row)
    OutboxRow.objects.bulk_update(changed, ["payload"])


def _blank_waiting(client: Client, emails: set[str], nobody: str, now: datetime) -> None:
    rows = WaitlistEntry.objects.annotate(folded=Lower("email")).filter(Q(client=client) | Q(folded__in=emails))
    ids = list(rows.values_list("pk", flat=True))
    entries = WaitlistEntry.objects.filter(pk__in=ids)
    entries.filter(state__in=[WaitState.WAITING, WaitState.OFFERED]).update(state=WaitState.LEFT, updated_at=now)
    entries.update(name=nobody, email="", phone="", notes="", timezone="", locale="")
    offers = WaitlistOffer.objects.filter(entry__in=ids)
    for offer_id in offers.filter(state=OfferState.OPEN).values_list("pk", flat=True):
        waitlist_rows.end(offer_id, now)
    held = list(offers.values_list("appointment", flat=True))
    Appointment.objects.filter(pk__in=held, client__isnull=True).update(client_name="")
    _blank_messages(held)


def _blank_imports(emails: set[str], phones: set[str]) -> None:
    """Lines of imported files that were refused are kept to be mended; not those of this person."""
    for row in ClientImport.objects.filter(report__has_key="refused"):
        kept = [line for line in row.report["refused"] if not _names(line, emails, phones)]
        if len(kept) != len(row.report["refused"]):
            row.report = {**row.report, "refused": kept}
            row.save(update_fields=["report"])


def _names(line: list[Any], emails: set[str], phones: set[str]) -> bool:
    cells = [str(cell).strip().lower() for cell in line[2:]]
    digits = {phone.lstrip("+") for phone in phones}
    return any(cell in emails or "".join(filter(str.isdigit, cell)) in digits for cell in cells if cell)


def _forget_files(client: Client, business: Business) -> None:
    schema, names = business.schema_name, list(client.files.values_list("file", flat=True))
    ClientFile.objects.filter(client=client).delete()

    def forget() -> None:
        for name in names:
            media.delete(schema, name)

    transaction.on_commit(forget)


def _schema() -> str:
    name: str = connection.schema_name  # type: ignore[attr-defined]
    return name
