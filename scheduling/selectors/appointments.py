"""Reading appointments, as staff see them. A member who only gives services sees his own."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden, NotFound
from scheduling.domain.zones import instant, local_date, local_minute, minutes
from scheduling.enums import LIVE, Status
from scheduling.models import Appointment, AppointmentEvent
from scheduling.selectors.clients import who
from tenants.enums import Right

if TYPE_CHECKING:
    from tenants.models import Business, Membership

TAKES_PLACE = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
NOBODY = UUID(int=0)
"""Whose appointments those of a held time are."""
ONLY_HELD = Q(client__isnull=True)
"""Times that were held and never booked."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. Dates are local to the business and inclusive; empty means all.

    `search` finds parts of the client's name and e-mail, the last digits of the phone, and the reference.
    """

    start_date: date | None = None
    end_date: date | None = None
    status: tuple[str, ...] = ()
    service_id: UUID | None = None
    provider_id: UUID | None = None
    client_id: UUID | None = None
    source: str = ""
    payment_status: str = ""
    search: str = ""


def access_appointment(member: Membership | None, appointment_id: UUID) -> Appointment:
    """The appointment, else NotFound; Forbidden when it is another provider's and the member sees only his own.

    No member: a key of the business asks, which sees all.
    """
    found = _rows().filter(pk=appointment_id).first()
    if found is None:
        raise NotFound()
    if not sees_all(member) and (member is None or found.provider_id != member.provider_id):
        raise Forbidden("forbidden", _("This is another provider's appointment."))
    return found


def appointment_by_id(appointment_id: UUID) -> Appointment | None:
    """The appointment, for what runs without anybody asking; None when it is gone. 1 query."""
    return _rows().filter(pk=appointment_id).first()


def sees_all(member: Membership | None) -> bool:
    """Whether the member (none: a key) sees everybody's appointments."""
    return member is None or member.may(Right.SEE_ALL_APPOINTMENTS)


def appointments(
    business: Business, member: Membership | None, filters: Filters = Filters(), *, latest_first: bool = False
) -> QuerySet[Appointment]:
    """Appointments by start. Without a status in the filters, times that were only held are left out."""
    found = _visible(member)
    if filters.start_date is not None:
        found = found.filter(starts_at__gte=day_start(business.timezone, filters.start_date))
    if filters.end_date is not None:
        last = min(filters.end_date, date.max - timedelta(days=1))
        found = found.filter(starts_at__lt=day_start(business.timezone, last + timedelta(days=1)))
    found = found.filter(status__in=filters.status) if filters.status else found.exclude(ONLY_HELD)
    for name in ("service_id", "provider_id", "client_id", "source", "payment_status"):
        if value := getattr(filters, name):
            found = found.filter(**{name: value})
    found = found.filter(_searched(filters.search))
    return found.order_by("-starts_at", "-id") if latest_first else found.order_by("starts_at", "id")


def _searched(search: str) -> Q:
    """Every word somewhere; digits in groups, such as `555 0199`, are the last ones of one phone."""
    words = search.split()[:5]
    if len(words) > 1 and all(re.fullmatch(r"[\d()+./-]+", word) for word in words):
        words = ["".join(words)]
    condition = Q()
    for word in words:
        condition &= who(word, "client_") | Q(reference__istartswith=word)
    return condition


def between(member: Membership | None, first: datetime, last: datetime, *, now: datetime) -> list[Appointment]:
    """What touches [first, last) and takes place, or is held at `now`: the calendar's rows. 1 query."""
    held = Q(status=Status.HELD) & (Q(hold_expires_at__gt=now) | Q(checkout_open=True))
    rows = _visible(member).filter(Q(status__in=TAKES_PLACE) | held, starts_at__lt=last, ends_at__gt=first)
    return list(rows.order_by("starts_at", "id"))


def today(business: Business, member: Membership | None, *, now: datetime) -> list[Appointment]:
    """What takes place on the business's local date, by start."""
    first, last = _today(business, now)
    return between(member, first, last, now=now)


def next_up(member: Membership | None, *, now: datetime, most: int = 5) -> list[Appointment]:
    """The next confirmed appointments that have not ended."""
    rows = _visible(member).filter(status=Status.CONFIRMED, ends_at__gt=now)
    return list(rows.order_by("starts_at", "id")[:most])


def waiting(member: Membership | None, *, now: datetime) -> list[Appointment]:
    """Requests that somebody has to answer, by start."""
    rows = _visible(member).filter(status=Status.PENDING_APPROVAL, starts_at__gt=now)
    return list(rows.order_by("starts_at", "id"))


def named(member: Membership | None, ids: Collection[UUID]) -> list[Appointment]:
    """Those of these appointments that the member may see, by start. 1 query."""
    return list(_visible(member).filter(pk__in=ids).order_by("starts_at", "id"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a client stands at an instant: how often he came and did not come, when last, and when he comes next."""

    came: int
    missed: int
    last: datetime | None
    next: datetime | None


def standing(appointment: Appointment, *, now: datetime) -> Standing:
    """How the client of an appointment stands; `next` is another one than this. 1 query."""
    came, missed = Q(status=Status.COMPLETED), Q(status=Status.NO_SHOW)
    ahead = Q(status__in=[Status.CONFIRMED, Status.PENDING_APPROVAL], starts_at__gt=now) & ~Q(pk=appointment.pk)
    found = Appointment.objects.filter(client_id=appointment.client_id or NOBODY).aggregate(
        came=Count("pk", filter=came),
        missed=Count("pk", filter=missed),
        last=Max("starts_at", filter=came & ~Q(pk=appointment.pk)),
        next=Min("starts_at", filter=ahead),
    )
    return Standing(**found)


def neighbours(
    appointment: Appointment, member: Membership | None, zone: str
) -> tuple[Appointment | None, Appointment | None]:
    """The provider's appointment before this one and the one after it on the same local date. 1 query."""
    day = date.fromordinal(local_date(zone, int(minutes(appointment.starts_at))))
    first, last = day_start(zone, day), day_start(zone, day + timedelta(days=1))
    rows = _visible(member).filter(
        provider_id=appointment.provider_id, status__in=TAKES_PLACE, starts_at__gte=first, starts_at__lt=last
    )
    place = (appointment.starts_at, str(appointment.pk))
    found = sorted(rows.exclude(pk=appointment.pk), key=lambda row: (row.starts_at, str(row.pk)))
    before = [row for row in found if (row.starts_at, str(row.pk)) < place]
    after = [row for row in found if (row.starts_at, str(row.pk)) > place]
    return before[-1] if before else None, after[0] if after else None


def history(appointment: Appointment) -> list[AppointmentEvent]:
    """What happened to it, oldest first."""
    return list(appointment.events.all())


def stats(
    business: Business, member: Membership | None, filters: Filters = Filters(), *, now: datetime
) -> dict[str, Any]:
    """Counts over the filtered appointments. 1 query.

    `today`: taking place on the local date; `upcoming`: open and not begun; `no_show_rate`: no-shows among those
    that were completed or no-shows, 0 to 1.
    """
    first, last = _today(business, now)
    rows = list(
        appointments(business, member, filters)
        .order_by()
        .values_list("status", "source")
        .annotate(
            n=Count("pk"),
            today=Count("pk", filter=Q(status__in=TAKES_PLACE, starts_at__gte=first, starts_at__lt=last)),
            upcoming=Count("pk", filter=Q(status__in=LIVE, starts_at__gte=now)),
        )
    )
    by_status, by_source = _sums(rows, 0), _sums(rows, 1)
    completed, missed = by_status.get(Status.COMPLETED, 0), by_status.get(Status.NO_SHOW, 0)
    return {
        "total": sum(row[2] for row in rows),
        "today": sum(row[3] for row in rows),
        "upcoming": sum(row[4] for row in rows),
        "completed": completed,
        "no_show_count": missed,
        "no_show_rate": round(missed / (completed + missed), 4) if completed + missed else 0.0,
        "cancelled": by_status.get(Status.CANCELLED, 0),
        "by_source": by_source,
        "by_status": by_status,
    }


def day_start(zone: str, day: date) -> datetime:
    """The instant at which a local date begins."""
    return instant(local_minute(zone, day.toordinal(), 0))


def _today(business: Business, now: datetime) -> tuple[datetime, datetime]:
    day = date.fromordinal(local_date(business.timezone, int(minutes(now))))
    return day_start(business.timezone, day), day_start(business.timezone, day + timedelta(days=1))


def _rows() -> QuerySet[Appointment]:
    return Appointment.objects.select_related("service", "provider", "client")


def _visible(member: Membership | None) -> QuerySet[Appointment]:
    rows = _rows()
    if member is None or sees_all(member):
        return rows
    return rows.filter(provider_id=member.provider_id) if member.provider_id else rows.none()


def _sums(rows: list[tuple[Any, ...]], place: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row[place]] = found.get(row[place], 0) + row[2]
    return found
