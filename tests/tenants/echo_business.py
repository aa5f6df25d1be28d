"""A business's host whose every other address tells what the middlewares found."""

from typing import Any

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from tenants import limits
from tenants.auth import MemberOrKey, actor, require
from tenants.enums import Right

handler404 = "daybook.core.http.views.not_found"
guarded = NinjaAPI(urls_namespace="guarded", auth=MemberOrKey(), openapi_url=None)


@guarded.exception_handler(Exception)
def _error(request: HttpRequest, error: Any) -> HttpResponse:
    return JsonResponse(error.body(), status=error.status)


@guarded.get("/echo")
@guarded.post("/echo")
def echo_actor(request: HttpRequest) -> dict[str, Any]:
    return {**_who(request), "actor": actor(request).kind}


@guarded.get("/people")
def people(request: HttpRequest) -> dict[str, Any]:
    require(request, Right.CHANGE_MEMBERS)
    return {"actor": actor(request).name}


def _who(request: Any) -> dict[str, Any]:
    return {
        "business": getattr(request.business, "slug", None),
        "schema": connection.schema_name,  # type: ignore[attr-defined]
        "member": getattr(request.member, "role", None),
        "session": request.session.accessed,
        "path": request.path,
    }


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    return JsonResponse(_who(request))


@csrf_exempt
def counted(request: HttpRequest) -> HttpResponse:
    limits.count_public(request)
    return JsonResponse({})


def cached_by_hand(request: Any) -> HttpResponse:
    return HttpResponse(cache.get_or_set("greeting", f"greetings from {request.business.slug}"))


@cache_page(60)
def cached_page(request: Any) -> HttpResponse:
    return HttpResponse(request.business.slug)


def fail(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("select 1 / 0")
    raise AssertionError


urlpatterns = [
    path("", include("tenants.urls_business")),
    path("v1/tenant-admin/", guarded.urls),
    path("counted", counted),
    path("cached", cached_by_hand),
    path("cached-page", cached_page),
    path("fail", fail),
    re_path(r"", echo),
]
