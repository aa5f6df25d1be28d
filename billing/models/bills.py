"""What an appointment costs, line by line, frozen when it was booked."""

from django.db import models
from django.db.models import F, Q

from daybook.core.ids import new_id


class Bill(models.Model):
    """What one appointment costs: `total` = `price` − `discount` + `tax_added`; `covered` of it is paid by a package.

    `price` is the appointment's own. `tax` is what of the total is tax, `tax_added` the part on top of the price (zero
    where prices include it). `tax_lines`: `[{"name", "percent", "inclusive", "base", "amount"}]`, for invoices, `percent`
    a decimal as text. `to_pay` = `total` − `covered`, in money; `due_now` of it online, at booking; `tip` comes on top.
    Frozen by booking: later edits of services, coupons and rates change nothing here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appointment = models.OneToOneField("scheduling.Appointment", models.CASCADE, related_name="+")
    currency = models.CharField(max_length=3)
    price = models.PositiveIntegerField()
    discount = models.PositiveIntegerField(default=0)
    discount_name = models.CharField(max_length=100, blank=True)
    tax = models.PositiveIntegerField(default=0)
    tax_added = models.PositiveIntegerField(default=0)
    tax_lines = models.JSONField(default=list)
    total = models.PositiveIntegerField()
    covered = models.PositiveIntegerField(default=0)
    covered_by = models.CharField(max_length=100, blank=True)
    due_now = models.PositiveIntegerField(default=0)
    tip = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="bill_total", condition=Q(total=F("price") - F("discount") + F("tax_added"))),
            models.CheckConstraint(name="bill_discount", condition=Q(discount__lte=F("price"))),
            models.CheckConstraint(name="bill_covered", condition=Q(covered__lte=F("total"))),
            models.CheckConstraint(name="bill_due_now", condition=Q(due_now__lte=F("total"))),
        ]

    def __str__(self) -> str:
        return f"{self.total} {self.currency}"

    @property
    def to_pay(self) -> int:
        """What is to be paid in money, without a tip."""
        return self.total - self.covered
