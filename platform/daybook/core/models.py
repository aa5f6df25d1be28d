"""Tables of `public` that serve every business: clock, outbox, inbox, idempotency, audit log."""

from django.db import models

from daybook.core.audit.models import AuditEntry
from daybook.core.idempotency.models import IdempotencyKey
from daybook.core.inbox.models import InboxEvent
from daybook.core.outbox.models import OutboxRow


class ClockSetting(models.Model):
    """The settable clock of demo and test settings: no row, or one."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    instant = models.DateTimeField()


class Grant(models.Model):
    """That a business uses an account outside: `account` is a digest, `holder` whatever the business uses it for.

    Giving back a grant ends it for all who use the same account, so the last one does it.
    """

    vendor = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    tenant_id = models.UUIDField()
    holder = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "account", "tenant_id", "holder"], name="one_grant")]

    def __str__(self) -> str:
        return f"{self.vendor} {self.holder}"


class GrantEnd(models.Model):
    """That access to an account is given back, until then or until it was: a lease, in the database's real time."""

    vendor = models.CharField(max_length=20)
    account = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "account"], name="one_grant_end")]

    def __str__(self) -> str:
        return f"{self.vendor} {self.until}"


__all__ = ("AuditEntry", "ClockSetting", "Grant", "GrantEnd", "IdempotencyKey", "InboxEvent", "OutboxRow")
