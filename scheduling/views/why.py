"""Why there is no time: a day of a service, its times, and all that closes each, with the page where it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from daybook.core import clock
from scheduling.enums import Visibility
from scheduling.forms.hours import WhyForm
from scheduling.selectors import offer as offers
from scheduling.selectors.why import Moment, WhyDay, why_day
from scheduling.views.why_words import Words
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Provider, Service
    from scheduling.views.why_words import Said
    from tenants.models import Business


@dataclass(frozen=True, slots=True)
class Run:
    """Times next to each other that have the same answers."""

    number: int
    starts: tuple[datetime, ...]
    open: bool
    free_with: tuple[str, ...]
    closed: tuple[tuple[str, tuple[Said, ...]], ...]
    """Provider's name (empty: all of them alike) and the reasons in order."""


@member_required(Right.CHANGE_OWN_HOURS)
def why(request: HttpRequest) -> HttpResponse:
    """A service's day: `?service=…&provider=…&date=…`, and perhaps one `time` of it."""
    member, business, now = member_of(request), business_of(request), clock.now()
    every = member.may(Right.CHANGE_SETUP)
    people = [p for p in offers.providers() if every or p.pk == member.provider_id]
    services = list(offers.services())
    asked = "service" in request.GET
    today = now.astimezone(ZoneInfo(business.timezone)).date()
    form = WhyForm(
        request.GET if asked else None, services=services, people=people, any_provider=every,
        initial={"date": today, "provider": "" if every else str(member.provider_id or "")},
    )  # fmt: skip
    context: dict[str, Any] = {"form": form, "every": every, "zone": business.timezone}
    if asked and form.is_valid():
        service = next(s for s in services if str(s.pk) == form.cleaned_data["service"])
        person = next((p for p in people if str(p.pk) == form.cleaned_data["provider"]), None)
        context |= _answers(request, business, form, service, person, now)
    status = 422 if asked and form.errors else 200
    return render(request, "scheduling/availability/why.html", context, status=status)


def _answers(
    request: HttpRequest, business: Business, form: WhyForm, service: Service, person: Provider | None, now: datetime
) -> dict[str, Any]:
    day: date = form.cleaned_data["date"]
    gives = person is None or any(link.provider_id == person.pk for link in service.links.all())
    context: dict[str, Any] = {"service": service, "day": day, "notes": _notes(service, person, gives), "nobody": True}
    context |= {"before": _link(form, day - timedelta(days=1)), "after": _link(form, day + timedelta(days=1))}
    if not gives or (person is not None and not person.active):
        return context
    found = why_day(
        business, service, provider_id=person.pk if person else None, day=day, at=form.cleaned_data["time"], now=now
    )
    words = Words(business, service, found, day, member_of(request), now)
    runs = _runs(found, words)
    return context | {
        "nobody": not found.people,
        "runs": runs,
        "times": [{"start": start, "run": run} for run in runs for start in run.starts],
        "open_count": sum(moment.open for moment in found.moments),
        "count": len(found.moments),
        "asked": _run(0, [found.asked], words) if found.asked else None,
        "people": [words.day_of(one) for one in found.people],
        "booking": f"{reverse('calendar')}?{urlencode({'view': 'day', 'date': day.isoformat()})}",
    }


def _link(form: WhyForm, day: date) -> str:
    data = form.cleaned_data
    query = {"service": data["service"], "provider": data["provider"], "date": day.isoformat()}
    return f"{reverse('why_closed')}?{urlencode(query)}"


def _notes(service: Service, person: Provider | None, gives: bool) -> list[dict[str, str]]:
    """What closes the whole service or person, whatever the day."""
    page = reverse("edit_service", args=[service.pk])
    found = []
    if not service.active:
        text = _("%(service)s is switched off: nobody can book it.") % {"service": service.name}
        found.append({"text": text, "url": reverse("setup_services"), "action": _("Switch it on")})
    if service.visibility == Visibility.STAFF:
        text = _("Only staff book %(service)s: clients do not see its times.") % {"service": service.name}
        found.append({"text": text, "url": f"{page}#s-who", "action": _("Change who can book it")})
    if not any(link.provider.active for link in service.links.all()):
        text = _("Nobody who is switched on gives this service.")
        found.append({"text": text, "url": f"{page}#s-people", "action": _("Choose who gives it")})
    if person is not None and not gives:
        text = _("%(name)s does not give %(service)s.") % {"name": person.name, "service": service.name}
        found.append({"text": text, "url": f"{page}#s-people", "action": _("Choose who gives it")})
    if person is not None and not person.active:
        text = _("%(name)s is switched off: nobody can book them.") % {"name": person.name}
        found.append({"text": text, "url": reverse("team"), "action": _("Open the team")})
    return found


def _runs(found: WhyDay, words: Words) -> list[Run]:
    together = groupby(found.moments, key=lambda moment: moment.key)
    return [_run(number, list(moments), words) for number, (_key, moments) in enumerate(together, 1)]


def _run(number: int, moments: list[Moment], words: Words) -> Run:
    first = moments[0]
    closed = [(words.name(a.provider_id), words.say(a, first.start)) for a in first.answers if not a.open]
    alike = len(closed) == len(first.answers) > 1 and len({_texts(said) for _name, said in closed}) == 1
    return Run(
        number,
        tuple(moment.start for moment in moments),
        first.open,
        tuple(words.name(answer.provider_id) for answer in first.answers if answer.open),
        (("", closed[0][1]),) if alike else tuple(closed),
    )


def _texts(said: tuple[Said, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((one.text, one.url) for one in said)
