"""Tokens: derived with a key outside the database, kept there only as a digest."""

import base64
import hashlib
import hmac

from django.conf import settings


def derive_token(*parts: object) -> str:
    """An unguessable token (256 bits, URL-safe) that only these parts yield: HMAC-SHA256 under LINK_KEY.

    Parts are what the token is bound to: tenant, object, purpose, generation. Deriving again gives the same token.
    """
    message = "\x1f".join(str(p) for p in parts).encode()
    mac = hmac.new(settings.LINK_KEY.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def fingerprint(text: str) -> str:
    """By which a form says what text it was opened with; no secret."""
    return digest(text)[:16]


def digest(token: str) -> str:
    """What the database keeps of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def matches(token: str, kept: str) -> bool:
    """Whether the digest of `token` is `kept`, compared in constant time."""
    return hmac.compare_digest(digest(token), kept)
