"""Arguments that several commands take."""

from django.core.management.base import CommandError, CommandParser

from tenants.selectors import business_by_slug


def add_tenant(parser: CommandParser) -> None:
    """`--tenant SLUG`: one business instead of all."""
    parser.add_argument("--tenant", help="the slug of one business; default: all")


def schema_of(slug: str | None) -> str | None:
    """The schema of the business with this slug; None for all. CommandError when there is none."""
    if slug is None:
        return None
    business = business_by_slug(slug)
    if business is None:
        raise CommandError(f"There is no business {slug!r}.")
    return str(business.schema_name)
