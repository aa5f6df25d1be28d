"""Taxes, and how the business says its prices."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from daybook.core.ids import new_id


class TaxRate(models.Model):
    """A tax in percent of the price. `standard` rates are due on every service that does not say otherwise.

    Only switched off, never deleted, once a service or bill names it; bills keep copies of name and percentage.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    standard = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            models.CheckConstraint(name="tax_percent", condition=Q(percent__gte=0, percent__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.percent} %"


class ServiceTax(models.Model):
    """A service's own taxes; an empty list: none. Without a row the standard rates are due."""

    service = models.OneToOneField("scheduling.Service", models.CASCADE, primary_key=True, related_name="+")
    rates = ArrayField(models.UUIDField(), default=list)

    def __str__(self) -> str:
        return f"taxes of {self.service_id}"


class PriceSettings(models.Model):
    """One row for the business. Without it: prices include tax, and gift certificates are not sold online.

    `gift_amounts` are offered, minor units; any amount between `gift_least` and `gift_most` where those are set.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    prices_include_tax = models.BooleanField(default=True)
    gifts_online = models.BooleanField(default=False)
    gift_amounts = ArrayField(models.PositiveIntegerField(), default=list)
    gift_least = models.PositiveIntegerField(null=True)
    gift_most = models.PositiveIntegerField(null=True)
    gift_valid_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="price_settings_once", condition=Q(id=1))]

    def __str__(self) -> str:
        return "how prices are said"
