"""What the set-up's pages share: who may change whose hours, what is remembered of a change, and how it is said."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden
from tenants.doors import business_of, member_of
from tenants.enums import Right

if TYPE_CHECKING:
    from tenants.models import Membership

audit = logging.getLogger("daybook.audit")


def note(request: HttpRequest, what: str, thing: object) -> None:
    """A line of the audit log: who did what to which thing of which business."""
    audit.info("%s %s %s of %s", member_of(request).user_id, what, thing, business_of(request).slug)


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


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def keep_to_own_hours(member: Membership, provider_id: UUID | None) -> None:
    """Forbidden when the member may not change these hours: everybody's with CHANGE_SETUP, else only his own."""
    if member.may(Right.CHANGE_SETUP):
        return
    if not member.may(Right.CHANGE_OWN_HOURS) or provider_id is None or provider_id != member.provider_id:
        raise Forbidden("forbidden", _("Your role does not allow this."))
