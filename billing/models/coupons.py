"""Coupons: a code that takes something off the price. Amounts in minor units of the business's currency."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from daybook.core.ids import new_id


class Coupon(models.Model):
    """`percent` or `amount` off. `code` is kept in capitals; dates are local days of the business, both included.

    Empty `services`: all. Uses are rows of `PriceUse`, counted under this row's lock.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=32)
    note = models.CharField(max_length=200, blank=True)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    amount = models.PositiveIntegerField(null=True)
    most_uses = models.PositiveIntegerField(null=True)
    most_per_client = models.PositiveIntegerField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    services = ArrayField(models.UUIDField(), default=list)
    least_price = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="coupon_code"),
            models.CheckConstraint(
                name="coupon_off",
                condition=Q(percent__isnull=True, amount__gt=0)
                | Q(amount__isnull=True, percent__gt=0, percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return self.code
