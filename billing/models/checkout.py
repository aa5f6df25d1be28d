"""Asking for money: checkouts at Stripe, the customers and cards kept there. Ids mean nothing without their account."""

from django.db import models
from django.db.models import Q

from billing.enums import LIVE_ATTEMPTS, AttemptState, Purpose
from daybook.core.ids import new_id


class CheckoutAttempt(models.Model):
    """One Checkout Session, asked for or to be asked for. Written, with everything in it, before Stripe is asked.

    `request` are the parameters exactly as sent: a repeat with `idempotency_key` must be identical, so nothing in it is
    computed from "now" again. `expires_at` is the session's. `subject` is what it is about besides an appointment: the
    order of a package or gift certificate. One live attempt for each (appointment, purpose).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appointment = models.ForeignKey("scheduling.Appointment", models.PROTECT, null=True, related_name="+")
    subject = models.UUIDField(null=True)
    purpose = models.CharField(max_length=16, choices=Purpose)
    number = models.PositiveSmallIntegerField()
    account_id = models.CharField(max_length=64)
    amount = models.PositiveIntegerField(default=0)
    tip = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    application_fee = models.PositiveIntegerField(default=0)
    idempotency_key = models.CharField(max_length=255)
    request = models.JSONField(default=dict)
    consent = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=AttemptState, default=AttemptState.ASKING)
    session_id = models.CharField(max_length=255, blank=True)
    url = models.TextField(blank=True)
    payment_intent_id = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "purpose"],
                condition=Q(state__in=[s.value for s in LIVE_ATTEMPTS], appointment__isnull=False),
                name="one_live_checkout",
            ),
            models.UniqueConstraint(
                fields=["account_id", "session_id"], condition=~Q(session_id=""), name="checkout_session"
            ),
            models.UniqueConstraint(fields=["idempotency_key"], name="checkout_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}: {self.state}"


class StripeCustomer(models.Model):
    """A client as a customer of one Stripe account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey("scheduling.Client", models.PROTECT, related_name="+")
    account_id = models.CharField(max_length=64)
    customer_id = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "account_id"], name="customer_once"),
            models.UniqueConstraint(fields=["account_id", "customer_id"], name="customer_id_once"),
        ]

    def __str__(self) -> str:
        return self.customer_id


class SavedCard(models.Model):
    """A card that a client let the business keep, with his consent: `{"text", "version", "at", "address"}`.

    `detached_at`: it cannot be charged any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey("scheduling.Client", models.PROTECT, related_name="+")
    appointment = models.ForeignKey("scheduling.Appointment", models.PROTECT, null=True, related_name="+")
    account_id = models.CharField(max_length=64)
    customer_id = models.CharField(max_length=255)
    payment_method_id = models.CharField(max_length=255)
    brand = models.CharField(max_length=30, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True)
    exp_year = models.PositiveSmallIntegerField(null=True)
    consent = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    detached_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "payment_method_id", "appointment"], name="card_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.brand} {self.last4}"
