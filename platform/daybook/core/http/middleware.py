"""Middlewares that know nothing of any app."""

import logging
from collections.abc import Callable
from secrets import token_hex

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from redis.exceptions import RedisError
from structlog.contextvars import bind_contextvars, reset_contextvars

from daybook.core.errors import DaybookError, WrongMethod
from daybook.core.http.answers import error_response, wants_json

GetResponse = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger(__name__)


class RequestIdMiddleware:
    """Gives each request an id that every log line carries. Ids sent by strangers are not taken over."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = token_hex(8)  # type: ignore[attr-defined]
        before = bind_contextvars(request=request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            reset_contextvars(**before)
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class SecurityHeadersMiddleware:
    """Headers that Django's own middlewares do not set."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if settings.SESSION_COOKIE_SECURE:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response


class ErrorMiddleware:
    """Turns Daybook's errors into their page, in one place; the API has its own handler for the same errors."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and (wants_json(request) or not getattr(response, "content", b"")):
            return _wrong_method(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A DaybookError is an answer; database or cache that do not answer are 503; the rest is a fault of ours."""
        if isinstance(error, DaybookError):
            return error_response(request, error)
        if isinstance(error, OperationalError | RedisError):
            from daybook.core.errors import Unavailable

            log.error("database or cache unavailable: %s", type(error).__name__)
            return error_response(request, Unavailable())
        return None


def _wrong_method(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """In the shape of every error, with the methods that are allowed."""
    answer = error_response(request, WrongMethod())
    answer.headers["Allow"] = response.headers.get("Allow", "")
    return answer
