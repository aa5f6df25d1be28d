"""Secrets that must be read again: encrypted under SECRET_KEY, so that a copy of the database tells nothing."""

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def seal(text: str, *, purpose: str) -> str:
    """The text, encrypted and signed for one purpose."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """What `seal` was given for the same purpose. Raises InvalidToken for anything else."""
    return _box(purpose).decrypt(sealed.encode()).decode()


def _box(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}:{settings.SECRET_KEY}".encode()).digest()))
