"""Addresses under /dashboard/ on a business's host."""

from django.urls import include, path

from daybook.dashboard.views import booking, home, welcome

urlpatterns = [
    path("", home.home, name="dashboard"),
    path("checklist/<slug:step>", home.check_off, name="check_off"),
    path("appointments/new", booking.new_appointment, name="new_appointment"),
    path("welcome", welcome.welcome, name="welcome"),
    path("", include("scheduling.urls")),
    path("", include("scheduling.urls_setup")),
    path("", include("billing.urls_setup")),
    path("", include("tenants.urls_setup")),
]
