"""What every page of the dashboard does at its door: who may come in, and what browsers may do with the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from tenants.enums import Right
from tenants.selectors import require

if TYPE_CHECKING:
    from tenants.models import Business, Membership

View = Callable[..., HttpResponseBase]
READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")


def member_required(right: Right, *, methods: tuple[str, ...] = READ) -> Callable[[View], View]:
    """A page for members with this right; the view carries it as `right`.

    Strangers were sent to the platform's sign-in by MemberMiddleware; a member without the right gets 403. Answers are
    never stored, and may use `style` attributes (the calendar's positions), nothing else inline.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            require(member_of(request), right)
            response = view(request, **parts)
            response.headers["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request"])
            return response

        shown = csp_replace({"style-src-attr": [UNSAFE_INLINE]})(require_http_methods(methods)(page))
        shown.right = right  # type: ignore[attr-defined]
        return cast(View, shown)

    return decorate


def business_of(request: HttpRequest) -> Business:
    """The business whose host was asked."""
    found: Business = request.business  # type: ignore[attr-defined]
    return found


def member_of(request: HttpRequest) -> Membership:
    """The member who asks; only behind `member_required`, or None may come back."""
    found: Membership = request.member  # type: ignore[attr-defined]
    return found
