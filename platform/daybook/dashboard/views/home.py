"""The first page: today, what comes next, what waits for an answer, and what is still to be set up."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.dashboard.checklist import checklist
from scheduling.enums import Status
from scheduling.selectors import desk
from scheduling.selectors.appointments import Filters, next_up, stats, today, waiting
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import client_url
from tenants.services import onboarding

NEXT, WAITING = 6, 5


@member_required(Right.SEE_OWN_APPOINTMENTS)
def home(request: HttpRequest) -> HttpResponse:
    """Greeting, figures, requests, next appointments, checklist, and the link to give to clients."""
    business, member, now = business_of(request), member_of(request), clock.now()
    local = now.astimezone(ZoneInfo(business.timezone))
    requests = waiting(member, now=now)
    booked, money = desk.booked_in_week(business, member, now=now)
    month = Filters(start_date=local.date() - timedelta(days=30), end_date=local.date())
    steps = checklist(business, member)
    context = {
        "greeting": _greeting(local.hour, member.user.get_full_name()),
        "today": [row for row in today(business, member, now=now) if row.status != Status.HELD],
        "next_up": next_up(member, now=now, most=NEXT),
        "booked": booked,
        "money": money or [(0, business.currency)],
        "figures": stats(business, member, month, now=now),
        "requests": requests[:WAITING],
        "request_count": len(requests),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "booking_url": client_url(business),
        "hues": {person.pk: f"p-{person.hue}" for person in desk.people(member)},
        "zone": business.timezone,
        "now": now,
    }
    return render(request, "dashboard/home.html", context)


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
