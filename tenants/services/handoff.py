"""Carrying a signed-in person from the platform host to a business's host, by a code that works once for a minute."""

import secrets
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from daybook.core import crypto
from daybook.core.errors import NotFound
from tenants.models import Business, HandoffCode, User
from tenants.selectors import business_url, membership

LIFE = timedelta(seconds=60)  # real time


def make_code(*, user: User, business: Business, origin: UUID | None = None) -> str:
    """A code for this member and this business, got in the sign-in `origin`. Raises NotFound for anybody else."""
    if membership(user, business) is None:
        raise NotFound()
    HandoffCode.objects.filter(user=user, expires_at__lt=timezone.now()).delete()
    code = secrets.token_urlsafe(32)
    HandoffCode.objects.create(
        digest=crypto.digest(code), user=user, business=business, origin_id=origin, expires_at=timezone.now() + LIFE
    )
    return code


def entrance(*, user: User, business: Business, path: str, origin: UUID | None = None) -> str:
    """The address on the business's host that a fresh code opens, and the path it leads to there."""
    query = urlencode({"code": make_code(user=user, business=business, origin=origin), "next": path})
    return business_url(business, f"/enter?{query}")


def redeem(code: str, *, business: Business) -> User | None:
    """The person whom the code brings to this business; None when it is used, old, another's, or membership or sign-in ended."""
    now, digest = timezone.now(), crypto.digest(code)
    mine = HandoffCode.objects.filter(digest=digest, business=business, used_at__isnull=True, expires_at__gt=now)
    if mine.update(used_at=now) != 1:
        return None
    found = HandoffCode.objects.select_related("user", "origin").get(digest=digest)
    if found.origin is not None and found.origin.ended_at is not None:
        return None
    return found.user if found.user.is_active and membership(found.user, business) else None


def origin(code: str) -> UUID | None:
    """The sign-in on the platform in which the code was got."""
    return HandoffCode.objects.values_list("origin_id", flat=True).filter(digest=crypto.digest(code)).first()


def local_path(wanted: str, *, otherwise: str) -> str:
    """`wanted` when it is a path on this very host, else `otherwise`: a link never leads to another site."""
    good = wanted.startswith("/") and "\\" not in wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if good else otherwise
