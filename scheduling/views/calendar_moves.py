"""Dragging in the calendar: what a drop means is asked first, then done by the same service as any rescheduling.

A class session goes as one, with all its seats. Nothing here needs a mouse: the page of an appointment reschedules by
plain forms.
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
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from daybook.core import clock, formats
from daybook.core.errors import Conflict, DaybookError, Forbidden, Invalid, NotFound
from scheduling.errors import InvalidTransition, OutsideHours, Overlaps, SlotUnavailable
from scheduling.forms.calendar import DropForm
from scheduling.selectors import desk
from scheduling.selectors.calendar import is_open
from scheduling.selectors.times import at_wall_clock
from scheduling.services import moves, session_moves
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
        return redirect("calendar") if "session" in request.GET else redirect("appointment_reschedule", found.pk)
    form = DropForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        raise Invalid("bad_place", _("This is no place in the calendar."))
    drop = _Drop(request, found, form)
    if request.method != "POST":
        return _ask(request, drop, error=drop.gone)
    return _do(request, drop)


class _Drop:
    """What was dropped where. `warnings`: why the time is unusual; staff may take it all the same."""

    def __init__(self, request: HttpRequest, found: Appointment, form: DropForm) -> None:
        business, data = business_of(request), form.cleaned_data
        self.row, self.form = found, form
        self.session: UUID | None = data["session"]
        self.seats = session_moves.seats_of(found) if self.session is not None and found.capacity > 1 else [found]
        self.person = _target(request, found, data["provider"])
        self.start = _start(business, found, form)
        self.minutes = data["length"] or found.duration_minutes
        self.end = self.start + timedelta(minutes=self.minutes)
        self.open = is_open(business, self.person.pk, self.start, self.end)

    @property
    def moves(self) -> bool:
        """Whether more than its length changes."""
        return self.start != self.row.starts_at or self.person.pk != self.row.provider_id

    @property
    def who(self) -> str:
        """Whom it is about: the client, or how many there are."""
        if self.session is None:
            return self.row.client_name
        n = len(self.seats)
        return ngettext("%(n)d client", "%(n)d clients", n) % {"n": n}

    @property
    def emails(self) -> list[str]:
        """Where news of it would go."""
        return [seat.client_email for seat in self.seats if seat.client_email]

    @property
    def gone(self) -> InvalidTransition | None:
        """Why there is nothing to move: the seat by which the session was known has left it, and not for this place."""
        if self.session is None or self.row.block_id == self.session:
            return None
        there = self.row.capacity > 1 and not self.moves
        return None if there else InvalidTransition(self.row.status, "reschedule")

    def do(self, **facts: Any) -> list[Appointment]:
        """Move it; answers the appointments that were moved."""
        if self.session is None:
            return [moves.reschedule(appointment=self.row, move=self.wish(), **facts)]
        if self.gone is not None:
            raise self.gone
        return session_moves.reschedule(seat=self.row, move=self.wish(), **facts)

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
        moved = drop.do(
            business=business_of(request), now=now, by=actor(request), notify=notify, tell_at=now + moves.UNDO_FOR
        )
    except (Conflict, Invalid) as error:
        return (
            _ask(request, drop, error=error)
            if request.headers.get("HX-Request")
            else _refused(request, drop.row, error)
        )
    look = back_of(request, now)
    first = moved[0]
    undo = f"{reverse('calendar_undo', args=[first.pk])}?{urlencode({'after': first.sequence, 'back': look.query})}"
    return changed(request, look, _done(request, moved, drop), undo=undo)


def _done(request: HttpRequest, moved: list[Appointment], drop: _Drop) -> str:
    zone, language = business_of(request).timezone, get_language()
    words = {"name": _name(moved, whole=drop.session is not None), "length": formats.duration(drop.minutes)}
    if not drop.moves:
        return _("%(name)s: now %(length)s.") % words
    start = moved[0].starts_at
    local = start.astimezone(ZoneInfo(zone)).date()
    words["when"] = f"{formats.day(local, language)}, {formats.clock(start, zone, language)}"
    return _("%(name)s: moved to %(when)s.") % words


def _name(moved: list[Appointment], *, whole: bool) -> str:
    """What was moved: the client's appointment, or the class with as many as have come along."""
    if not whole:
        return moved[0].client_name
    n = len(moved)
    clients = ngettext("%(n)d client", "%(n)d clients", n) % {"n": n}
    return f"{moved[0].service_name} ({clients})"


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
    """Put it back where it was before the move after which it had the sequence `after`; a session with all its seats."""
    text = request.GET.get("after", "")
    sequence = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    found, now = actions.access_to_change(member_of(request), appointment_id), clock.now()
    look = back_of(request, now)
    try:
        event = moves.move_of(found, sequence)
        _target(request, found, UUID(event.detail["old_provider"]))
        facts: dict[str, Any] = {"business": business_of(request), "now": now, "by": actor(request)}
        whole = "session" in event.detail
        if whole:
            back = session_moves.put_back(seat=found, event=event, **facts)
        else:
            back = [moves.put_back(appointment=found, sequence=sequence, **facts)]
    except (Conflict, Invalid) as error:
        return _refused(request, found, error)
    return changed(request, look, _("%(name)s: back where it was.") % {"name": _name(back, whole=whole)})


def _refused(request: HttpRequest, found: Appointment, error: DaybookError) -> HttpResponse:
    name = found.service_name if found.capacity > 1 else found.client_name
    text = f"{name}: {error.message}"
    if request.headers.get("HX-Request"):
        toast = json.dumps({"toast": {"text": text, "kind": "bad"}})
        return HttpResponse(status=error.status, headers={"HX-Reswap": "none", "HX-Trigger": toast})
    messages.error(request, text)
    return redirect("appointment", found.pk)
