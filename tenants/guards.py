"""What a door of the tenant-admin API asks of its caller."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.http import HttpRequest

from tenants.auth import actor, require
from tenants.enums import BusinessStatus, Right
from tenants.errors import Suspended

View = TypeVar("View", bound=Callable[..., Any])


def needs(right: Right) -> Callable[[View], View]:
    """Only members with this right, and secret keys, come in. The view carries it as `right`."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            require(request, right)
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return cast(View, guarded)

    return wrap


def require_active(request: HttpRequest) -> None:
    """For doors where a suspended business may do some things only; raises `Suspended`."""
    if request.business.status != BusinessStatus.ACTIVE:  # type: ignore[attr-defined]
        raise Suspended()


def caller(request: HttpRequest) -> str:
    """Who asks, as idempotency keys tell callers apart."""
    who = actor(request)
    return f"{who.kind}:{who.id}"
