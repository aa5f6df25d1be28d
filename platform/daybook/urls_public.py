"""Addresses on the platform's host."""

from django.conf import settings
from django.urls import include, path

from daybook.api import api
from daybook.core.http import health
from daybook.core.inbox.door import webhook
from daybook.core.views_styleguide import styleguide

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("calendarsync.urls_platform")),
    path("v1/webhooks/<slug:source>", webhook, name="webhook"),
    path("v1/", api.urls),
    path("", include("tenants.urls")),
]
if getattr(settings, "SHOW_STYLEGUIDE", False):
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
handler404 = "daybook.core.http.views.not_found"
handler500 = "daybook.core.http.views.server_error"
