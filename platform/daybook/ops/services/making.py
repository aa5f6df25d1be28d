"""From a description to a business: the same services that sign-up and staff use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction
from django_tenants.utils import schema_context, tenant_context

from billing.domain.policies import Tier
from billing.services.policies import replace_tiers
from billing.services.terms import terms
from daybook.core.errors import Invalid
from daybook.ops.descriptions import AppointmentPart, ClientPart, Description, ServicePart
from daybook.ops.services import clientele, payments
from daybook.ops.services.clientele import details
from scheduling.schemas import minute_of
from scheduling.selectors.offer import prices, providers
from scheduling.services import busy, hours, offer, staging, team
from scheduling.services.hours import Hours
from scheduling.services.offer import Link
from scheduling.services.placing import Wish
from tenants.enums import Role
from tenants.selectors import business_by_slug
from tenants.services import keys, members, people, provisioning
from tenants.services.settings import change_settings, check_settings

if TYPE_CHECKING:
    from scheduling.models import Appointment, Provider, Service
    from scheduling.services.clients import ClientDetails
    from tenants.models import Business


T = TypeVar("T")


@dataclass(slots=True)
class Made:
    """What was made, by the description's keys."""

    business: Business
    anew: bool = False
    publishable_key: str = ""
    secret_key: str = ""
    providers: dict[str, Provider] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    stripe_account: str = ""

    def document(self) -> dict[str, Any]:
        """What `make_business` prints."""
        return {
            "slug": self.business.slug,
            "host": f"{self.business.slug}.{django_settings.BASE_DOMAIN}",
            "publishable_key": self.publishable_key,
            "secret_key": self.secret_key,
            "providers": {key: str(row.pk) for key, row in self.providers.items()},
            "services": {key: str(row.pk) for key, row in self.services.items()},
            "appointments": {key: str(row.pk) for key, row in self.appointments.items()},
            **({"stripe_account": self.stripe_account} if self.stripe_account else {}),
        }

    def provider(self, key: str | None) -> Provider | None:
        """The provider of a key; None stands for everybody."""
        return None if key is None else _of(self.providers, key, "provider")

    def service(self, key: str | None) -> Service | None:
        """The service of a key; None stands for every one."""
        return None if key is None else _of(self.services, key, "service")


def make(description: Description, *, now: datetime) -> Made:
    """Make the business, or make it anew: one of the same slug is erased first. Raises Invalid, Conflict.

    What cannot be made whole is not there afterwards.
    """
    head = description.model_dump(include={"name", "timezone", "currency", "country", "locale"})
    check_settings({name: value for name, value in head.items() if value} | description.settings)
    with schema_context("public"):
        old = business_by_slug(description.slug)
        if old is not None:
            provisioning.erase(old)
        business = provisioning.make_business(
            name=description.name or description.slug.replace("-", " ").title(),
            slug=description.slug,
            timezone=description.timezone,
            currency=description.currency,
            country=description.country,
            locale=description.locale,
            now=now,
        )
    made = Made(business, anew=old is not None)
    try:
        _furnish(made, description, now)
    except Exception:  # half a business is of no use
        provisioning.erase(business)
        raise
    return made


def _furnish(made: Made, description: Description, now: datetime) -> None:
    business = made.business
    with schema_context("public"):
        change_settings(business, **description.settings)
        made.publishable_key = keys.make_publishable(business=business, name="Booking page", by=None)[1]
        made.secret_key = keys.make_secret(business=business, name="Fixture", by=None)[1]
    with tenant_context(business), transaction.atomic():
        _make_team(made, description)
        _make_offer(made, description)
        _make_hours(made, description)
        _make_policies(made, description)
        for part in description.busy:
            busy.add_busy(
                provider_id=_of(made.providers, part.provider, "provider").pk,
                start=part.start, end=part.end, source="fixture", title=part.title,
            )  # fmt: skip
        for appointment in description.appointments:
            made.appointments[appointment.key] = _make_appointment(made, appointment, now)
        _make_clientele(made, description, now)
    _make_members(made, description)
    if description.stripe:
        made.stripe_account = payments.connect(business, now=now)


def _make_team(made: Made, description: Description) -> None:
    for first in providers():  # the one that every new business has
        team.delete_provider(first)
    for part in description.providers:
        values = part.model_dump(exclude={"key", "hue"})
        if part.hue:
            values["hue"] = part.hue
        made.providers[part.key] = team.make_provider(business=made.business, **values)


def _make_offer(made: Made, description: Description) -> None:
    headings: dict[str, UUID] = {}
    for part in description.services:
        if part.category and part.category not in headings:
            headings[part.category] = offer.make_category(name=part.category).pk
        made.services[part.key] = _make_service(made, part, headings)


def _make_service(made: Made, part: ServicePart, headings: dict[str, UUID]) -> Service:
    values = part.model_dump(exclude={"key", "category", "deposit", "providers"})
    if part.category:
        values["category_id"] = headings[part.category]
    if part.deposit is not None:
        values.update(deposit_type=part.deposit.type, deposit_value=part.deposit.value)
    links = None
    if part.providers is not None:
        links = [
            Link(_of(made.providers, link.key, "provider").pk, link.price, link.duration_minutes)
            for link in part.providers
        ]
    return offer.make_service(business=made.business, providers=links, **values)


def _make_hours(made: Made, description: Description) -> None:
    for provider, service in {(rule.provider, None if rule.provider else rule.service) for rule in description.rules}:
        replace = [
            Hours(
                weekday=rule.weekday,
                start_minute=minute_of(rule.start),
                end_minute=minute_of(rule.end),
                effective_from=rule.effective_from,
                effective_to=rule.effective_to,
                service_id=_pk(made.service(rule.service)) if provider else None,
            )
            for rule in description.rules
            if rule.provider == provider and (provider or rule.service == service)
        ]
        hours.replace_rules(hours=replace, provider=made.provider(provider), service=made.service(service))
    for part in description.overrides:
        hours.make_override(
            provider=made.provider(part.provider),
            kind=part.kind,
            day=part.date,
            end_date=part.end_date,
            start_minute=None if part.start is None else minute_of(part.start),
            end_minute=None if part.end is None else minute_of(part.end),
            note=part.note,
        )


def _make_policies(made: Made, description: Description) -> None:
    for service in {part.service for part in description.policies}:
        tiers = [part for part in description.policies if part.service == service]
        replace_tiers(
            service=made.service(service),
            tiers=[Tier(tier.hours_before_start, tier.fee_percentage, tier.fee_fixed) for tier in tiers],
        )


def _make_appointment(made: Made, part: AppointmentPart, now: datetime) -> Appointment:
    service = _of(made.services, part.service, "service")
    wish = Wish(
        service=service,
        start=part.start,
        provider_id=_pk(made.provider(part.provider)),
        client_timezone=made.business.timezone,
        client_locale=made.business.locale,
        notes=part.notes,
        staff_notes=part.staff_notes,
        source=part.source,
        allow_outside_hours=True,
        allow_overlap=part.allow_overlap,
    )
    priced = terms(
        business=made.business,
        service_id=service.pk,
        prices=prices(service),
        allowed_modes=service.payment_modes,
        by_staff=True,
    )
    client = _client(made.business, part)
    return staging.stage(
        business=made.business, wish=wish, client=client, terms=priced, status=part.status, now=now,
        shared_notes=part.shared_notes,
    )  # fmt: skip


def _client(business: Business, part: AppointmentPart) -> ClientDetails | None:
    if part.client is None and part.status == "held":
        return None
    return details(business, part.client or ClientPart())


def _make_clientele(made: Made, description: Description, now: datetime) -> None:
    for part in description.series:
        service, provider = _of(made.services, part.service, "service"), _of(made.providers, part.provider, "provider")
        clientele.repeat(made.business, part, service=service, provider_id=provider.pk, now=now)
    for known in description.clients:
        clientele.know(made.business, known, now=now)
    for wait in description.waitlist:
        service = _of(made.services, wait.service, "service")
        clientele.wait(made.business, wait, service=service, provider_id=_pk(made.provider(wait.provider)), now=now)


def _make_members(made: Made, description: Description) -> None:
    with schema_context("public"):
        for part in description.members:
            user = people.ensure_person(email=part.email, password=part.password, name=part.name)
            provider_id = _pk(made.provider(part.provider))
            members.add(business=made.business, user=user, role=Role(part.role), provider_id=provider_id)


def _pk(row: Provider | Service | None) -> UUID | None:
    return None if row is None else row.pk


def _of(things: dict[str, T], key: str, what: str) -> T:
    if key not in things:
        raise Invalid("unknown_key", f"There is no {what} {key!r} in the description.")
    return things[key]
