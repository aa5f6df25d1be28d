"""Addresses under /dashboard/ on a business's host."""

from django.urls import include, path

from daybook.dashboard.views import booking, data, home, money, search, series, welcome

urlpatterns = [
    path("", home.home, name="dashboard"),
    path("search", search.search, name="search"),
    path("settings/data", data.data, name="settings_data"),
    path("settings/data/<uuid:export_id>", data.download, name="download_export"),
    path("settings/close", data.close, name="settings_close"),
    path("checklist/<slug:step>", home.check_off, name="check_off"),
    path("appointments/new", booking.new_appointment, name="new_appointment"),
    path("appointments/new/clients", booking.client_options, name="client_options"),
    path("appointments/<uuid:appointment_id>/unbook", booking.unbook, name="unbook"),
    path("appointments/<uuid:appointment_id>/money/<slug:what>", money.act, name="appointment_money"),
    path("appointments/<uuid:appointment_id>/series/cancel", series.series_cancel, name="series_cancel"),
    path("appointments/<uuid:appointment_id>/series/move", series.series_move, name="series_move"),
    path("appointments/series/<uuid:series_id>/", series.series_page, name="series"),
    path("appointments/series/<uuid:series_id>/unbook", series.series_unbook, name="series_unbook"),
    path("appointments/series/<uuid:series_id>/undo/<uuid:batch>", series.series_undo, name="series_undo"),
    path("welcome", welcome.welcome, name="welcome"),
    path("", include("scheduling.urls")),
    path("", include("scheduling.urls_calendar")),
    path("", include("scheduling.urls_clients")),
    path("", include("scheduling.urls_waitlist")),
    path("", include("scheduling.urls_setup")),
    path("", include("billing.urls_setup")),
    path("", include("calendarsync.urls_google")),
    path("", include("billing.urls_prices")),
    path("", include("calendarsync.urls_feeds")),
    path("", include("tenants.urls_setup")),
]
