"""Addresses on a business's host that outside calendars read."""

from django.urls import path

from calendarsync.views import published

urlpatterns = [path("calendar/<str:token>.ics", published.feed, name="calendar_feed")]
