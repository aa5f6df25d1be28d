"""Gift certificates: a value in money, redeemed with a code, in parts. Amounts in minor units."""

from django.db import models
from django.db.models import Q

from billing.enums import Method, OrderState
from daybook.core.ids import new_id


class GiftCertificate(models.Model):
    """A value that somebody ordered or has. The code is derived (`generation`) and kept as a digest.

    `code_end` is shown to staff. `expires_on` is its last local day. The balance follows from its uses.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, choices=OrderState)
    method = models.CharField(max_length=10, choices=Method)
    buyer_name = models.CharField(max_length=100)
    buyer_email = models.EmailField(blank=True)
    buyer_locale = models.CharField(max_length=10, blank=True)
    recipient_name = models.CharField(max_length=100, blank=True)
    recipient_email = models.EmailField(blank=True)
    message = models.TextField(max_length=500, blank=True)
    generation = models.PositiveSmallIntegerField(default=0)
    code_digest = models.CharField(max_length=64)
    code_end = models.CharField(max_length=4)
    expires_on = models.DateField(null=True)
    sold_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["code_digest"], name="gift_code"),
            models.CheckConstraint(name="gift_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="gift_active", condition=~Q(state="active") | Q(activated_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} of {self.buyer_name}"
