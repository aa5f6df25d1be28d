"""The table of the audit log, in `public`: it outlives what it tells of."""

from django.db import models


class AuditEntry(models.Model):
    """One change. Rows are only ever added. `before` and `after` hold the fields that differ, without secrets."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    tenant_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=100, blank=True)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=150, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "-id"], name="audit_of_tenant")]

    def __str__(self) -> str:
        return f"{self.action} at {self.at}"
