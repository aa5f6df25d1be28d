"""Who books."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from daybook.core.ids import new_id


class Client(models.Model):
    """A client of the business: one per e-mail (any case), without e-mail one per E.164 phone.

    `reminders` false: wants none by mail. `blocked_at`: may not book online, by this e-mail or phone. `erased_at`: what
    was personal is gone, the appointments stay for the books.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    locale = models.CharField(max_length=10, blank=True)
    notes = models.TextField(max_length=5000, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    reminders = models.BooleanField(default=True)
    blocked_at = models.DateTimeField(null=True)
    blocked_reason = models.CharField(max_length=300, blank=True)
    erased_at = models.DateTimeField(null=True)
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


class Consent(models.Model):
    """What a client agreed to: the very text and its version, when, from which address; withdrawn is kept, too."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=40)
    text = models.TextField(max_length=5000)
    version = models.CharField(max_length=40, blank=True)
    given_at = models.DateTimeField()
    given_from = models.CharField(max_length=45, blank=True)
    recorded_by = models.CharField(max_length=100, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-given_at",)

    def __str__(self) -> str:
        return f"{self.kind} {self.given_at:%Y-%m-%d}"


class ClientFile(models.Model):
    """A file that staff keep with a client. `file` is a private name of `core.media`, `size` in bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="files")
    name = models.CharField(max_length=150)
    file = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    uploaded_by = models.CharField(max_length=100, blank=True)
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ("-uploaded_at",)

    def __str__(self) -> str:
        return self.name


class ImportState(models.TextChoices):
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ClientImport(models.Model):
    """A CSV file of clients (and their appointments) from its upload to its end.

    `text` is emptied when it is done. `report` keeps counts and the errors by line.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=150)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.CHECKING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    columns = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    started_by = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
