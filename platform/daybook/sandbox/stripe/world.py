"""Everything this Stripe knows: the platform, its connected accounts, and what each of them has."""

import copy
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from daybook.sandbox.stripe.refusals import missing, no_access

Obj = dict[str, Any]
"""An object of the API. Keys that begin with "_" are known to this Stripe only."""


def public(value: Any) -> Any:
    """A copy without what only this Stripe knows."""
    if isinstance(value, dict):
        return {key: public(inner) for key, inner in value.items() if not key.startswith("_")}
    return [public(inner) for inner in value] if isinstance(value, list) else value


def nulls(names: str) -> Obj:
    return dict.fromkeys(names.split())


@dataclass
class Merchant:
    """One account: the platform itself, or one that is connected to it."""

    id: str
    objects: dict[str, Obj] = field(default_factory=dict)
    reachable: bool = True  # whether the platform may still act for it
    account: Obj = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[Obj]:
        """Its objects of a kind, oldest first."""
        yield from (thing for thing in list(self.objects.values()) if thing["object"] == kind)

    def get(self, kind: str, key: str, *, param: str | None = None) -> Obj:
        """Its object by id. Raises Stripe's "No such …": 404, or 400 for the parameter that names it."""
        found = self.objects.get(key)
        if found is None or found["object"] != kind or (param and found.get("deleted")):
            raise missing(kind, key, param=param or "id", status=400 if param else 404)
        return found


@dataclass(frozen=True)
class Origin:
    """The request that caused something; empty for what people and banks do."""

    request_id: str | None = None
    key: str | None = None


class World:
    """Use it while holding `lock`."""

    def __init__(self, api_version: str) -> None:
        self.api_version = api_version
        self.lock = threading.RLock()
        self.base_url = ""
        self.origin = Origin()
        self.announce: Callable[[str, Obj], None] = lambda kind, event: None
        self.offset = 0.0
        self.stopped_at: float | None = None
        self.clear()

    def clear(self) -> None:
        self.platform = Merchant("acct_platform0000000")
        self.accounts: dict[str, Merchant] = {}
        self.links: dict[str, Obj] = {}
        self.offset, self.stopped_at = 0.0, None

    @property
    def seconds(self) -> float:
        """The time here, in epoch seconds."""
        return self.stopped_at if self.stopped_at is not None else time.time() + self.offset

    @property
    def now(self) -> int:
        return int(self.seconds)

    def iso(self, ahead: int = 0) -> str:
        """The time as v2 writes it."""
        return datetime.fromtimestamp(self.now + ahead, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def merchant(self, key: str | None) -> Merchant:
        """The account that a request acts for; raises 403 when the platform may not."""
        if key is None:
            return self.platform
        found = self.accounts.get(key)
        if found is None or not found.reachable:
            raise no_access(key)
        return found

    def merchants(self) -> list[Merchant]:
        return [self.platform, *self.accounts.values()]

    def owner(self, key: str) -> Merchant:
        """The account that has an object. Raises LookupError."""
        for merchant in self.merchants():
            if key in merchant.objects:
                return merchant
        raise LookupError(f"nobody has {key}")

    def add(self, merchant: Merchant, kind: str, prefix: str, **values: Any) -> Obj:
        """Keep a new object of an account."""
        common: Obj = {"id": new_id(prefix), "object": kind, "created": self.now, "livemode": False}
        thing = common | values
        merchant.objects[thing["id"]] = thing
        return thing

    def emit(self, merchant: Merchant, kind: str, thing: Obj, before: Obj | None = None) -> None:
        """Announce that something happened to an object; `before` has the old values of what changed."""
        data: Obj = {"object": public(copy.deepcopy(thing))} | ({"previous_attributes": before} if before else {})
        event = self.add(
            merchant,
            "event",
            "evt",
            api_version=self.api_version,
            type=kind,
            pending_webhooks=0,
            request={"id": self.origin.request_id, "idempotency_key": self.origin.key},
            data=data,
        )
        if merchant is not self.platform:
            event["account"] = merchant.id
        self.announce("account" if merchant is self.platform else "connect", event)

    def emit_thin(self, kind: str, account: str) -> None:
        """Announce that something happened to a v2 account: only which one."""
        event: Obj = {
            "id": new_id("evt_test"),
            "object": "v2.core.event",
            "type": kind,
            "created": self.iso(),
            "livemode": False,
            "context": None,
            "reason": None,
            "related_object": {"id": account, "type": "v2.core.account", "url": f"/v2/core/accounts/{account}"},
        }
        self.platform.objects[event["id"]] = event
        self.announce("thin", event)


def new_id(prefix: str) -> str:
    size = 8 if prefix == "acct" else 12
    return f"{prefix}_{secrets.token_hex(size)}"
