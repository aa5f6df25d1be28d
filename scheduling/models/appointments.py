"""Appointments, their history, and the messages about them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncMinute
from django.utils.translation import gettext_lazy as _

from daybook.core.ids import new_id, new_reference
from scheduling.enums import LIVE, PaymentMode, PaymentStatus, Source, Status
from scheduling.models.clients import Client
from scheduling.models.offer import Provider, Service


class Appointment(models.Model):
    """A booked time, from hold to completion.

    Instants are UTC on whole minutes. `occupied` is the time with its buffers, half-open. `block_id` is the
    appointment's own id, or its class session's: seats of one session share a time, nothing else does. Price, names,
    duration, buffers and policy are copies made at booking: later edits change nothing that is booked. `notes` are the
    client's own words, `shared_notes` the business's for him, `staff_notes` are never shown to him.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=8, default=new_reference, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="appointments", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, related_name="appointments", db_index=False)
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="appointments")
    block_id = models.UUIDField()
    status = models.CharField(max_length=16, choices=Status)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    occupied = DateTimeRangeField()
    overlap_allowed = models.BooleanField(default=False)
    sequence = models.PositiveIntegerField(default=0)

    service_name = models.CharField(max_length=100)
    provider_name = models.CharField(max_length=100)
    duration_minutes = models.PositiveSmallIntegerField()
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0)
    capacity = models.PositiveSmallIntegerField(default=1)
    location = models.CharField(max_length=8)
    location_detail = models.CharField(max_length=300, blank=True)
    client_name = models.CharField(max_length=100, blank=True)
    client_email = models.EmailField(blank=True)
    client_phone = models.CharField(max_length=20, blank=True)
    client_timezone = models.CharField(max_length=64, blank=True)
    client_locale = models.CharField(max_length=10, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    staff_notes = models.TextField(max_length=5000, blank=True)
    shared_notes = models.TextField(max_length=2000, blank=True)
    series = models.ForeignKey("Series", models.SET_NULL, null=True, related_name="appointments", db_index=False)

    price = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount_due_now = models.PositiveIntegerField(default=0)
    policy = models.JSONField(default=dict)
    payment_mode = models.CharField(max_length=13, choices=PaymentMode, default=PaymentMode.PAY_IN_PERSON)
    payment_status = models.CharField(max_length=18, choices=PaymentStatus, default=PaymentStatus.UNPAID)

    source = models.CharField(max_length=8, choices=Source, default=Source.ONLINE)
    held_at = models.DateTimeField(null=True)
    hold_expires_at = models.DateTimeField(null=True)
    checkout_open = models.BooleanField(default=False)
    held_by = models.CharField(max_length=64, blank=True)
    token_generation = models.PositiveSmallIntegerField(default=0)
    manage_digest = models.CharField(max_length=64)
    hold_digest = models.CharField(max_length=64)

    requested_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    checked_in_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["provider", "starts_at"], include=["ends_at"], name="appointment_range"),
            models.Index(fields=["starts_at"], name="appointment_start"),
            models.Index(fields=["series"], condition=Q(series__isnull=False), name="appointment_series"),
        ]
        constraints = [
            ExclusionConstraint(
                name="no_overlap",
                expressions=[
                    ("provider", RangeOperators.EQUAL),
                    ("occupied", RangeOperators.OVERLAPS),
                    ("block_id", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(status__in=[s.value for s in LIVE], overlap_allowed=False),
            ),
            models.UniqueConstraint(fields=["reference"], name="appointment_reference"),
            models.UniqueConstraint(fields=["manage_digest"], name="appointment_manage_token"),
            models.UniqueConstraint(fields=["hold_digest"], name="appointment_hold_token"),
            models.CheckConstraint(name="appointment_order", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="appointment_client",
                condition=Q(status__in=["held", "expired", "cancelled"]) | Q(client__isnull=False),
            ),
            models.CheckConstraint(
                name="appointment_hold", condition=~Q(status="held") | Q(hold_expires_at__isnull=False)
            ),
            models.CheckConstraint(
                name="appointment_whole_minutes",
                condition=Q(starts_at=TruncMinute("starts_at"), ends_at=TruncMinute("ends_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.starts_at:%Y-%m-%d %H:%M}Z"


class Unit(models.TextChoices):
    DAY = "day", _("days")
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")


class Series(models.Model):
    """Appointments that staff booked together: every `every` units from the first, to a count or a last local date."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    every = models.PositiveSmallIntegerField(default=1)
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.WEEK)
    count = models.PositiveSmallIntegerField(null=True)
    until = models.DateField(null=True)
    created_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"every {self.every} {self.unit}"


class AppointmentEvent(models.Model):
    """One line of an appointment's history: who, when, from which status to which, why."""

    id = models.BigAutoField(primary_key=True)
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    action = models.CharField(max_length=30)
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.action} at {self.at}"


class MessageState(models.TextChoices):
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


class Message(models.Model):
    """A message about an appointment: each (appointment, kind, channel, recipient, sequence) at most once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="messages", db_index=False)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, default="email")
    recipient = models.CharField(max_length=254)
    sequence = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=MessageState, default=MessageState.SENDING)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(max_length=5000, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "kind", "channel", "sequence", "recipient"], name="message_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.appointment_id}"
