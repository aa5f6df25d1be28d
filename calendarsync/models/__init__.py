"""Outside calendars of a business's providers. Tables of the business's own schema."""

from calendarsync.models.connections import Calendar, CalendarChoice, Channel, ConnectAttempt, Connection
from calendarsync.models.events import Attention, Mirror, RepeatingEvent
from calendarsync.models.feeds import Feed, Subscription

__all__ = (
    "Attention",
    "Calendar",
    "CalendarChoice",
    "Channel",
    "ConnectAttempt",
    "Connection",
    "Feed",
    "Mirror",
    "RepeatingEvent",
    "Subscription",
)
