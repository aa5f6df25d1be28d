"""Pages for what went wrong before a view was reached."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from daybook.core.errors import Forbidden, NotFound
from daybook.core.http.answers import error_response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: usually an old tab. Nothing was changed."""
    message = _("This page was open for too long. Go back, reload it and try again; nothing was changed.")
    return error_response(request, Forbidden("csrf_failed", message))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere."""
    return error_response(request, NotFound())
