"""Addresses on a business's host."""

from django.urls import include, path

from daybook.api import api
from daybook.core.http import health
from daybook.core.http.media import public_file

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("media/<slug:kind>/<str:name>", public_file, name="media"),
    path("v1/", api.urls),
    path("dashboard/", include("daybook.dashboard.urls")),
    path("", include("tenants.urls_business")),
    path("", include("calendarsync.urls_published")),
    path("", include("widget.urls")),
]
handler404 = "daybook.core.http.views.not_found"
handler500 = "daybook.core.http.views.server_error"
