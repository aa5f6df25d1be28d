"""Errors as answers: JSON for the API, a designed page for people, a fragment's status for htmx."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import select_template

from daybook.core.errors import DaybookError


def wants_json(request: HttpRequest) -> bool:
    """Whether the asker is a program: the API, or anything that says it accepts JSON only."""
    return request.path.startswith("/v1/") or request.headers.get("Accept", "").startswith("application/json")


def error_response(request: HttpRequest, error: DaybookError) -> HttpResponse:
    """The one place where an error becomes an answer."""
    if wants_json(request):
        response: HttpResponse = JsonResponse(error.body(), status=error.status)
    else:
        response = HttpResponse(_page(request, error), status=error.status)
    retry_after = error.details.get("retry_after")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, error: DaybookError) -> str:
    context = {"error": error, "business": getattr(request, "business", None)}
    try:
        template = select_template([f"{error.code}.html", f"{error.status}.html", "error.html"])
    except TemplateDoesNotExist:
        return error.message
    return str(template.render(context, request))
