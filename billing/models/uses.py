"""What appointments took of coupons, packages and gift certificates: one ledger, from which all that is left follows."""

from django.db import models
from django.db.models import F, Q

from billing.enums import LIVE_USES, UseState
from billing.models.coupons import Coupon
from billing.models.gifts import GiftCertificate
from billing.models.packages import ClientPackage
from daybook.core.ids import new_id

_LIVE = Q(state__in=[state.value for state in LIVE_USES])
_COUPON = Q(coupon__isnull=False, package__isnull=True, gift__isnull=True)
_PACKAGE = Q(coupon__isnull=True, package__isnull=False, gift__isnull=True)
_GIFT = Q(coupon__isnull=True, package__isnull=True, gift__isnull=False)


class PriceUse(models.Model):
    """`amount` taken off (coupon) or paid (package, gift), minor units; `units` are the package's visits or minutes.

    `returned` of a gift's amount went back to it. An appointment has at most one live coupon and one live package or
    gift. Written under the lock of what it is of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    appointment = models.ForeignKey("scheduling.Appointment", models.PROTECT, related_name="+")
    coupon = models.ForeignKey(Coupon, models.PROTECT, null=True, related_name="uses")
    package = models.ForeignKey(ClientPackage, models.PROTECT, null=True, related_name="uses")
    gift = models.ForeignKey(GiftCertificate, models.PROTECT, null=True, related_name="uses")
    client_email = models.EmailField(blank=True)
    amount = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=UseState, default=UseState.RESERVED)
    made_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "id")
        constraints = [
            models.CheckConstraint(name="use_of_one", condition=_COUPON | _PACKAGE | _GIFT),
            models.CheckConstraint(name="use_returned", condition=Q(returned__lte=F("amount"))),
            models.UniqueConstraint(
                fields=["appointment"], condition=_LIVE & Q(coupon__isnull=False), name="one_coupon_each"
            ),
            models.UniqueConstraint(
                fields=["appointment"], condition=_LIVE & Q(coupon__isnull=True), name="one_cover_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}: {self.state}"
