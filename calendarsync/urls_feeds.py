"""Addresses of a provider's calendars under /dashboard/."""

from django.urls import path

from calendarsync.views import feeds

urlpatterns = [
    path("team/<uuid:provider_id>/calendars/", feeds.calendars, name="provider_calendars"),
    path("team/<uuid:provider_id>/calendars/feed/<slug:action>", feeds.change_feed, name="change_feed"),
    path(
        "team/<uuid:provider_id>/calendars/<uuid:subscription_id>/<slug:action>",
        feeds.change_subscription,
        name="change_subscription",
    ),
]
