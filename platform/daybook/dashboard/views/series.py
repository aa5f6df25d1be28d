"""A series of appointments: all of them on one page, and moving or cancelling this one, what follows, or all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from daybook.core import clock
from daybook.core.checking import plain_lines
from daybook.core.crypto import digest
from daybook.core.errors import NotFound
from daybook.dashboard.views import dates
from daybook.dashboard.views.booking import refreshed
from scheduling.errors import AlreadyTold
from scheduling.forms.times import TimeForm
from scheduling.selectors import desk
from scheduling.selectors import series as reading
from scheduling.selectors.outlook import Length, Look, looks
from scheduling.selectors.recurring import same_shift
from scheduling.selectors.series import Place, Scope
from scheduling.services import series as writing
from scheduling.services.moves import Move
from scheduling.services.series import Outcome, Target
from scheduling.views.actions import access_to_change
from scheduling.views.picker import picker
from scheduling.views.series_words import rhythm
from scheduling.views.setup_doors import back
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider
    from tenants.models import Membership

STEPS = ("times", "dates")


@member_required(Right.SEE_OWN_APPOINTMENTS)
def series_page(request: HttpRequest, series_id: UUID) -> HttpResponse:
    """Every appointment of it; `?run=` names what was just done, whose misses are told."""
    business = business_of(request)
    found, rows = reading.access_series(member_of(request), series_id)
    context = {
        "series": found,
        "rhythm": rhythm(found),
        "rows": rows,
        "first": rows[0],
        "missed": _missed(request),
        "open": len(reading.in_scope(rows, rows[0], Scope.ALL, now=clock.now())),
        "zone": business.timezone,
    }
    return render(request, "dashboard/series.html", context)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def series_unbook(request: HttpRequest, series_id: UUID) -> HttpResponse:
    """Take a series back right after it was booked; once the client has been told, its page is where to cancel it."""
    member, now = member_of(request), clock.now()
    _series, rows = reading.access_series(member, series_id)
    page = reverse("series", args=[series_id])
    for row in rows:
        access_to_change(member, row.pk)
    try:
        n = writing.take_back(
            business=business_of(request), series_id=series_id, now=now, by=actor(request),
            only=[row.pk for row in rows],
        )  # fmt: skip
    except AlreadyTold:
        messages.warning(
            request, _("The client has been told already. Cancel the series, and say whether they hear of it.")
        )
        return back(request, "series_cancel", rows[0].pk)
    text = ngettext("%(n)d appointment taken back.", "%(n)d appointments taken back.", n) % {"n": n}
    messages.success(request, text + " " + _("Nobody was told."))
    return refreshed(request, page)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def series_cancel(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Ask which and how many, then cancel them and tell the client once."""
    now = clock.now()
    chosen, place = _place(request, appointment_id)
    rows = _changeable(member_of(request), place.rows)
    counts = {scope: len(reading.in_scope(rows, chosen, scope, now=now)) for scope in Scope}
    wanted = reading.in_scope(rows, chosen, _scope(request), now=now)
    if request.method != "POST" or not wanted:
        if not any(counts.values()):
            messages.error(request, _("Nothing of this series lies ahead."))
            return redirect("series", place.series.pk)
        context = _context(request, chosen, place, counts) | {"run": uuid4()}
        return render(request, "dashboard/series_cancel.html", context)
    run = _run(request)
    outcome = writing.cancel(
        business=business_of(request), rows=wanted, run_id=run, now=now, by=actor(request),
        reason=plain_lines(request.POST.get("reason", "")).strip()[:500], notify=request.POST.get("notify") == "1",
    )  # fmt: skip
    n = len(outcome.done)
    text = ngettext("%(n)d appointment cancelled.", "%(n)d appointments cancelled.", n) % {"n": n}
    return _told(request, place.series.pk, run, outcome, text)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def series_move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Another time for one of a series; the others go by the same difference. Each is seen before anything is moved."""
    chosen, place = _place(request, appointment_id)
    rows = _changeable(member_of(request), place.rows)
    counts = {scope: len(reading.in_scope(rows, chosen, scope, now=clock.now())) for scope in Scope}
    if not counts[Scope.ONE]:
        messages.error(request, _("This appointment cannot be moved any more."))
        return redirect("appointment", chosen.pk)
    posted = request.method == "POST"
    if not posted or request.POST.get("step") in STEPS:
        initial = request.POST.dict() if posted else {"day": _local_day(chosen, business_of(request).timezone)}
        return _show_move(request, chosen, place, rows, counts, TimeForm(initial=initial))
    form = TimeForm(request.POST)
    if not form.is_valid():
        return _show_move(request, chosen, place, rows, counts, form, status=422)
    return _move(request, chosen, place, rows, counts, form)


def _move(
    request: HttpRequest,
    chosen: Appointment,
    place: Place,
    rows: list[Appointment],
    counts: dict[Scope, int],
    form: TimeForm,
) -> HttpResponse:
    business, now = business_of(request), clock.now()
    wanted = reading.in_scope(rows, chosen, _scope(request), now=now)
    found = _looks(request, chosen, wanted, form.wanted(business.timezone), now)
    if not found:
        return _show_move(request, chosen, place, rows, counts, form, problem=_nobody(), status=409)
    if request.POST.get("shown") != _mark(found):
        text = _("Look at the new times before you move anything.")
        return _show_move(request, chosen, place, rows, counts, form, problem=text, status=422)
    parts = dates.parts(request.POST, len(found), {look.provider.pk for look in found} | set(_ids(request, chosen)))
    if not parts:
        text = _("Choose at least one date.")
        return _show_move(request, chosen, place, rows, counts, form, problem=text, status=422)
    targets = [
        Target(wanted[n], Move(part.start, part.provider_id, None, part.allow_outside_hours, part.allow_overlap))
        for n, part in parts.items()
    ]
    run = _run(request)
    outcome = writing.move(
        business=business, targets=targets, run_id=run, now=now, by=actor(request),
        notify=request.POST.get("notify") == "on",
    )  # fmt: skip
    n = len(outcome.done)
    text = ngettext("%(n)d appointment moved.", "%(n)d appointments moved.", n) % {"n": n}
    return _told(request, place.series.pk, run, outcome, text)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def series_undo(request: HttpRequest, series_id: UUID, batch: UUID) -> HttpResponse:
    """Take back what one's own cancelling or moving changed, each if its time is still free; the rest is named."""
    member, by = member_of(request), actor(request)
    _series, rows = reading.access_series(member, series_id)
    done = writing.outcome_of(business_of(request), batch)
    if done is None or not writing.may_undo(done, by):
        messages.error(request, _("This cannot be undone any more."))
        return back(request, "series", series_id)
    outcome = writing.undo(
        business=business_of(request),
        outcome=done,
        run_id=batch,
        rows=_changeable(member, rows),
        now=clock.now(),
        by=by,
    )
    n = len(outcome.done)
    text = ngettext("%(n)d appointment is as it was.", "%(n)d appointments are as they were.", n) % {"n": n}
    return _told(request, series_id, writing.undo_id(batch), outcome, text, undo=False)


def _told(
    request: HttpRequest, series_id: UUID, run: UUID, outcome: Outcome, text: str, *, undo: bool = True
) -> HttpResponse:
    """The series again, which names what was missed, and how to take back what was done."""
    if outcome.done:
        can = undo and writing.may_undo(outcome, actor(request))
        messages.success(request, text, extra_tags=reverse("series_undo", args=[series_id, run]) if can else "")
    return back(request, f"{reverse('series', args=[series_id])}?run={run}")


def _show_move(
    request: HttpRequest,
    chosen: Appointment,
    place: Place,
    rows: list[Appointment],
    counts: dict[Scope, int],
    form: TimeForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    business, now = business_of(request), clock.now()
    zone, provider_id = business.timezone, _provider_id(request, chosen)
    day = form.shown_day(_local_day(chosen, zone))
    start = form.chosen(zone)
    wanted = reading.in_scope(rows, chosen, _scope(request), now=now)
    found = _looks(request, chosen, wanted, start, now) if start else []
    if start and not found:
        problem = problem or _nobody()
    mark = _mark(found)
    typed = request.POST if request.POST.get("shown") == mark else None
    names = {person.pk: person.name for person in _people(request, chosen)}
    shown = dates.rows(found, zone, typed=typed, old=wanted, names=names)
    free = sum(not row.why for row in shown)
    context = _context(request, chosen, place, counts) | {
        "form": form,
        "problem": {"text": problem} if problem else None,
        "people": _people(request, chosen),
        "provider_id": provider_id,
        "picker": picker(business, chosen.service, day=day, provider_id=provider_id, now=now, moving=chosen),
        "chosen": form["start"].value(),
        "rows": shown,
        "mark": mark,
        "closed": len(shown) - free,
        "ticked": sum(row.ticked for row in shown),
        "run": request.POST.get("run") or uuid4(),
        "notify": request.POST.get("notify") == "on" if request.method == "POST" else True,
        "now": now,
    }
    return render(request, "dashboard/series_move.html", context, status=status)


def _looks(
    request: HttpRequest, chosen: Appointment, wanted: Sequence[Appointment], start: datetime, now: datetime
) -> list[Look]:
    """How each stands at its new time, in their order: the chosen one at `start`, others by the same difference.

    Empty when one of them is with somebody who takes no bookings for it any more.
    """
    business = business_of(request)
    zone, own = business.timezone, _provider_id(request, chosen)
    groups: dict[tuple[Any, ...], list[Appointment]] = {}
    for row in wanted:
        provider_id = row.provider_id if own == chosen.provider_id else own
        length = Length(row.duration_minutes, row.buffer_before_minutes, row.buffer_after_minutes)
        groups.setdefault((row.service, provider_id, length), []).append(row)
    found: dict[UUID, Look] = {}
    for (service, provider_id, length), group in groups.items():
        starts = [
            start if row.pk == chosen.pk else same_shift(zone, chosen.starts_at, start, row.starts_at) for row in group
        ]
        answers = looks(
            business,
            service,
            starts,
            provider_id=provider_id,
            length=length,
            now=now,
            without=[row.pk for row in wanted],
        )
        found |= dict(zip((row.pk for row in group), answers, strict=False))
    return [found[row.pk] for row in wanted] if len(found) == len(wanted) else []


def _nobody() -> str:
    return _("One of them is with somebody who takes no bookings for it any more. Choose who does it instead.")


def _mark(found: Sequence[Look]) -> str:
    return digest("|".join(f"{look.start.isoformat()} {look.provider.pk}" for look in found))


def _place(request: HttpRequest, appointment_id: UUID) -> tuple[Appointment, Place]:
    """An appointment that the member may change, and its place in its series; NotFound when it has none."""
    chosen = access_to_change(member_of(request), appointment_id)
    place = reading.place_of(member_of(request), chosen)
    if place is None:
        raise NotFound()
    return chosen, place


def _changeable(member: Membership, rows: list[Appointment]) -> list[Appointment]:
    if member.may(Right.CHANGE_ALL_APPOINTMENTS):
        return rows
    return [row for row in rows if row.provider_id == member.provider_id]


def _context(request: HttpRequest, chosen: Appointment, place: Place, counts: dict[Scope, int]) -> dict[str, Any]:
    labels = {Scope.ONE: _("Only this one"), Scope.FOLLOWING: _("This and the following"), Scope.ALL: _("All upcoming")}
    return {
        "row": chosen,
        "place": place,
        "rhythm": rhythm(place.series),
        "scopes": [(scope, labels[scope], counts[scope]) for scope in Scope if counts[scope]],
        "scope": _scope(request),
        "zone": business_of(request).timezone,
    }


def _scope(request: HttpRequest) -> Scope:
    wanted = request.POST.get("scope") or request.GET.get("scope") or ""
    return Scope(wanted) if wanted in list(Scope) else Scope.FOLLOWING


def _run(request: HttpRequest) -> UUID:
    """The nonce of the form."""
    try:
        return UUID(request.POST.get("run", ""))
    except ValueError:
        return uuid4()


def _missed(request: HttpRequest) -> list[dict[str, Any]]:
    """What was missed by the run that the address names: the time, with whom, and why."""
    try:
        found = writing.outcome_of(business_of(request), UUID(request.GET.get("run", "")))
    except ValueError:
        return []
    if found is None or not found.missed:
        return []
    names = {str(person.pk): person.name for person in desk.people(None)}
    zone = ZoneInfo(business_of(request).timezone)
    starts = [datetime.fromisoformat(one.start) for one in found.missed]
    return [
        {
            "start": start,
            "day": start.astimezone(zone).date().isoformat(),
            "who": names.get(one.provider),
            "why": one.why,
        }
        for start, one in zip(starts, found.missed, strict=True)
    ]


def _people(request: HttpRequest, chosen: Appointment) -> list[Provider]:
    return desk.people(member_of(request), giving=chosen.service_id)


def _ids(request: HttpRequest, chosen: Appointment) -> list[UUID]:
    return [person.pk for person in _people(request, chosen)]


def _provider_id(request: HttpRequest, chosen: Appointment) -> UUID:
    wanted = request.POST.get("provider") or ""
    return next((pk for pk in _ids(request, chosen) if str(pk) == wanted), chosen.provider_id)


def _local_day(row: Appointment, zone: str) -> Any:
    return row.starts_at.astimezone(ZoneInfo(zone)).date()
