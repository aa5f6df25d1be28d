from django.db import models
from django.db.models import Q


class EventState(models.TextChoices):
    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"
    DEAD = "dead"


SETTLED = (EventState.APPLIED, EventState.IGNORED)


class InboxEvent(models.Model):
    """A verified event from outside: stored under its unique id, answered with 2xx, applied later by a worker.

    `attempts` and `last_error` are about the present turn; `replays` counts how often an operator asked for another.
    The times are real time.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    tenant_id = models.UUIDField(null=True)
    object_id = models.CharField(max_length=200, blank=True)
    body = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=EventState, default=EventState.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    replays = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "event_id"], name="inbox_once"),
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="inbox_applied_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"
