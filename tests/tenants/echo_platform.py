"""The platform's host, with echoes where the API would be."""

from django.urls import include, path, re_path

from tests.tenants.echo_business import echo

handler404 = "daybook.core.http.views.not_found"
urlpatterns = [path("", include("tenants.urls")), path("healthz", echo), re_path(r"^v1/", echo)]
