"""Appointments and clients as plain documents: what the API answers and webhooks carry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.models import Appointment, AppointmentEvent, Client


def appointment(row: Appointment, zone: str, *, staff: bool = True) -> dict[str, Any]:
    """An appointment in the business's zone, from its own copies of names and price; needs no query.

    `start_time` has the local offset, `*_utc` end in Z, money is minor units. Clients (`staff=False`) do not see the
    staff's notes.
    """
    document = {
        "id": str(row.pk),
        "reference": row.reference,
        "status": row.status,
        "payment_status": row.payment_status,
        "payment_mode": row.payment_mode,
        "source": row.source,
        "service": {"id": str(row.service_id), "name": row.service_name},
        "provider": {"id": str(row.provider_id), "name": row.provider_name},
        "client": _client_of(row),
        "start_time": local(row.starts_at, zone),
        "end_time": local(row.ends_at, zone),
        "start_time_utc": utc(row.starts_at),
        "end_time_utc": utc(row.ends_at),
        "timezone": zone,
        "duration_minutes": row.duration_minutes,
        "location": {"kind": row.location, "detail": row.location_detail},
        "price": row.price,
        "currency": row.currency,
        "notes": row.notes,
        "sequence": row.sequence,
        "created_at": utc(row.created_at),
        "confirmed_at": utc_or_none(row.confirmed_at),
        "checked_in_at": utc_or_none(row.checked_in_at),
        "cancelled_at": utc_or_none(row.cancelled_at),
        "hold_expires_at": utc_or_none(row.hold_expires_at) if row.status == "held" else None,
    }
    if staff:
        document["staff_notes"] = row.staff_notes
        document["overlap_allowed"] = row.overlap_allowed
    return document


def _client_of(row: Appointment) -> dict[str, Any] | None:
    """The client as typed for this booking, with the id of the client it was matched to."""
    if row.client_id is None:
        return None
    return {
        "id": str(row.client_id),
        "name": row.client_name,
        "email": row.client_email,
        "phone": row.client_phone,
    }


def event(row: AppointmentEvent) -> dict[str, Any]:
    """One line of an appointment's history."""
    return {
        "at": utc(row.at),
        "action": row.action,
        "from_status": row.from_status,
        "to_status": row.to_status,
        "by": {"kind": row.actor_kind, "id": row.actor_id, "name": row.actor_name},
        "reason": row.reason,
        "detail": row.detail,
    }


def client(row: Client) -> dict[str, Any]:
    """A client of the business."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "timezone": row.timezone,
        "locale": row.locale,
        "notes": row.notes,
        "possible_duplicate": row.possible_duplicate,
        "created_at": utc(row.created_at),
    }


def local(instant: datetime, zone: str) -> str:
    """`2027-06-07T10:00:00-04:00`."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def utc(instant: datetime) -> str:
    """`2027-06-07T14:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_or_none(instant: datetime | None) -> str | None:
    """The same, for what may not have happened."""
    return None if instant is None else utc(instant)
