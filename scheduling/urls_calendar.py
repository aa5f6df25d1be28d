"""Addresses of what is changed by hand in the dashboard's calendar: dropped cards and blocked time."""

from django.urls import path

from scheduling.views import blocks, calendar_moves

urlpatterns = [
    path("calendar/appointments/<uuid:appointment_id>/move", calendar_moves.move, name="calendar_move"),
    path("calendar/appointments/<uuid:appointment_id>/undo", calendar_moves.undo, name="calendar_undo"),
    path("calendar/blocks/new", blocks.new_block, name="new_block"),
    path("calendar/blocks/restore", blocks.restore_block, name="restore_block"),
    path("calendar/blocks/<uuid:override_id>/", blocks.block, name="calendar_block"),
    path("calendar/blocks/<uuid:override_id>/delete", blocks.delete_block, name="delete_block"),
]
