"""Who may not book online: staff book them all the same."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Lower

from daybook.core.checking import Checks
from scheduling.errors import BookingRefused
from scheduling.models import Client
from scheduling.services.clients import ClientDetails

if TYPE_CHECKING:
    from daybook.core.actors import Actor
    from tenants.models import Business


def block(client: Client, *, reason: str, now: datetime) -> None:
    """Refuse online bookings by this client's e-mail or phone. Blocking twice keeps the first time."""
    checks = Checks()
    reason = checks.line("reason", reason, most=300)
    checks.done()
    client.blocked_at, client.blocked_reason = client.blocked_at or now, reason
    client.save(update_fields=["blocked_at", "blocked_reason", "updated_at"])


def unblock(client: Client) -> None:
    """Let the client book online again."""
    client.blocked_at, client.blocked_reason = None, ""
    client.save(update_fields=["blocked_at", "blocked_reason", "updated_at"])


def refuse_blocked(business: Business, details: ClientDetails, *, by: Actor) -> None:
    """Raise `BookingRefused` when a client books with the e-mail (any case) or phone of anybody blocked. 1 query."""
    if by.is_staff or not (details.email or details.phone):
        return
    hits = (~Q(email="") & Q(folded=details.email.lower())) if details.email else Q()
    if details.phone:
        hits |= Q(phone=details.phone)
    blocked = Client.objects.filter(blocked_at__isnull=False).annotate(folded=Lower("email"))
    if blocked.filter(hits).exists():
        raise BookingRefused({"phone": business.phone, "email": business.email})
