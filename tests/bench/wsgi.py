"""What `daybook bench` serves with gunicorn: an empty view, an empty view behind tenant routing, the whole platform."""

import os
import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

WHAT = os.environ["BENCH_SERVES"]  # empty, routing, platform


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok", headers={"Content-Length": "2"})


urls: Any = ModuleType("bench_urls")
urls.urlpatterns = [path("nothing", nothing)]
sys.modules["bench_urls"] = urls
if WHAT == "empty":
    settings.configure(SECRET_KEY="bench", ROOT_URLCONF="bench_urls", ALLOWED_HOSTS=["*"], MIDDLEWARE=[])
else:
    os.environ["DJANGO_SETTINGS_MODULE"] = "daybook.settings.demo"
    from daybook.core import clock

    settings.ROUTING_CACHE_SECONDS, settings.OUTBOX_WAKE = 2.0, False
    settings.PUBLIC_LIMIT_PER_ADDRESS = settings.PUBLIC_LIMIT_PER_BUSINESS = 10**9
    settings.SETTABLE_CLOCK = False
    clock.now = lambda: datetime(2027, 3, 1, 5, tzinfo=UTC)
django.setup()
if WHAT == "routing":
    settings.MIDDLEWARE = ["tenants.middleware.TenantMiddleware"]
    settings.ROOT_URLCONF = settings.PUBLIC_SCHEMA_URLCONF = "bench_urls"

application = WSGIHandler()
