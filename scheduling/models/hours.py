"""When providers are there, and when they are not."""

from django.db import models
from django.db.models import F, Q

from daybook.core.ids import new_id
from scheduling.enums import OverrideKind
from scheduling.models.offer import Provider, Service


class AvailabilityRule(models.Model):
    """Weekly hours: wall-clock minutes of the day in the provider's zone, 0 = Sunday.

    No provider: everybody. No service: every service. `end_minute` below `start_minute` ends the next day; the dates
    are inclusive.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.CASCADE, null=True, related_name="rules", db_index=False)
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="rules", db_index=False)
    weekday = models.PositiveSmallIntegerField()
    start_minute = models.PositiveSmallIntegerField()
    end_minute = models.PositiveSmallIntegerField()
    effective_from = models.DateField(null=True)
    effective_to = models.DateField(null=True)

    class Meta:
        ordering = ("weekday", "start_minute")
        constraints = [
            models.CheckConstraint(name="rule_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="rule_hours",
                condition=Q(start_minute__lt=1440, end_minute__lte=1440) & ~Q(start_minute=F("end_minute")),
            ),
            models.CheckConstraint(
                name="rule_dates",
                condition=Q(effective_from__isnull=True)
                | Q(effective_to__isnull=True)
                | Q(effective_from__lte=F("effective_to")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.start_minute}–{self.end_minute}"


class DateOverride(models.Model):
    """An exception to the weekly hours, or a block, on one or several local dates.

    Without hours a block closes the whole dates. No provider: the whole business.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.CASCADE, null=True, related_name="overrides", db_index=False)
    kind = models.CharField(max_length=9, choices=OverrideKind)
    date = models.DateField()
    end_date = models.DateField(null=True)
    start_minute = models.PositiveSmallIntegerField(null=True)
    end_minute = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("date", "start_minute")
        indexes = [models.Index(fields=["date"], name="override_date")]
        constraints = [
            models.CheckConstraint(
                name="override_dates", condition=Q(end_date__isnull=True) | Q(end_date__gte=F("date"))
            ),
            models.CheckConstraint(
                name="override_hours",
                condition=Q(start_minute__isnull=True, end_minute__isnull=True, kind="blocked")
                | Q(start_minute__lt=1440, end_minute__lte=1440) & ~Q(start_minute=F("end_minute")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.date}"


class BusyTime(models.Model):
    """An interval learnt from an outside calendar, floored and ceiled to whole minutes."""

    id = models.BigAutoField(primary_key=True)
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="busy_times", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["provider", "starts_at"], include=["ends_at"], name="busy_range")]
        constraints = [
            models.CheckConstraint(name="busy_order", condition=Q(starts_at__lt=F("ends_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} – {self.ends_at}"
