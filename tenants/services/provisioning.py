"""Making businesses: the record, its hosts, its schema. A business that is half made can be made again."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context, tenant_context

from daybook.core import clock
from daybook.core.errors import Conflict, Invalid
from daybook.core.housekeeping import forget
from tenants.enums import BusinessStatus, Role
from tenants.models import Business, Domain, DomainKind, Membership, User
from tenants.services import schemas
from tenants.services.slugs import check_slug
from tenants.signals import business_made

log = logging.getLogger(__name__)

UNMADE = (BusinessStatus.PENDING, BusinessStatus.MAKING, BusinessStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Details:
    """What is asked of a new business. `timezone` is an IANA zone, `currency` a lower-case ISO 4217 code."""

    name: str
    slug: str
    timezone: str = "UTC"
    currency: str = "usd"
    country: str = ""
    locale: str = "en"
    email: str = ""


def make_business(
    *,
    name: str,
    slug: str,
    timezone: str = "UTC",
    currency: str = "usd",
    country: str = "",
    locale: str = "en",
    email: str = "",
    owner: User | None = None,
    now: datetime | None = None,
) -> Business:
    """A live business with its own schema, the owner's membership and a first provider.

    Raises Invalid for a bad slug, Conflict when it is taken.
    """
    details = Details(name, slug, timezone, currency, country, locale, email)
    business = reserve(details, owner=owner)
    make_schema(business, now=now)
    return business


def reserve(details: Details, *, owner: User | None) -> Business:
    """A pending business that keeps its slug: record, host and membership, no schema yet."""
    check_slug(details.slug)
    business = Business(
        name=details.name.strip(),
        slug=details.slug,
        timezone=details.timezone,
        currency=details.currency,
        country=details.country,
        locale=details.locale,
        email=details.email,
    )
    with schema_context("public"):
        try:
            with transaction.atomic():
                business.save()
                Domain.objects.create(tenant=business, domain=slug_host(details.slug), kind=DomainKind.SLUG)
        except IntegrityError as error:
            raise _taken() from error
        if owner is not None:
            Membership.objects.create(business=business, user=owner, role=Role.OWNER)
    return business


def slug_host(slug: str) -> str:
    """The host that a slug stands for."""
    return f"{slug}.{settings.BASE_DOMAIN}"


def _taken() -> Conflict:
    message = _("This address is already taken. Please choose another.")
    return Conflict("slug_taken", message, {"fields": {"slug": [message]}})


def make_schema(business: Business, *, now: datetime | None = None) -> None:
    """Copy the template into the business's schema, bring it to head, announce the business, open it.

    What fails is rolled back and leaves the business `failed` with the reason; `retry` begins again. Only one of
    several at once makes it.
    """
    claimed = Business.objects.filter(pk=business.pk, status__in=UNMADE).update(
        status=BusinessStatus.MAKING, status_reason=""
    )
    if not claimed:
        business.refresh_from_db()
        return
    try:
        _make(business, now or clock.now())
    except Exception as error:
        log.exception("schema %s of %s could not be made", business.schema_name, business.slug)
        _record(business, BusinessStatus.FAILED, f"{type(error).__name__}: {error}"[:300])
        raise
    _record(business, BusinessStatus.ACTIVE, "")


def _make(business: Business, now: datetime) -> None:
    """One transaction: whoever else makes the same business waits for its row, and then has nothing to do."""
    with schema_context("public"), transaction.atomic():
        Business.objects.select_for_update().get(pk=business.pk)
        if Business.objects.filter(pk=business.pk, schema_ready=True).exists():
            return
        schemas.drop(business.schema_name)
        schemas.copy(business.schema_name)
        if schemas.behind([business.schema_name]):
            schemas.migrate(business.schema_name)
        with tenant_context(business):
            business_made.send(Business, business=business, now=now, owner_name=_owner_name(business))
        business.schema_ready = True
        business.save(update_fields=["schema_ready"])


def _owner_name(business: Business) -> str:
    owner = business.memberships.filter(role=Role.OWNER).select_related("user").first()
    return owner.user.get_full_name() if owner else business.name


def _record(business: Business, status: BusinessStatus, reason: str) -> None:
    business.status, business.status_reason = status, reason
    with schema_context("public"):
        business.save(update_fields=["status", "status_reason", "updated_at"])


def retry(business: Business, *, now: datetime | None = None) -> None:
    """Finish a business whose making failed or was cut short. Raises Conflict when there is nothing to finish."""
    business.refresh_from_db()
    if business.status not in UNMADE:
        raise Conflict("already_made", _("This business is already set up."))
    make_schema(business, now=now)


def rename(business: Business, *, slug: str) -> None:
    """Give the business another slug. The old one stays reserved and its host leads to the new one."""
    if slug == business.slug:
        return
    check_slug(slug, mine=business)
    with schema_context("public"), transaction.atomic():
        Domain.objects.filter(tenant=business, kind=DomainKind.SLUG).update(kind=DomainKind.OLD_SLUG, is_primary=False)
        own = Domain.objects.filter(tenant=business, domain=slug_host(slug))
        business.slug = slug
        try:
            with transaction.atomic():
                business.save(update_fields=["slug", "updated_at"])
                if not own.update(kind=DomainKind.SLUG, is_primary=True):
                    Domain.objects.create(tenant=business, domain=slug_host(slug), kind=DomainKind.SLUG)
        except IntegrityError as error:
            raise _taken() from error


def suspend(business: Business, *, reason: str = "") -> None:
    """Stop bookings. Clients still see and cancel what they have."""
    if business.status != BusinessStatus.ACTIVE:
        raise Conflict("not_active", _("Only an active business can be suspended."))
    _record(business, BusinessStatus.SUSPENDED, reason)


def resume(business: Business) -> None:
    """Take bookings again."""
    if business.status != BusinessStatus.SUSPENDED:
        raise Conflict("not_suspended", _("This business is not suspended."))
    _record(business, BusinessStatus.ACTIVE, "")


def erase(business: Business) -> None:
    """Delete the business with everything it has: schema, hosts, memberships, keys, and what it left in `public`.

    Nobody else's data is touched.
    """
    if not business.schema_name.startswith("b_"):
        raise Invalid("not_a_business", _("This schema does not belong to a business."))
    with schema_context("public"), transaction.atomic():
        schemas.drop(business.schema_name)
        forget(tenant_id=business.pk, schema=business.schema_name)
        business.delete()
