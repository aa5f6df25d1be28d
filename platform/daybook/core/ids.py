"""Identifiers made in Python."""

import secrets
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> uuid.UUID:
    """A primary key: a random UUID (version 4)."""
    return uuid.uuid4()


def new_reference() -> str:
    """Eight characters of Crockford's base 32, for people to read out. Not a secret."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(8))


def new_short_id() -> str:
    """Ten lower-case characters that name a schema: `b_<short id>`."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(10)).lower()
