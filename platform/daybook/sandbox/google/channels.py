"""Push channels: notifications really are posted, but only to addresses that the configuration maps to this machine."""

import hashlib
import http.client
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from daybook.sandbox.google.contract import Problem, check_notification
from daybook.sandbox.google.errors import bad, not_found
from daybook.sandbox.google.times import millis
from daybook.sandbox.google.world import Calendar, World

LONGEST = timedelta(days=30)
USUAL = timedelta(days=7)
PATIENCE = 10  # seconds for a receiver

Json = dict[str, Any]


@dataclass
class Channel:
    """`number` is that of the last message."""

    id: str
    resource_id: str
    resource_uri: str
    address: str
    token: str
    email: str
    calendar: str
    ends: datetime
    number: int = 0


@dataclass
class Notification:
    """A message to a receiver; `answer` is its status, or why there is none, once it was sent."""

    address: str
    headers: dict[str, str]
    answer: int | str | None = None


@dataclass
class Callback:
    """Addresses at this host, or below it, lie at `base` on this machine. `host` is sent as Host header if given."""

    netloc: str
    base: str
    host: str = ""

    def takes(self, netloc: str) -> bool:
        return netloc == self.netloc or netloc.endswith("." + self.netloc)


@dataclass
class Channels:
    """`mode` is deliver, hold (kept until flushed) or drop; every message goes out `copies` times."""

    world: World
    report: Callable[[str, list[Problem]], None]
    callbacks: list[Callback] = field(default_factory=list)
    mode: str = "deliver"
    copies: int = 1
    held: list[Notification] = field(default_factory=list)
    sent: list[Notification] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: dict[str, Channel] = {}
        self._queue: queue.Queue[Notification | None] = queue.Queue()
        self._thread = threading.Thread(target=self._deliver, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(PATIENCE)

    def reset(self) -> None:
        """No channels, nothing held; what is on its way arrives first."""
        self.settle()
        self._open.clear()
        self.held.clear()
        self.sent.clear()
        self.mode, self.copies = "deliver", 1

    def watch(self, calendar: Calendar, email: str, body: Json, uri: str) -> Json:
        """Opens a channel; its first message is `sync`. The end is asked for in ms since 1970, at most 30 days on."""
        if body["id"] in self._open:
            raise bad(f"Channel id {body['id']} not unique", "channelIdNotUnique", "id")
        now = self.world.now()
        asked = body.get("expiration")
        ends = datetime.fromtimestamp(int(asked) / 1000, UTC) if asked else now + USUAL
        if ends <= now:
            raise bad("Expiration is in the past.", "channelExpirationInPast", "expiration")
        resource = hashlib.sha256(calendar.id.encode()).hexdigest()[:27]
        channel = Channel(
            body["id"],
            resource,
            uri,
            body["address"],
            body.get("token", ""),
            email,
            calendar.id,
            min(ends, now + LONGEST),
        )
        self._open[channel.id] = channel
        self._tell(channel, "sync")
        return {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": channel.resource_uri,
            "expiration": str(millis(channel.ends)),
            **({"token": channel.token} if channel.token else {}),
        }

    def stop(self, email: str, body: Json) -> None:
        """Raises 404 for a channel that is not open, or is somebody else's."""
        channel = self._open.get(body["id"])
        if channel is None or channel.resource_id != body["resourceId"] or channel.email != email:
            raise not_found()
        del self._open[channel.id]

    def open_channels(self, calendar_id: str | None = None) -> list[Channel]:
        """Channels that have not ended."""
        now = self.world.now()
        return [
            channel for channel in self._open.values() if channel.ends > now and calendar_id in (None, channel.calendar)
        ]

    def changed(self, calendar: Calendar) -> None:
        for channel in self.open_channels(calendar.id):
            self._tell(channel, "exists")

    def burst(self, times: int, calendar_id: str | None = None) -> None:
        """So many messages more on every open channel, though nothing changed."""
        for channel in self.open_channels(calendar_id):
            for _ in range(times):
                self._tell(channel, "exists")

    def flush(self) -> None:
        """Sends what was held, and waits until everything has been sent."""
        held, self.held[:] = list(self.held), []
        for notification in held:
            self._queue.put(notification)
        self.settle()

    def settle(self) -> None:
        """Waits until all that goes out has been sent."""
        self._queue.join()

    def _tell(self, channel: Channel, state: str) -> None:
        """One message with the next number; numbers rise with gaps."""
        channel.number += 1 if channel.number == 0 else 1 + channel.number % 3
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Message-Number": str(channel.number),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel.resource_uri,
            "X-Goog-Channel-Expiration": format_datetime(channel.ends.astimezone(UTC), usegmt=True),
        }
        if channel.token:
            headers["X-Goog-Channel-Token"] = channel.token
        self.report("notification", check_notification(headers))
        for _ in range(self.copies):
            self._send(Notification(channel.address, dict(headers)))

    def _send(self, notification: Notification) -> None:
        if self.mode == "hold":
            self.held.append(notification)
        elif self.mode == "deliver":
            self._queue.put(notification)

    def _deliver(self) -> None:
        while (notification := self._queue.get()) is not None:
            try:
                notification.answer = self._post(notification)
            except (OSError, http.client.HTTPException) as error:
                notification.answer = f"{type(error).__name__}: {error}"
            self.sent.append(notification)
            self._queue.task_done()

    def _post(self, notification: Notification) -> int | str:
        address = urlsplit(notification.address)
        callback = next((known for known in self.callbacks if known.takes(address.netloc)), None)
        if callback is None:
            return "no such address on this machine"
        local = urlsplit(callback.base)
        connection = http.client.HTTPConnection(local.hostname or "127.0.0.1", local.port or 80, timeout=PATIENCE)
        try:
            path = address.path + (f"?{address.query}" if address.query else "")
            headers = {**notification.headers, "Host": callback.host or address.netloc, "X-Forwarded-Proto": "https"}
            connection.request("POST", path or "/", b"", headers)
            return connection.getresponse().status
        finally:
            connection.close()
