"""Weekly hours: everybody's, a provider's (for all services or one), a service's; with what clients see from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import Forbidden, Invalid, NotFound
from scheduling.forms.hours import WeekForm
from scheduling.selectors import offer as offers
from scheduling.selectors.availability import zone_of
from scheduling.selectors.hours import has_hours, rules_of
from scheduling.selectors.times import free
from scheduling.services.hours import Hours
from scheduling.services.recording import week_in_words
from scheduling.services.week import ALWAYS, Period, clear_hours, replace_week, restore_week
from scheduling.views.setup_doors import is_fragment, keep_to_own_hours, recorded_list, saved
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import AvailabilityRule, Provider, Service
    from tenants.models import Business

DAYS_SHOWN = 7
TIMES_SHOWN = 5
LONGEST_UNDO = 2000
"""Characters of an address that remembers the hours there were."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose hours, in which zone they are meant, and the words for the level above."""

    business: Business
    provider: Provider | None = None
    service: Service | None = None

    @property
    def zone(self) -> str:
        """The zone of these hours."""
        if self.provider is not None:
            return zone_of(self.business, self.service, self.provider)
        return (self.service.timezone if self.service else None) or self.business.timezone

    @property
    def url(self) -> str:
        """Their page."""
        if self.provider and self.service:
            return reverse("provider_service_hours", args=[self.provider.pk, self.service.pk])
        if self.provider:
            return reverse("provider_hours", args=[self.provider.pk])
        return reverse("service_hours", args=[self.service.pk]) if self.service else reverse("business_hours")

    @property
    def name(self) -> str:
        """Whose hours, for the audit log."""
        return ", ".join(thing.name for thing in (self.provider, self.service) if thing) or self.business.name

    @property
    def key(self) -> str:
        """The provider's id, else the service's; empty for the business."""
        return str(next((thing.pk for thing in (self.provider, self.service) if thing), ""))

    @property
    def choice(self) -> tuple[str, str] | None:
        """The words for having none of their own, and some; the business's hours have no such choice."""
        if self.provider and self.service:
            return _("The same as for their other services"), _("Own hours for this service")
        if self.provider:
            return _("The business's hours"), _("Own hours")
        if self.service:
            return _("Whenever those who give it are there"), _("Only at these times")
        return None

    def rules(self) -> list[AvailabilityRule]:
        """The rules of exactly this level, in every period."""
        found = rules_of(provider=self.provider, service=self.service)
        if self.provider is not None:
            found = found.filter(service=self.service) if self.service else found.filter(service__isnull=True)
        return list(found)


@member_required(Right.CHANGE_OWN_HOURS)
def availability(request: HttpRequest) -> HttpResponse:
    """To the hours that the member may change: everybody's, or his own."""
    member = member_of(request)
    if member.may(Right.CHANGE_SETUP):
        return redirect("business_hours")
    if member.provider_id is None:
        raise Forbidden("forbidden", _("Ask the owner to say which provider you are: then you can set your hours."))
    return redirect("provider_hours", member.provider_id)


@member_required(Right.CHANGE_SETUP, methods=FORM)
def business_hours(request: HttpRequest) -> HttpResponse:
    """The hours of everybody who has none of his own."""
    return _hours(request, Scope(business_of(request)))


@member_required(Right.CHANGE_OWN_HOURS, methods=FORM)
def provider_hours(request: HttpRequest, provider_id: UUID, service_id: UUID | None = None) -> HttpResponse:
    """A provider's hours, for all services or one."""
    provider = offers.access_provider(provider_id)
    keep_to_own_hours(member_of(request), provider.pk)
    service = None if service_id is None else offers.access_service(service_id)
    if service is not None and all(link.provider_id != provider.pk for link in service.links.all()):
        raise NotFound()
    return _hours(request, Scope(business_of(request), provider, service))


@member_required(Right.CHANGE_SETUP, methods=FORM)
def service_hours(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """When a service is given at all, by whomever."""
    return _hours(request, Scope(business_of(request), service=offers.access_service(service_id)))


def _hours(request: HttpRequest, scope: Scope) -> HttpResponse:
    rules = scope.rules()
    was = _asked_period(request, rules)
    shown = [rule for rule in rules if _period(rule) == was]
    if request.method != "POST":
        first, last = was or ALWAYS
        own = "1" if rules else "0"
        form = WeekForm(
            rules=shown, choice=scope.choice, initial={"own": own, "effective_from": first, "effective_to": last}
        )
        return _page(request, scope, form, rules, was)
    form = WeekForm(request.POST, choice=scope.choice)
    action = request.POST.get("do", "save")
    if action != "save":
        return _page(request, scope, form, rules, was, focus=form.arrange(action))
    if form.is_valid() and _save(request, scope, form, was):
        return saved(request, _("Hours saved."), scope.url, undo=_undo(scope, rules))
    return _page(request, scope, form, rules, was, status=422)


def _undo(scope: Scope, rules: list[AvailabilityRule]) -> str:
    """The address that makes the hours again as they were; empty when they are too many to remember in it."""
    former = [
        [r.weekday, r.start_minute, r.end_minute, str(r.effective_from or ""), str(r.effective_to or "")] for r in rules
    ]
    who = [str(scope.provider.pk) if scope.provider else "", str(scope.service.pk) if scope.service else ""]
    kept = signing.dumps([*who, former], salt=f"hours:{scope.business.pk}", compress=True)
    return f"{reverse('restore_hours')}?kept={kept}" if len(kept) < LONGEST_UNDO else ""


@member_required(Right.CHANGE_OWN_HOURS, methods=("POST",))
def restore_hours(request: HttpRequest) -> HttpResponse:
    """Make a level's hours again as they were before they were saved."""
    business = business_of(request)
    try:
        kept = signing.loads(request.GET.get("kept", ""), salt=f"hours:{business.pk}", max_age=86_400)
    except signing.BadSignature as error:
        raise NotFound() from error
    provider = offers.access_provider(UUID(kept[0])) if kept[0] else None
    keep_to_own_hours(member_of(request), provider.pk if provider else None)
    scope = Scope(business, provider, offers.access_service(UUID(kept[1])) if kept[1] else None)
    hours = [Hours(day, start, end, _date(first), _date(last)) for day, start, end, first, last in kept[2]]
    with recorded_list(request, "hours.changed", scope.name, lambda: week_in_words(scope.rules()), key=scope.key):
        restore_week(hours=hours, provider=provider, service=scope.service)
    return saved(request, _("The hours are as they were."), scope.url)


def _save(request: HttpRequest, scope: Scope, form: WeekForm, was: Period | None) -> bool:
    data = form.cleaned_data
    period = (data["effective_from"], data["effective_to"])
    try:
        with recorded_list(request, "hours.changed", scope.name, lambda: week_in_words(scope.rules()), key=scope.key):
            if scope.choice is not None and not data["own"]:
                clear_hours(provider=scope.provider, service=scope.service)
            else:
                replace_week(hours=form.hours, provider=scope.provider, service=scope.service, was=was, period=period)
    except Invalid as error:
        form.refuse(error)
        return False
    return True


def _period(rule: AvailabilityRule) -> Period:
    return rule.effective_from, rule.effective_to


def _asked_period(request: HttpRequest, rules: list[AvailabilityRule]) -> Period | None:
    """The period in the address; None: a new one. Without any: always, else the first there is."""
    asked = request.GET
    if asked.get("period") == "new":
        return None
    periods = sorted({_period(rule) for rule in rules}, key=str)
    if "from" in asked or "to" in asked:
        wanted = (_date(asked.get("from")), _date(asked.get("to")))
        return wanted if wanted in periods else ALWAYS
    return ALWAYS if ALWAYS in periods or not periods else periods[0]


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _page(
    request: HttpRequest, scope: Scope, form: WeekForm, rules: list[AvailabilityRule], was: Period | None,
    *, focus: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    member, now = member_of(request), clock.now()
    every = member.may(Right.CHANGE_SETUP)
    people = [p for p in offers.providers(active=True) if every or p.pk == member.provider_id]
    context = {
        "form": form,
        "scope": scope,
        "focus": focus,
        "people": people,
        "services": list(offers.services(active=True)) if every else [],
        "own_services": _given_by(scope.provider) if scope.provider else [],
        "every": every,
        "periods": _periods(scope, rules, was),
        "is_new_period": was is None,
        "is_limited": was is None or was != ALWAYS,
        "closed": scope.choice is None and not has_hours(),
        "now": now,
    }
    if not (is_fragment(request) and request.POST.get("do")):
        context["preview"] = preview(scope, request.GET.get("preview"), now=now)
    return render(request, "scheduling/availability/hours.html", context, status=status)


def _given_by(provider: Provider) -> list[Service]:
    return [
        service
        for service in offers.services(active=True)
        if any(link.provider_id == provider.pk for link in service.links.all())
    ]


def _periods(scope: Scope, rules: list[AvailabilityRule], was: Period | None) -> list[dict[str, Any]]:
    """Tabs for the periods that have hours; only when there is more than "always"."""
    found = sorted({_period(rule) for rule in rules} | ({was} if was else set()), key=str)
    tabs = [
        {"text": _in_words(period), "url": f"{scope.url}?{_query(period)}", "current": period == was}
        for period in found
    ]
    return tabs if len(tabs) > 1 or was is None or was != ALWAYS else []


def _query(period: Period) -> str:
    first, last = period
    return urlencode({"from": first.isoformat() if first else "", "to": last.isoformat() if last else ""})


def _in_words(period: Period) -> str:
    first, last = (formats.day(day, year=True) if day else "" for day in period)
    if first and last:
        return f"{first} – {last}"
    if first:
        return _("From %(day)s") % {"day": first}
    return _("Until %(day)s") % {"day": last} if last else _("Always")


def preview(scope: Scope, service_id: str | None, *, now: datetime) -> dict[str, Any] | None:
    """The free times of the next days as clients see them now, of one service; None when there is none to show."""
    offered = _given_by(scope.provider) if scope.provider else list(offers.services(active=True))
    offered = [scope.service] if scope.service else [s for s in offered if s.links.all()]
    service = next((s for s in offered if str(s.pk) == service_id), offered[0] if offered else None)
    if service is None:
        return None
    zone = scope.business.timezone
    today = now.astimezone(ZoneInfo(zone)).date()
    found = free(
        scope.business, service, now=now, zone=zone, first_date=today,
        last_date=today + timedelta(days=DAYS_SHOWN - 1), provider_id=scope.provider.pk if scope.provider else None,
    )  # fmt: skip
    starts: dict[date, list[str]] = {today + timedelta(days=n): [] for n in range(DAYS_SHOWN)}
    for slot in found.slots:
        start = datetime.fromtimestamp(slot[0] * 60, UTC)
        starts.setdefault(start.astimezone(ZoneInfo(zone)).date(), []).append(formats.clock(start, zone))
    days = [
        {
            "day": day,
            "count": len(times),
            "times": times[:TIMES_SHOWN],
            "more": len(times) - TIMES_SHOWN,
            "last": times[-1] if times else "",
        }
        for day, times in starts.items()
    ]
    return {"service": service, "services": offered, "days": days, "zone": zone}
