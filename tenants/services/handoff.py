"""Carrying a signed-in person from the platform host to a business's host, by a code that works once for a minute."""

import secrets
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from daybook.core import crypto
from daybook.core.errors import NotFound
from tenants.models import Business, HandoffCode, User
from tenants.selectors import business_url, membership

LIFE = timedelta(seconds=60)  # real time


def make_code(*, user: User, business: Business) -> str:
    """A code for this member and this business. Raises NotFound for anybody else."""
    if membership(user, business) is None:
        raise NotFound()
    HandoffCode.objects.filter(user=user, expires_at__lt=timezone.now()).delete()
    code = secrets.token_urlsafe(32)
    HandoffCode.objects.create(
        digest=crypto.digest(code), user=user, business=business, expires_at=timezone.now() + LIFE
    )
    return code


def entrance(*, user: User, business: Business, path: str) -> str:
    """The address on the business's host that a fresh code opens, and the path it leads to there."""
    query = urlencode({"code": make_code(user=user, business=business), "next": path})
    return business_url(business, f"/enter?{query}")


def redeem(code: str, *, business: Business) -> User | None:
    """The person whom the code brings to this business; None when it is used, old, another's, or membership ended."""
    now, digest = timezone.now(), crypto.digest(code)
    mine = HandoffCode.objects.filter(digest=digest, business=business, used_at__isnull=True, expires_at__gt=now)
    if mine.update(used_at=now) != 1:
        return None
    user = HandoffCode.objects.select_related("user").get(digest=digest).user
    return user if user.is_active and membership(user, business) else None


def local_path(wanted: str, *, otherwise: str) -> str:
    """`wanted` when it is a path on this very host, else `otherwise`: a link never leads to another site."""
    good = wanted.startswith("/") and "\\" not in wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if good else otherwise
