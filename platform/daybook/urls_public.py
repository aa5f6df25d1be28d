"""Addresses on the platform's host."""

from django.urls import include, path

from daybook.api import api
from daybook.core.http import health

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("v1/", api.urls),
    path("", include("tenants.urls")),
]
handler404 = "daybook.core.http.views.not_found"
