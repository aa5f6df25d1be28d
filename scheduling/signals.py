"""Facts that scheduling announces, inside the transaction that makes them true. Receivers only write rows.

Each is sent with `appointment`, `business`, `by` (Actor), `now`, `notify` (tell the client) and `event` (the history
row).
"""

from django.dispatch import Signal

booking_held = Signal()
booking_requested = Signal()
booking_confirmed = Signal()
booking_rescheduled = Signal()
booking_cancelled = Signal()
booking_declined = Signal()
booking_expired = Signal()
booking_completed = Signal()
booking_no_show = Signal()
booking_restored = Signal()

times_changed = Signal()
"""What decides over free times was changed: hours, special days, a service, who gives it. Sent without anything."""
terms_wanted = Signal()
"""What does a service cost? Sent with `business` and `service`; who sets prices answers {provider id: `Terms`}."""
client_erased = Signal()
"""A person's data was blanked: sent with `client`, `business`, `now`; other apps blank what they keep of him."""
