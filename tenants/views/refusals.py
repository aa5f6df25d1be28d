"""Answers to requests that TenantMiddleware did not let through."""

from typing import NoReturn

from django.http import HttpRequest
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def refuse(request: HttpRequest) -> NoReturn:
    """Raise what the middleware found, where every other middleware (headers, error pages) is at work."""
    raise request.refusal  # type: ignore[attr-defined]
