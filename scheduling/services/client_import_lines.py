"""One line of an imported file: a client, and perhaps an appointment, checked as if staff had typed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from daybook.core.checking import Checks
from daybook.core.errors import DaybookError, Invalid
from daybook.core.inputs import minutes_of
from scheduling.domain import client_table
from scheduling.domain.client_table import Record
from scheduling.enums import Status
from scheduling.models import Provider, Service
from scheduling.selectors.offer import providers, services
from scheduling.services.client_records import clean_tags
from scheduling.services.clients import ClientDetails, clean_details

if TYPE_CHECKING:
    from tenants.models import Business

LONGEST, EARLIEST, FARTHEST = 1440, timedelta(days=3650 * 3), timedelta(days=3650)
OVER = (Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment of a line: `start` in UTC, `duration` in minutes, None for the service's own."""

    start: datetime
    service: Service
    provider: Provider
    duration: int | None
    status: str

    @property
    def ahead(self) -> bool:
        """Whether it is to be booked; else it is written down as it was."""
        return self.status == Status.CONFIRMED

    @property
    def usual_duration(self) -> int:
        """How long the service lasts with this provider, in minutes."""
        own = {link.provider_id: link.duration_minutes for link in self.service.links.all()}
        return own.get(self.provider.pk) or self.service.duration_minutes


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says. `line` is where it begins in the file."""

    line: int
    details: ClientDetails
    notes: str
    tags: list[str]
    booking: Booking | None

    @property
    def identity(self) -> tuple[str, str]:
        """By what the client is known: e-mail, else phone, else the name."""
        if self.details.email:
            return "email", self.details.email
        return ("phone", self.details.phone) if self.details.phone else ("name", self.details.name.lower())


def refusal(error: DaybookError) -> str:
    """Why a line is refused, in a sentence or two."""
    fields: dict[str, list[str]] = error.details.get("fields") or {}
    found = [f"{_label(name)}: {' '.join(messages)}" for name, messages in fields.items()]
    return " ".join(found) or error.message


class Reader:
    """Reads lines by a choice of columns. Dates without an offset are the business's local time. 4 queries at first."""

    def __init__(self, business: Business, columns: Mapping[str, int], *, day_first: bool, now: datetime) -> None:
        self.business, self.columns, self.day_first, self.now = business, columns, day_first, now
        self.zone = ZoneInfo(business.timezone)
        found = list(services())
        self.services = {service.name.lower(): service for service in reversed(found)}
        self.providers = {person.name.lower(): person for person in reversed(list(providers()))}
        active = [service for service in found if service.active]
        self.only_service = active[0] if len(active) == 1 else None

    def read(self, record: Record) -> Line:
        """The line, checked. Raises `Invalid` with every problem."""
        cells = client_table.cells_of(record, self.columns)
        problems: dict[str, list[str]] = {}
        checks = Checks()
        notes = checks.text("notes", cells.get("notes", ""), most=5000)
        tags = clean_tags(checks, "tags", client_table.split_tags(cells.get("tags", "")))
        details = ClientDetails("")
        try:
            details = clean_details(
                name=client_table.full_name(cells), email=cells.get("email", ""), phone=cells.get("phone", ""),
                locale=self.business.locale, region=self.business.country or None, email_required=False,
            )  # fmt: skip
        except Invalid as error:
            problems |= error.details["fields"]
        booking = self._booking(cells, checks) if cells.get("start", "").strip() else None
        problems |= checks.fields
        if problems:
            raise Invalid("validation_failed", _("Please check what you typed."), problems)
        return Line(record.line, details, notes, tags, booking)

    def _booking(self, cells: Mapping[str, str], checks: Checks) -> Booking | None:
        start = self._start(cells, checks)
        service = self._service(cells.get("service", ""), checks)
        provider = self._provider(cells.get("provider", ""), service, checks)
        duration = self._duration(cells.get("duration", ""), checks)
        status = self._status(cells.get("status", ""), start, checks)
        if start is None or service is None or provider is None or status is None:
            return None
        if status == Status.CONFIRMED and not _gives(service, provider):
            message = _("%(name)s does not give this service, or one of the two is switched off.")
            checks.problem("provider", message % {"name": provider.name})
        return Booking(start, service, provider, duration, status)

    def _start(self, cells: Mapping[str, str], checks: Checks) -> datetime | None:
        found = client_table.wall_time(cells["start"], cells.get("time", ""), day_first=self.day_first)
        if found is None:
            checks.problem("start", _("Write date and time, such as 2027-03-15 10:00."))
            return None
        local = found if found.tzinfo else found.replace(tzinfo=self.zone)
        try:
            start = local.astimezone(UTC)
        except (OverflowError, ValueError):
            start = None
        if start is None or not self.now - EARLIEST < start < self.now + FARTHEST:
            checks.problem("start", _("This date is out of range."))
            return None
        if found.tzinfo is None and start.astimezone(self.zone).replace(tzinfo=None) != found:
            checks.problem("start", _("This time does not exist: the clocks go forward then."))
            return None
        return start

    def _service(self, text: str, checks: Checks) -> Service | None:
        name = " ".join(text.split()).lower()
        found = self.services.get(name) if name else self.only_service
        if found is None:
            checks.problem("service", _("There is no service of this name.") if name else _("Say which service."))
        return found

    def _provider(self, text: str, service: Service | None, checks: Checks) -> Provider | None:
        name = " ".join(text.split()).lower()
        if name:
            found = self.providers.get(name)
            if found is None:
                checks.problem("provider", _("Nobody of the team has this name."))
            return found
        giving = [link.provider for link in service.links.all() if link.provider.active] if service else []
        if service is not None and len(giving) != 1:
            checks.problem("provider", _("Say with whom."))
        return giving[0] if len(giving) == 1 else None

    def _duration(self, text: str, checks: Checks) -> int | None:
        found = minutes_of(text) if text else None
        if text and (found is None or not 5 <= found <= LONGEST):
            checks.problem("duration", _("Write minutes, such as 60."))
            return None
        return found

    def _status(self, text: str, start: datetime | None, checks: Checks) -> str | None:
        said = client_table.status_of(text)
        if said is None:
            checks.problem("status", _("Write completed, confirmed, cancelled or no-show."))
        if said is None or start is None:
            return None
        if start <= self.now:
            return said if said in OVER else Status.COMPLETED.value
        if said in (Status.COMPLETED, Status.NO_SHOW):
            checks.problem("status", _("This appointment is still ahead."))
            return None
        return said or Status.CONFIRMED.value


def _gives(service: Service, provider: Provider) -> bool:
    links = [link.provider_id for link in service.links.all()]
    return service.active and provider.active and provider.pk in links


def _label(name: str) -> str:
    words = {
        "name": _("Name"), "email": _("E-mail"), "phone": _("Phone"), "notes": _("Notes"), "tags": _("Tags"),
        "start": _("Start"), "service": _("Service"), "provider": _("With"), "duration": _("Duration"),
        "status": _("Status"),
    }  # fmt: skip
    return words.get(name, name)
