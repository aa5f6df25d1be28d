"""Writing and reading the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from daybook.core.actors import Actor
from daybook.core.audit.models import AuditEntry
from daybook.core.http.address import client_address

SECRET = ("password", "token", "digest", "secret", "key")


@dataclass(frozen=True, slots=True)
class Line:
    """What was done to what. `action` is a stable code such as `service.changed`; `name` is what people read."""

    action: str
    kind: str = ""
    id: object = ""
    name: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def record(line: Line, *, tenant_id: UUID | None, by: Actor, request: HttpRequest | None = None) -> AuditEntry:
    """Add a line in the transaction of the change; its time is real time. Fields that stayed the same are left out."""
    before, after = _changed(line.before or {}, line.after or {})
    return AuditEntry.objects.create(
        at=timezone.now(),
        tenant_id=tenant_id,
        actor_kind=by.kind,
        actor_id=by.id,
        actor_name=by.name[:100],
        action=line.action,
        object_kind=line.kind,
        object_id=str(line.id),
        object_name=line.name[:150],
        before=before,
        after=after,
        address=client_address(request) if request is not None else "",
        request_id=getattr(request, "request_id", ""),
    )


def entries(tenant_id: UUID) -> QuerySet[AuditEntry]:
    """The log of one business, the latest first."""
    return AuditEntry.objects.filter(tenant_id=tenant_id).order_by("-id")


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: _shown(name, before[name]) for name in names if name in before},
        {name: _shown(name, after[name]) for name in names if name in after},
    )


def _shown(name: str, value: Any) -> Any:
    if any(word in name for word in SECRET):
        return "[hidden]"
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
