"""Appointments and clients as documents: plain ones for the API and webhooks, calendar files and links for clients.

Calendar files are in UTC: calendars show it in their reader's zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vUri

from daybook.core.mail import one_line
from scheduling.enums import Location, Status
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    AvailabilityRule,
    Category,
    Client,
    DateOverride,
    Provider,
    Service,
    ServiceProvider,
)
from scheduling.selectors.explain import Explanation, clock

if TYPE_CHECKING:
    from tenants.models import Business

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
_STATUS = {
    Status.PENDING_APPROVAL: "TENTATIVE",
    Status.HELD: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.DECLINED: "CANCELLED",
    Status.EXPIRED: "CANCELLED",
}


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
        "shared_notes": row.shared_notes,
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
        "tags": row.tags,
        "reminders": row.reminders,
        "blocked_at": utc_or_none(row.blocked_at),
        "blocked_reason": row.blocked_reason,
        "possible_duplicate": row.possible_duplicate,
        "created_at": utc(row.created_at),
    }


def category(row: Category) -> dict[str, Any]:
    """A heading."""
    return {"id": str(row.pk), "name": row.name, "position": row.position}


_SERVICE = (
    "name", "slug", "description", "hue", "position", "active", "visibility", "duration_minutes",
    "buffer_before_minutes", "buffer_after_minutes", "buffers_within_hours", "step_minutes", "min_notice_minutes",
    "max_advance_days", "daily_cap", "capacity", "timezone", "location", "location_detail", "phone_required",
    "requires_approval", "price", "payment_modes",
)  # fmt: skip
_PROVIDER = ("name", "title", "bio", "email", "phone", "hue", "timezone", "position", "active")


def service(row: Service, currency: str) -> dict[str, Any]:
    """A service as staff see it, with who gives it. Needs `category`, `links` and their providers."""
    deposit = {"type": row.deposit_type, "value": row.deposit_value} if row.deposit_type else None
    return {
        "id": str(row.pk),
        **{name: getattr(row, name) for name in _SERVICE},
        "category": None if row.category is None else {"id": str(row.category.pk), "name": row.category.name},
        "currency": currency,
        "deposit": deposit,
        "providers": [link(one, one.provider) for one in row.links.all()],
    }


def provider(row: Provider) -> dict[str, Any]:
    """A provider as staff see him, with what he gives. Needs `links` and their services."""
    return {
        "id": str(row.pk),
        **{name: getattr(row, name) for name in _PROVIDER},
        "services": [link(one, one.service) for one in row.links.all()],
    }


def link(row: ServiceProvider, other: Service | Provider) -> dict[str, Any]:
    """A service's provider or a provider's service. Price and duration null: the service's own."""
    return {
        "id": str(other.pk),
        "name": other.name,
        "active": other.active,
        "price": row.price,
        "duration_minutes": row.duration_minutes,
    }


def rules(rows: Iterable[AvailabilityRule], zone: str) -> dict[str, Any]:
    """A list of weekly hours; `zone` is the one whose wall clock is meant where no provider or service has his own."""
    return {"timezone": zone, "rules": [_rule(row) for row in rows]}


def _rule(row: AvailabilityRule) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "weekday": row.weekday,
        "start": clock(row.start_minute),
        "end": clock(row.end_minute),
        "effective_from": _date(row.effective_from),
        "effective_to": _date(row.effective_to),
        "service_id": None if row.service_id is None else str(row.service_id),
        "provider_id": None if row.provider_id is None else str(row.provider_id),
    }


def override(row: DateOverride) -> dict[str, Any]:
    """A date override; no provider: the whole business."""
    return {
        "id": str(row.pk),
        "provider_id": None if row.provider_id is None else str(row.provider_id),
        "kind": row.kind,
        "date": row.date.isoformat(),
        "end_date": _date(row.end_date),
        "start": None if row.start_minute is None else clock(row.start_minute),
        "end": None if row.end_minute is None else clock(row.end_minute),
        "note": row.note,
    }


def explanation(row: Explanation) -> dict[str, Any]:
    """One provider's answer to why a time is closed."""
    return {
        "provider_id": str(row.provider_id),
        "provider_name": row.provider_name,
        "bookable": row.reason is None,
        "reason": row.reason,
        "causes": [{"kind": cause.kind, "id": cause.id, "label": cause.label} for cause in row.causes],
    }


def _date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def local(instant: datetime, zone: str) -> str:
    """`2027-06-07T10:00:00-04:00`."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def utc(instant: datetime) -> str:
    """`2027-06-07T14:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc_or_none(instant: datetime | None) -> str | None:
    """The same, for what may not have happened."""
    return None if instant is None else utc(instant)


def ics(business: Business, appointment: Appointment, method: Method, manage_url: str, now: datetime) -> bytes:
    """The appointment as an iCalendar file: one UID for life, SEQUENCE rising with each change.

    REQUEST and CANCEL are for mail and name the client as attendee; PUBLISH is for download.
    """
    return ics_of(business, [(appointment, manage_url)], method, now)


def ics_of(business: Business, rows: Iterable[tuple[Appointment, str]], method: Method, now: datetime) -> bytes:
    """Several appointments, each with its client's page, as one iCalendar file: an event with a UID of its own each."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Daybook//Appointments//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for appointment, manage_url in rows:
        calendar.add_component(_event(business, appointment, method, manage_url, now))
    content: bytes = calendar.to_ical()
    return content


def _event(business: Business, appointment: Appointment, method: Method, manage_url: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid(appointment.pk))
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", title(business, appointment))
    event.add("description", description(appointment, manage_url))
    if where := place(business, appointment):
        event.add("location", where)
    event.add("status", "CANCELLED" if method == "CANCEL" else _STATUS.get(Status(appointment.status), "CONFIRMED"))
    event.add("transp", "OPAQUE")
    event.add("url", vUri(manage_url))
    # Equal to the From address of our mails: calendars take a CANCEL only from the organiser.
    event.add("organizer", vCalAddress(f"mailto:{settings.MAIL_FROM}"))
    if method != "PUBLISH":
        event.add("attendee", _attendee(appointment), encode=False)
    return event


def uid(block_id: UUID) -> str:
    """By which calendars know an appointment, or a class session by its block, for life."""
    return f"{block_id}@{settings.BASE_DOMAIN}"


def block_of(uid: str) -> UUID | None:
    """The id that `uid` was given, when the UID is one of ours in its form."""
    text, _at, domain = uid.rpartition("@")
    try:
        return UUID(text) if domain == settings.BASE_DOMAIN else None
    except ValueError:
        return None


def _attendee(appointment: Appointment) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{appointment.client_email}")
    attendee.params["CN"] = one_line(appointment.client_name, 100)
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    return attendee


def title(business: Business, appointment: Appointment) -> str:
    """What the event is called in the client's calendar."""
    return one_line(f"{appointment.service_name} \N{MIDDLE DOT} {business.name}")


def description(appointment: Appointment, manage_url: str) -> str:
    """A few lines for the event: with whom, and where to change it."""
    with_whom = _("With %(provider)s") % {"provider": one_line(appointment.provider_name)}
    return f"{with_whom}\n{_('Manage or cancel:')} {manage_url}"


def place(business: Business, appointment: Appointment) -> str:
    """Where it takes place, on one line; empty when nobody said."""
    detail = one_line(appointment.location_detail, 300)
    if appointment.location == Location.BUSINESS:
        return detail or one_line(business.address, 300)
    if appointment.location == Location.PHONE:
        return detail or _("By phone")
    return detail


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """Pages of calendar services that add the event when the client agrees there."""

    google: str
    outlook: str
    office365: str


def calendar_links(business: Business, appointment: Appointment) -> CalendarLinks:
    """Links that add the appointment to a calendar on the web. No token in them: they lead to other origins."""
    name, where = title(business, appointment), place(business, appointment)
    start, end = (instant.astimezone(UTC) for instant in (appointment.starts_at, appointment.ends_at))
    body = _("With %(provider)s") % {"provider": one_line(appointment.provider_name)}
    google = {
        "action": "TEMPLATE",
        "text": name,
        "dates": f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}",
        "details": body,
        "location": where,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": name,
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "body": body,
        "location": where,
    }
    deeplink = f"calendar/0/deeplink/compose?{urlencode(outlook, quote_via=quote)}"
    return CalendarLinks(
        google=f"https://calendar.google.com/calendar/render?{urlencode(google, quote_via=quote)}",
        outlook=f"https://outlook.live.com/{deeplink}",
        office365=f"https://outlook.office.com/{deeplink}",
    )
