"""The figures of the first page: what was booked on each day, and how full the weeks were."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from scheduling.domain.zones import floor_minute, local_date
from scheduling.enums import LIVE, Status
from scheduling.models import Message
from scheduling.models.appointments import MessageState
from scheduling.selectors.appointments import Filters, appointments, day_start, sees_all
from scheduling.selectors.calendar import shown

if TYPE_CHECKING:
    from tenants.models import Business, Membership

WORKED = (Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
LOST = (Status.CANCELLED, Status.DECLINED, Status.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Day:
    """A local date: appointments that take place or took place, and those that were cancelled, declined or missed."""

    day: date
    kept: int
    lost: int


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Booked minutes of open ones in a week, and in the week before. None: nothing was open."""

    now: float | None
    before: float | None

    @property
    def change(self) -> int | None:
        """The difference in percentage points."""
        return None if self.now is None or self.before is None else round(100 * (self.now - self.before))

    @property
    def percent(self) -> int | None:
        """The present week's, rounded."""
        return None if self.now is None else round(100 * self.now)


def daily(business: Business, member: Membership | None, *, first: date, last: date) -> list[Day]:
    """A line for each local date from first to last. 1 query."""
    rows = appointments(business, member, Filters(start_date=first, end_date=last)).values_list("starts_at", "status")
    kept: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    for starts_at, status in rows.exclude(status__in=[Status.HELD, Status.EXPIRED]):
        (lost if status in LOST else kept)[local_date(business.timezone, floor_minute(starts_at))] += 1
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [Day(day, kept[day.toordinal()], lost[day.toordinal()]) for day in days]


def missed_before_and_upcoming(
    business: Business, member: Membership | None, *, first: date, last: date, now: datetime
) -> tuple[float, int]:
    """The no-show rate (0 to 1) of the local dates from first to last, and how many open ones are to come. 1 query."""
    end = day_start(business.timezone, last + timedelta(days=1))
    found = appointments(business, member, Filters(start_date=first)).aggregate(
        completed=Count("pk", filter=Q(status=Status.COMPLETED, starts_at__lt=end)),
        missed=Count("pk", filter=Q(status=Status.NO_SHOW, starts_at__lt=end)),
        upcoming=Count("pk", filter=Q(status__in=LIVE, starts_at__gte=now)),
    )
    ended = found["completed"] + found["missed"]
    return (round(found["missed"] / ended, 4) if ended else 0.0), found["upcoming"]


def utilisation(business: Business, member: Membership | None, *, monday: date, now: datetime) -> Utilisation:
    """How full the week from this Monday is, and the one before. As many queries as the calendar."""
    found = shown(business, member, first=monday - timedelta(days=7), last=monday + timedelta(days=6), now=now)
    edges = [floor_minute(day_start(business.timezone, monday + timedelta(days=n))) for n in (-7, 0, 7)]
    shares = []
    for start, end in itertools.pairwise(edges):
        opened = sum(
            max(0, min(stop, end) - max(begin, start)) for spans in found.opened.values() for begin, stop in spans
        )
        booked = sum(
            row.duration_minutes
            for row in {one.block_id: one for one in found.appointments if one.status in WORKED}.values()
            if start <= floor_minute(row.starts_at) < end
        )
        shares.append(booked / opened if opened else None)
    return Utilisation(now=shares[1], before=shares[0])


def undelivered(member: Membership | None, *, since: datetime, most: int) -> list[Message]:
    """Messages that were given up lately, the latest first, with their appointments. 1 query."""
    rows = Message.objects.select_related("appointment").filter(state=MessageState.DROPPED, created_at__gte=since)
    if member is not None and not sees_all(member):
        rows = rows.filter(appointment__provider_id=member.provider_id) if member.provider_id else rows.none()
    return list(rows.order_by("-created_at")[:most])
