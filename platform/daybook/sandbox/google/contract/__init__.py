"""What Google Calendar accepts and answers, out of the discovery document of the installed client library."""

from daybook.sandbox.google.contract.checking import CalendarContract
from daybook.sandbox.google.contract.notifications import check_notification
from daybook.sandbox.google.contract.problems import Problem, google_error
from daybook.sandbox.google.contract.stored import load

__all__ = ["CalendarContract", "Problem", "check_notification", "google_error", "load"]
