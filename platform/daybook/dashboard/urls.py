"""Addresses under /dashboard/ on a business's host."""

from django.urls import include, path

from daybook.dashboard.views import booking, home

urlpatterns = [
    path("", home.home, name="dashboard"),
    path("checklist/<slug:step>", home.check_off, name="check_off"),
    path("appointments/new", booking.new_appointment, name="new_appointment"),
    path("", include("scheduling.urls")),
]
