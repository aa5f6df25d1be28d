"""Rescheduling: the times page once more, with the old time struck through and a way to keep it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from daybook.core import clock
from daybook.core.errors import Invalid
from daybook.core.idempotency import Replayed
from scheduling.errors import InvalidTransition, SlotUnavailable, TooLate
from widget.services import booking
from widget.views import choice as choices
from widget.views import manage, times
from widget.views.door import business_of, client_page, finish, key, see_other, submitted


@client_page(methods=("GET", "HEAD", "POST"))
def reschedule(request: HttpRequest, reference: str) -> HttpResponse:
    """`/a/<reference>/reschedule?t=…`: GET shows the free times with the same person, POST moves."""
    business, now = business_of(request), clock.now()
    appointment = manage.access(request, reference, now)
    token = request.GET["t"]
    zone = appointment.client_timezone or business.timezone  # the one that the client chose while booking
    choice = choices.read(request, zone=zone, fixed=(("t", token),))
    context = manage.parts(business, appointment, token, now)
    if not context["deadlines"].may_reschedule:
        status = 409 if request.method == "POST" else 200
        context["state"] = manage.state(business, appointment, now)
        return render(request, "widget/too_late.html", context, status=status)

    def show(status: int = 200, **extra: Any) -> HttpResponse:
        found = (
            context
            | times.picker(business, appointment.service, choice, now, moving=appointment)
            | {"moving": True}
            | extra
        )
        if times.is_fragment(request):
            return times.fragment(request, found)
        found |= times.page_parts(appointment.service, choice, business, now)
        return render(request, "widget/reschedule.html", found, status=status)

    if request.method != "POST":
        return show()
    nonce = submitted(request, "move")
    start = choices.instant(str(request.POST.get("offer", ""))) or choice.start
    if start is None:
        return show(422, problem=_("Choose a time first."))
    claimed = key(request, f"page:move:{appointment.pk}", f"{nonce}:{start.isoformat()}")
    try:
        claimed.recall()
        booking.reschedule(
            business=business, appointment=appointment, start=start, now=now, key=claimed, finish=finish(claimed)
        )
    except Replayed:
        pass
    except SlotUnavailable as error:
        return show(409, problem=error.message, offers=times.next_times(error, choice), taken=start)
    except (TooLate, InvalidTransition):
        return see_other(manage.address(appointment, token))
    except Invalid as error:
        return show(error.status, problem=error.message)
    return see_other(manage.address(appointment, token, said="moved"))
