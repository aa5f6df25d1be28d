"""Who calls the tenant-admin API: a member by session, or a secret key."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from daybook.core.actors import Actor, ActorKind
from daybook.core.errors import Forbidden, NotFound, Unauthorized
from tenants.enums import Right
from tenants.models import ApiKey, Business, Membership
from tenants.services import keys

SAFE = ("GET", "HEAD", "OPTIONS")


class MemberOrKey(AuthBase):
    """Lets in an active member of the request's business (with CSRF token where something changes) or its secret key.

    Sets `request.member` or `request.api_key`. Anything else, another business's key too, is 401; a key without the
    scope for the method is 403.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> Any:
        request.api_key = None  # type: ignore[attr-defined]
        header = request.headers.get("Authorization", "")
        if header:
            return _by_key(request, header)
        member: Membership | None = getattr(request, "member", None)
        if member is None:
            raise Unauthorized("unauthorized", _("Sign in, or send a secret key."))
        if request.method not in SAFE and check_csrf(request) is not None:
            raise Forbidden("csrf_failed", _("The CSRF token is missing or wrong."))
        return member


def _by_key(request: HttpRequest, header: str) -> ApiKey:
    business: Business = request.business  # type: ignore[attr-defined]
    text = keys.bearer(header)
    key = keys.authenticate(text) if text else None
    if key is None or key.business_id != business.pk:
        raise Unauthorized("unauthorized", _("A valid key of this business is needed."))
    scope = "read" if request.method in SAFE else "write"
    if scope not in key.scopes:
        raise Forbidden("scope_missing", _("This key may not do this."))
    request.member, request.api_key = None, key  # type: ignore[attr-defined]
    return key


def require(request: HttpRequest, right: Right) -> None:
    """Let a member with the right, or a secret key, go on. Forbidden for other members, NotFound for strangers.

    Keys act for the business in everything but people and keys.
    """
    member: Membership | None = getattr(request, "member", None)
    if member is not None:
        if not member.may(right):
            raise Forbidden("forbidden", _("Your role does not allow this."))
        return
    if getattr(request, "api_key", None) is None:
        raise NotFound()
    if right in (Right.CHANGE_MEMBERS, Right.CHANGE_KEYS):
        raise Forbidden("forbidden", _("Keys cannot manage people or keys."))


def actor(request: HttpRequest) -> Actor:
    """Who acts, for history and audit: the member, the key, or a client when it is neither."""
    member: Membership | None = getattr(request, "member", None)
    if member is not None:
        return Actor(ActorKind.MEMBER, str(member.pk), member.user.get_full_name()[:100])
    key: ApiKey | None = getattr(request, "api_key", None)
    if key is not None:
        return Actor(ActorKind.API_KEY, str(key.pk), key.name)
    return Actor(ActorKind.CLIENT)
