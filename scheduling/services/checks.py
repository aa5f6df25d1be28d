"""May this time be taken? Asked under the provider's lock, of the same engine that lists the times."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from scheduling.domain import slots
from scheduling.domain.calendars import Calendar, Session
from scheduling.domain.hindrances import hindrances
from scheduling.domain.ranking import ranked
from scheduling.enums import LIVE
from scheduling.errors import OutsideHours, Overlaps, SlotUnavailable
from scheduling.models import Appointment
from scheduling.selectors.availability import Plan, from_minute, to_minute
from scheduling.selectors.standing import standings
from scheduling.services.placing import block_of

CLASHES = ("booked", "buffer", "held", "full")
LOOK_AHEAD = timedelta(days=14)


def check(
    plan: Plan,
    provider_id: UUID,
    start: datetime,
    *,
    now: datetime,
    staff: bool,
    allow_outside_hours: bool = False,
    allow_overlap: bool = False,
    without: Sequence[UUID] = (),
) -> Session | None:
    """Raise unless the provider may be booked at `start`; answers the class session that is joined, if there is one.

    Clients get exactly what is offered. Staff may go outside the rules, and on top of appointments, when they say so.
    """
    minute = to_minute(start)
    calendar = plan.only(provider_id).calendars(now=now, first=minute, last=minute + 1, without=without, full=staff)[0]
    at = now.timestamp() / 60
    if start.second or start.microsecond:
        raise SlotUnavailable()
    session = next((s for s in calendar.sessions if s.start == minute), None)
    if not slots.offered(calendar, minute, at):
        if not staff:
            raise SlotUnavailable()
        _check_staff(calendar, minute, at, session, allow_outside_hours, allow_overlap)
    return session


def _check_staff(
    calendar: Calendar,
    minute: int,
    at: float,
    session: Session | None,
    allow_outside_hours: bool,
    allow_overlap: bool,
) -> None:
    """The rules first, then appointments that are there: each needs a permission of its own."""
    found = hindrances(calendar, minute, at, session)
    if found.rule and not allow_outside_hours:
        raise OutsideHours(found.rule)
    if found.clash and not allow_overlap:
        raise Overlaps(found.clash)


def reach(start: datetime, now: datetime) -> tuple[date, date]:
    """The dates that a plan must know to judge `start` and to name the next free starts."""
    return min(start, now).date(), (max(start, now) + LOOK_AHEAD).date()


def check_seats(appointment: Appointment) -> None:
    """Raise `Overlaps` when a class session has no seat left for it. The provider must be locked, dead holds expired."""
    others = Appointment.objects.filter(block_id=block_of(appointment), status__in=LIVE).exclude(pk=appointment.pk)
    if appointment.capacity > 1 and others.count() >= appointment.capacity:
        raise Overlaps("full")


def next_starts(
    plan: Plan, start: datetime, *, now: datetime, without: Sequence[UUID] = (), most: int = 3
) -> list[datetime]:
    """Up to `most` free starts from about the wanted time on: what a refused client is offered instead."""
    wanted = max(start, now)
    first, last = to_minute(wanted), to_minute(wanted + LOOK_AHEAD)
    calendars = plan.calendars(now=now, first=first, last=last, without=without)
    return [
        from_minute(m) for m in slots.any_starts(calendars, now=now.timestamp() / 60, first=first, last=last)[:most]
    ]


def ranking(plan: Plan, start: datetime, *, now: datetime) -> list[UUID]:
    """The plan's providers in the order in which "any" tries them for `start`."""
    return ranked(standings(plan, start, now=now))
