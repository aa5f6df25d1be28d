from django.db import models


class IdempotencyKey(models.Model):
    """The answer to a request that carried `Idempotency-Key`, written in the transaction of its effect.

    `scope` is a digest of tenant, route, caller and key. `answer` holds no token: those are derived again.
    """

    scope = models.CharField(max_length=64, primary_key=True)
    tenant_id = models.UUIDField(null=True)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    object_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return self.scope
