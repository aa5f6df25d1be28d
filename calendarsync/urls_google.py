"""Addresses of Google calendars under /dashboard/."""

from django.urls import path

from calendarsync.views import google

urlpatterns = [
    path("team/calendars/", google.overview, name="team_calendars"),
    path("team/calendars/google/callback", google.callback, name="google_callback"),
    path("team/calendars/found/<uuid:attention_id>/<slug:answer>", google.answer, name="answer_finding"),
    path("team/<uuid:provider_id>/calendars/google/connect", google.connect, name="google_connect"),
    path("team/<uuid:provider_id>/calendars/google/choose", google.choose, name="google_choose"),
    path("team/<uuid:provider_id>/calendars/google/read", google.look, name="google_read"),
    path("team/<uuid:provider_id>/calendars/google/disconnect", google.disconnect, name="google_disconnect"),
]
