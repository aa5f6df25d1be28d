"""The words, colours and icons of statuses: one vocabulary for every page, mail and document."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Badge:
    """`kind` is good, warn, bad, info or empty (neutral); `icon` a Lucide name; `struck` sets the text struck through."""

    text: str | Promise
    kind: str = ""
    icon: str = "circle"
    struck: bool = False


BADGES: dict[str, Badge] = {
    "pending": Badge(_("Needs approval"), "warn", "hourglass"),
    "pending_approval": Badge(_("Needs approval"), "warn", "hourglass"),
    "held": Badge(_("Held"), "", "timer"),
    "confirmed": Badge(_("Confirmed"), "good", "check"),
    "checked_in": Badge(_("Checked in"), "info", "log-in"),
    "completed": Badge(_("Completed"), "", "check-check"),
    "cancelled": Badge(_("Cancelled"), "", "x", struck=True),
    "rescheduled": Badge(_("Rescheduled"), "", "calendar-clock"),
    "no_show": Badge(_("No-show"), "bad", "user-x"),
    "declined": Badge(_("Declined"), "", "ban", struck=True),
    "expired": Badge(_("Expired"), "", "timer-off", struck=True),
    "unpaid": Badge(_("Unpaid"), "", "circle-dashed"),
    "deposit_paid": Badge(_("Deposit paid"), "info", "circle-dot"),
    "paid": Badge(_("Paid"), "good", "check"),
    "due": Badge(_("Balance due"), "warn", "circle-alert"),
    "refunded": Badge(_("Refunded"), "", "undo-2"),
    "partly_refunded": Badge(_("Partly refunded"), "", "undo-2"),
    "partially_refunded": Badge(_("Partly refunded"), "", "undo-2"),
    "failed": Badge(_("Failed"), "bad", "circle-x"),
    "disputed": Badge(_("Disputed"), "bad", "circle-alert"),
    "active": Badge(_("Active"), "good", "check"),
    "trial": Badge(_("Trial"), "info", "sparkles"),
    "paused": Badge(_("Paused"), "warn", "pause"),
    "suspended": Badge(_("Suspended"), "bad", "ban"),
    "inactive": Badge(_("Inactive"), "", "circle-off"),
    "hidden": Badge(_("Hidden"), "", "eye-off"),
    "draft": Badge(_("Draft"), "", "pencil"),
    "sent": Badge(_("Sent"), "good", "check"),
    "waiting": Badge(_("Waiting"), "", "clock"),
    "offered": Badge(_("Has an offer"), "info", "timer"),
    "planned": Badge(_("Planned"), "", "clock"),
    "dropped": Badge(_("Not sent"), "", "mail-x"),
    "queued": Badge(_("Queued"), "", "clock"),
}


def badge_of(status: str) -> Badge:
    """The badge of a status; one that is not in the vocabulary shows its own words, neutrally."""
    return BADGES.get(status) or Badge(status.replace("_", " ").capitalize())
