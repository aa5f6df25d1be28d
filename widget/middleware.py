"""The public API before it is reached: who may call it from another site's script, and the short way to free times."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from daybook.core.errors import DaybookError, Unavailable
from daybook.core.http.answers import error_response

PUBLIC_API = "/v1/public/"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key, X-Manage-Token, X-Tenant-Key",
    "Access-Control-Max-Age": "86400",
}


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
    """Answers for the free times of an address that the API has validated before, without going through it again.

    Everything that counts is done as there: limits, the reading of what is taken, errors. What is left out is what only
    pages need (sessions, members, messages) and the validation, whose outcome for equal addresses is known.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        from widget.api import availability
        from widget.api.inputs import limited

        self.get_response, self.known, self.answer = get_response, availability.known, limited(availability.answer)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = self.known(request) if request.method == "GET" and getattr(request, "business", None) else None
        if asked is None:
            return self.get_response(request)
        try:
            response = self.answer(request, **asked)
        except DaybookError as error:
            response = error_response(request, error)
        except OperationalError:
            response = error_response(request, Unavailable())
        response.headers["Content-Length"] = str(len(response.content))
        return response  # type: ignore[no-any-return]
