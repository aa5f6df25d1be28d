"""Whether a client wants to be reminded by mail: asked with a link out of a reminder, without signing in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from daybook.core.crypto import derive_token, digest, matches
from daybook.core.errors import NotFound
from scheduling.models import Client
from tenants.selectors import client_url

if TYPE_CHECKING:
    from tenants.models import Business


def unsubscribe_url(business: Business, client_id: UUID) -> str:
    """Where this client's reminders are stopped. A GET of it only asks; a POST stops them (RFC 8058)."""
    return client_url(business, f"/u/{client_id}?t={_token(business, client_id)}")


def access_client(business: Business, client_id: UUID, token: str) -> Client:
    """The client whose link this is; else NotFound, after the same work whoever is missing."""
    fits = matches(token, digest(_token(business, client_id)))
    client = Client.objects.filter(pk=client_id, erased_at__isnull=True).first()
    if client is None or not fits:
        raise NotFound()
    return client


def set_reminders(client: Client, *, wanted: bool) -> None:
    """Send reminders, or none; twice is harmless. What is told about a booking itself still comes."""
    client.reminders = wanted
    client.save(update_fields=["reminders", "updated_at"])


def _token(business: Business, client_id: UUID) -> str:
    return derive_token(business.pk, client_id, "reminders")
