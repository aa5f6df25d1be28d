"""API keys: publishable ones name a business, secret ones act for it. Only digests are kept."""

import secrets
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from daybook.core import crypto
from daybook.core.errors import Conflict, Invalid
from daybook.core.ids import new_id
from tenants.enums import KeyKind
from tenants.models import ApiKey, Business, User

SCOPES = ("read", "write")
SEEN_EVERY = timedelta(minutes=1)


class AlreadyMade(Conflict):
    """409: this form was sent before and its key was answered then."""

    def __init__(self) -> None:
        super().__init__("already_made", _("This key was made already. It was shown once; make another if it is lost."))


def make_publishable(
    *, business: Business, name: str, by: User | None, key_id: UUID | None = None
) -> tuple[ApiKey, str]:
    """A key for the business's own pages. It may be shown to anybody; the text is answered once.

    Whoever may ask twice for the same key names it by `key_id`; the second time raises `AlreadyMade`.
    """
    text = f"pk_live_{business.slug}_{secrets.token_urlsafe(18)}"
    return _make(business, KeyKind.PUBLISHABLE, name, text, [], by, key_id)


def make_secret(
    *, business: Business, name: str, by: User | None, scopes: Collection[str] = SCOPES, key_id: UUID | None = None
) -> tuple[ApiKey, str]:
    """A key that acts for the business within `scopes` (read, write); its text is answered this once.

    `key_id` as for `make_publishable`.
    """
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Invalid(
            "invalid_scopes", _("Choose read, write or both."), {"scopes": [_("Choose read, write or both.")]}
        )
    text = f"sk_live_{secrets.token_urlsafe(32)}"
    return _make(business, KeyKind.SECRET, name, text, sorted(set(scopes)), by, key_id)


def _make(
    business: Business,
    kind: KeyKind,
    name: str,
    text: str,
    scopes: list[str],
    by: User | None,
    key_id: UUID | None,
) -> tuple[ApiKey, str]:
    shown = text if kind == KeyKind.PUBLISHABLE else text[:14]
    key = ApiKey(
        id=key_id or new_id(),
        business=business,
        kind=kind,
        name=name.strip()[:80] or _("Unnamed"),
        prefix=shown[:90],
        digest=crypto.digest(text),
        scopes=scopes,
        created_by=by,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyMade() from error
    return key, text


def revoke(key: ApiKey) -> None:
    """The key opens nothing from now on; revoking twice is harmless."""
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])


def bearer(header: str) -> str | None:
    """The key of an `Authorization: Bearer …` header."""
    scheme, _space, text = header.partition(" ")
    return text.strip() if scheme.lower() == "bearer" and text.strip() else None


def authenticate(secret: str) -> ApiKey | None:
    """The secret key with this text, unless revoked. Looked up by digest, so timing tells nothing about it."""
    if not secret.startswith("sk_live_"):
        return None
    kept = ApiKey.objects.select_related("business")
    key = kept.filter(digest=crypto.digest(secret), kind=KeyKind.SECRET, revoked_at__isnull=True).first()
    if key is not None:
        _seen(key)
    return key


def _seen(key: ApiKey) -> None:
    """Note the use, at most once a minute."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > SEEN_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - SEEN_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
