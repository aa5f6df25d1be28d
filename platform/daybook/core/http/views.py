"""Pages for what went wrong before a view was reached."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from daybook.core.errors import Fault, Forbidden, NotFound
from daybook.core.http.answers import error_response, wants_json


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: usually an old tab. Nothing was changed."""
    message = _("This page was open for too long. Go back, reload it and try again; nothing was changed.")
    return error_response(request, Forbidden("csrf_failed", message))


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours: programs read the shape of every error, people a page that needs nothing but its template."""
    return error_response(request, Fault()) if wants_json(request) else defaults.server_error(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere."""
    return error_response(request, NotFound())
