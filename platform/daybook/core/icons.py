"""Icons of the lucide package as inline SVG. Each is drawn once per process and look: a page has dozens of them."""

from functools import lru_cache

import lucide
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=1024)
def icon(name: str, css: str) -> SafeString:
    """Hidden from screen readers: words stand beside it, if only for them. Raises `lucide.IconDoesNotExist`."""
    # str: `SafeString`s would be taken for markup
    return mark_safe(lucide._render_icon(str(name), 24, **{"class": str(css), "aria-hidden": "true"}))
