"""How prices are shown."""

from decimal import Decimal

from django import template

from billing import failures
from billing.domain.pricing import plain

register = template.Library()


@register.filter
def plain_percent(percent: Decimal | str) -> str:
    """`19`, `8.875`."""
    return plain(Decimal(percent))


@register.filter
def failure_words(code: str) -> str:
    """Why a charge or refund did not work: `the card has expired`."""
    return failures.in_words(code)
