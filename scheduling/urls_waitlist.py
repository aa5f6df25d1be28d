"""Addresses of the waiting list under /dashboard/."""

from django.urls import path

from scheduling.views import waitlist, waitlist_entry

urlpatterns = [
    path("waitlist/", waitlist.entries, name="waitlist"),
    path("waitlist/new", waitlist_entry.new_entry, name="waitlist_new"),
    path("waitlist/settings", waitlist.list_settings, name="waitlist_settings"),
    path("waitlist/<uuid:entry_id>/", waitlist_entry.entry, name="waitlist_entry"),
    path("waitlist/<uuid:entry_id>/offer", waitlist_entry.offer, name="waitlist_offer"),
    path("waitlist/<uuid:entry_id>/withdraw", waitlist_entry.withdraw, name="waitlist_withdraw"),
    path("waitlist/<uuid:entry_id>/move", waitlist.move, name="waitlist_move"),
    path("waitlist/<uuid:entry_id>/remove", waitlist.remove, name="waitlist_remove"),
    path("waitlist/<uuid:entry_id>/restore", waitlist.restore, name="waitlist_restore"),
]
