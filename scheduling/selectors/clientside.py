"""What clients may see of a business: its offer, and the one appointment whose token they have."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects

from daybook.core.crypto import digest, matches
from daybook.core.errors import NotFound
from scheduling.enums import Visibility
from scheduling.models import Appointment, Service, ServiceProvider
from scheduling.selectors.naming import as_uuid, id_or_slug, remembered_service
from scheduling.selectors.rows import rows

if TYPE_CHECKING:
    from tenants.models import Business

MANAGEABLE_FOR = timedelta(days=90)
"""How long after its end an appointment's page opens with its token."""
_REFERENCE = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
_NOBODY = digest("")


def services(business: Business) -> list[Service]:
    """The active, public services that an active provider gives, in their order, with category and links. 2 queries.

    `service.links.all()` are the links to its active providers, by the providers' order.
    """
    given = ServiceProvider.objects.filter(service=OuterRef("pk"), provider__active=True)
    found = Service.objects.filter(Exists(given), active=True, visibility=Visibility.PUBLIC)
    return list(found.select_related("category").prefetch_related(_links()))


def offers_another(service: Service) -> bool:
    """Whether the list of services has one beside this. 1 query."""
    given = ServiceProvider.objects.filter(service=OuterRef("pk"), provider__active=True)
    listed = Service.objects.filter(Exists(given), active=True, visibility=Visibility.PUBLIC)
    return listed.exclude(pk=service.pk).exists()


def access_service(
    business: Business, slug_or_id: UUID | str, *, allow_link: bool = True, with_links: bool = True
) -> Service:
    """The active service of this slug or id, public or (`allow_link`) known by its link; else NotFound.

    `with_links` reads category and links as `services` does: 2 queries more.
    """
    identifier, slug = id_or_slug(slug_or_id)
    seen = ["public", "link"] if allow_link else ["public"]
    found = rows("service.sql", {"id": identifier, "slug": slug, "visibilities": seen})
    service = remembered_service(found[0][0] if found else None)
    if with_links:
        prefetch_related_objects([service], "category", _links())
    return service


def prices(service: Service) -> dict[UUID, int]:
    """What each active provider's booking of the service costs, in minor units. 1 query."""
    links = ServiceProvider.objects.filter(service=service, provider__active=True)
    own = links.values_list("provider_id", "price")
    return {provider: service.price if price is None else price for provider, price in own}


def access_appointment(business: Business, id_or_reference: UUID | str, token: str, *, now: datetime) -> Appointment:
    """The appointment that this manage token opens, until 90 days after its end; else NotFound.

    Missing, wrong and another one's token are one and the same answer, found after the same work.
    """
    appointment = _by_name(id_or_reference)
    fits = matches(token, appointment.manage_digest if appointment is not None else _NOBODY)
    if appointment is None or not fits or now > appointment.ends_at + MANAGEABLE_FOR:
        raise NotFound()
    return appointment


def access_hold(business: Business, hold_token: str, *, now: datetime) -> Appointment:
    """The hold with this token, or what became of it, until 90 days after its end; else NotFound.

    The token's digest is the key: nothing to time.
    """
    found = Appointment.objects.select_related("service", "provider").filter(hold_digest=digest(hold_token)).first()
    if found is None or now > found.ends_at + MANAGEABLE_FOR:
        raise NotFound()
    return found


def made(business: Business, appointment_id: UUID) -> Appointment:
    """The appointment that a request with the same idempotency key made; else NotFound."""
    found = _by_name(appointment_id)
    if found is None:
        raise NotFound()
    return found


def _links() -> Prefetch[Any]:
    """A service's links to its active providers, in their order."""
    links = ServiceProvider.objects.filter(provider__active=True).select_related("provider")
    return Prefetch("links", links.order_by("provider__position", "provider__created_at"))


def _by_name(id_or_reference: UUID | str) -> Appointment | None:
    found = Appointment.objects.select_related("service", "provider")
    identifier = as_uuid(id_or_reference)
    if identifier is not None:
        return found.filter(pk=identifier).first()
    reference = str(id_or_reference).upper()
    return found.filter(reference=reference).first() if _REFERENCE.fullmatch(reference) else None
