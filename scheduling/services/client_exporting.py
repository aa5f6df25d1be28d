"""Everything that is kept about one person, for that person: a document, and with the files a ZIP."""

from __future__ import annotations

import tempfile
import zipfile
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import orjson

from daybook.core import media
from daybook.core.errors import NotFound
from scheduling import documents
from scheduling.documents import utc, utc_or_none
from scheduling.models import Appointment, Client, ClientFile, Consent, Message, WaitlistEntry

if TYPE_CHECKING:
    from tenants.models import Business

IN_MEMORY = 5 * 1024 * 1024


def dossier(client: Client, *, business: Business, now: datetime) -> dict[str, Any]:
    """What is kept about the client, the team's private notes among it (named as such)."""
    rows = Appointment.objects.filter(client=client).prefetch_related("events", "messages").order_by("starts_at", "id")
    return {
        "business": business.name,
        "exported_at": utc(now),
        "contains_private_notes": True,
        "client": documents.client(client),
        "appointments": [_appointment(row, business.timezone) for row in rows],
        "consents": [_consent(row) for row in client.consents.all()],
        "waitlist": [_wish(row) for row in client.waiting.all()],
        "files": [_file(row) for row in client.files.all()],
    }


def archive(client: Client, *, business: Business, now: datetime) -> IO[bytes]:
    """The dossier and the files as a ZIP, opened at its beginning. A file that is gone is left out."""
    made: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  the answer closes it
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        found = dossier(client, business=business, now=now)
        opened.writestr("client.json", orjson.dumps(found, option=orjson.OPT_INDENT_2))
        for row in client.files.all():
            try:
                with media.read(business.schema_name, row.file) as content:
                    opened.writestr(_place(row), content.read())
            except NotFound:
                continue
    made.seek(0)
    return made


def _appointment(row: Appointment, zone: str) -> dict[str, Any]:
    found = documents.appointment(row, zone)
    found["private_notes"] = found.pop("staff_notes")
    return {
        **found,
        "shared_notes": row.shared_notes,
        "history": [documents.event(event) for event in row.events.all()],
        "messages": [_message(message) for message in row.messages.all()],
    }


def _message(row: Message) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "channel": row.channel,
        "recipient": row.recipient,
        "subject": row.subject,
        "body": row.body,
        "sent_at": utc_or_none(row.sent_at),
    }


def _consent(row: Consent) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "text": row.text,
        "version": row.version,
        "given_at": utc(row.given_at),
        "given_from": row.given_from,
        "recorded_by": row.recorded_by,
        "withdrawn_at": utc_or_none(row.withdrawn_at),
    }


def _wish(row: WaitlistEntry) -> dict[str, Any]:
    return {
        "service_id": str(row.service_id),
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "notes": row.notes,
        "first_date": row.first_date.isoformat(),
        "last_date": row.last_date.isoformat(),
        "state": row.state,
        "created_at": utc(row.created_at),
    }


def _file(row: ClientFile) -> dict[str, Any]:
    return {"name": row.name, "in_archive": _place(row), "size": row.size, "uploaded_at": utc(row.uploaded_at)}


def _place(row: ClientFile) -> str:
    """Two files may have one name, their ids differ."""
    return f"files/{row.pk.hex[:8]}-{row.name}"
