"""What every client page does at its door: limits, headers, and the check of its forms. No cookie, no session."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from daybook.core import idempotency
from tenants import limits
from widget import tokens
from widget.views import languages

if TYPE_CHECKING:
    from tenants.models import Business

View = Callable[..., HttpResponseBase]


def client_page(*, methods: tuple[str, ...] = ("GET", "HEAD"), framed: bool = False) -> Callable[[View], View]:
    """A page for clients: counted, never stored, in the language its address asks for. `framed`: this host may show it in a frame; with tokens nobody may.

    Django's CSRF is a matter of cookies; these pages have none, their forms carry a token of their own (`submitted`).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            limits.count_public(request)
            response = view(request, **parts)
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers["Referrer-Policy"] = "same-origin"
            patch_vary_headers(response, ["HX-Request"])
            return languages.carry(request, response)

        shown: View = csrf_exempt(require_http_methods(methods)(page))
        return csp_replace({"frame-ancestors": [SELF]})(shown) if framed else shown

    return decorate


def business_of(request: HttpRequest) -> Business:
    """The business whose host was asked."""
    found: Business = request.business  # type: ignore[attr-defined]
    return found


def submitted(request: HttpRequest, purpose: str) -> str:
    """The nonce of the form that was sent. Raises `Forbidden` for a form of another site, another page, or too old."""
    tokens.require_same_origin(request)
    return tokens.nonce(str(request.POST.get("token", "")), business_of(request).pk, purpose)


def key(request: HttpRequest, route: str, nonce: str, **body: object) -> idempotency.Key:
    """The idempotency key of one submitted form: sent twice, from whatever network, it acts once."""
    return idempotency.key_for(tenant_id=business_of(request).pk, route=route, caller="page", key=nonce, body=body)


def finish(claimed: idempotency.Key) -> Callable[[Any], None]:
    """Keeps which appointment a form was about, in the transaction of its effect."""
    return lambda appointment: claimed.finish(status=303, body={}, object_id=appointment.pk)


def see_other(url: str) -> HttpResponse:
    """303: a form was taken, here is what came of it."""
    return HttpResponseRedirect(url, status=303)
