"""Who books."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from daybook.core.ids import new_id


class Client(models.Model):
    """A client of the business: one per e-mail (any case), without e-mail one per E.164 phone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    locale = models.CharField(max_length=10, blank=True)
    notes = models.TextField(max_length=5000, blank=True)
    possible_duplicate = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        indexes = [models.Index(fields=["phone"], condition=~Q(phone=""), name="client_phone_lookup")]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="client_email"),
            models.UniqueConstraint(fields=["phone"], condition=Q(email="") & ~Q(phone=""), name="client_phone"),
        ]

    def __str__(self) -> str:
        return self.name
