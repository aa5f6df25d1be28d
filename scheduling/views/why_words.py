"""What closes a time in plain words, each with the address of the page where it is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from daybook.core import formats
from scheduling.domain.hours import Rule
from scheduling.domain.reasons import Reason
from scheduling.enums import OverrideKind
from scheduling.forms.hours import NAMES
from scheduling.selectors.explain import clock as clock_text
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment, DateOverride, Service
    from scheduling.selectors.why import Answer, Closing, PersonDay, WhyDay
    from tenants.models import Business, Membership


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and where it is changed: an address with the words of its link, or none."""

    text: str
    url: str = ""
    action: str = ""


class Words:
    """Finds words for one day's answers; links lead only where the member may go."""

    def __init__(
        self, business: Business, service: Service, found: WhyDay, day: date, member: Membership, now: datetime
    ) -> None:
        self._now = now
        self._business, self._service, self._day = business, service, day
        self._people = {one.seat.provider.pk: one for one in found.people}
        self._every = member.may(Right.CHANGE_SETUP)

    def name(self, provider_id: UUID) -> str:
        """The provider's name."""
        return self._people[provider_id].seat.provider.name

    def say(self, answer: Answer, start: datetime) -> tuple[Said, ...]:
        """Every reason of an answer, in order."""
        person = self._people[answer.provider_id]
        if not answer.closings:
            text = _("Between the times that are offered: there is one every %(length)s.")
            return (self._setting(text % {"length": _length(self._service.step_minutes)}, "step_minutes"),)
        return tuple(
            said for closing in answer.closings for said in self._said(closing, person, start, answer.in_hours)
        )

    def day_of(self, person: PersonDay) -> dict[str, object]:
        """A provider's day: name, hours in words, and what they come from with its link."""
        zone = person.seat.zone
        hours = [formats.span(start, end, zone) for start, end in person.windows]
        return {
            "name": person.seat.provider.name,
            "hue": person.seat.provider.hue,
            "hours": hours,
            "zone": zone if zone != self._business.timezone else "",
            "from": self._source(person),
            "overrides": [self._override(one) for one in person.overrides if one.kind == OverrideKind.BLOCKED],
        }

    def _said(self, closing: Closing, person: PersonDay, start: datetime, in_hours: bool) -> Iterator[Said]:
        match closing.reason:
            case Reason.OUTSIDE_HOURS:
                yield from self._outside(person, closing.overrides, in_hours)
            case Reason.BLOCKED:
                yield from map(self._override, closing.overrides)
            case Reason.HORIZON:
                text = _("Too far ahead: it can be booked %(days)d days ahead, until %(day)s.")
                last = _today(person.seat.zone, self._now) + timedelta(days=self._service.max_advance_days)
                words = {"days": self._service.max_advance_days, "day": formats.day(last)}
                yield self._setting(text % words, "max_advance_days")
            case Reason.NOTICE:
                yield self._notice(start)
            case Reason.CALENDAR:
                url = f"{reverse('calendar')}?{urlencode({'view': 'day', 'date': self._day.isoformat()})}"
                for busy in closing.busy_times:
                    span = formats.span(busy.starts_at, busy.ends_at, self._business.timezone)
                    words = {"span": span, "title": busy.title or busy.source}
                    yield Said(_("Busy in an outside calendar, %(span)s: %(title)s.") % words, url, _("See the day"))
            case Reason.DAILY_CAP:
                text = _("%(name)s has the most of this service that a day may have: %(n)d.")
                words = {"name": person.seat.provider.name, "n": self._service.daily_cap}
                yield self._setting(text % words, "daily_cap")
            case _:
                yield from self._taken(closing, person)

    def _outside(self, person: PersonDay, special: Iterable[DateOverride], in_hours: bool) -> Iterator[Said]:
        """The special hours of the day or the weekly ones, of the person and of the service."""
        name, hours = person.seat.provider.name, self._hours(person)
        spec = person.seat.spec
        if not hours:
            text = _("%(name)s has no hours on that day.") % {"name": name}
        elif not in_hours:
            text = _("Outside %(name)s’s hours, %(hours)s.") % {"name": name, "hours": hours}
        elif spec.buffers_within_hours and (spec.before or spec.after):
            text = _("With its length and buffers it would not lie within %(name)s’s hours, %(hours)s.")
            text %= {"name": name, "hours": hours}
        else:
            text = _("It would not end within %(name)s’s hours, %(hours)s.") % {"name": name, "hours": hours}
        found = [self._override(one) for one in special]
        source = found[0] if found else self._source(person)
        yield Said(text, source.url, source.action)
        if not found and person.sources.service:
            text = _("%(service)s has hours of its own: %(hours)s.")
            words = {"service": self._service.name, "hours": _rules(person.sources.service, self._day)}
            url = reverse("service_hours", args=[self._service.pk]) if self._every else ""
            yield Said(text % words, url, _("Change the service’s hours"))
        if in_hours and spec.buffers_within_hours and (spec.before or spec.after):
            yield self._setting(_("Buffers must lie within the opening hours."), "buffers_within_hours")

    def _hours(self, person: PersonDay) -> str:
        return ", ".join(formats.span(start, end, person.seat.zone) for start, end in person.windows)

    def _source(self, person: PersonDay) -> Said:
        """Where a provider's hours of the day come from."""
        special = [one for one in person.overrides if one.kind == OverrideKind.EXCEPTION]
        if special:
            return self._override(special[0])
        provider = person.seat.provider
        rule = next(iter(person.sources.own), None)
        own = reverse("provider_hours", args=[provider.pk])
        if rule is None or rule.provider is None:
            text = _("No weekly hours at all.") if rule is None else _("The business’s weekly hours.")
            if not self._every:
                return Said(text, own, _("Set your own hours"))
            return Said(text, reverse("business_hours"), _("Change the business’s hours"))
        if rule.service is not None:
            own = reverse("provider_service_hours", args=[provider.pk, rule.service])
        text = _("%(name)s’s own weekly hours.") % {"name": provider.name}
        return Said(text, f"{own}{_period(rule)}", _("Change %(name)s’s hours") % {"name": provider.name})

    def _override(self, one: DateOverride) -> Said:
        who = one.provider.name if one.provider else _("the whole business")
        hours = ""
        if one.start_minute is not None and one.end_minute is not None:
            hours = f" {clock_text(one.start_minute)} \N{EN DASH} {clock_text(one.end_minute)}"
        text = (
            _("Special hours%(hours)s (%(who)s)")
            if one.kind == OverrideKind.EXCEPTION
            else _("Closed%(hours)s (%(who)s)")
        )
        text %= {"hours": hours, "who": who}
        text += f": {one.note}" if one.note else "."
        query = {"day": self._day.isoformat(), "for": str(one.provider_id or "all")}
        may = self._every or one.provider_id is not None
        return Said(text, f"{reverse('special_days')}?{urlencode(query)}" if may else "", _("Change that day"))

    def _notice(self, start: datetime) -> Said:
        if start < self._now:
            return Said(_("It is in the past."))
        text = _("Too soon: clients book at least %(length)s before.")
        return self._setting(text % {"length": _length(self._service.min_notice_minutes)}, "min_notice_minutes")

    def _taken(self, closing: Closing, person: PersonDay) -> Iterator[Said]:
        spec = person.seat.spec
        for one in closing.appointments:
            url, action = reverse("appointment", args=[one.pk]), _("Open the appointment")
            if closing.reason is Reason.HELD:
                yield Said(_("Somebody is booking %(what)s right now.") % {"what": self._what(one)}, url, action)
            elif closing.reason is Reason.BUFFER:
                yield Said(
                    _("Too close to %(what)s: the time between is kept free.") % {"what": self._what(one)}, url, action
                )
            elif closing.reason is Reason.BOOKED:
                yield Said(_("Booked: %(what)s.") % {"what": self._what(one)}, url, action)
        if closing.reason is Reason.FULL:
            text = _("The class is full: %(n)d places are taken.") % {"n": spec.capacity}
            yield self._setting(text, "capacity")
        if closing.reason is Reason.BUFFER and (spec.before or spec.after):
            text = _("This service keeps %(before)s before and %(after)s after it.")
            words = {"before": _length(spec.before), "after": _length(spec.after)}
            yield self._setting(text % words, "buffer_before_minutes")

    def _what(self, one: Appointment) -> str:
        span = formats.span(one.starts_at, one.ends_at, self._business.timezone)
        return ", ".join(part for part in (one.client_name, one.service_name, span) if part)

    def _setting(self, text: str, name: str) -> Said:
        """A sentence about a field of the service."""
        url = f"{reverse('edit_service', args=[self._service.pk])}#id_{name}" if self._every else ""
        return Said(text, url, _("Change the service"))


def _length(minutes: int) -> str:
    return formats.duration(minutes)


def _today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _rules(rules: Iterable[Rule], day: date) -> str:
    """The hours that rules have on a date's weekday."""
    weekday = day.isoweekday() % 7
    spans = [
        f"{clock_text(r.start_minute)} \N{EN DASH} {clock_text(r.end_minute)}" for r in rules if r.weekday == weekday
    ]
    return ", ".join(spans) or _("none on %(weekday)ss") % {"weekday": NAMES[weekday]}


def _period(rule: Rule) -> str:
    """The part of the address that leads to the rule's period."""
    if rule.effective_from is None and rule.effective_to is None:
        return ""
    first, last = (day.isoformat() if day else "" for day in (rule.effective_from, rule.effective_to))
    return f"?{urlencode({'from': first, 'to': last})}"
