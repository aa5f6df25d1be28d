"""Addresses of this app under /dashboard/ on a business's host."""

from django.urls import path

from scheduling.views import appointments, calendar, changes

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/<uuid:appointment_id>/", appointments.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/notes", changes.notes, name="appointment_notes"),
    path("appointments/<uuid:appointment_id>/reschedule", changes.reschedule, name="appointment_reschedule"),
    path("appointments/<uuid:appointment_id>/<slug:action>", changes.act, name="appointment_act"),
]
