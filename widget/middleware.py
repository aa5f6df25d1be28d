"""The public API before it is reached: who may call it from another site's script, and the short way to free times."""

from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from daybook.core.errors import DaybookError
from tenants.limits import count_public

PUBLIC_API = "/v1/public/"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key, X-Manage-Token, X-Tenant-Key",
    "Access-Control-Max-Age": "86400",
}
MOST_KNOWN, LONGEST_KNOWN = 4096, 1000
_known: dict[tuple[str, ...], tuple[dict[str, Any], dict[str, str]]] = {}
"""By address: what the times were asked with, and the headers of the answer."""


class PublicCorsMiddleware:
    """Lets any origin read `/v1/public` without credentials, refusals too, and answers its preflights.

    An origin is never reflected and credentials are never allowed; every other address stays closed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PUBLIC_API):
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response: HttpResponseBase = HttpResponse(status=204, headers=PREFLIGHT)
        else:
            response = self.get_response(request)
            response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


class KnownAddressMiddleware:
    """Answers for the free times of an address that was answered before, without going the whole way again.

    What can be another time is done each time: the limits, and the reading of what is taken. What is left out has a
    known outcome for equal addresses: the validation, the language, the headers. What is refused goes the whole way,
    which says why. Must come after the business is known and before the headers are set.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        from widget.api import availability

        self.get_response, self.body = get_response, availability.body

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        business = request.business  # type: ignore[attr-defined]
        path, refused = request.path_info, hasattr(request, "refusal")
        if business is None or refused or request.method != "GET" or not path.startswith(PUBLIC_API):
            return self.get_response(request)
        asks = request.META.get
        address = (business.pk.hex, business.locale, path, asks("QUERY_STRING", ""),
                   asks("HTTP_ACCEPT_LANGUAGE", ""))  # fmt: skip
        if address not in _known:
            response = self.get_response(request)
            _remember(address, request, response)
            return response
        asked, headers = _known[address]
        try:
            count_public(request)
            body = self.body(business, **asked)
        except (DaybookError, OperationalError):
            return self.get_response(request)
        return HttpResponse(body, headers={**headers, "Content-Length": str(len(body))})


def _remember(address: tuple[str, ...], request: HttpRequest, response: HttpResponseBase) -> None:
    """Only what was answered, and no address of a length that somebody made up: strangers choose them."""
    asked = getattr(request, "times_asked", None)
    if asked is None or response.status_code != 200 or sum(map(len, address)) > LONGEST_KNOWN:
        return
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[address] = asked, dict(response.headers)
