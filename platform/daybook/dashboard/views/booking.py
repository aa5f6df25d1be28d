"""A new appointment made by staff: client, service, time, and whether it repeats. A page, and a drawer on any page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from billing.services.checkout import PaymentsUnavailable
from daybook.core import clock, formats, idempotency
from daybook.core.errors import Forbidden, Invalid
from daybook.core.idempotency import Replayed
from daybook.dashboard.forms import NewAppointmentForm, RepeatForm
from daybook.dashboard.services import appointments as staff
from daybook.dashboard.services.appointments import Order
from daybook.dashboard.views import dates
from daybook.dashboard.views.booking_form import Draft, return_to
from scheduling.enums import PaymentMode
from scheduling.errors import AlreadyTold, InvalidTransition, OutsideHours, Overlaps, SlotUnavailable
from scheduling.selectors import client_search
from scheduling.selectors.appointments import access_appointment
from scheduling.services import unbooking
from scheduling.services.moves import UNDO_FOR
from scheduling.services.series import series_id_of
from scheduling.views.actions import access_to_change
from scheduling.views.changes import problem_of
from scheduling.views.setup_doors import back, is_fragment
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.services.series import Outcome

STEPS = ("times", "dates", "search", "client", "change")
"""Buttons of the form that show more of it and book nothing."""


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def new_appointment(request: HttpRequest) -> HttpResponse:
    """GET shows the form, prefilled by `?day= &time= &length= &service= &provider= &client= &again= &entry= &repeat=1`.

    POST books, or shows times, dates or clients.
    """
    draft = Draft(request)
    if not draft.choices.services:
        return render(request, _template(request), {"nothing": True})
    if not draft.posted or request.POST.get("step") in STEPS:
        return _show(draft, draft.form(), draft.repeat())
    form, repeat = draft.form(bound=True), draft.repeat()
    if not form.is_valid() or not repeat.is_valid():
        return _show(draft, form, repeat, status=422)
    try:
        return _book_series(draft, form, repeat) if repeat.cleaned_data["repeat"] else _book(draft, form)
    except (SlotUnavailable, OutsideHours, Overlaps) as error:
        problem = {**problem_of(form, error), "next": _next_free(draft, form)}
        return _show(draft, form, repeat, problem=problem, status=error.status)
    except (Invalid, PaymentsUnavailable) as error:
        form.refuse(error)
        return _show(draft, form, repeat, status=error.status)


@member_required(Right.SEE_CLIENTS)
def client_options(request: HttpRequest) -> HttpResponse:
    """The clients who match `?q=`, as options of the search field."""
    search = request.GET.get("q", "")[:100]
    found = client_search.found(search, now=clock.now())
    context = {"found": found, "search": search.strip(), "zone": business_of(request).timezone}
    return render(request, "dashboard/_client_options.html", context)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def unbook(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Take a booking back right after it was made; asks first once the client has been told."""
    found = access_to_change(member_of(request), appointment_id)
    try:
        unbooking.take_back(business=business_of(request), appointment=found, now=clock.now(), by=actor(request))
    except AlreadyTold:
        messages.warning(request, _("The client has been told already. Cancel it, and say whether they hear of it."))
        return back(request, "appointment_act", found.pk, "cancel")
    except InvalidTransition as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Taken back. Nobody was told."))
    return refreshed(request, reverse("appointment", args=[found.pk]))


def refreshed(request: HttpRequest, otherwise: str) -> HttpResponse:
    """The same page again when a toast's button was pressed, else another one."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return back(request, otherwise)


def _order(draft: Draft, form: NewAppointmentForm) -> Order:
    data, person, may = form.cleaned_data, form.new_client(), _permissions(draft, form)
    client_id = form.known_client()
    if client_id is not None and not draft.may_search:
        raise Forbidden("forbidden", _("Your role does not allow this."))
    return Order(
        service_id=data["service"], provider_id=data["provider"], start=form.wanted(draft.zone), client_id=client_id,
        name=person["name"], email=person["email"], phone=person["phone"], source=data["source"],
        staff_notes=data["staff_notes"], shared_notes=data["shared_notes"], price=data["price"],
        payment_mode=data["payment_mode"] or PaymentMode.PAY_IN_PERSON,
        duration_minutes=data["length"], allow_outside_hours=may["allow_outside_hours"],
        allow_overlap=may["allow_overlap"],
    )  # fmt: skip


def _permissions(draft: Draft, form: NewAppointmentForm) -> dict[str, bool]:
    """What staff agreed to, if it was for this very time that they were warned."""
    if draft.request.POST.get("looked_at") == form.wanted(draft.zone).isoformat():
        return form.permissions()
    return {"allow_outside_hours": False, "allow_overlap": False}


def _book(draft: Draft, form: NewAppointmentForm) -> HttpResponse:
    request, caller = draft.request, str(draft.member.pk)
    key = idempotency.key_for(
        tenant_id=draft.business.pk, route="dashboard:new", caller=caller, key=str(form.cleaned_data["nonce"]), body={}
    )
    try:
        key.recall()
        made = staff.book(
            business=draft.business, order=_order(draft, form), now=draft.now, by=actor(request),
            notify=form.cleaned_data["notify"], tell_at=draft.now + UNDO_FOR,
            key=key, finish=lambda made: key.finish(status=303, body={}, object_id=made.pk),
        )  # fmt: skip
    except Replayed as again:
        made = access_appointment(draft.member, UUID(str(again.answer.object_id)))
    when = formats.when(made.starts_at, made.ends_at, draft.zone, get_language())
    text = _("Booked: %(name)s, %(when)s.") % {"name": made.client_name, "when": when}
    undo, page = reverse("unbook", args=[made.pk]), reverse("appointment", args=[made.pk])
    messages.success(request, text, extra_tags=f"{undo} {page}")
    return back(request, _home(draft, made.starts_at))


def _book_series(draft: Draft, form: NewAppointmentForm, repeat: RepeatForm) -> HttpResponse:
    recurrence, first = repeat.recurrence(), draft.first_day(form)
    assert recurrence is not None
    assert first is not None
    if not repeat.check(recurrence, first):
        return _show(draft, form, repeat, status=422)
    wanted = draft.recurring(form, recurrence)
    _rows, mark = draft.rows(form, wanted)
    if draft.request.POST.get("shown") != mark:
        return _show(
            draft, form, repeat, problem=_dates_problem(_("Look at the dates before you book them.")), status=422
        )
    chosen = dates.parts(draft.request.POST, len(wanted), draft.choices.ids)
    if not chosen:
        return _show(draft, form, repeat, problem=_dates_problem(_("Choose at least one date.")), status=422)
    outcome = staff.book_series(
        business=draft.business, order=_order(draft, form),
        series_id=series_id_of(caller=str(draft.member.pk), nonce=str(form.cleaned_data["nonce"])),
        recurrence=recurrence, parts=list(chosen.values()), now=draft.now, by=actor(draft.request),
        notify=form.cleaned_data["notify"],
    )  # fmt: skip
    if not outcome.done:
        text = _("None of the dates could be booked: %(why)s") % {"why": outcome.missed[0].why}
        return _show(draft, form, repeat, problem=_dates_problem(text), status=409)
    return _series_booked(draft, outcome, min(part.start for part in chosen.values()))


def _series_booked(draft: Draft, outcome: Outcome, first: datetime) -> HttpResponse:
    """To where the form was opened, when all went well; else to the series, which says what did not."""
    n, page = len(outcome.done), reverse("series", args=[outcome.series])
    text = ngettext("%(n)d appointment booked.", "%(n)d appointments booked.", n) % {"n": n}
    messages.success(draft.request, text, extra_tags=f"{reverse('series_unbook', args=[outcome.series])} {page}")
    if outcome.missed:
        return back(draft.request, f"{page}?run={outcome.series}")
    return back(draft.request, _home(draft, first))


def _home(draft: Draft, start: datetime) -> str:
    """The page that was left; a calendar shows the date of the appointment. Else that date's calendar."""
    wanted = return_to(draft.request)
    day, calendar = start.astimezone(ZoneInfo(draft.zone)).date().isoformat(), reverse("calendar")
    parts = urlsplit(wanted)
    if wanted and parts.path != calendar:
        return wanted
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "date"] if wanted else [("view", "day")]
    return f"{calendar}?{urlencode([*kept, ('date', day)])}"


def _dates_problem(text: str) -> dict[str, Any]:
    """A problem that leaves the chosen time as it is."""
    return {"text": text, "keeps_time": True}


def _next_free(draft: Draft, form: NewAppointmentForm) -> list[datetime]:
    """Free starts near the one that was refused."""
    look = next(iter(draft.looks(form, [form.wanted(draft.zone)])), None)
    return [near.start for near in look.nearby] if look else []


def _template(request: HttpRequest) -> str:
    """A drawer, the form alone, or the page around it."""
    if not is_fragment(request):
        return "dashboard/new_appointment.html"
    if request.headers.get("HX-Target") == "drawer":
        return "dashboard/_new_drawer.html"
    return "dashboard/_new_form.html"


def _show(
    draft: Draft,
    form: NewAppointmentForm,
    repeat: RepeatForm,
    *,
    problem: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    request = draft.request
    context = {
        "form": form,
        "repeat": repeat,
        "problem": problem,
        "people": draft.choices.people,
        "may_search": draft.may_search,
        "known": draft.client(form),
        "found": draft.found(form) if request.POST.get("step") == "search" else [],
        "searched": request.POST.get("step") == "search",
        "picker": draft.picker(form),
        "chosen": None if problem and not problem.get("keeps_time") else form["start"].value(),
        "service": draft.choices.service,
        "in_drawer": bool(request.POST.get("in_drawer")) or request.headers.get("HX-Target") == "drawer",
        "zone": draft.zone,
        "now": draft.now,
        **_check(draft, form, repeat),
    }
    return render(request, _template(request), context, status=status)


def _check(draft: Draft, form: NewAppointmentForm, repeat: RepeatForm) -> dict[str, Any]:
    """How what was chosen stands: every date of a series, or the one time that was typed."""
    recurrence, first = repeat.recurrence(), draft.first_day(form)
    repeats = bool(repeat["repeat"].value())
    if repeats:
        if recurrence is None or first is None or not repeat.check(recurrence, first):
            return {"repeats": True, "rows": [], "first_day": first}
        rows, mark = draft.rows(form, draft.recurring(form, recurrence))
        free = sum(not row.why for row in rows)
        return {
            "repeats": True, "rows": rows, "mark": mark, "first_day": first, "free": free, "closed": len(rows) - free,
            "shortens": recurrence.shortens(first), "ticked": sum(row.ticked for row in rows),
        }  # fmt: skip
    wanted = draft.wanted(form)
    if not form["custom"].value() or wanted is None:
        return {"repeats": False}
    look = next(iter(draft.looks(form, [wanted])), None)
    why, mark = dates.why(look, draft.zone) if look else "", wanted.isoformat()
    agreed = draft.request.POST.get("looked_at") == mark
    return {"repeats": False, "look": look, "why": why, "past": wanted < draft.now, "wanted": mark, "agreed": agreed}
