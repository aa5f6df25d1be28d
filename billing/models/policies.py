"""Cancellation policies. Amounts are integer minor units of the business's currency."""

from django.db import models
from django.db.models import Q

from daybook.core.ids import new_id


class PolicyTier(models.Model):
    """One tier of the cancellation policy; `service` null is the business's own list.

    A cancellation received at least `hours_before_start` elapsed hours before the start costs `fee_percentage` of what
    was captured plus `fee_fixed`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    service = models.ForeignKey("scheduling.Service", models.CASCADE, null=True, related_name="+", db_index=False)
    hours_before_start = models.PositiveIntegerField()
    fee_percentage = models.PositiveSmallIntegerField()
    fee_fixed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-hours_before_start",)
        constraints = [
            models.UniqueConstraint(fields=["service", "hours_before_start"], name="policy_tier", nulls_distinct=False),
            models.CheckConstraint(name="policy_percentage", condition=Q(fee_percentage__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.hours_before_start} h: {self.fee_percentage} %"
