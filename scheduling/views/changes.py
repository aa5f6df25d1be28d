"""Changing an appointment: the status buttons, rescheduling, notes. Plain forms work; htmx swaps rows and shows toasts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.checking import plain_lines
from daybook.core.errors import Conflict, DaybookError, Invalid, NotFound
from scheduling.enums import Status
from scheduling.errors import OutsideHours, Overlaps, SlotUnavailable
from scheduling.forms.times import TimeForm
from scheduling.selectors import desk, panels
from scheduling.services import moves
from scheduling.services import notes as written
from scheduling.services.moves import Move
from scheduling.views import actions, appointments
from scheduling.views.picker import picker
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right
from tenants.services.handoff import local_path

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider
    from scheduling.views.actions import Action

TIMES = "times"
"""Value of the button `step` that only shows times."""


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def act(request: HttpRequest, appointment_id: UUID, action: str) -> HttpResponse:
    """POST does it; GET asks first, with what it means, for what the client will hear of."""
    found = actions.access_to_change(member_of(request), appointment_id)
    if action not in actions.ACTIONS:
        raise NotFound()
    chosen = actions.action_for(found, action)
    if request.method != "POST":
        return _ask(request, found, chosen)
    business, now = business_of(request), clock.now()
    notify = "1" in (request.POST.get("notify"), request.GET.get("notify"))
    try:
        more = panels.choices(
            action, appointment=found, data=request.POST, business=business, member=member_of(request)
        )
        changed = actions.perform(
            action, business=business, appointment=found, now=now, by=actor(request), chosen=more,
            reason=plain_lines(request.POST.get("reason", "")).strip()[:500], notify=notify,
            allow_overlap=request.POST.get("allow_overlap") == "1",
        )  # fmt: skip
    except Conflict as error:
        return _refused(request, found, error)
    except Invalid as error:
        return _ask(request, found, chosen, problem=error.message, status=error.status)
    return _done(request, changed, chosen, notify=notify)


def _ask(
    request: HttpRequest, found: Appointment, action: Action, *, problem: str = "", status: int = 200
) -> HttpResponse:
    if not action.asks:
        if problem:
            messages.error(request, problem)
        return redirect("appointment", found.pk)
    business, answer = business_of(request), request.POST.get("answer") or request.GET.get("answer", "")
    member, now = member_of(request), clock.now()
    context = {
        "row": found,
        "action": action,
        "zone": business.timezone,
        "next": _next(request, found),
        "answer": answer,
        "problem": problem,
        "typed": request.POST,
        "panels": panels.panels(
            action.name, appointment=found, business=business, member=member, now=now, data=request.POST
        ),
    }
    template = "_ask.html" if request.headers.get("HX-Request") else "ask.html"
    response = render(request, f"scheduling/appointments/{template}", context, status=status)
    if problem and template == "_ask.html":
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#drawer", "innerHTML"
    return response


def _next(request: HttpRequest, found: Appointment) -> str:
    """Where to go afterwards: a page of this host, else the appointment's own."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return local_path(wanted, otherwise=reverse("appointment", args=[found.pk]))


def _done(request: HttpRequest, found: Appointment, action: Action, *, notify: bool) -> HttpResponse:
    text = f"{found.client_name or _('Held time')}: {action.done}"
    answer = request.POST.get("answer")
    undo = _undo(found, notify) if action.undone and found.client_id else ""
    if not request.headers.get("HX-Request") or not (answer or request.GET.get("undo")):
        messages.success(request, text, extra_tags=undo)
        return redirect(_next(request, found))
    if request.GET.get("undo"):
        messages.success(request, text)
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return _swapped(request, found, {"text": text, "undo": undo}, gone=answer == "gone")


def _undo(found: Appointment, told: bool) -> str:
    """The address that takes it back; a client who was told of a cancellation is told of that, too."""
    told = told and found.status == Status.CANCELLED
    return f"{reverse('appointment_act', args=[found.pk, 'restore'])}?undo=1{'&notify=1' if told else ''}"


def _refused(request: HttpRequest, found: Appointment, error: Conflict) -> HttpResponse:
    """Say why not, with the row as it is now. A restored time that is taken may be taken all the same."""
    answer = request.POST.get("answer")
    if request.headers.get("HX-Request") and (answer or request.GET.get("undo")):
        toast = {"text": error.message, "kind": "bad"}
        if answer != "row":
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"toast": toast, "drawer:close": ""})})
        now = actions.access_to_change(member_of(request), found.pk)
        return _swapped(request, now, toast, status=error.status)
    messages.error(request, error.message)
    if isinstance(error, Overlaps | SlotUnavailable):
        return redirect(f"{reverse('appointment', args=[found.pk])}?clash=1")
    return redirect(_next(request, found))


def _swapped(
    request: HttpRequest, found: Appointment, toast: dict[str, str], *, gone: bool = False, status: int = 200
) -> HttpResponse:
    """The row as it is now, or nothing in its place, and a toast."""
    if gone:
        response = HttpResponse()
    else:
        hues = {found.provider_id: f"p-{found.provider.hue}"}
        zone = business_of(request).timezone
        context = appointments.row_contexts([found], now=clock.now(), zone=zone, hues=hues)[0]
        context |= {"zone": zone, "back": _next(request, found)}
        response = render(request, "scheduling/appointments/_row.html", context, status=status)
    response.headers["HX-Retarget"] = f"#row-{found.pk}"
    response.headers["HX-Reswap"] = "outerHTML"
    response.headers["HX-Trigger"] = json.dumps({"toast": toast, "drawer:close": ""})
    return response


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def notes(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Keep the notes for the team and those for the client; what is not sent stays."""
    found = actions.access_to_change(member_of(request), appointment_id)
    texts, now = {name: request.POST.get(name) for name in ("staff_notes", "shared_notes")}, clock.now()
    try:
        written.keep(
            found,
            staff=texts["staff_notes"],
            shared=texts["shared_notes"],
            seen=_seen(request),
            now=now,
            by=actor(request),
        )
    except Invalid as error:
        problems = {name: problem[0] for name, problem in error.details["fields"].items()}
        context = appointments.page_context(request, found, now, typed=texts, problems=problems)
        return render(request, "scheduling/appointments/appointment.html", context, status=422)
    messages.success(request, _("Notes saved."))
    return redirect(_next(request, found))


def _seen(request: HttpRequest) -> dict[str, str]:
    """What the form was opened with; nothing for forms that do not say."""
    sent = {name: request.POST.get(f"{name}_seen") for name in ("staff_notes", "shared_notes")}
    return {name: mark for name, mark in sent.items() if mark is not None}


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def reschedule(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Another date, time or provider, chosen among the free times or typed."""
    found = actions.access_to_change(member_of(request), appointment_id)
    if not actions.movable(found):
        messages.error(request, _("This appointment cannot be moved any more."))
        return redirect("appointment", found.pk)
    if request.method != "POST" or request.POST.get("step") == TIMES:
        form = TimeForm(initial=_initial(request, found))
        return _show_reschedule(request, found, form)
    form = TimeForm(request.POST)
    if not form.is_valid():
        return _show_reschedule(request, found, form, status=422)
    return _move(request, found, form)


def _move(request: HttpRequest, found: Appointment, form: TimeForm) -> HttpResponse:
    business = business_of(request)
    move = Move(form.wanted(business.timezone), _provider_id(request, found), **form.permissions())
    try:
        moves.reschedule(
            business=business, appointment=found, move=move, now=clock.now(), by=actor(request),
            notify=form.cleaned_data["notify"],
        )  # fmt: skip
    except (SlotUnavailable, OutsideHours, Overlaps) as error:
        return _show_reschedule(request, found, form, problem=problem_of(form, error), status=error.status)
    except DaybookError as error:
        messages.error(request, error.message)
        return redirect("appointment", found.pk)
    messages.success(request, _("Rescheduled."))
    return redirect("appointment", found.pk)


def problem_of(form: TimeForm, error: DaybookError) -> dict[str, str]:
    """What to tell about a time that was refused, and which permission would change that."""
    if form.is_typed() and isinstance(error, OutsideHours | Overlaps):
        allow = "allow_outside_hours" if isinstance(error, OutsideHours) else "allow_overlap"
        return {"text": error.message, "allow": allow}
    return {"text": _("This time was taken meanwhile. Choose another one.")}


def _initial(request: HttpRequest, found: Appointment) -> dict[str, Any]:
    """What the form starts with: what was typed when only the times were asked for, else the present time's date."""
    if request.method == "POST":
        return {**request.POST.dict(), "notify": request.POST.get("notify") == "on"}
    local = max(found.starts_at, clock.now()).astimezone(ZoneInfo(business_of(request).timezone))
    return {"day": request.GET.get("day") or local.date(), "notify": True}


def _provider_id(request: HttpRequest, found: Appointment) -> UUID:
    """The chosen provider, if the member may choose him; else the appointment's own."""
    wanted = request.POST.get("provider") or request.GET.get("provider")
    return next((p.pk for p in _people(request, found) if str(p.pk) == wanted), found.provider_id)


def _people(request: HttpRequest, found: Appointment) -> list[Provider]:
    """Who could do it: those who give the service, and may be seen by the member."""
    return desk.people(member_of(request), giving=found.service_id)


def _show_reschedule(
    request: HttpRequest,
    found: Appointment,
    form: TimeForm,
    *,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    business, provider_id = business_of(request), _provider_id(request, found)
    day = form.shown_day(found.starts_at.astimezone(ZoneInfo(business.timezone)).date())
    context = {
        "row": found,
        "form": form,
        "people": _people(request, found),
        "provider_id": provider_id,
        "picker": picker(business, found.service, day=day, provider_id=provider_id, now=clock.now(), moving=found),
        "chosen": None if problem else form["start"].value(),
        "problem": problem,
        "zone": business.timezone,
        "now": clock.now(),
    }
    return render(request, "scheduling/appointments/reschedule.html", context, status=status)
