"""`{% lucide "calendar" class="i" %}`: the package's tag, from memory."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from daybook.core import icons

register = template.Library()


@register.simple_tag
def lucide(name: str, **look: Any) -> SafeString:
    """An icon with these classes."""
    return icons.icon(name, look.get("class", "i"))
