"""Addresses of calendars on the platform's host: where vendors send people back, and their notifications."""

from django.urls import path

from calendarsync import webhooks
from calendarsync.views import google

urlpatterns = [
    path("v1/webhooks/google-calendar", webhooks.google, name="google_webhook"),
    path("calendars/<slug:vendor>/callback", google.platform_callback, name="calendar_callback"),
]
