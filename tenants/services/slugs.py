"""Slug rules with the words for each refusal, and whether a slug is free."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from daybook.core.errors import Conflict, Invalid
from tenants.domain.slugs import LONGEST, SHORTEST, Problem, problem, suggest
from tenants.enums import BusinessStatus
from tenants.models import Business, Domain

KEPT_UNVERIFIED = timedelta(days=3)


def words(found: Problem) -> str:
    """What to tell the person whose slug was refused."""
    return {
        Problem.EMPTY: _("Choose an address."),
        Problem.SHORT: _("The address needs at least %(count)d characters.") % {"count": SHORTEST},
        Problem.LONG: _("The address may have at most %(count)d characters.") % {"count": LONGEST},
        Problem.NOT_ASCII: _("Use the letters a to z without accents, digits and hyphens."),
        Problem.UPPER_CASE: _("Use lower-case letters only."),
        Problem.CHARACTERS: _("Use letters, digits and hyphens only."),
        Problem.HYPHEN_AT_END: _("The address cannot begin or end with a hyphen."),
        Problem.PUNYCODE: _("The third and fourth characters cannot both be hyphens."),
        Problem.PG_PREFIX: _("The address cannot begin with “pg_”."),
        Problem.RESERVED: _("This name is reserved. Please choose another."),
        Problem.NUMBER: _("The address needs at least one letter."),
    }[found]


def check_slug(slug: str, *, mine: Business | None = None) -> None:
    """Raise Invalid with the reason for a bad slug, Conflict when it is (or was) that of a business other than mine."""
    found = problem(slug)
    if found is not None:
        raise Invalid("invalid_slug", words(found), {"slug": [words(found)]}, reason=found.value)
    if is_taken(slug, mine=mine):
        message = _("This address is already taken. Please choose another.")
        raise Conflict("slug_taken", message, {"fields": {"slug": [message]}})


def is_taken(slug: str, *, mine: Business | None = None) -> bool:
    """Whether another business has the slug now or had it once; sign-ups that were never verified lose it after 3 days."""
    _forget_unverified(slug)
    own = mine.pk if mine else None
    hosts = Domain.objects.filter(domain=f"{slug}.{settings.BASE_DOMAIN}")
    return bool(Business.objects.filter(slug=slug).exclude(pk=own).exists() or hosts.exclude(tenant=own).exists())


def _forget_unverified(slug: str) -> None:
    old = timezone.now() - KEPT_UNVERIFIED
    for business in Business.objects.filter(slug=slug, status=BusinessStatus.PENDING, created_at__lt=old):
        business.delete()


def suggestion(name: str) -> str:
    """A free slug for a business of this name, with a number where the plain one is taken; may be empty."""
    base = suggest(name)
    candidates = [base, *(f"{base[: LONGEST - 3]}-{number}" for number in range(2, 20))] if base else []
    return next((slug for slug in candidates if problem(slug) is None and not is_taken(slug)), "")
