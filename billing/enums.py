"""The words of billing, as stored and as shown."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Purpose(TextChoices):
    """What a payment or a checkout is for."""

    DEPOSIT = "deposit", _("Deposit")
    FULL = "full", _("Full amount")
    CARD = "card", _("Card on file")
    BALANCE = "balance", _("Balance")
    NO_SHOW_FEE = "no_show_fee", _("No-show fee")
    CANCELLATION_FEE = "cancellation_fee", _("Cancellation fee")
    PACKAGE = "package", _("Package")
    GIFT = "gift", _("Gift certificate")


FEES = (Purpose.NO_SHOW_FEE, Purpose.CANCELLATION_FEE)
"""What a client owes for not coming: never part of an appointment's price."""


class Method(TextChoices):
    """How money came. The last three are marked by staff."""

    ONLINE = "online", _("Online")
    SAVED_CARD = "saved_card", _("Saved card")
    CASH = "cash", _("Cash")
    TERMINAL = "terminal", _("Card at the desk")
    OTHER = "other", pgettext_lazy("way to pay", "Other")


IN_PERSON = (Method.CASH, Method.TERMINAL, Method.OTHER)


class PaymentState(TextChoices):
    """`requires_customer`: the bank asks the client to confirm; `unknown`: asked, and nobody knows the outcome yet."""

    PENDING = "pending", _("In progress")
    UNKNOWN = "unknown", _("Being checked")
    REQUIRES_CUSTOMER = "requires_customer", _("Waiting for the client")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OWED = (PaymentState.PENDING, PaymentState.UNKNOWN, PaymentState.REQUIRES_CUSTOMER, PaymentState.FAILED)
"""States in which a fee is still owed."""


class RefundState(TextChoices):
    REQUESTED = "requested", _("Requested")
    PENDING = "pending", _("On its way")
    SUCCEEDED = "succeeded", _("Refunded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


COUNTED_REFUNDS = (RefundState.REQUESTED, RefundState.PENDING, RefundState.SUCCEEDED)
"""Refunds that have left, or may have left, what was captured."""


class RefundReason(TextChoices):
    POLICY = "policy", _("Cancelled by the client")
    BUSINESS = "business", _("Cancelled by the business")
    STAFF = "staff", _("Refunded by staff")
    LATE_PAYMENT = "late_payment", _("Paid after the time was gone")
    DUPLICATE = "duplicate", _("Paid twice")
    OUTSIDE = "outside", _("Made at Stripe")


BY_CANCELLING = (RefundReason.POLICY, RefundReason.BUSINESS)
"""Reasons of refunds that came with a cancellation: restoring the appointment makes that money due again."""


class AttemptState(TextChoices):
    """Of a checkout: `asking` (Stripe may or may not know of it), `open` (its page can be paid), then one of the ends."""

    ASKING = "asking"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    REFUSED = "refused"


LIVE_ATTEMPTS = (AttemptState.ASKING, AttemptState.OPEN)


class AccountState(TextChoices):
    """Of the account at Stripe, as the owner reads it. `due`: it works, but Stripe wants to know more."""

    NONE = "none", _("Not connected")
    UNFINISHED = "unfinished", _("Not finished")
    PENDING = "pending", _("Being checked by Stripe")
    READY = "ready", _("Ready")
    DUE = "due", _("Ready, Stripe needs more")
    RESTRICTED = "restricted", _("Stopped by Stripe")
    REJECTED = "rejected", _("Closed by Stripe")
    GONE = "gone", _("Disconnected at Stripe")


class Unit(TextChoices):
    """What a package consists of."""

    VISITS = "visits", _("Appointments")
    MINUTES = "minutes", _("Minutes")


class OrderState(TextChoices):
    """Of a package or gift certificate: `ordered` (not paid yet, worth nothing), `active`, `stopped` by staff, `void`
    (never paid, or its money went back)."""

    ORDERED = "ordered", _("Being paid")
    ACTIVE = "active", _("Active")
    STOPPED = "stopped", _("Switched off")
    VOID = "void", _("Never paid")


class UseState(TextChoices):
    """Of what an appointment takes: `reserved` while it is held, `used` once it is booked, `lost` by not coming."""

    RESERVED = "reserved", _("Reserved")
    USED = "used", _("Used")
    LOST = "lost", _("Lost")
    RETURNED = "returned", _("Given back")


LIVE_USES = (UseState.RESERVED, UseState.USED, UseState.LOST)
"""Uses that count."""
