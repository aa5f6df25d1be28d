"""Secrets of others that must be read again, such as a calendar's tokens: encrypted by keys that are not in the database.

`SECRETS_KEYS` lists the keys, newest first: the first encrypts, all of them decrypt. A key is taken out of the list
once `daybook rotate_keys` has written everything anew with the first.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    Text = models.TextField[str, str]
else:
    Text = models.TextField


def seal(text: str) -> str:
    """The text, encrypted and signed with the newest key."""
    return _box(tuple(settings.SECRETS_KEYS)).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed with any key of the list. Raises `cryptography.fernet.InvalidToken` for anything else."""
    return _box(tuple(settings.SECRETS_KEYS)).decrypt(sealed.encode()).decode()


class SecretField(Text):
    """Text that the database keeps sealed; Python sees it plain. Empty stays empty; it cannot be searched for."""

    def get_prep_value(self, value: Any) -> Any:
        plain = super().get_prep_value(value)
        return seal(plain) if plain else plain

    def from_db_value(self, value: str | None, _expression: object, _connection: BaseDatabaseWrapper) -> str | None:
        return unseal(value) if value else value


def secret_fields() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Every model that keeps secrets, with the names of the fields."""
    for model in apps.get_models():
        names = [field.attname for field in model._meta.concrete_fields if isinstance(field, SecretField)]
        if names:
            yield model, names


@lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])
