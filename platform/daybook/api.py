"""The HTTP API: one NinjaAPI at /v1/, its routers named by string, one shape of error."""

import logging
import re
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from daybook.core.errors import DaybookError, Invalid, Unavailable
from daybook.core.http.answers import error_response
from daybook.core.http.idempotent import answer_again
from daybook.core.idempotency import Replayed

log = logging.getLogger(__name__)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of U+0000; a backslash of the text before it is two."""


class OrjsonParser(Parser):
    """Reads JSON objects; refuses what PostgreSQL cannot store."""

    def parse_body(self, request: HttpRequest) -> Any:
        if _NUL.search(request.body):
            raise Invalid("validation_failed", "Text cannot contain the character U+0000.")
        body = orjson.loads(request.body)
        if not isinstance(body, dict):  # ninja would read fields of any object
            raise Invalid("validation_failed", "The body must be a JSON object.")
        return body


class OrjsonRenderer(BaseRenderer):
    """Writes JSON bodies."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


class DaybookAPI(NinjaAPI):
    """Describes itself once per process: that takes a second, and anybody may ask for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._described: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._described:
            self._described[prefix] = super().get_openapi_schema(path_prefix=prefix)
        return self._described[prefix]


api = DaybookAPI(
    title="Daybook",
    version="1",
    description="Scheduling for businesses that live by appointments.",
    parser=OrjsonParser(),
    renderer=OrjsonRenderer(),
    openapi_url="openapi.json",
    docs_url="docs",
    urls_namespace="v1",
)

ROUTERS = (
    ("/public", "widget.api.router"),
    ("/tenant-admin", "tenants.api.router"),
    ("/tenant-admin", "scheduling.api.router"),
    ("/tenant-admin", "billing.api.router"),
    ("/tenant-admin", "billing.api_prices.router"),
    ("/tenant-admin", "calendarsync.api.router"),
    ("/tenant-admin", "daybook.dashboard.api.router"),
)


@api.exception_handler(DaybookError)
def _daybook_error(request: HttpRequest, error: DaybookError) -> HttpResponse:
    return error_response(request, error)


@api.exception_handler(Replayed)
def _replayed(request: HttpRequest, replayed: Replayed) -> HttpResponse:
    return answer_again(replayed)


@api.exception_handler(ValidationError)
def _validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, list[str]] = {}
    for item in error.errors:
        place = [str(part) for part in item["loc"] if part not in ("body", "query", "path", "payload", "data")]
        fields.setdefault(".".join(place) or "body", []).append(str(item["msg"]))
    body = {"error": "validation_failed", "message": "Some values are not valid.", "details": {"fields": fields}}
    return api.create_response(request, body, status=422)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return api.create_response(request, {"error": "not_found", "message": "Not found.", "details": {}}, status=404)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, DaybookError):  # raised by the parser, which ninja wraps
        return error_response(request, error.__cause__)
    codes = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "rate_limited"}
    body = {"error": codes.get(error.status_code, "error"), "message": str(error), "details": {}}
    return api.create_response(request, body, status=error.status_code)


@api.exception_handler(DataError)
@api.exception_handler(RequestDataTooBig)
def _unstorable(request: HttpRequest, error: Exception) -> HttpResponse:
    body = {"error": "validation_failed", "message": "A value is not valid.", "details": {"fields": {}}}
    return api.create_response(request, body, status=422)


@api.exception_handler(OperationalError)
def _database(request: HttpRequest, error: OperationalError) -> HttpResponse:
    log.error("database unavailable: %s", type(error).__name__)
    return error_response(request, Unavailable())


for _prefix, _name in ROUTERS:
    api.add_router(_prefix, import_string(_name))
