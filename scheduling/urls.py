"""Addresses of this app under /dashboard/ on a business's host."""

from django.urls import path

from scheduling.views import appointments, bulk, calendar, changes, sheets

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/export", sheets.export, name="appointments_export"),
    path("appointments/bulk/<uuid:batch>", bulk.outcome, name="appointments_batch"),
    path("appointments/bulk/<uuid:batch>/undo", bulk.undo, name="appointments_undo"),
    path("appointments/bulk/<slug:action>", bulk.bulk, name="appointments_bulk"),
    path("appointments/<uuid:appointment_id>/", appointments.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/notes", changes.notes, name="appointment_notes"),
    path("appointments/<uuid:appointment_id>/reschedule", changes.reschedule, name="appointment_reschedule"),
    path("appointments/<uuid:appointment_id>/<slug:action>", changes.act, name="appointment_act"),
]
