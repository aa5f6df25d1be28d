"""Webhooks: signed, delivered in the background, held, lost, doubled or turned round as told."""

import contextlib
import heapq
import http.client
import itertools
import json
import logging
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stripe import WebhookSignature

from daybook.sandbox.stripe.world import Obj, public

log = logging.getLogger(__name__)

RETRY_AFTER: tuple[float, ...] = (0.2, 1.0, 5.0, 30.0, 120.0, 600.0)  # seconds
TIMEOUT = 10  # seconds


class Mode(StrEnum):
    """What happens to events from now on."""

    SEND = "send"
    HOLD = "hold"  # until `flush`
    REORDER = "reorder"  # held; `flush` sends the newest first
    DROP = "drop"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Endpoint:
    """Where events of a kind go: "connect", "account" or "thin". Without a URL they wait to be taken.

    The first secret signs; several sign all, as while a secret is rolled. `host` replaces the URL's in the request.
    """

    secrets: tuple[str, ...]
    url: str = ""
    host: str = ""


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    kind: str
    event: Obj
    body: bytes
    attempt: int = 0

    def headers(self, endpoint: Endpoint, at: int | None = None) -> dict[str, str]:
        """With a signature of this moment, in real time: receivers refuse old ones."""
        text, at = self.body.decode(), int(time.time()) if at is None else at
        headers = [WebhookSignature.generate_signature_header(text, secret, at) for secret in endpoint.secrets]
        signatures = [header.split(",", 1)[1] for header in headers]
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": ",".join([f"t={at}", *signatures]),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }


class Webhooks:
    def __init__(self, endpoints: dict[str, Endpoint], tick: Callable[[], None]) -> None:
        self.endpoints = endpoints
        self.mode, self.retry_after = Mode.SEND, RETRY_AFTER
        self.failed: list[Obj] = []
        self._tick = tick
        self._changed = threading.Condition()
        self._held: list[Delivery] = []
        self._taken_later: list[Delivery] = []
        self._queue: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()
        self._busy = 0
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(TIMEOUT)

    def clear(self) -> None:
        with self._changed:
            self.mode, self.retry_after = Mode.SEND, RETRY_AFTER
            self.failed.clear()
            self._held.clear()
            self._taken_later.clear()
            self._queue.clear()

    def announce(self, kind: str, event: Obj) -> None:
        """An event has happened; called while the world is locked."""
        if kind not in self.endpoints:
            return
        if event["object"] == "event":
            event["pending_webhooks"] = 1
        delivery = Delivery(kind, event, json.dumps(public(event)).encode())
        with self._changed:
            if self.mode in (Mode.HOLD, Mode.REORDER):
                self._held.append(delivery)
            elif self.mode is not Mode.DROP:
                self._put([delivery] * (2 if self.mode is Mode.DUPLICATE else 1))

    def redeliver(self, event: Obj, kind: str) -> None:
        """Send an event again, whatever the mode."""
        with self._changed:
            self._put([Delivery(kind, event, json.dumps(public(event)).encode())])

    def held(self) -> list[Obj]:
        with self._changed:
            return [delivery.event for delivery in self._held]

    def flush(self, order: list[str] | None = None) -> int:
        """Send what is held: by `order` (ids, which may repeat), else as it came or turned round; how many."""
        with self._changed:
            held, self._held = self._held, []
            if order is not None:
                by_id = {delivery.event["id"]: delivery for delivery in held}
                held = [by_id[key] for key in order]
            elif self.mode is Mode.REORDER:
                held.reverse()
            self._put(held)
            return len(held)

    def take(self) -> list[tuple[Delivery, Endpoint]]:
        """The deliveries that wait at endpoints without a URL; they count as delivered."""
        with self._changed:
            taken, self._taken_later = self._taken_later, []
        for delivery in taken:
            self._done(delivery)
        return [(delivery, self.endpoints[delivery.kind]) for delivery in taken]

    def wait(self, seconds: float = 10) -> bool:
        """Until everything on its way has arrived or was given up; whether that was in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, seconds)

    def _put(self, deliveries: Iterable[Delivery], after: float = 0) -> None:
        for delivery in deliveries:
            if self.endpoints[delivery.kind].url:
                heapq.heappush(self._queue, (time.monotonic() + after, next(self._numbers), delivery))
            else:
                self._taken_later.append(delivery)
        self._changed.notify_all()

    def _run(self) -> None:
        while not self._ended:
            try:
                self._tick()
            except Exception:
                log.exception("what happens by itself at the Stripe sandbox failed")  # webhooks go on
            with self._changed:
                due = self._next()
                if due is None:
                    self._changed.wait(self._pause())
                    continue
                self._busy += 1
            arrived = _post(self.endpoints[due.kind], due)
            with self._changed:
                self._busy -= 1
                self._after(due, arrived)
                self._changed.notify_all()

    def _next(self) -> Delivery | None:
        if self._queue and self._queue[0][0] <= time.monotonic():
            return heapq.heappop(self._queue)[2]
        return None

    def _pause(self) -> float:
        return min(1.0, max(0.0, self._queue[0][0] - time.monotonic())) if self._queue else 1.0

    def _after(self, delivery: Delivery, arrived: bool) -> None:
        if arrived:
            self._done(delivery)
        elif delivery.attempt < len(self.retry_after):
            again = Delivery(delivery.kind, delivery.event, delivery.body, delivery.attempt + 1)
            self._put([again], self.retry_after[delivery.attempt])
        else:
            self.failed.append(delivery.event)

    @staticmethod
    def _done(delivery: Delivery) -> None:
        if "pending_webhooks" in delivery.event:
            delivery.event["pending_webhooks"] = 0


def _post(endpoint: Endpoint, delivery: Delivery) -> bool:
    """Whether the endpoint took it: any 2xx."""
    address = urllib.parse.urlsplit(endpoint.url)
    kind: Any = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=TIMEOUT)
    headers = delivery.headers(endpoint) | {"Host": endpoint.host or address.netloc}
    with contextlib.closing(connection):
        try:
            connection.request("POST", address.path or "/", delivery.body, headers)
            return 200 <= int(connection.getresponse().status) < 300
        except (OSError, http.client.HTTPException):
            return False
