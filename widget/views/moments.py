"""An appointment's time and deadlines in words, in the client's zone and the business's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.selectors.policies import deadlines_in_words
from daybook.core import formats
from scheduling.enums import Location, PaymentMode
from widget.services import booking
from widget.views import zones

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Line:
    """One reading of the time: `Thu 12 Nov, 10:30 – 11:30 am`, and whose it is."""

    text: str
    zone: str


def local_date(instant: datetime, zone: str) -> date:
    """The date on the wall of that zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def short(instant: datetime, zone: str, hours: int | None = None) -> str:
    """`Thu 12 Nov, 10:30 am`."""
    language = get_language()
    time = formats.clock(instant, zone, language, hours=hours)
    if zones.is_repeated(instant, zone):
        time = f"{time} {zones.abbreviation(instant, zone)}"
    return f"{formats.day(local_date(instant, zone), language)}, {time}"


def button(business: Business, instant: datetime, zone: str, hours: int | None = None) -> str:
    """`Thu 12 Nov, 10:30 am`; ` CET` is added where the business's clock shows something else."""
    text = short(instant, zone, hours)
    letters = zones.abbreviation(instant, zone)
    if zones.same_clock(zone, business.timezone, instant) or text.endswith(letters):
        return text
    return f"{text} {letters}"


def lines(business: Business, appointment: Appointment, *, hours: int | None = None) -> list[Line]:
    """The time in one zone, or in both where clocks differ: in person the business's first, else the client's."""
    home, own = business.timezone, appointment.client_timezone or business.timezone
    start = appointment.starts_at
    if zones.same_clock(home, own, start):
        return [_line(appointment, home, hours)]
    first_home = appointment.location in (Location.BUSINESS, Location.CLIENT)
    return [_line(appointment, zone, hours) for zone in ((home, own) if first_home else (own, home))]


def main_zone(business: Business, appointment: Appointment) -> str:
    """The zone in which deadlines are told: the first of `lines`."""
    if appointment.location in (Location.BUSINESS, Location.CLIENT):
        return business.timezone
    return appointment.client_timezone or business.timezone


def policy_words(business: Business, appointment: Appointment, now: datetime, *, paid: bool = False) -> str:
    """What changing and cancelling costs, with the concrete deadlines. In person nothing was paid, so nothing is kept.

    `paid`: it is paid online, or may be.
    """
    deadlines = booking.deadlines(appointment, now)
    zone = main_zone(business, appointment)
    cancel, move = deadlines.cancel_until, deadlines.reschedule_until
    if now > max(cancel, move):
        return _("It starts too soon to be changed or cancelled online.")
    if paid or appointment.payment_mode != PaymentMode.PAY_IN_PERSON:
        return _paid_words(appointment, zone, move)
    if cancel == move:
        return _("Free to change or cancel until %(when)s.") % {"when": short(cancel, zone)}
    return _("Free to change until %(move)s, free to cancel until %(cancel)s.") % {
        "move": short(move, zone),
        "cancel": short(cancel, zone),
    }


def _paid_words(appointment: Appointment, zone: str, move: datetime) -> str:
    """`Cancelling: free until …; 50% of the price until …. Free to change until …`"""
    language = get_language()
    tiers = deadlines_in_words(
        appointment.policy, appointment.starts_at, zone=zone, currency=appointment.currency, language=language
    )
    changing = _("Free to change until %(move)s.") % {"move": short(move, zone)}
    return f"{_('Cancelling')}: {'; '.join(tiers)}. {changing}" if tiers else changing


def _line(appointment: Appointment, zone: str, hours: int | None) -> Line:
    language = get_language()
    text = formats.when(appointment.starts_at, appointment.ends_at, zone, language, hours=hours)
    label = formats.zone_label(zone, appointment.starts_at, language)
    if zones.is_repeated(appointment.starts_at, zone):
        label = f"{label} ({zones.abbreviation(appointment.starts_at, zone)})"
    return Line(text, label)
