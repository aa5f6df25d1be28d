"""From host names and keys to businesses, remembered in this process for a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save

from daybook.core import crypto
from tenants.enums import KeyKind
from tenants.models import ApiKey, Business, Domain, DomainKind

MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Route:
    """Where a host or key leads. The business is the caller's own copy: changing it changes nobody else's."""

    business: Business
    kind: DomainKind


class Memory:
    """Look-ups kept for ROUTING_CACHE_SECONDS of real time (0: not at all), misses too."""

    def __init__(self, look_up: Callable[[str], Route | None]) -> None:
        self._look_up = look_up
        self._found: dict[str, tuple[float, Route | None]] = {}

    def get(self, name: str, *, fresh: bool = False) -> Route | None:
        """The route of `name`, from memory while it is fresh; `fresh`: as it is in the database now."""
        now = time.monotonic()
        kept = None if fresh else self._found.get(name)
        if kept is None or kept[0] <= now:
            kept = (now + settings.ROUTING_CACHE_SECONDS, self._look_up(name))
            if settings.ROUTING_CACHE_SECONDS > 0:
                self._keep(name, kept)
        route = kept[1]
        return None if route is None else Route(_copy(route.business), route.kind)

    def _keep(self, name: str, kept: tuple[float, Route | None]) -> None:
        if len(self._found) >= MOST_REMEMBERED:  # strangers choose the names: never let them fill the memory
            self._found.clear()
        self._found[name] = kept

    def forget(self) -> None:
        """Look everything up again."""
        self._found.clear()


def _copy(business: Business) -> Business:
    """An own object of the same row: a tenth of the time of `copy.copy`, which goes the way of pickling."""
    copied: Business = Business.__new__(Business)
    copied.__dict__.update(business.__dict__)
    return copied


def _business_of_host(host: str) -> Route | None:
    domain = Domain.objects.select_related("tenant").filter(domain=host).first()
    if domain is None or (domain.kind == DomainKind.CUSTOM and domain.verified_at is None):
        return None
    return Route(domain.tenant, DomainKind(domain.kind))


def _business_of_key(digest: str) -> Route | None:
    keys = ApiKey.objects.select_related("business")
    key = keys.filter(digest=digest, kind=KeyKind.PUBLISHABLE, revoked_at__isnull=True).first()
    return None if key is None else Route(key.business, DomainKind.SLUG)


_hosts = Memory(_business_of_host)
_keys = Memory(_business_of_key)


def by_host(host: str, *, fresh: bool = False) -> Route | None:
    """The business that this normalised host names; unverified custom domains name none.

    `fresh` reads it anew: who has just saved a setting must see it, and what is decided goes by it, whichever process
    answers.
    """
    return _hosts.get(host, fresh=fresh)


def by_publishable_key(key: str, *, fresh: bool = False) -> Route | None:
    """The business that this `pk_live_…` key names, unless it is revoked. `fresh` as above."""
    return _keys.get(crypto.digest(key), fresh=fresh) if key.startswith("pk_live_") else None


def forget(**_: Any) -> None:
    """Forget every remembered route of this process."""
    _hosts.forget()
    _keys.forget()


def connect() -> None:
    """Forget at once when this process changes a business, a domain or a key."""
    for model in (Business, Domain, ApiKey):
        post_save.connect(forget, sender=model, dispatch_uid=f"forget-saved-{model.__name__}")
        post_delete.connect(forget, sender=model, dispatch_uid=f"forget-deleted-{model.__name__}")
