"""The words about outside calendars, as stored and as shown."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Vendor(TextChoices):
    GOOGLE = "google", "Google Calendar"


class State(TextChoices):
    """How a connection stands. `CHOOSING`: nobody has said yet which calendars count; `LEAVING`: being taken apart."""

    CHOOSING = "choosing", _("Choose calendars")
    ACTIVE = "active", _("Connected")
    RECONNECT = "reconnect", _("Reconnect")
    LEAVING = "leaving", _("Being disconnected")


class Privacy(TextChoices):
    """What an appointment's event tells those who see the calendar."""

    FULL = "full", _("Client and service")
    SERVICE = "service", _("Service only")
    BUSY = "busy", _("Only “Busy”")


class OnChange(TextChoices):
    """What a change of our event in the outside calendar does."""

    APPLY = "apply", _("Move or cancel the appointment, too")
    ASK = "ask", _("Ask me first")


class WhenBroken(TextChoices):
    """What happens to bookings while a calendar cannot be read."""

    KEEP = "keep", _("Keep taking bookings")
    PAUSE = "pause", _("Take no new bookings until it is connected again")


class Found(TextChoices):
    """What somebody has to look at."""

    MOVED = "moved", _("Moved in the calendar")
    DELETED = "deleted", _("Deleted in the calendar")
    RESHAPED = "reshaped", _("Made all-day or repeating in the calendar")
    OVERLAP = "overlap", _("Something else is in the calendar then")


class Answer(TextChoices):
    OPEN = "", pgettext_lazy("state", "Open")
    ACCEPTED = "accepted", _("Accepted")
    REVERTED = "reverted", _("Put back")
    OVER = "over", _("Settled by itself")


class FeedState(TextChoices):
    """Whether an outside feed is asked for."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")


class Problem(TextChoices):
    """Why an outside feed could not be read. `""`: it could."""

    NONE = "", _("None")
    REFUSED = (
        "refused",
        _("Daybook may not ask this address. Use the public https address that your calendar gives you."),
    )
    UNREACHABLE = "unreachable", _("There was no answer from this address.")
    GONE = "gone", _("There is no calendar at this address. It was taken down, or it has a new address.")
    DENIED = "denied", _("This address asks for a sign-in. Use the secret or public address of the calendar.")
    BUSY = "busy", _("The calendar's server has trouble at the moment.")
    ODD = "odd", _("The calendar's server gave an answer that makes no sense.")
    TOO_LONG = "too_long", _("This calendar is larger than 10 MB.")
    NOT_CALENDAR = (
        "not_calendar",
        _("What is at this address is not a calendar in iCalendar format, or only part of one."),
    )
    TOO_MUCH = "too_much", _("This calendar has more entries than Daybook can read.")
