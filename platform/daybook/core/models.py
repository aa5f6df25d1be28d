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


__all__ = ("AuditEntry", "ClockSetting", "IdempotencyKey", "InboxEvent", "OutboxRow")
