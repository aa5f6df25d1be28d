"""The words of scheduling, as stored and as shown."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    HELD = "held", _("Held")
    PENDING_APPROVAL = "pending_approval", _("Needs approval")
    CONFIRMED = "confirmed", _("Confirmed")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    NO_SHOW = "no_show", _("No-show")
    EXPIRED = "expired", _("Expired")
    DECLINED = "declined", _("Declined")


LIVE = (Status.HELD, Status.PENDING_APPROVAL, Status.CONFIRMED)
"""States that keep a time closed (a hold only while it lives)."""
COUNTED = (Status.HELD, Status.PENDING_APPROVAL, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
"""States that count towards a daily cap."""


class PaymentStatus(TextChoices):
    UNPAID = "unpaid", _("Unpaid")
    DEPOSIT_PAID = "deposit_paid", _("Deposit paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Failed")
    DISPUTED = "disputed", _("Disputed")


class PaymentMode(TextChoices):
    PAY_IN_PERSON = "pay_in_person", _("Pay in person")
    DEPOSIT = "deposit", _("Deposit")
    FULL = "full", _("Full amount")
    CARD_ON_FILE = "card_on_file", _("Card on file")


class Source(TextChoices):
    ONLINE = "online", _("Online")
    WIDGET = "widget", _("Widget")
    API = "api", _("API")
    WAITLIST = "waitlist", _("Waiting list")
    DIRECT = "direct", _("Direct")
    WALK_IN = "walk_in", _("Walk-in")
    PHONE = "phone", _("Phone")
    MANUAL = "manual", _("Manual")


class Visibility(TextChoices):
    PUBLIC = "public", _("Everyone")
    LINK = "link", _("Only with the link")
    STAFF = "staff", _("Only staff")


class Location(TextChoices):
    BUSINESS = "business", _("At the business")
    CLIENT = "client", _("At the client's")
    PHONE = "phone", _("By phone")
    VIDEO = "video", _("Video link")


class OverrideKind(TextChoices):
    BLOCKED = "blocked", _("Closed")
    EXCEPTION = "exception", _("Special hours")


class DepositType(TextChoices):
    NONE = "", _("None")
    FIXED = "fixed", _("Fixed")
    PERCENT = "percent", _("Percent")


class Hue(TextChoices):
    TEAL = "teal", _("Teal")
    BLUE = "blue", _("Blue")
    VIOLET = "violet", _("Violet")
    PINK = "pink", _("Pink")
    ORANGE = "orange", _("Orange")
    GREEN = "green", _("Green")
    GOLD = "gold", _("Gold")
    SLATE = "slate", _("Slate")
