"""How prices are shown."""

from django import template

from billing import failures

register = template.Library()


@register.filter
def failure_words(code: str) -> str:
    """Why a charge or refund did not work: `the card has expired`."""
    return failures.in_words(code)
