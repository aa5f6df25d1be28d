"""The form of a new appointment: what can be chosen, what it starts with, and everything its page shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse

from daybook.core import clock
from daybook.core.crypto import digest
from daybook.core.errors import Forbidden, NotFound
from daybook.dashboard.forms import NEW, NewAppointmentForm, RepeatForm
from daybook.dashboard.views import dates
from scheduling.enums import Source
from scheduling.selectors import client_search, desk
from scheduling.selectors.appointments import access_appointment, sees_all
from scheduling.selectors.offer import services
from scheduling.selectors.outlook import Look, looks
from scheduling.selectors.recurring import Recurrence, recurring
from scheduling.selectors.waitlist import access_entry
from scheduling.views.picker import picker
from tenants.doors import business_of, member_of
from tenants.enums import Right
from tenants.services.handoff import local_path

if TYPE_CHECKING:
    from daybook.dashboard.views.dates import DateRow
    from scheduling.models import Appointment, Provider, Service, WaitlistEntry
    from scheduling.selectors.client_search import Known
    from scheduling.views.picker import Picker

CHANGE = "change"
"""Value of the button `step` that takes the chosen client out again."""


@dataclass(slots=True)
class Choices:
    """What can be chosen: services that somebody whom the member may book gives, and who gives the chosen one."""

    services: list[Service]
    service: Service | None
    people: list[Provider]
    anyone: bool

    @property
    def ids(self) -> set[UUID]:
        """Whom the member may book."""
        return {person.pk for person in self.people}


@dataclass(frozen=True, slots=True)
class Start:
    """What the address says an appointment shall be like: another one to repeat, somebody of the waiting list."""

    again: Appointment | None = None
    entry: WaitlistEntry | None = None
    values: dict[str, str] = field(default_factory=dict)


class Draft:
    """A request for the form, with what follows from it. Everything is looked up once."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.business, self.member, self.now = business_of(request), member_of(request), clock.now()
        self.zone: str = self.business.timezone
        self.posted = request.method == "POST"
        self.typed = request.POST if self.posted else request.GET
        self.start = Start() if self.posted else _start(request)

    @cached_property
    def choices(self) -> Choices:
        """What can be chosen."""
        people = {person.pk: person for person in desk.people(self.member) if person.active}
        given = [one for one in services(active=True) if any(link.provider_id in people for link in one.links.all())]
        wanted = self.start.values.get("service") or self.typed.get("service", "")
        chosen = next((one for one in given if str(one.pk) == wanted), given[0] if given else None)
        giving = (
            [people[link.provider_id] for link in chosen.links.all() if link.provider_id in people] if chosen else []
        )
        return Choices(given, chosen, giving, anyone=sees_all(self.member) and len(giving) > 1)

    @cached_property
    def may_search(self) -> bool:
        """Whether the member sees clients."""
        return self.member.may(Right.SEE_CLIENTS)

    def form(self, *, bound: bool = False) -> NewAppointmentForm:
        """The form with what was sent (`bound`), else with what it starts with."""
        more: dict[str, Any] = {"data": self.request.POST} if bound else {"initial": self._initial()}
        source = self.start.values.get("source") or self.typed.get("source", "")
        return NewAppointmentForm(
            services=[(one.pk, one.name) for one in self.choices.services],
            people=[(person.pk, person.name) for person in self.choices.people],
            anyone=self.choices.anyone,
            currency=self.business.currency,
            from_waitlist=source == Source.WAITLIST,
            **more,
        )

    def repeat(self) -> RepeatForm:
        """How it repeats, as typed."""
        return (
            RepeatForm(self.request.POST) if self.posted else RepeatForm({**_repeat_defaults(), **self._repeat_asked()})
        )

    def _repeat_asked(self) -> dict[str, str]:
        return {"repeat": "on"} if self.request.GET.get("repeat") == "1" else {}

    def _initial(self) -> dict[str, Any]:
        """What was typed when only times or clients were asked for; else what the address says."""
        if self.posted:
            kept = self.request.POST.dict()
            if kept.get("step") == CHANGE:
                kept["client"] = NEW
            return {**kept, "notify": self.request.POST.get("notify") == "on"}
        today = self.now.astimezone(ZoneInfo(self.zone)).date()
        service = self.choices.service.pk if self.choices.service else ""
        first = {"day": today, "nonce": uuid4(), "notify": True, "client": NEW, "next": return_to(self.request)}
        return {**first, **self.start.values, "service": service}

    def picker(self, form: NewAppointmentForm) -> Picker | None:
        """The free times of the shown date."""
        choices = self.choices
        if choices.service is None:
            return None
        day = form.shown_day(self.now.astimezone(ZoneInfo(self.zone)).date())
        return picker(
            self.business, choices.service, day=day, provider_id=self.provider_id(form), now=self.now,
            duration=form.shown_length(),
        )  # fmt: skip

    def provider_id(self, form: NewAppointmentForm) -> UUID | None:
        """The chosen provider, None for anyone; who may not have anyone books himself."""
        wanted = str(form["provider"].value() or "")
        chosen = next((person.pk for person in self.choices.people if str(person.pk) == wanted), None)
        if chosen is None and not self.choices.anyone and self.choices.people:
            return self.choices.people[0].pk
        return chosen

    def wanted(self, form: NewAppointmentForm) -> datetime | None:
        """The chosen instant, as far as there is one; a typed time wins."""
        return form.chosen(self.zone)

    def looks(self, form: NewAppointmentForm, wanted: list[datetime]) -> list[Look]:
        """How these starts stand with what is chosen."""
        if self.choices.service is None:
            return []
        service = self.choices.service
        return looks(
            self.business, service, wanted, provider_id=self.provider_id(form), among=self.choices.ids,
            duration=None if service.is_class else form.shown_length(), now=self.now,
        )  # fmt: skip

    def recurring(self, form: NewAppointmentForm, recurrence: Recurrence) -> list[datetime]:
        """The starts of the series; none without a first one."""
        first = self.wanted(form)
        if first is None:
            return []
        return recurring(self.zone, first, recurrence)

    def rows(self, form: NewAppointmentForm, wanted: list[datetime]) -> tuple[list[DateRow], str]:
        """The dates of a series with what is ticked, and the mark by which they are known again."""
        mark = self._mark(form, wanted)
        typed = self.request.POST if self.posted and self.request.POST.get("shown") == mark else None
        names = {person.pk: person.name for person in self.choices.people}
        return dates.rows(self.looks(form, wanted), self.zone, typed=typed, names=names), mark

    def _mark(self, form: NewAppointmentForm, wanted: list[datetime]) -> str:
        facts = (self.choices.service and self.choices.service.pk, self.provider_id(form), form.shown_length(), *wanted)
        return digest("|".join(map(str, facts)))

    def found(self, form: NewAppointmentForm) -> list[Known]:
        """Clients who match what was searched for."""
        search = str(form["client_q"].value() or "")
        return client_search.found(search, now=self.now) if self.may_search else []

    def client(self, form: NewAppointmentForm) -> Known | None:
        """The chosen client."""
        chosen = str(form["client"].value() or NEW)
        if chosen == NEW or not self.may_search:
            return None
        try:
            return client_search.known(UUID(chosen), now=self.now)
        except (ValueError, NotFound):
            return None

    def first_day(self, form: NewAppointmentForm) -> date | None:
        """The local date of the chosen start."""
        first = self.wanted(form)
        return None if first is None else first.astimezone(ZoneInfo(self.zone)).date()


def return_to(request: HttpRequest) -> str:
    """The page from which the form was opened, to which it leads back; empty when that is unknown."""
    ours = reverse("new_appointment")
    for wanted in (request.POST.get("next"), request.GET.get("next"), *_addresses(request)):
        path = local_path(wanted or "", otherwise="")
        if path.startswith("/dashboard/") and not path.startswith(ours):
            return path[:500]
    return ""


def _addresses(request: HttpRequest) -> list[str]:
    """The page that htmx asks from, and the one that linked here, without their host when that is ours."""
    host = request.get_host()
    found = []
    for name in ("HX-Current-URL", "Referer"):
        _scheme, _slashes, rest = request.headers.get(name, "").partition("//")
        at, slash, path = rest.partition("/")
        if at == host:
            found.append(slash + path)
    return found


def _repeat_defaults() -> dict[str, str]:
    return {"every": "1", "unit": "week", "ends": "count", "count": "6"}


def _start(request: HttpRequest) -> Start:
    """What the address asks for; what it names wrongly is left out."""
    asked = request.GET
    names = {"day": "day", "provider": "provider", "service": "service", "client": "client", "custom": "custom",
             "time": "custom", "length": "length", "minutes": "length"}  # fmt: skip
    given = {known: asked[name] for name, known in names.items() if asked.get(name)}
    again, entry = _again(request), _entry(request)
    values: dict[str, str] = {}
    if again is not None:
        values |= {
            "service": str(again.service_id),
            "provider": str(again.provider_id),
            "client": str(again.client_id or NEW),
        }
        if again.duration_minutes != again.service.duration_minutes:
            values["length"] = str(again.duration_minutes)
        if asked.get("repeat") == "1":
            values |= _a_week_later(again, business_of(request).timezone, clock.now())
    if entry is not None:
        values |= {
            "service": str(entry.service_id),
            "provider": str(entry.provider_id or ""),
            "source": Source.WAITLIST,
        }
        values |= {"client": str(entry.client_id)} if entry.client_id else {}
        values |= {"name": entry.name, "email": entry.email, "phone": entry.phone}
    return Start(again, entry, {**values, **given})


def _a_week_later(row: Appointment, zone: str, now: datetime) -> dict[str, str]:
    """The same weekday and wall time, after the appointment and after today."""
    local, today = row.starts_at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    weeks = max(1, -((local.date() - today).days // 7))
    return {"day": (local.date() + timedelta(weeks=weeks)).isoformat(), "custom": f"{local:%H:%M}"}


def _again(request: HttpRequest) -> Appointment | None:
    try:
        return access_appointment(member_of(request), UUID(request.GET.get("again", "")))
    except (ValueError, NotFound, Forbidden):
        return None


def _entry(request: HttpRequest) -> WaitlistEntry | None:
    if not member_of(request).may(Right.SEE_CLIENTS):
        return None
    try:
        return access_entry(UUID(request.GET.get("entry", "")))
    except (ValueError, NotFound):
        return None
