"""The first minutes of a new business: a service, hours, the page. Each step may be left for later."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from daybook.core import clock
from daybook.core.errors import DaybookError
from daybook.core.inputs import refuse
from daybook.dashboard.welcome_forms import FirstHoursForm, FirstServiceForm
from scheduling.selectors.desk import is_set_up
from scheduling.services.offer import make_service
from scheduling.services.week import replace_week
from tenants.doors import FORM, business_of, member_required
from tenants.enums import Right
from tenants.selectors import client_url
from tenants.services import onboarding

STEPS = ("service", "hours", "open")


@member_required(Right.CHANGE_SETUP, methods=FORM)
def welcome(request: HttpRequest) -> HttpResponse:
    """`?step=` shows a step; without it the first that is neither done nor left for later. POST does or skips it."""
    step = request.GET.get("step") or _next(request)
    if step not in STEPS:
        step = STEPS[0]
    form = _form(request, step)
    if request.method == "POST" and form is not None:
        if "skip" in request.POST:
            onboarding.tick(business_of(request), f"skipped_{step}")
            return _onward(step)
        if form.is_valid() and _do(request, form):
            return _onward(step)
    business = business_of(request)
    context = {
        "step": step,
        "number": STEPS.index(step) + 1,
        "total": len(STEPS),
        "form": form,
        "done": is_set_up(),
        "link": client_url(business),
        "now": clock.now(),
        "previous": STEPS[STEPS.index(step) - 1] if step != STEPS[0] else "",
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "dashboard/welcome.html", context, status=status)


def _next(request: HttpRequest) -> str:
    done, kept = is_set_up(), business_of(request).onboarding
    return next((name for name in STEPS[:2] if not done[name] and not kept.get(f"skipped_{name}")), STEPS[2])


def _onward(step: str) -> HttpResponse:
    response = redirect(f"{reverse('welcome')}?step={STEPS[STEPS.index(step) + 1]}")
    response.status_code = 303
    return response


def _form(request: HttpRequest, step: str) -> forms.Form | None:
    data: Any = request.POST if request.method == "POST" and "skip" not in request.POST else None
    if step == "service":
        return FirstServiceForm(data, currency=business_of(request).currency)
    return FirstHoursForm(data) if step == "hours" else None


def _do(request: HttpRequest, form: forms.Form) -> bool:
    """Make the service, or write the business's hours."""
    try:
        if isinstance(form, FirstServiceForm):
            make_service(business=business_of(request), **form.values())
        elif isinstance(form, FirstHoursForm):
            replace_week(hours=form.hours())
    except DaybookError as error:
        refuse(form, error, form.names() if isinstance(form, FirstHoursForm) else None)
        return False
    return True
