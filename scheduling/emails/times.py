"""When an appointment is, in words: in the zone that matters most first, never without naming the zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from daybook.core import formats
from daybook.core.mail import one_line
from scheduling.domain.zones import is_zone
from scheduling.enums import Location
from scheduling.models import Appointment

if TYPE_CHECKING:
    from tenants.models import Business

IN_PERSON = (Location.BUSINESS, Location.CLIENT)


@dataclass(frozen=True, slots=True)
class Line:
    """One reading of the time, `Thursday, 12 November 2026, 10:30 – 11:30 am`, and whose it is."""

    text: str
    note: str


def zones_of(business: Business, appointment: Appointment) -> list[str]:
    """The zones to tell the time in: the client's and, where its clock differs, the business's.

    Who comes in person reads the business's first.
    """
    own = appointment.client_timezone if is_zone(appointment.client_timezone) else business.timezone
    if _same_clock(appointment, own, business.timezone):
        return [business.timezone]
    return [business.timezone, own] if appointment.location in IN_PERSON else [own, business.timezone]


def lines(business: Business, appointment: Appointment, language: str) -> list[Line]:
    """The time for the client, one line per zone."""
    zones = zones_of(business, appointment)
    return [
        Line(_span(appointment, zone, language), _note(business, appointment, zone, language, several=len(zones) > 1))
        for zone in zones
    ]


def business_line(business: Business, appointment: Appointment, language: str) -> Line:
    """The time for members: the business's."""
    zone = business.timezone
    return Line(_span(appointment, zone, language), _note(business, appointment, zone, language, several=False))


def short(instant: datetime, zone: str, language: str) -> str:
    """`Thu 12 Nov 10:30 am`, for subjects."""
    return f"{formats.day(_date(instant, zone), language)} {formats.clock(instant, zone, language)}"


def exact(instant: datetime, zone: str, language: str) -> str:
    """`Thu 12 Nov, 10:30 am EST`, for sentences."""
    day, name = formats.day(_date(instant, zone), language), _zone_name(instant, zone)
    return f"{day}, {formats.clock(instant, zone, language)} {name}"


def offset(instant: datetime, zone: str) -> str:
    """`EST, UTC−5`: which of a zone's offsets holds at that instant."""
    local = instant.astimezone(ZoneInfo(zone))
    delta = local.utcoffset()
    assert delta is not None
    hours, minutes = divmod(abs(delta).seconds // 60, 60)
    sign = "\N{MINUS SIGN}" if delta.days < 0 else "+"
    utc = f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "") if delta else "UTC"
    name = local.tzname() or ""
    return f"{name}, {utc}" if name.isalpha() and name != utc else utc


def _zone_name(instant: datetime, zone: str) -> str:
    return offset(instant, zone).partition(",")[0]


def _date(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))


def _same_clock(appointment: Appointment, one: str, other: str) -> bool:
    return all(
        instant.astimezone(ZoneInfo(one)).utcoffset() == instant.astimezone(ZoneInfo(other)).utcoffset()
        for instant in (appointment.starts_at, appointment.ends_at)
    )


def _span(appointment: Appointment, zone: str, language: str) -> str:
    start, end = appointment.starts_at, appointment.ends_at
    return f"{formats.long_day(_date(start, zone), language, year=True)}, {formats.span(start, end, zone, language)}"


def _note(business: Business, appointment: Appointment, zone: str, language: str, *, several: bool) -> str:
    start, end = offset(appointment.starts_at, zone), offset(appointment.ends_at, zone)
    label = f"{formats.zone_label(zone, appointment.starts_at, language)} ({start})"
    if start != end:  # the clocks change in between: the wall times alone would tell the wrong length
        label += ", " + _("ends in %(offset)s") % {"offset": end}
    if not several:
        return label
    if zone != business.timezone:
        return _("Your time: %(zone)s") % {"zone": label}
    return _("Time at %(business)s: %(zone)s") % {"business": one_line(business.name), "zone": label}
