"""Everything that the dashboard's calendar shows of some local dates: 6 queries, whatever the dates and the team."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from scheduling.domain.day_grid import minus
from scheduling.domain.hours import Override, Rule, Schedule, opening
from scheduling.domain.spans import Span, joined
from scheduling.domain.zones import floor_minute
from scheduling.enums import OverrideKind
from scheduling.models import Appointment, AvailabilityRule, BusyTime, DateOverride, Provider
from scheduling.selectors.appointments import between, day_start, sees_all
from scheduling.selectors.availability import zone_of
from scheduling.selectors.hours import overrides
from scheduling.selectors.offer import providers
from scheduling.selectors.rows import rows

if TYPE_CHECKING:
    from tenants.models import Business, Membership

NO_SERVICE = UUID(int=0)
"""Stands for services without hours of their own."""
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What takes place, and when who is there, between the local dates `first` and `last` (inclusive).

    `opened`: open minus blocked time of each provider of `people`, as spans of epoch minutes; `team`: all who could be
    shown.
    """

    first: date
    last: date
    team: list[Provider]
    people: list[Provider]
    appointments: list[Appointment]
    busy: list[BusyTime]
    blocks: list[DateOverride]
    opened: dict[UUID, tuple[Span, ...]]


def shown(
    business: Business,
    member: Membership | None,
    *,
    first: date,
    last: date,
    only: Collection[UUID] = (),
    now: datetime,
) -> Shown:
    """What the member may see. `only` narrows it to some providers; those who left appear while they have work."""
    begin, end = day_start(business.timezone, first), day_start(business.timezone, last + timedelta(days=1))
    rows = between(member, begin, end, now=now)
    team = _team(member, working={row.provider_id for row in rows})
    people = [person for person in team if person.pk in only] or team
    ids = {person.pk for person in people}
    closings = list(overrides(first=first - timedelta(days=4), last=last + timedelta(days=4)))
    schedule = _schedule(closings)
    busy = BusyTime.objects.filter(provider_id__in=ids, starts_at__lt=end, ends_at__gt=begin)
    return Shown(
        first=first,
        last=last,
        team=team,
        people=people,
        appointments=[row for row in rows if row.provider_id in ids],
        busy=list(busy.order_by("starts_at", "id")),
        blocks=[
            row
            for row in closings
            if row.kind == OverrideKind.BLOCKED and (row.provider_id is None or row.provider_id in ids)
        ],
        opened={person.pk: _opened(business, schedule, person, begin, end) for person in people},
    )


def _team(member: Membership | None, working: Collection[UUID]) -> list[Provider]:
    """Who gives services or has work; everybody, as long as nobody gives any. A provider sees himself."""
    everybody = list(providers())
    if member is not None and not sees_all(member):
        return [person for person in everybody if person.pk == member.provider_id]
    active = [person for person in everybody if person.active]
    giving = {person.pk for person in active if any(link.service.active for link in person.links.all())}
    shown_ids = {*(giving or {person.pk for person in active}), *working}
    return [person for person in everybody if person.pk in shown_ids]


def _schedule(closings: Iterable[DateOverride]) -> Schedule:
    rules = AvailabilityRule.objects.order_by("weekday", "start_minute", "id").values_list(
        "provider_id", "service_id", "weekday", "start_minute", "end_minute", "effective_from", "effective_to"
    )
    return Schedule(
        rules=tuple(Rule(*row) for row in rules),
        overrides=tuple(
            Override(
                row.provider_id,
                "exception" if row.kind == OverrideKind.EXCEPTION else "blocked",
                row.date,
                row.end_date,
                row.start_minute,
                row.end_minute,
            )
            for row in closings
        ),
    )


def _opened(
    business: Business, schedule: Schedule, person: Provider, begin: datetime, end: datetime
) -> tuple[Span, ...]:
    """When the provider can be booked for any of his services, blocks taken out."""
    particular = {rule.service for rule in schedule.rules if rule.provider in (None, person.pk)}
    links = [link for link in person.links.all() if link.service.active]
    keys = {
        (link.service_id if link.service_id in particular else NO_SERVICE, zone_of(business, link.service, person))
        for link in links
    }
    found = [
        opening(schedule, provider=person.pk, service=service, zone=zone, first_date=begin.date(), last_date=end.date())
        for service, zone in keys or {(NO_SERVICE, zone_of(business, None, person))}
    ]
    low, high = floor_minute(begin), floor_minute(end)
    spans = joined(span for each in found for span in minus(each.open, each.blocks))
    return tuple((max(start, low), min(stop, high)) for start, stop in spans if start < high and low < stop)


def version(business: Business, member: Membership | None, *, first: date, last: date, now: datetime) -> str:
    """A short text that differs when what `shown` finds differs, and from minute to minute. 1 query."""
    own = None if member is None or sees_all(member) else member.provider_id or NOBODY
    parameters = {
        "begin": day_start(business.timezone, first),
        "end": day_start(business.timezone, last + timedelta(days=1)),
        "now": now,
        "provider": own,
    }
    found = rows("calendar_version.sql", parameters)[0][0]
    return f"{found}-{floor_minute(now)}-{business.timezone}"


def is_open(business: Business, provider_id: UUID, start: datetime, end: datetime) -> bool:
    """Whether the calendar shows this time of a provider as open: in his hours, not blocked, no outside event. 5 queries."""
    person = next((one for one in providers() if one.pk == provider_id), None)
    if person is None:
        return False
    day = start.date()
    closings = overrides(first=day - timedelta(days=4), last=end.date() + timedelta(days=4))
    near = timedelta(days=1)
    spans = _opened(business, _schedule(closings), person, start - near, end + near)
    low, high = floor_minute(start), floor_minute(end)
    if not any(begin <= low and high <= stop for begin, stop in spans):
        return False
    return not BusyTime.objects.filter(provider_id=provider_id, starts_at__lt=end, ends_at__gt=start).exists()
