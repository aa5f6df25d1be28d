"""A vendor who signs his deliveries, and what his events do at a business: each adds a provider named after itself."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection as django_connection
from django.http import HttpRequest
from django_tenants.utils import tenant_context

from daybook.core import inbox
from daybook.core.inbox.models import InboxEvent
from daybook.core.outbox import relay
from scheduling.models import Provider
from tenants.enums import BusinessStatus
from tenants.models import Business

connection: Any = django_connection  # django-tenants' methods have no types
NOW = datetime(2027, 6, 7, 14, tzinfo=UTC)
SECRET = b"whsec_of_the_vendor"
TOLERANCE = 300


def sign(raw: bytes, *, at: float | None = None, secret: bytes = SECRET) -> str:
    """The vendor's header for this body; `at` is Unix time, by default now."""
    moment = int(time.time() if at is None else at)
    mac = hmac.new(secret, f"{moment}.".encode() + raw, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"


def verify(request: HttpRequest) -> inbox.Incoming | None:
    """The vendor's signature over the raw body, 300 s of tolerance; `ping` is nothing to keep."""
    parts = dict(part.partition("=")[::2] for part in request.headers.get("Vendor-Signature", "").split(","))
    moment = parts.get("t", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > TOLERANCE:
        raise inbox.Rejected
    if not hmac.compare_digest(sign(request.body, at=int(moment)).partition("v1=")[2], parts.get("v1", "")):
        raise inbox.Rejected
    body = inbox.json_object(request.body)
    if body["type"] == "ping":
        return None
    business = Business.objects.filter(slug=body.get("account")).first()
    return inbox.Incoming(body["id"], body["type"], business and business.pk, body.get("object", ""), body)


@dataclass
class Vendor:
    """What the handler saw, and what it is to stumble over before and inside `settle()`."""

    seen: list[str] = field(default_factory=list)
    contexts: list[tuple[str, bool]] = field(default_factory=list)
    before: Callable[[inbox.Event], None] | None = None
    inside: Callable[[inbox.Event], None] | None = None

    def apply(self, event: inbox.Event, now: datetime) -> None:
        self.seen.append(event.event_id)
        self.contexts.append((connection.schema_name, connection.in_atomic_block))
        if self.before:
            self.before(event)
        with event.settle():
            Provider.objects.create(name=event.event_id)
            if self.inside:
                self.inside(event)


def put(event_id: str, business_id: UUID | None, *, kind: str = "thing.changed", object_id: str = "") -> bool:
    """Receive an event as the door does."""
    return inbox.receive(
        source="vendor",
        event_id=event_id,
        kind=kind,
        business_id=business_id,
        object_id=object_id,
        body={"id": event_id},
        now=NOW,
    )


def kept(event_id: str) -> InboxEvent:
    return InboxEvent.objects.get(source="vendor", event_id=event_id)


def effects(business: Business) -> list[str]:
    """The providers that events added, by name."""
    with tenant_context(business):
        return list(Provider.objects.filter(name__startswith="evt").order_by("name").values_list("name", flat=True))


def work() -> int:
    """What a worker does: everything that is due, without waiting for pauses."""
    return relay.drain(now=NOW, impatient=True)


def suspend(business: Business, status: BusinessStatus = BusinessStatus.SUSPENDED) -> None:
    business.status = status
    business.save()


def delivery(event_id: str, account: str, **more: Any) -> bytes:
    return json.dumps({"id": event_id, "type": "thing.changed", "account": account, **more}).encode()
