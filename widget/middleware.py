"""Who may call the public API from another site's script: everybody, with nothing of the browser's sent along."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

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
