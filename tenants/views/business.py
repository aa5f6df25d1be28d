"""Getting and ending a session on a business's host."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tenants.models import Business
from tenants.services import handoff, sessions
from tenants.views.signup import BACKEND


@never_cache
@require_GET
def enter(request: HttpRequest) -> HttpResponse:
    """Redeem the code for a session of this host, bound to this business; a bad code leads back to the platform."""
    business: Business = request.business  # type: ignore[attr-defined]
    path = handoff.local_path(request.GET.get("next", ""), otherwise="/dashboard/")
    user = handoff.redeem(request.GET.get("code", ""), business=business)
    if user is None:
        if request.session.get("business") == str(business.pk):  # the page was loaded again: the session is there
            return redirect(path)
        return redirect(f"{settings.PLATFORM_URL}/businesses/")
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session["business"] = str(business.pk)
    sessions.bind(request, origin=handoff.origin(request.GET["code"]))
    response = redirect(path)
    response.status_code = 303
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End this host's session, then ask the platform to end its own."""
    logout(request)
    return redirect(f"{settings.PLATFORM_URL}/accounts/logout/?{urlencode({'next': '/'})}")
