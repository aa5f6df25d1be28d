from django.db import models
from django.db.models import Q


class OutboxState(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class OutboxRow(models.Model):
    """Something that must happen after the transaction that wrote this row, at `next_at` or later.

    `next_at` is domain time; `locked_until` is real time: the lease of a running row, the pause after a failure of a
    pending one.
    Rows of one aggregate are handled in the order of their ids.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField(null=True)
    schema = models.CharField(max_length=63)
    kind = models.CharField(max_length=60)
    aggregate = models.CharField(max_length=120)
    dedupe_key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=OutboxState, default=OutboxState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schema", "dedupe_key"], name="outbox_dedupe")]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=("pending", "running")), name="outbox_due"),
            models.Index(
                fields=["schema", "aggregate", "id"], condition=Q(state__in=("pending", "running")), name="outbox_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedupe_key}"
