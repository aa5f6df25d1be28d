"""What the dashboard's lists and figures read. A member who only gives services sees his own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum

from scheduling.enums import Source, Status
from scheduling.models import Appointment, AvailabilityRule, Provider, Service
from scheduling.selectors.appointments import Filters, appointments, day_start, sees_all

if TYPE_CHECKING:
    from tenants.models import Business, Membership

BOOKED = (Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED)


class Tab(StrEnum):
    """The lists of appointments."""

    UPCOMING = "upcoming"
    APPROVAL = "approval"
    PAST = "past"
    CANCELLED = "cancelled"
    ALL = "all"


def tab(
    business: Business,
    member: Membership | None,
    name: Tab,
    filters: Filters,
    *,
    now: datetime,
    latest_first: bool | None = None,
) -> QuerySet[Appointment]:
    """One list, narrowed by filters. In which order nobody said: what lies ahead by start, the rest the latest first."""
    if latest_first is None:
        latest_first = name not in (Tab.UPCOMING, Tab.APPROVAL)
    return appointments(business, member, filters, latest_first=latest_first).filter(_in_tab(name, now))


def _in_tab(name: Tab, now: datetime) -> Q:
    if name is Tab.UPCOMING:
        return Q(status__in=[Status.CONFIRMED, Status.PENDING_APPROVAL], ends_at__gt=now)
    if name is Tab.APPROVAL:
        return Q(status=Status.PENDING_APPROVAL, starts_at__gt=now)
    if name is Tab.PAST:
        over = Q(status__in=[Status.CONFIRMED, Status.PENDING_APPROVAL], ends_at__lte=now)
        return over | Q(status__in=[Status.COMPLETED, Status.NO_SHOW])
    if name is Tab.ALL:
        return Q()
    return Q(status__in=[Status.CANCELLED, Status.DECLINED, Status.EXPIRED])


def waiting_count(member: Membership | None, *, now: datetime) -> int:
    """How many requests wait for an answer. 1 query."""
    rows = Appointment.objects.filter(_in_tab(Tab.APPROVAL, now))
    return own(rows, member).count()


def own(rows: QuerySet[Appointment], member: Membership | None) -> QuerySet[Appointment]:
    """What the member may see of these rows."""
    if member is None or sees_all(member):
        return rows
    return rows.filter(provider_id=member.provider_id) if member.provider_id else rows.none()


def week_of(zone: str, now: datetime) -> date:
    """The Monday of the present local week."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return today - timedelta(days=today.weekday())


def booked_in_week(
    business: Business, member: Membership | None, *, now: datetime
) -> tuple[int, list[tuple[int, str]]]:
    """How many appointments the present local week (Monday to Sunday) has, and what they cost per currency. 1 query."""
    monday = week_of(business.timezone, now)
    rows = own(Appointment.objects.filter(status__in=BOOKED), member).filter(
        starts_at__gte=day_start(business.timezone, monday),
        starts_at__lt=day_start(business.timezone, monday + timedelta(days=7)),
    )
    sums = list(rows.order_by("currency").values_list("currency").annotate(Count("pk"), Sum("price")))
    return sum(count for _, count, _ in sums), [(total, currency) for currency, _, total in sums]


def is_set_up() -> dict[str, bool]:
    """What a new business has made already: a service that somebody gives, and hours. 1 query each."""
    return {
        "service": Service.objects.filter(active=True, links__provider__active=True).exists(),
        "hours": AvailabilityRule.objects.exists(),
    }


def was_booked_online() -> bool:
    """Whether the booking page has brought an appointment already. 1 query."""
    return Appointment.objects.filter(source=Source.ONLINE).exists()


def people(member: Membership | None, *, giving: UUID | None = None) -> list[Provider]:
    """Whose appointments the member may look at, in the team's order; `giving`: active, and gives this service. 1 query."""
    rows = Provider.objects.order_by("position", "created_at", "id")
    if giving is not None:
        rows = rows.filter(active=True, links__service_id=giving)
    if member is not None and not sees_all(member):
        rows = rows.filter(pk=member.provider_id) if member.provider_id else rows.none()
    return list(rows)
