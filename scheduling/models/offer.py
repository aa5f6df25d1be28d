"""What can be booked, and with whom."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from daybook.core.ids import new_id
from scheduling.enums import DepositType, Hue, Location, PaymentMode, Visibility


class Category(models.Model):
    """A heading under which services are listed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")
        constraints = [models.UniqueConstraint(Lower("name"), name="category_name")]

    def __str__(self) -> str:
        return self.name


class Provider(models.Model):
    """Who or what gives a service. `timezone` null: the service's, else the business's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=100, blank=True)
    bio = models.TextField(max_length=2000, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    hue = models.CharField(max_length=8, choices=Hue, default=Hue.TEAL)
    timezone = models.CharField(max_length=64, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    photo = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("position", "created_at")

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar."""
        return "".join(word[0].upper() for word in self.name.split()[:2])


def default_modes() -> list[str]:
    """A new service is paid in person."""
    return [PaymentMode.PAY_IN_PERSON.value]


class Service(models.Model):
    """What can be booked. Durations, buffers, step and notice in minutes, advance in days, money in minor units."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    slug = models.CharField(max_length=80)
    description = models.TextField(max_length=2000, blank=True)
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="services", db_index=False
    )
    hue = models.CharField(max_length=8, choices=Hue, default=Hue.TEAL)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    visibility = models.CharField(max_length=6, choices=Visibility, default=Visibility.PUBLIC)

    duration_minutes = models.PositiveSmallIntegerField(default=60)
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0)
    buffers_within_hours = models.BooleanField(default=True)
    step_minutes = models.PositiveSmallIntegerField(default=15)
    min_notice_minutes = models.PositiveIntegerField(default=0)
    max_advance_days = models.PositiveSmallIntegerField(default=365)
    daily_cap = models.PositiveSmallIntegerField(null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(default=1)
    timezone = models.CharField(max_length=64, null=True, blank=True)

    location = models.CharField(max_length=8, choices=Location, default=Location.BUSINESS)
    location_detail = models.CharField(max_length=300, blank=True)
    phone_required = models.BooleanField(default=False)
    requires_approval = models.BooleanField(default=False)

    price = models.PositiveIntegerField(default=0)
    payment_modes = ArrayField(models.CharField(max_length=13, choices=PaymentMode), default=default_modes)
    deposit_type = models.CharField(max_length=7, choices=DepositType, default=DepositType.NONE, blank=True)
    deposit_value = models.PositiveIntegerField(default=0)

    providers = models.ManyToManyField(Provider, through="ServiceProvider", related_name="services")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("position", "created_at")
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="service_slug"),
            models.CheckConstraint(
                name="service_duration", condition=Q(duration_minutes__gte=5, duration_minutes__lte=1440)
            ),
            models.CheckConstraint(name="service_step", condition=Q(step_minutes__gte=5, step_minutes__lte=720)),
            models.CheckConstraint(name="service_capacity", condition=Q(capacity__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_class(self) -> bool:
        """Several clients share a session."""
        return self.capacity > 1


class ServiceProvider(models.Model):
    """A provider who gives a service, perhaps at another price or duration."""

    id = models.BigAutoField(primary_key=True)
    service = models.ForeignKey(Service, models.CASCADE, related_name="links", db_index=False)
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="links")
    price = models.PositiveIntegerField(null=True, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "provider"], name="service_provider"),
            models.CheckConstraint(
                name="link_duration",
                condition=Q(duration_minutes__isnull=True) | Q(duration_minutes__gte=5, duration_minutes__lte=1440),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} with {self.provider_id}"
