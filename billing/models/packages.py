"""Packages: several appointments, or minutes, bought at once. Amounts in minor units."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.enums import Method, OrderState, Unit
from daybook.core.ids import new_id


class Package(models.Model):
    """What is sold. Empty `services`: all. `valid_days` from the day of purchase on; None: for ever."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    description = models.TextField(max_length=1000, blank=True)
    unit = models.CharField(max_length=7, choices=Unit, default=Unit.VISITS)
    quantity = models.PositiveIntegerField()
    price = models.PositiveIntegerField()
    valid_days = models.PositiveSmallIntegerField(null=True)
    services = ArrayField(models.UUIDField(), default=list)
    online = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [models.CheckConstraint(name="package_quantity", condition=Q(quantity__gt=0))]

    def __str__(self) -> str:
        return self.name


class ClientPackage(models.Model):
    """A package that somebody ordered or has: everything is a copy made at purchase, later edits change nothing.

    Redeemed with the client's e-mail and its code, which is derived (`generation`) and kept as a digest; `code_end` is
    shown to staff. `expires_on` is its last local day. What is left follows from its uses.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    package = models.ForeignKey(Package, models.PROTECT, related_name="sold")
    client = models.ForeignKey("scheduling.Client", models.PROTECT, null=True, related_name="+")
    client_name = models.CharField(max_length=100)
    client_email = models.EmailField(blank=True)
    client_locale = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=7, choices=Unit)
    quantity = models.PositiveIntegerField()
    services = ArrayField(models.UUIDField(), default=list)
    price = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    valid_days = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=8, choices=OrderState)
    method = models.CharField(max_length=10, choices=Method)
    generation = models.PositiveSmallIntegerField(default=0)
    code_digest = models.CharField(max_length=64)
    code_end = models.CharField(max_length=4)
    expires_on = models.DateField(null=True)
    sold_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "id")
        indexes = [models.Index(fields=["client_email"], name="client_package_email")]
        constraints = [
            models.UniqueConstraint(fields=["code_digest"], name="client_package_code"),
            models.CheckConstraint(
                name="client_package_active", condition=~Q(state="active") | Q(activated_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.client_name}"
