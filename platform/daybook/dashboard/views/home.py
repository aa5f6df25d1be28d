"""The first page: today, what comes next, what waits for an answer, and what is still to be set up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.selectors.concerns import open_count
from billing.selectors.payments import failed_lately, open_disputes
from calendarsync.selectors.accounts import broken_providers, findings
from daybook.core import clock, formats
from daybook.core.charts import Bar
from daybook.dashboard.checklist import checklist
from scheduling.enums import Source, Status
from scheduling.selectors import desk, figures
from scheduling.selectors.appointments import Filters, next_up, stats, today, waiting
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import client_url
from tenants.services import onboarding

if TYPE_CHECKING:
    from tenants.models import Business, Membership

NEXT, WAITING, UNDELIVERED = 6, 5, 3
CHART_DAYS, MONTH, LATELY = 28, 30, timedelta(days=14)


@member_required(Right.SEE_OWN_APPOINTMENTS)
def home(request: HttpRequest) -> HttpResponse:
    """Greeting, figures, requests, next appointments, checklist, and the link to give to clients."""
    business, member, now = business_of(request), member_of(request), clock.now()
    local = now.astimezone(ZoneInfo(business.timezone))
    requests = waiting(member, now=now)
    booked, money = desk.booked_in_week(business, member, now=now)
    steps = checklist(business, member)
    context = {
        "greeting": _greeting(local.hour, member.user.get_full_name()),
        "today": [row for row in today(business, member, now=now) if row.status != Status.HELD],
        "next_up": next_up(member, now=now, most=NEXT),
        "booked": booked,
        "money": money or [(0, business.currency)],
        "use": figures.utilisation(business, member, monday=desk.week_of(business.timezone, now), now=now),
        "requests": requests[:WAITING],
        "request_count": len(requests),
        **_money_news(member, now),
        "undelivered": figures.undelivered(member, since=now - LATELY, most=UNDELIVERED),
        "findings": findings(member)[:WAITING],
        "calendars_broken": broken_providers(member),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "booking_url": client_url(business),
        "hues": {person.pk: f"p-{person.hue}" for person in desk.people(member)},
        "zone": business.timezone,
        "now": now,
        **_month(business, member, local.date(), now),
    }
    return render(request, "dashboard/home.html", context)


def _money_news(member: Membership, now: datetime) -> dict[str, Any]:
    """What is wrong with money, for those who may see it: disputes, payments that failed, what nobody can explain."""
    if not member.may(Right.SEE_PAYMENTS):
        return {}
    return {
        "disputes": open_disputes(),
        "failed_payments": failed_lately(now, most=UNDELIVERED),
        "concern_count": open_count(),
    }


def _month(business: Business, member: Membership, day: date, now: datetime) -> dict[str, Any]:
    """The last 30 days beside the 30 before, and the chart of the last four weeks."""
    last = stats(business, member, _span(day, MONTH), now=now)
    edge = day - timedelta(days=MONTH)
    missed, upcoming = figures.missed_before_and_upcoming(
        business, member, first=edge - timedelta(days=MONTH - 1), last=edge, now=now
    )
    first = day - timedelta(days=CHART_DAYS - 1)
    return {
        "figures": last,
        "missed_change": round(100 * (last["no_show_rate"] - missed), 1),
        "upcoming": upcoming,
        "chart": [_bar(one) for one in figures.daily(business, member, first=first, last=day)],
        "by_source": _shares(last["by_source"], dict(Source.choices)),
        "by_status": _shares(last["by_status"], dict(Status.choices)),
    }


def _span(last: date, days: int) -> Filters:
    return Filters(start_date=last - timedelta(days=days - 1), end_date=last)


def _bar(one: figures.Day) -> Bar:
    kept = ngettext("%(n)s appointment", "%(n)s appointments", one.kept) % {"n": one.kept}
    lost = ngettext("%(n)s cancelled or missed", "%(n)s cancelled or missed", one.lost) % {"n": one.lost}
    text = f"{kept}, {lost}" if one.lost else kept
    return Bar(formats.day_month(one.day, get_language()), one.kept + one.lost, text, one.lost)


def _shares(counts: dict[str, int], names: dict[str, Any]) -> list[dict[str, Any]]:
    """Counts with their names and their share of the largest one in percent, the largest first."""
    most = max(counts.values(), default=0)
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [{"name": names.get(key, key), "count": n, "share": round(100 * n / most)} for key, n in ordered if n]


@member_required(Right.CHANGE_SETUP, methods=("POST",))
def check_off(request: HttpRequest, step: str) -> HttpResponse:
    """Tick a step of the checklist off; opening the booking page leads there."""
    onboarding.tick(business_of(request), step)
    return redirect("/" if step == "opened" else "dashboard")


def _greeting(hour: int, name: str) -> str:
    first = name.split()[0] if name.split() else ""
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": first}
    if hour < 18:
        return _("Good afternoon, %(name)s") % {"name": first}
    return _("Good evening, %(name)s") % {"name": first}
