"""The list of clients with what they booked, and one client's figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, F, Func, Max, Min, Q, QuerySet

from scheduling.enums import Status
from scheduling.models import Appointment, Client
from scheduling.selectors.clients import clients

RECENT = timedelta(days=30)
MONTH = timedelta(days=30.4375)
AHEAD = (Status.CONFIRMED, Status.PENDING_APPROVAL)


class Which(StrEnum):
    """What a list of clients is narrowed to.

    Recent: came within 30 days. Lapsed: came, but not for some months, and nothing is booked. Never: has not come, and
    nothing is booked.
    """

    ALL = "all"
    RECENT = "recent"
    LAPSED = "lapsed"
    NEVER = "never"
    BLOCKED = "blocked"
    DUPLICATES = "duplicates"


@dataclass(frozen=True, slots=True)
class ClientFilters:
    """What the address asks for; `months` is for those who lapsed."""

    search: str = ""
    which: str = Which.ALL
    months: int = 6
    tag: str = ""
    sort: str = "name"


ORDERS: dict[str, Any] = {
    "name": F("name").asc(),
    "last": F("last_visit").desc(nulls_last=True),
    "next": F("next_visit").asc(nulls_last=True),
    "visits": F("visits").desc(),
    "missed": F("missed").desc(),
    "new": F("created_at").desc(),
}


def client_rows(filters: ClientFilters, *, now: datetime) -> QuerySet[Client]:
    """Clients with `visits`, `missed` (no-shows), `last_visit` and `next_visit` (starts). 1 query, and its count."""
    rows = clients(search=filters.search).annotate(
        visits=Count("appointments", filter=_in(Status.COMPLETED)),
        missed=Count("appointments", filter=_in(Status.NO_SHOW)),
        last_visit=Max("appointments__starts_at", filter=_in(Status.COMPLETED)),
        next_visit=Min("appointments__starts_at", filter=_in(*AHEAD) & Q(appointments__starts_at__gt=now)),
    )
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag])
    return rows.filter(_narrowed(filters, now)).order_by(ORDERS.get(filters.sort, ORDERS["name"]), "name", "id")


def _narrowed(filters: ClientFilters, now: datetime) -> Q:
    match filters.which:
        case Which.RECENT:
            return Q(last_visit__gte=now - RECENT)
        case Which.LAPSED:
            return Q(last_visit__lt=now - filters.months * MONTH, next_visit__isnull=True)
        case Which.NEVER:
            return Q(visits=0, next_visit__isnull=True)
        case Which.BLOCKED:
            return Q(blocked_at__isnull=False)
        case Which.DUPLICATES:
            return Q(possible_duplicate=True)
    return Q()


def _in(*statuses: str) -> Q:
    return Q(appointments__status__in=statuses)


def tags() -> list[str]:
    """Every tag in use. 1 query."""
    each = Func("tags", function="unnest", output_field=CharField())
    rows = Client.objects.filter(erased_at__isnull=True).annotate(tag=each).values_list("tag", flat=True)
    return sorted(rows.distinct(), key=str.lower)


@dataclass(frozen=True, slots=True)
class Figures:
    """A client in numbers; starts of the first and last visit and of the next appointment."""

    visits: int
    missed: int
    cancelled: int
    first: datetime | None
    last: datetime | None
    next: datetime | None


def figures(client_id: UUID, *, now: datetime) -> Figures:
    """What a client booked, in numbers. 1 query."""
    came, ahead = Q(status=Status.COMPLETED), Q(status__in=AHEAD, starts_at__gt=now)
    found = Appointment.objects.filter(client_id=client_id).aggregate(
        visits=Count("pk", filter=came),
        missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
        cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
        first=Min("starts_at", filter=came),
        last=Max("starts_at", filter=came),
        next=Min("starts_at", filter=ahead),
    )
    return Figures(**found)
