"""Facts that scheduling announces, inside the transaction that makes them true. Receivers only write rows.

Each is sent with `appointment`, `business`, `by` (Actor), `now`, `notify` (tell the client) and `event` (the history
row).
"""

from dataclasses import dataclass, field
from typing import Any

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
clients_merging = Signal()
"""Two clients become one: sent with `kept` and `gone`, locked, before `gone` is deleted; other apps move what they keep of
him."""
prices_checked = Signal()
"""Can a service be paid online at these prices? Sent with `service` and `prices` ({field: minor units}), answered with
{field: what is wrong}."""
price_wanted = Signal()
"""What does an appointment cost, in words? Sent with `appointment` and `language`; empty where its price says it all."""
paid_wanted = Signal()
"""What was paid of an appointment, and is still due? Sent with `appointment` and `language`, answered with [(label, amount)]; empty
where nothing was paid and all of it is due at the visit."""
amounts_wanted = Signal()
"""The same of several. Sent with `appointments` and `language`, answered with {id: (price, [(label, amount)])}."""
client_erased = Signal()
"""A person's data was blanked: sent with `client`, `emails` (those that were his), `business`, `now`; other apps blank what they keep of him."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page that another app fills: its template finds `context` as `panel`. Lower orders stand first."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    order: int = 0


panels_wanted = Signal()
"""What do other apps show here? Sent with `place`, `business`, `member`, `now` and `appointment` or `client`; answers a
list of `Panel`. Places: `appointment` and `client`, their pages; `cancel`, `decline` and `no-show`, before that is done;
`members`, where access is ended, with `team` (everybody who is or was a member) instead.
"""
choices_sent = Signal()
"""What did staff choose in the panels before an act? Sent with `action`, `appointment`, `business`, `member`, `data`
(what was posted); answers facts that are announced with the act, or raises `Invalid`."""
