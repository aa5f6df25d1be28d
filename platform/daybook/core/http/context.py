"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """The business and member of the request, and the platform's address."""
    business = getattr(request, "business", None)
    return {
        "business": business,
        "member": getattr(request, "member", None),
        "platform_url": settings.PLATFORM_URL,
        "base_domain": settings.BASE_DOMAIN,
        "theme": request.COOKIES.get("theme", "") if request.path.startswith("/dashboard") else _client_theme(business),
    }


def _client_theme(business: Any) -> str:
    return getattr(business, "theme", "light")
