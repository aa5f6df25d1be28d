"""A service's plan and what is taken in one query: what every request for free times reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from struct import calcsize, unpack_from
from typing import TYPE_CHECKING, Any
from uuid import UUID

from scheduling.domain.calendars import Calendar
from scheduling.models import Appointment, Service
from scheduling.selectors.availability import Plan, Rows, Text, asked, made, window
from scheduling.selectors.naming import remembered_service
from scheduling.selectors.rows import row, sql

if TYPE_CHECKING:
    from tenants.models import Business

_OF_THE_PLAN = {
    "%(providers)s": "(select ids from team)",
    "%(service)s": "(select id from wanted)",
    "%(is_class)s": "(select is_class from wanted)",
}

_EPOCH, _MINUTE = 946_684_800 // 60, 60_000_000
"""Of PostgreSQL's instants, which are microseconds since 2000, in UTC."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """A plan and what is taken, all of one moment."""

    plan: Plan
    version: tuple[Any, ...]
    """All that was read, as PostgreSQL wrote it: equal for equal rows."""
    taken: tuple[bytes | None, ...]
    own: Rows

    def calendars(self, *, first: int, last: int) -> list[Calendar]:
        """One calendar per provider for starts in [first, last) epoch minutes, which is what was read."""
        return self.plan.filled(_triples(*self.taken), self.own, first=first, last=last)

    def moving(self, appointment: Appointment) -> AtOnce:
        """The same for an appointment that is moved, with the duration and buffers it was booked with."""
        lasting = self.plan.lasting(
            duration=appointment.duration_minutes,
            before=appointment.buffer_before_minutes,
            after=appointment.buffer_after_minutes,
        )
        return replace(self, plan=lasting, version=(*self.version, object()))  # an object is equal to nothing else


def read(
    business: Business,
    service: Service | UUID | str,
    *,
    provider_id: UUID | None,
    dates: tuple[date, date],
    now: datetime,
    first: int,
    last: int,
    without: Sequence[UUID],
) -> AtOnce:
    """The plan for `dates` and what is taken for starts in [first, last). 1 query, 2 for classes and daily caps.

    The service may be named as `availability.plan` says.
    """
    parameters = asked(service, provider_id, *dates) | window(now, first, last, without)
    text, links, rules, overrides, *taken = row(_statement(), parameters)
    if isinstance(service, Service):
        plan, known = made(business.timezone, service, links, rules, overrides), object()
    else:
        plan, known = _remembered(business.timezone, text, links, rules, overrides), text
    own = plan.own(now=now, first=first, last=last, without=without)
    return AtOnce(plan, (business.timezone, known, links, rules, overrides, *taken, own), tuple(taken), own)


@cache
def _statement() -> str:
    """`plan.sql` with three more columns: places, starts and ends of what `taken.sql` says of the plan's providers.

    Plain arrays, as they are stored: to convert or to nest them takes PostgreSQL as long as all the rest.
    """
    taken = f"select place, since, until from (\n{sql('taken.sql')}) t order by 1, 2"
    for name, found in _OF_THE_PLAN.items():
        taken = taken.replace(name, found)
    arrays = "array_agg(place) as places, array_agg(since) as starts, array_agg(until) as ends"
    plan = sql("plan.sql").rstrip()
    return f"{plan},\n       places, starts, ends\nfrom (select {arrays} from ({taken}) t) t"


@lru_cache(1024)
def _remembered(timezone: str, service: Text | None, links: Text, rules: Text, overrides: Text) -> Plan:
    """The plan of equal texts. Its objects are shared: for reading only."""
    return made(timezone, remembered_service(service), links, rules, overrides)


def _triples(places: bytes | None, starts: bytes | None, ends: bytes | None) -> Iterator[tuple[int, int, int]]:
    """(place, start, end) in epoch minutes from an `int4[]` and two `timestamptz[]` as PostgreSQL sends them."""
    if places is None or starts is None or ends is None:
        return iter(())
    since = (_EPOCH + start // _MINUTE for start in _numbers(starts, "q"))
    until = (_EPOCH - -end // _MINUTE for end in _numbers(ends, "q"))
    return zip(_numbers(places, "i"), since, until, strict=True)


def _numbers(array: bytes, kind: str) -> tuple[int, ...]:
    """The members of a one-dimensional array: 20 bytes about its shape, then a length before each number."""
    count = (len(array) - 20) // (4 + calcsize(f">{kind}"))
    return unpack_from(">" + f"i{kind}" * count, array, 20)[1::2]
