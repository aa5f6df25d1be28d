"""The people of a described business: what is kept about them, their series, and who waits for a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.services.terms import terms
from daybook.ops.descriptions import ClientPart, KnownPart, SeriesPart, WaitPart
from scheduling.schemas import minute_of
from scheduling.selectors.offer import prices
from scheduling.selectors.recurring import Recurrence
from scheduling.services import client_blocks, client_consents, client_records, clients, staging
from scheduling.services.clients import ClientDetails, clean_details
from scheduling.services.placing import Wish
from scheduling.services.series import Part
from scheduling.services.staging import STAGER

if TYPE_CHECKING:
    from scheduling.models import Service
    from tenants.models import Business


def details(business: Business, part: ClientPart) -> ClientDetails:
    """A described client's details, by the rules for typed ones. Raises `Invalid`."""
    return clean_details(
        name=part.name, email=part.email, phone=part.phone, region=business.country, timezone=business.timezone,
        locale=business.locale, email_required=False,
    )  # fmt: skip


def repeat(business: Business, part: SeriesPart, *, service: Service, provider_id: UUID, now: datetime) -> None:
    """Book a series at its wall-clock time, by the service that staff use; nobody is told."""
    zone = ZoneInfo(business.timezone)
    local = part.start.astimezone(zone)
    recurrence = Recurrence(part.every, part.unit, count=part.count)
    days = recurrence.dates(local.date())
    wish = Wish(
        service=service, start=part.start, provider_id=provider_id, client_timezone=business.timezone,
        client_locale=business.locale, source="manual",
    )  # fmt: skip
    priced = terms(
        business=business,
        service_id=service.pk,
        prices=prices(service),
        allowed_modes=service.payment_modes,
        by_staff=True,
    )
    staging.stage_series(
        business=business, recurrence=recurrence, wish=wish, client=details(business, part.client), terms=priced, now=now,
        parts=[Part(datetime.combine(day, local.time(), zone), provider_id) for day in days],
    )  # fmt: skip


def know(business: Business, part: KnownPart, *, now: datetime) -> None:
    """Write down what staff know of a client, of a new one if nobody has these details."""
    typed = details(business, part)
    client = clients.find(typed) or client_records.make_client(
        business=business, name=typed.name, email=typed.email, phone=typed.phone, timezone=typed.timezone
    )
    client_records.change_client(client, business=business, notes=part.notes, tags=part.tags, reminders=part.reminders)
    for consent in part.consents:
        client_consents.give(
            client, kind=consent.kind, text=consent.text, version=consent.version, now=consent.given_at, by=STAGER
        )
    if part.blocked is not None:
        client_blocks.block(client, reason=part.blocked, now=now)


def wait(business: Business, part: WaitPart, *, service: Service, provider_id: UUID | None, now: datetime) -> None:
    """Put a client on the waiting list, as he would himself; no mail says so."""
    staging.stage_waiting(
        business=business, service=service, provider_id=provider_id, client=details(business, part.client), now=now,
        dates=(part.first_date, part.last_date), weekdays=part.weekdays, notes=part.notes,
        hours=None if part.start is None or part.end is None else (minute_of(part.start), minute_of(part.end)),
    )  # fmt: skip
