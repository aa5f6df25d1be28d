from django.db import models


class InboxEvent(models.Model):
    """A verified event from outside: stored under its unique id, answered with 2xx, applied later by a worker."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=40)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    tenant_id = models.UUIDField(null=True)
    body = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="inbox_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"
