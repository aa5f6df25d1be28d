"""Addresses under /dashboard/ on a business's host."""

from django.urls import include, path

from daybook.dashboard.views import booking, home, search, welcome

urlpatterns = [
    path("", home.home, name="dashboard"),
    path("search", search.search, name="search"),
    path("checklist/<slug:step>", home.check_off, name="check_off"),
    path("appointments/new", booking.new_appointment, name="new_appointment"),
    path("welcome", welcome.welcome, name="welcome"),
    path("", include("scheduling.urls")),
    path("", include("scheduling.urls_calendar")),
    path("", include("scheduling.urls_clients")),
    path("", include("scheduling.urls_waitlist")),
    path("", include("scheduling.urls_setup")),
    path("", include("billing.urls_setup")),
    path("", include("tenants.urls_setup")),
]
