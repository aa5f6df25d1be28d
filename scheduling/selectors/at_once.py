"""A service's plan and what is taken in one query: what every request for free times reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from struct import unpack_from
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


@dataclass(frozen=True, slots=True)
class AtOnce:
    """A plan and what is taken, all of one moment."""

    plan: Plan
    version: tuple[Any, ...]
    """All that was read, as PostgreSQL wrote it: equal for equal rows."""
    taken: bytes | None
    own: Rows

    def calendars(self, *, first: int, last: int) -> list[Calendar]:
        """One calendar per provider for starts in [first, last) epoch minutes, which is what was read."""
        return self.plan.filled(_triples(self.taken), self.own, first=first, last=last)

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
    text, links, rules, overrides, taken = row(_statement(), parameters)
    if isinstance(service, Service):
        plan, known = made(business.timezone, service, links, rules, overrides), object()
    else:
        plan, known = _remembered(business.timezone, text, links, rules, overrides), text
    own = plan.own(now=now, first=first, last=last, without=without)
    return AtOnce(plan, (business.timezone, known, links, rules, overrides, taken, own), taken, own)


@cache
def _statement() -> str:
    """`plan.sql` with one more column: place, start and end of all that `busy.sql` says of the plan's providers."""
    busy = sql("busy.sql")
    for name, found in _OF_THE_PLAN.items():
        busy = busy.replace(name, found)
    return f"{sql('plan.sql').rstrip()},\n(select array_agg(array[place, since, until]) from (\n{busy}) busy)"


@lru_cache(1024)
def _remembered(timezone: str, service: Text | None, links: Text, rules: Text, overrides: Text) -> Plan:
    """The plan of equal texts. Its objects are shared: for reading only."""
    return made(timezone, remembered_service(service), links, rules, overrides)


def _triples(array: bytes | None) -> Iterator[tuple[int, int, int]]:
    """The rows of an `int4[][3]` as PostgreSQL sends it: 28 bytes about its shape, then a length before each number."""
    if array is None:
        return iter(())
    numbers = iter(unpack_from(f">{(len(array) - 28) // 4}i", array, 28)[1::2])
    return zip(numbers, numbers, numbers, strict=True)
