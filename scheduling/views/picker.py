"""The free times of one date, as staff choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from daybook.core import formats
from scheduling.models import Appointment
from scheduling.selectors.times import free

if TYPE_CHECKING:
    from scheduling.models import Service
    from tenants.models import Business

PARTS = ((12, _("Morning")), (17, _("Afternoon")), (24, _("Evening")))


@dataclass(frozen=True, slots=True)
class Choice:
    """A free time: `value` goes into the form; `seats_left` of a class."""

    value: str
    text: str
    seats_left: int | None


@dataclass(frozen=True, slots=True)
class Picker:
    """A date's free times by part of the day; `next_day` is where the next free one is, when there is none."""

    day: date
    groups: list[tuple[str, list[Choice]]]
    next_day: date | None

    @property
    def count(self) -> int:
        """How many times are free."""
        return sum(len(choices) for _part, choices in self.groups)


def picker(
    business: Business,
    service: Service,
    *,
    day: date,
    provider_id: UUID | None,
    now: datetime,
    moving: Appointment | None = None,
    duration: int | None = None,
) -> Picker:
    """The free times on a local date of the business. `moving`: an appointment that goes there with its own duration.

    `duration`: minutes, when that is not the service's own.
    """
    zone = business.timezone
    found = free(
        business, service, now=now, zone=zone, first_date=day, last_date=day,
        provider_id=provider_id, moving=moving or _as_long_as(duration, service),
    )  # fmt: skip
    groups: dict[str, list[Choice]] = {}
    for slot in found.slots:
        start = datetime.fromtimestamp(slot[0] * 60, UTC)
        local = start.astimezone(ZoneInfo(zone))
        part = next(str(name) for until, name in PARTS if local.hour < until)
        choice = Choice(start.strftime("%Y-%m-%dT%H:%M:%SZ"), formats.clock(start, zone, get_language()), slot[3])
        groups.setdefault(part, []).append(choice)
    upcoming = None
    if not groups and found.next_start is not None:
        upcoming = datetime.fromtimestamp(found.next_start * 60, UTC).astimezone(ZoneInfo(zone)).date()
    return Picker(day, list(groups.items()), upcoming)


def _as_long_as(duration: int | None, service: Service) -> Appointment | None:
    """What an appointment of this length would take; None for the service's own."""
    if duration is None or service.is_class:
        return None
    return Appointment(
        duration_minutes=duration,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
    )
