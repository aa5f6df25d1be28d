"""Dragging in the calendar: what a drop means is asked first, then done by the same service as any rescheduling.

Nothing here needs a mouse: the page of an appointment reschedules by plain forms.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import Conflict, DaybookError, Forbidden, Invalid, NotFound
from scheduling.errors import OutsideHours, Overlaps, SlotUnavailable
from scheduling.forms.calendar import DropForm
from scheduling.selectors import desk
from scheduling.selectors.calendar import is_open
from scheduling.selectors.times import at_wall_clock
from scheduling.services import moves
from scheduling.services.moves import Move
from scheduling.views import actions
from scheduling.views.calendar import back_of, changed
from tenants.auth import actor
from tenants.doors import FORM, business_of, member_of, member_required
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider
    from tenants.models import Business


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=FORM)
def move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """GET says what the drop means and asks; POST does it and answers the calendar, or 409 with what is in the way."""
    found = actions.access_to_change(member_of(request), appointment_id)
    if request.method != "POST" and not request.headers.get("HX-Request"):
        return redirect("appointment_reschedule", found.pk)
    form = DropForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        raise Invalid("bad_place", _("This is no place in the calendar."))
    drop = _Drop(request, found, form)
    if request.method != "POST":
        return _ask(request, drop)
    return _do(request, drop)


class _Drop:
    """What was dropped where. `warnings`: why the time is unusual; staff may take it all the same."""

    def __init__(self, request: HttpRequest, found: Appointment, form: DropForm) -> None:
        business, data = business_of(request), form.cleaned_data
        self.row, self.form = found, form
        self.person = _target(request, found, data["provider"])
        self.start = _start(business, found, form)
        self.minutes = data["length"] or found.duration_minutes
        self.end = self.start + timedelta(minutes=self.minutes)
        self.open = is_open(business, self.person.pk, self.start, self.end)

    @property
    def moves(self) -> bool:
        """Whether more than its length changes."""
        return self.start != self.row.starts_at or self.person.pk != self.row.provider_id

    def wish(self) -> Move:
        """What the service is asked for: a time that the calendar shows as open needs no permission."""
        data = self.form.cleaned_data
        return Move(
            start=self.start,
            provider_id=self.person.pk,
            duration_minutes=None if self.minutes == self.row.duration_minutes else self.minutes,
            allow_outside_hours=self.open or data["allow_outside_hours"],
            allow_overlap=data["allow_overlap"],
        )


def _start(business: Business, found: Appointment, form: DropForm) -> datetime:
    """The instant; when only the length changes, the one it has (a wall time may come twice)."""
    local = found.starts_at.astimezone(ZoneInfo(business.timezone))
    day, minute = form.cleaned_data["day"], form.cleaned_data["minute"]
    if (local.date(), local.hour * 60 + local.minute) == (day, minute):
        return found.starts_at
    return at_wall_clock(business.timezone, day, minute)


def _target(request: HttpRequest, found: Appointment, wanted: UUID | None) -> Provider:
    """With whom it shall be: as it is, or anybody whom the member may book."""
    if wanted in (None, found.provider_id):
        return found.provider
    member = member_of(request)
    person = next((one for one in desk.people(member) if one.pk == wanted), None)
    if person is None:
        raise NotFound()
    if not member.may(Right.CHANGE_ALL_APPOINTMENTS):
        raise Forbidden("forbidden", _("Your role does not allow this."))
    return person


def _do(request: HttpRequest, drop: _Drop) -> HttpResponse:
    now, notify = clock.now(), drop.form.cleaned_data["notify"]
    try:
        moved = moves.reschedule(
            business=business_of(request), appointment=drop.row, move=drop.wish(), now=now, by=actor(request),
            notify=notify, tell_at=now + moves.UNDO_FOR,
        )  # fmt: skip
    except (Conflict, Invalid) as error:
        return (
            _ask(request, drop, error=error)
            if request.headers.get("HX-Request")
            else _refused(request, drop.row, error)
        )
    look = back_of(request, now)
    undo = f"{reverse('calendar_undo', args=[moved.pk])}?{urlencode({'after': moved.sequence, 'back': look.query})}"
    return changed(request, look, _done(request, moved, drop), undo=undo)


def _done(request: HttpRequest, moved: Appointment, drop: _Drop) -> str:
    zone, language = business_of(request).timezone, get_language()
    words = {"name": moved.client_name, "length": formats.duration(drop.minutes)}
    if not drop.moves:
        return _("%(name)s: now %(length)s.") % words
    local = moved.starts_at.astimezone(ZoneInfo(zone)).date()
    words["when"] = f"{formats.day(local, language)}, {formats.clock(moved.starts_at, zone, language)}"
    return _("%(name)s: moved to %(when)s.") % words


def _ask(request: HttpRequest, drop: _Drop, *, error: DaybookError | None = None) -> HttpResponse:
    """The dialog. What is refused is said, with the permission that would change it."""
    now, data = clock.now(), drop.form.cleaned_data
    overlaps, closed = isinstance(error, Overlaps | SlotUnavailable), isinstance(error, OutsideHours)
    context: dict[str, Any] = {
        "drop": drop,
        "row": drop.row,
        "data": data,
        "zone": business_of(request).timezone,
        "back": back_of(request, now).query,
        "notify": data["notify"] if request.method == "POST" else True,
        "problem": error.message if error else "",
        "overlaps": overlaps,
        "closed": closed or not drop.open,
        "past": drop.end <= now,
        "stuck": error is not None and not overlaps and not closed,
        "allow_outside_hours": not drop.open or closed or data["allow_outside_hours"],
        "allow_overlap": overlaps or data["allow_overlap"],
    }
    status = error.status if error else 200
    return render(request, "scheduling/calendar/_move.html", context, status=status)


@member_required(Right.CHANGE_OWN_APPOINTMENTS, methods=("POST",))
def undo(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Put it back where it was before the move after which it had the sequence `after`."""
    text = request.GET.get("after", "")
    sequence = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    found, now = actions.access_to_change(member_of(request), appointment_id), clock.now()
    look = back_of(request, now)
    try:
        _target(request, found, moves.moved_from(found, sequence))
        moves.put_back(business=business_of(request), appointment=found, sequence=sequence, now=now, by=actor(request))
    except (Conflict, Invalid) as error:
        return _refused(request, found, error)
    return changed(request, look, _("%(name)s: back where it was.") % {"name": found.client_name})


def _refused(request: HttpRequest, found: Appointment, error: DaybookError) -> HttpResponse:
    text = f"{found.client_name}: {error.message}"
    if request.headers.get("HX-Request"):
        toast = json.dumps({"toast": {"text": text, "kind": "bad"}})
        return HttpResponse(status=error.status, headers={"HX-Reswap": "none", "HX-Trigger": toast})
    messages.error(request, text)
    return redirect("appointment", found.pk)
