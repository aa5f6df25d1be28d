"""What the set-up's pages share: who may change whose hours, what is remembered of a change, and how it is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from daybook.core import audit
from daybook.core.errors import Forbidden
from scheduling.services import recording
from tenants.auth import actor
from tenants.doors import business_of
from tenants.enums import Right

if TYPE_CHECKING:
    from scheduling.services.recording import Thing, Trail
    from tenants.models import Membership


def recorded(request: HttpRequest, action: str, thing: Thing | None = None) -> AbstractContextManager[Trail]:
    """Around a change: its transaction, and a line of the audit log with what was before and after."""
    return recording.recorded(action, thing, tenant_id=business_of(request).pk, by=actor(request), request=request)


def recorded_list(
    request: HttpRequest, action: str, name: str, read: Callable[[], list[str]], *, key: object = ""
) -> AbstractContextManager[None]:
    """The same for a list as a whole: hours, an order."""
    return recording.recorded_list(
        action, name, read, tenant_id=business_of(request).pk, by=actor(request), request=request, key=key
    )


def note(request: HttpRequest, what: str, thing: str) -> None:
    """A line of the audit log without before and after, such as `deleted`, `block 42`."""
    kind, _space, key = thing.rpartition(" ")
    line = audit.Line(f"{kind}.{what}".replace(" ", "_"), kind, key)
    audit.record(line, tenant_id=business_of(request).pk, by=actor(request), request=request)


def saved(request: HttpRequest, text: str, to: str, *parts: object, undo: str = "") -> HttpResponse:
    """Say that it is done, with a way back if there is one, on the page that comes next."""
    messages.success(request, text, extra_tags=undo)
    return back(request, to, *parts)


def back(request: HttpRequest, to: str, *parts: object) -> HttpResponse:
    """To a page, also for buttons that htmx pressed (such as Undo in a toast)."""
    response = redirect(to, *parts)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": response.headers["Location"]})
    response.status_code = 303
    return response


def moved(request: HttpRequest, text: str, address: str, former: int, to: str) -> HttpResponse:
    """Something was put in another place: a toast beside the list as it was dragged, else the page again. Both undo."""
    undo = f"{address}?place={former}"
    if request.headers.get("HX-Request") and "place" in request.POST:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"toast": {"text": text, "undo": undo}})})
    if "place" in request.GET:
        return back(request, to)
    return saved(request, text, to, undo=undo)


def place_of(request: HttpRequest, now: int) -> int:
    """The place that was asked for: `place` (a number from 0), or a step `up` or `down` from the present one."""
    asked = request.POST.get("place") or request.GET.get("place") or ""
    if asked.isdecimal() and len(asked) < 6:
        return int(asked)
    return max(0, now + (1 if request.POST.get("to") == "down" else -1))


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def keep_to_own_hours(member: Membership, provider_id: UUID | None) -> None:
    """Forbidden when the member may not change these hours: everybody's with CHANGE_SETUP, else only his own."""
    if member.may(Right.CHANGE_SETUP):
        return
    if not member.may(Right.CHANGE_OWN_HOURS) or provider_id is None or provider_id != member.provider_id:
        raise Forbidden("forbidden", _("Your role does not allow this."))
