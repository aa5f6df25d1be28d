"""The ledger: what was captured, what went back, what is disputed, and money that nobody can explain yet."""

from django.db import models
from django.db.models import Q

from billing.enums import FEES, OWED, Method, PaymentState, Purpose, RefundReason, RefundState
from daybook.core.ids import new_id


class Payment(models.Model):
    """Money from a client, or the try to get it. `amount` includes `tip`.

    Online rows carry the account and its intent; a row marked by staff has neither. `stripe_fee` and `charge_id` are
    learnt from Stripe afterwards. `subject`: the order that was paid, where it is no appointment. `captured_at`: when
    money moved. `attempts` and `next_try_at` are of an off-session charge that is tried again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appointment = models.ForeignKey("scheduling.Appointment", models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey("scheduling.Client", models.PROTECT, null=True, related_name="+")
    subject = models.UUIDField(null=True)
    attempt = models.ForeignKey("billing.CheckoutAttempt", models.PROTECT, null=True, related_name="+", db_index=False)
    purpose = models.CharField(max_length=16, choices=Purpose)
    method = models.CharField(max_length=10, choices=Method)
    state = models.CharField(max_length=17, choices=PaymentState)
    amount = models.PositiveIntegerField()
    tip = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3)
    application_fee = models.PositiveIntegerField(default=0)
    stripe_fee = models.PositiveIntegerField(null=True)
    account_id = models.CharField(max_length=64, blank=True)
    payment_intent_id = models.CharField(max_length=255, blank=True)
    charge_id = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    card_brand = models.CharField(max_length=30, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="payment_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "payment_intent_id"], condition=~Q(payment_intent_id=""), name="payment_once"
            ),
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~Q(idempotency_key=""), name="payment_asked_once"
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(purpose__in=[purpose.value for purpose in FEES], state__in=[state.value for state in OWED]),
                name="one_open_fee",
            ),
            models.CheckConstraint(
                name="payment_captured", condition=~Q(state="succeeded") | Q(captured_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.amount} {self.currency}: {self.state}"


class Refund(models.Model):
    """Money that goes back to the client. The sum of those that are not failed never exceeds the payment's amount.

    Written before Stripe is asked; `refund_id` is learnt from it, or from an event when it was made there. A refund of
    cash is marked by staff and has no `refund_id`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount = models.PositiveIntegerField()
    application_fee = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=12, choices=RefundReason)
    state = models.CharField(max_length=9, choices=RefundState, default=RefundState.REQUESTED)
    refund_id = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    failure_code = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="refund_newest")]
        constraints = [
            models.CheckConstraint(name="refund_amount", condition=Q(amount__gt=0)),
            models.UniqueConstraint(fields=["payment", "refund_id"], condition=~Q(refund_id=""), name="refund_once"),
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=~Q(idempotency_key=""), name="refund_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}: {self.state}"


class Dispute(models.Model):
    """A client's bank wants a payment back. The business answers at Stripe; here it only stops refunds and fees."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    dispute_id = models.CharField(max_length=255)
    amount = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=40)
    due_by = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payment", "dispute_id"], name="dispute_once")]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.status}"


class Concern(models.Model):
    """Something about money that a person has to look at: `kind` is a stable word, `words` say what happened and what to do.

    One open row for each `dedupe_key`. `facts` hold ids and amounts.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    dedupe_key = models.CharField(max_length=200)
    appointment = models.ForeignKey("scheduling.Appointment", models.PROTECT, null=True, related_name="+")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+", db_index=False)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=100, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=Q(closed_at__isnull=True), name="concern_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.kind
