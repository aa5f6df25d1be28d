"""Who waits for a time, and what was offered to whom."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from daybook.core.ids import new_id
from scheduling.models.appointments import Appointment
from scheduling.models.clients import Client
from scheduling.models.offer import Provider, Service


class WaitState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Has an offer")
    BOOKED = "booked", _("Booked")
    LEFT = "left", _("Left the list")
    ENDED = "ended", _("Dates have passed")


class WaitlistEntry(models.Model):
    """A wish for a time that is not free: for a service, with one provider or anyone.

    Dates are inclusive and local to the business, `weekdays` 0 = Sunday (empty: any), hours are wall-clock minutes of
    the day (null: any). Smaller `position` comes first where the business orders the list itself.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    service = models.ForeignKey(Service, models.CASCADE, related_name="waiting", db_index=False)
    provider = models.ForeignKey(Provider, models.CASCADE, null=True, related_name="+", db_index=False)
    client = models.ForeignKey(Client, models.SET_NULL, null=True, related_name="waiting")
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    locale = models.CharField(max_length=10, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    first_date = models.DateField()
    last_date = models.DateField()
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    start_minute = models.PositiveSmallIntegerField(null=True)
    end_minute = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=8, choices=WaitState, default=WaitState.WAITING)
    position = models.IntegerField(default=0)
    token_digest = models.CharField(max_length=64)
    added_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("position", "created_at")
        indexes = [
            models.Index(fields=["service", "created_at"], condition=Q(state="waiting"), name="waitlist_waiting")
        ]
        constraints = [
            models.UniqueConstraint(fields=["token_digest"], name="waitlist_token"),
            models.CheckConstraint(name="waitlist_dates", condition=Q(first_date__lte=F("last_date"))),
            models.CheckConstraint(
                name="waitlist_hours",
                condition=Q(start_minute__isnull=True, end_minute__isnull=True)
                | Q(start_minute__lt=F("end_minute"), end_minute__lte=1440),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.service_id}"


class OfferState(models.TextChoices):
    OPEN = "open", pgettext_lazy("state", "Open")
    TAKEN = "taken", _("Taken")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class WaitlistOffer(models.Model):
    """A time held for an entry until `expires_at`: the appointment is in status `held` meanwhile."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(WaitlistEntry, models.CASCADE, related_name="offers")
    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="waitlist_offer")
    state = models.CharField(max_length=9, choices=OfferState, default=OfferState.OPEN)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-offered_at",)
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="open"), name="one_open_offer"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} until {self.expires_at}"
