"""What clients see: the offer, the times as answers and pages show them, and what a token opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from daybook.core.errors import Invalid
from scheduling.selectors import times as engine
from scheduling.selectors.clientside import access_appointment, access_hold, access_service, offers_another, services
from widget.domain.wording import slot as slot_words
from widget.domain.wording import words

if TYPE_CHECKING:
    from scheduling.models import Service
    from scheduling.selectors.times import Reading
    from tenants.models import Business

__all__ = (
    "LONGEST_RANGE",
    "Times",
    "access_appointment",
    "access_hold",
    "access_service",
    "check_zone",
    "first_month_with_times",
    "next_by_provider",
    "offers_another",
    "reasons",
    "rendered",
    "services",
    "times",
)
LONGEST_RANGE = 62
"""Days that may be asked for at once."""
MOST_REMEMBERED_DAYS = 320
"""The days of all providers in an answer that is remembered: it has some hundred kilobytes."""
Day = tuple[date, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a service on local dates of `timezone`, every date listed, in order.

    A slot is `{"start_time", "start_time_utc", "end_time_utc", "display_time", "provider_ids", "seats_left"}`, strings
    as the API gives them (`seats_left` None unless a class), its date that of its start.
    """

    timezone: str
    days: list[Day]
    next_available_date: date | None


def check_zone(name: str, field: str = "timezone") -> str:
    """The name, if it is a zone of the pinned tzdata; else Invalid (422)."""
    if not engine.is_zone(name):
        message = _("This time zone is not known.")
        raise Invalid("unknown_timezone", message, {field: [message]})
    return name


def times(
    business: Business,
    service: Service | UUID | str,
    *,
    now: datetime,
    first_date: date,
    last_date: date,
    timezone: str,
    provider_id: UUID | None = None,
    without: Sequence[UUID] = (),
) -> Times:
    """The free times of the dates, both included; `without` leaves appointments out (one's own hold).

    A service named by id or slug is looked up as `access_service` does, in the same query. Raises Invalid (422) for an unknown zone or a range that is reversed or longer than 62 days. At most 6 queries.
    """
    _check_range(first_date, last_date)
    found = engine.free(
        business, service, now=now, zone=check_zone(timezone), first_date=first_date, last_date=last_date,
        provider_id=provider_id, without=without,
    )  # fmt: skip
    return _shown(timezone, first_date, found)


def rendered(
    render: Callable[[Times], bytes],
    business: Business,
    service: Service | UUID | str,
    *,
    now: datetime,
    first_date: date,
    last_date: date,
    timezone: str,
    provider_id: UUID | None = None,
    without: Sequence[UUID] = (),
) -> bytes:
    """What `render` makes of `times` with these arguments. The rows are read each time; equal rows are rendered once.

    Long answers are not remembered, nor those that look ahead.
    """
    _check_range(first_date, last_date)
    reading = engine.read(
        business, service, now=now, zone=check_zone(timezone), first_date=first_date, last_date=last_date,
        provider_id=provider_id, without=without,
    )  # fmt: skip
    days = len(reading.found.plan.seats) * len(reading.midnights)
    body = _remembered(reading, render) if days <= MOST_REMEMBERED_DAYS else None
    return render(_shown(timezone, first_date, reading.free())) if body is None else body


@lru_cache(32)
def _remembered(reading: Reading, render: Callable[[Times], bytes]) -> bytes | None:
    """The rendered times of equal readings; None when nothing is free on these dates."""
    slots = reading.slots()
    if not slots:
        return None
    return render(_shown(reading.zone, reading.dates[0], engine.Free(slots, reading.midnights, slots[0][0])))


def _shown(timezone: str, first_date: date, found: engine.Free) -> Times:
    known: dict[int, str] = {}
    teams: dict[int, list[str]] = {}
    slots: list[dict[str, Any]] = []
    for start, end, providers, seats in found.slots:
        who = teams.get(id(providers))
        if who is None:
            who = teams[id(providers)] = _names(providers, known)
        local, start_utc, end_utc, display = slot_words(timezone, start, end)
        slots.append(
            {
                "start_time": local,
                "start_time_utc": start_utc,
                "end_time_utc": end_utc,
                "display_time": display,
                "provider_ids": who,
                "seats_left": seats,
            }
        )
    starts = [slot[0] for slot in found.slots]
    return Times(
        timezone, list(_by_date(first_date, found.midnights, starts, slots)), _date(timezone, found.next_start)
    )


def reasons(
    business: Business,
    service: Service | UUID | str,
    *,
    now: datetime,
    first_date: date,
    last_date: date,
    timezone: str,
    provider_id: UUID | None = None,
    without: Sequence[UUID] = (),
) -> Times:
    """As `times`, with the closed times too: every slot says `available`, and `reason` why not (None when free)."""
    _check_range(first_date, last_date)
    listed, midnights, next_start = engine.listed(
        business, service, now=now, zone=check_zone(timezone), first_date=first_date, last_date=last_date,
        provider_id=provider_id, without=without,
    )  # fmt: skip
    slots = []
    for time in listed:
        local, start_utc, end_utc, display = slot_words(timezone, time.start, time.end)
        slots.append(
            {
                "start_time": local,
                "start_time_utc": start_utc,
                "end_time_utc": end_utc,
                "display_time": display,
                "provider_ids": [str(provider) for provider in time.providers],
                "seats_left": time.seats_left,
                "available": time.reason is None,
                "reason": None if time.reason is None else time.reason.value,
            }
        )
    days = _by_date(first_date, midnights, [time.start for time in listed], slots)
    return Times(timezone, list(days), _date(timezone, next_start))


def first_month_with_times(
    business: Business, service: Service, *, now: datetime, timezone: str, provider_id: UUID | None = None
) -> date | None:
    """The first local date with a free time, at most a year ahead: the page opens on its month. None: there is none."""
    return engine.next_date(business, service, now=now, zone=check_zone(timezone), provider_id=provider_id)


def next_by_provider(business: Business, service: Service, *, now: datetime, timezone: str) -> dict[UUID, date | None]:
    """The first local date on which each provider of the service is free, by provider, in one pass."""
    return engine.next_dates(business, service, now=now, zone=check_zone(timezone))


def _names(providers: Sequence[UUID], known: dict[int, str]) -> list[str]:
    """The ids as strings. Known by identity: to hash a UUID takes longer than all else that is done for a slot."""
    names = []
    for provider in providers:
        name = known.get(id(provider))
        if name is None:
            name = known[id(provider)] = str(provider)
        names.append(name)
    return names


def _check_range(first_date: date, last_date: date) -> None:
    if last_date < first_date:
        message = _("The last date is before the first.")
        raise Invalid("range_reversed", message, {"end_date": [message]})
    if (last_date - first_date).days >= LONGEST_RANGE:
        message = _("Ask for %(days)s days at most.") % {"days": LONGEST_RANGE}
        raise Invalid("range_too_long", message, {"end_date": [message]})
    if not 1990 <= first_date.year <= last_date.year <= 2200:
        message = _("Dates must lie between 1990 and 2200.")
        raise Invalid("out_of_range", message, {"start_date": [message]})


def _by_date(
    first_date: date, midnights: Sequence[int], starts: Sequence[int], slots: Sequence[dict[str, Any]]
) -> Iterator[Day]:
    """The slots, which are in order, by the local dates between the midnights."""
    i, count = 0, len(starts)
    for number, midnight in enumerate(midnights[1:]):
        j = i
        while j < count and starts[j] < midnight:
            j += 1
        yield date.fromordinal(first_date.toordinal() + number), list(slots[i:j])
        i = j


def _date(timezone: str, minute: int | None) -> date | None:
    return None if minute is None else date.fromisoformat(words(timezone, minute).local[:10])
