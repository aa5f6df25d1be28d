"""Arguments that several commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import CommandError, CommandParser

from tenants.selectors import business_by_slug

if TYPE_CHECKING:
    from tenants.models import Business


def add_tenant(parser: CommandParser) -> None:
    """`--tenant SLUG`: one business instead of all."""
    parser.add_argument("--tenant", help="the slug of one business; default: all")


def business_of(slug: str | None) -> Business | None:
    """The business with this slug; None for all. CommandError when there is none."""
    if slug is None:
        return None
    business = business_by_slug(slug)
    if business is None:
        raise CommandError(f"There is no business {slug!r}.")
    return business


def schema_of(slug: str | None) -> str | None:
    """The schema of the business with this slug; None for all. CommandError when there is none."""
    business = business_of(slug)
    return None if business is None else str(business.schema_name)
