"""Where a person is signed in, on the platform; two-step sign-in of members, in a business's settings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tenants.auth import actor
from tenants.domain.devices import device
from tenants.doors import business_of, member_of, member_required
from tenants.enums import Right
from tenants.selectors import device_words, sign_ins, two_steps, without_two_steps
from tenants.services import sessions as service
from tenants.services import settings

if TYPE_CHECKING:
    from tenants.models import SignIn, User

JUST_NOW = timedelta(minutes=6)  # in use is written down every five minutes
MOST_NAMED = 5


@never_cache
@require_GET
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where this person is signed in, each session with a way to end it."""
    rows = _by_device(request, request.user)  # type: ignore[arg-type]
    others = sum(1 + len(row["opened"]) for row in rows if not row["here"])
    return render(request, "tenants/sessions.html", {"rows": rows, "others": others})


def _by_device(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """The platform's sessions with the businesses that were opened from them, the present one first."""
    found, here = sign_ins(user), service.present(request)
    known = {row.pk for row in found if row.business_id is None}
    rows = []
    for row in found:
        if row.origin_id not in known:  # a session of the platform, or one whose origin is not known any more
            opened = [_shown(one, here) for one in found if one.origin_id == row.pk]
            shown = {**_shown(row, here), "opened": opened, "handheld": device(row.agent).handheld}
            rows.append({**shown, "this_device": shown["here"] or any(one["here"] for one in opened)})
    return sorted(rows, key=lambda row: not row["this_device"])


def _shown(row: SignIn, here: UUID | None) -> dict[str, Any]:
    return {
        "sign_in": row,
        "device": device_words(row.agent),
        "here": row.pk == here,
        "now": row.seen_at > timezone.now() - JUST_NOW,
    }


@never_cache
@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the session that the form names, or all but this one. What has ended before is no error."""
    user: User = request.user  # type: ignore[assignment]
    here, which = service.present(request), request.POST.get("which", "")
    if which == "others":
        service.end_others(user, but=here, request=request)
        messages.success(request, _("You are signed out everywhere else."))
    elif (chosen := _id(which)) is not None and chosen == here:
        logout(request)
        return _on("account_login")
    elif chosen is not None and service.end(user, chosen):
        messages.success(request, _("That session has ended."))
    return _on("sessions")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _on(to: str) -> HttpResponse:
    response = redirect(to)
    response.status_code = 303
    return response


@member_required(Right.CHANGE_SETTINGS)
def security(request: HttpRequest) -> HttpResponse:
    """How the member signs in, where he is signed in, and who of the members has no second step."""
    user, business = member_of(request).user, business_of(request)
    lacking = without_two_steps(business)
    context = {
        "platform": django_settings.PLATFORM_URL,
        "own": two_steps([user.pk])[user.pk],
        "sessions": _by_device(request, user),
        "lacking": [member.user.get_full_name() for member in lacking[:MOST_NAMED]],
        "more": max(0, len(lacking) - MOST_NAMED),
        "may_need": member_of(request).may(Right.CHANGE_KEYS),
        "may_see_members": member_of(request).may(Right.CHANGE_MEMBERS),
    }
    return render(request, "tenants/settings/security.html", context)


@member_required(Right.CHANGE_KEYS, methods=("POST",))
def need_two_steps(request: HttpRequest) -> HttpResponse:
    """Let members in only with two-step sign-in (`needed=1`), or with a password alone again."""
    needed = request.POST.get("needed") == "1"
    settings.need_two_steps(business_of(request), needed=needed, by=actor(request), request=request)
    words = {True: _("Members now need two-step sign-in."), False: _("Two-step sign-in is each member's own choice.")}
    messages.success(request, words[needed])
    return _on("settings_security")
