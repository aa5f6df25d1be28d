"""What a client has chosen so far. It stands in the address: every step is a plain page with a link of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language

from daybook.core import formats
from widget.views import zones

ANYONE = "any"
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Choice:
    """The parts of a times page's address. `chosen_zone`: the client picked it; `hours`: 12 or 24.

    `month` is the first of a month, `day` a local date, `start` an instant; None where nothing was chosen. What is
    malformed counts as not chosen. `path` and `fixed` (a manage token) are the page's own.
    """

    path: str
    zone: str
    hours: int = 12
    provider_id: UUID | None = None
    month: date | None = None
    day: date | None = None
    start: datetime | None = None
    chosen_zone: bool = False
    chosen_hours: bool = False
    fixed: tuple[tuple[str, str], ...] = ()

    @property
    def provider(self) -> str:
        """The value of `with`."""
        return str(self.provider_id) if self.provider_id else ANYONE

    def url(self, **changes: Any) -> str:
        """The address of this choice with something else chosen."""
        wanted = replace(self, **changes)
        query = list(wanted.fixed) + wanted.query()
        return f"{wanted.path}?{urlencode(query)}" if query else wanted.path

    def query(self) -> list[tuple[str, str]]:
        """The chosen parts as a query."""
        parts: list[tuple[str, str]] = []
        if self.provider_id:
            parts.append(("with", str(self.provider_id)))
        if self.month and not (self.day and self.day.replace(day=1) == self.month):
            parts.append(("month", self.month.strftime("%Y-%m")))
        if self.day:
            parts.append(("date", self.day.isoformat()))
        if self.chosen_zone:
            parts.append(("tz", self.zone))
        if self.chosen_hours:
            parts.append(("h", str(self.hours)))
        return parts


def read(request: HttpRequest, *, zone: str, fixed: tuple[tuple[str, str], ...] = ()) -> Choice:
    """The choice in a request's query, or in its form; `zone` and the language's clock hold where it names none."""
    data: Mapping[str, Any] = request.POST if request.method == "POST" else request.GET
    named = str(data.get("tz", ""))
    chosen_zone, chosen_hours = zones.is_zone(named), data.get("h") in ("12", "24")
    return Choice(
        path=request.path,
        zone=named if chosen_zone else zone,
        hours=int(data["h"]) if chosen_hours else formats.clock_hours(get_language()),
        provider_id=_uuid(data.get("with", "")),
        month=_month(str(data.get("month", ""))),
        day=_date(str(data.get("date", ""))),
        start=instant(str(data.get("start", ""))),
        chosen_zone=chosen_zone,
        chosen_hours=chosen_hours,
        fixed=fixed,
    )


def instant(text: str) -> datetime | None:
    """An ISO 8601 instant with its offset, in UTC; None for anything else."""
    try:
        value = datetime.fromisoformat(text)
        return value.astimezone(UTC) if value.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def _month(text: str) -> date | None:
    return _date(f"{text}-01") if _MONTH.fullmatch(text) else None


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None
