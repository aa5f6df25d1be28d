"""The dates of a series as staff see and choose them: each free or closed by what, and where it could go instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.forms.times import instant_of
from scheduling.selectors.outlook import OFF_GRID, Reason
from scheduling.services.series import Part

if TYPE_CHECKING:
    from scheduling.models import Appointment
    from scheduling.selectors.outlook import Look

OUTSIDE, OVERLAP = "o", "v"


@dataclass(frozen=True, slots=True)
class Option:
    """A time that can be taken for a date. `value` names start, provider and the permissions given with it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class DateRow:
    """One date: `why` it is not free (empty: it is), what can be taken, what is chosen; `old`: what is to be moved."""

    number: int
    look: Look
    why: str
    options: tuple[Option, ...]
    value: str
    ticked: bool
    old: Appointment | None = None


def rows(
    found: Sequence[Look],
    zone: str,
    *,
    typed: Mapping[str, str] | None = None,
    old: Sequence[Appointment] = (),
    names: Mapping[UUID, str] | None = None,
) -> list[DateRow]:
    """The dates in their order. `typed`: what was ticked and chosen before; without, what is free is ticked.

    `names` of providers, when it matters who takes a time.
    """
    return [
        _row(number, look, zone, typed, old[number] if old else None, names or {}) for number, look in enumerate(found)
    ]


def parts(typed: Mapping[str, str], count: int, people: Collection[UUID]) -> dict[int, Part]:
    """What was ticked, by the number of its row. Anything that is no time of one of the people is left out."""
    found = {}
    for number in range(count):
        part = _part(typed.get(f"at-{number}", "")) if f"date-{number}" in typed else None
        if part is not None and part.provider_id in people:
            found[number] = part
    return found


def why(look: Look, zone: str) -> str:
    """Why a start is not free, in a few words; empty when it is."""
    if not look.reason:
        return ""
    there = [_who(row, zone) for row in look.others[:2]]
    if there and look.reason in (Reason.BOOKED, Reason.HELD):
        return _("Taken: %(who)s") % {"who": ", ".join(there)}
    if there and look.reason == Reason.BUFFER:
        return _("Too close to: %(who)s") % {"who": ", ".join(there)}
    plain = _WORDS[look.reason]()
    return f"{plain}. " + _("Taken: %(who)s") % {"who": ", ".join(there)} if there else plain


_WORDS: dict[str, Callable[[], str]] = {
    OFF_GRID: lambda: _("Between the times that clients are offered"),
    Reason.OUTSIDE_HOURS: lambda: _("Outside the hours"),
    Reason.BLOCKED: lambda: _("Closed"),
    Reason.HORIZON: lambda: _("Further ahead than clients may book"),
    Reason.NOTICE: lambda: _("Sooner than the notice allows"),
    Reason.BOOKED: lambda: _("Taken"),
    Reason.BUFFER: lambda: _("Too close to another appointment"),
    Reason.HELD: lambda: _("Held for somebody"),
    Reason.CALENDAR: lambda: _("Busy in the calendar"),
    Reason.FULL: lambda: _("The class is full"),
    Reason.DAILY_CAP: lambda: _("Enough of this service that day"),
}


def _row(
    number: int,
    look: Look,
    zone: str,
    typed: Mapping[str, str] | None,
    old: Appointment | None,
    names: Mapping[UUID, str],
) -> DateRow:
    options = _options(look, zone, names)
    value, ticked = options[0].value, look.reason in ("", OFF_GRID)
    if typed is not None and f"at-{number}" in typed:
        chosen = typed[f"at-{number}"]
        value = chosen if any(option.value == chosen for option in options) else value
        ticked = f"date-{number}" in typed
    return DateRow(number, look, why(look, zone), options, value, ticked, old)


def _options(look: Look, zone: str, names: Mapping[UUID, str]) -> tuple[Option, ...]:
    flags = (OUTSIDE if look.outside else "") + (OVERLAP if look.clash else "")
    clock = formats.clock(look.start, zone, get_language())
    first = Option(_value(look.start, look.provider.pk, flags), _("%(time)s all the same") % {"time": clock})
    return (first, *(_nearby(look, near.start, near.provider_id, zone, names) for near in look.nearby))


def _nearby(look: Look, start: datetime, provider_id: UUID, zone: str, names: Mapping[UUID, str]) -> Option:
    language = get_language()
    text = formats.clock(start, zone, language)
    if _day(start, zone) != _day(look.start, zone):
        text = f"{_day(start, zone)}, {text}"
    if provider_id != look.provider.pk and provider_id in names:
        text += f", {names[provider_id]}"
    return Option(_value(start, provider_id, ""), _("%(time)s, free") % {"time": text})


def _day(start: datetime, zone: str) -> str:
    return formats.day(start.astimezone(ZoneInfo(zone)).date(), get_language())


def _who(row: Appointment, zone: str) -> str:
    span = formats.span(row.starts_at, row.ends_at, zone, get_language())
    return f"{row.client_name or _('Held time')}, {span}"


def _value(start: datetime, provider_id: UUID, flags: str) -> str:
    return f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}|{provider_id}|{flags}"


def _part(value: str) -> Part | None:
    try:
        start, provider_id, flags = value.split("|")
        instant = instant_of(start)
        return None if instant is None else Part(instant, UUID(provider_id), OUTSIDE in flags, OVERLAP in flags)
    except ValueError:
        return None
