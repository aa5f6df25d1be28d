"""Calendar files as other programs publish them, and a server that does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from django.db import connection as django_connection

from calendarsync.models import Subscription
from calendarsync.services import subscriptions
from daybook.core.outbox import relay
from scheduling.models import BusyTime, Provider
from tests.factories import NOW, STAFF, make_provider

connection: Any = django_connection  # django-tenants' methods have no types
TEN = ("DTSTART:20270607T140000Z", "DTEND:20270607T150000Z")
"""Ten o'clock in New York, on the Monday of the tests."""
_number = count()


def event(*lines: str, uid: str | None = None) -> list[str]:
    """An entry; `uid` "" leaves it without."""
    name = f"entry-{next(_number)}@elsewhere.test" if uid is None else uid
    return ["BEGIN:VEVENT", *([f"UID:{name}"] if name else []), "SUMMARY:Dentist", *lines, "END:VEVENT"]


def calendar(*events: list[str], head: tuple[str, ...] = ()) -> bytes:
    """A file with these entries; `head` are lines before them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", *head]
    return "\r\n".join([*lines, *(line for one in events for line in one), "END:VCALENDAR", ""]).encode()


class FeedHost(ThreadingHTTPServer):
    """A server that publishes one calendar at every path, and can answer in other ways. Remembers what it was asked.

    With an `etag` it answers 304 to who knows it. `/hop/N` leads there by N redirects.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.body, self.status, self.etag = calendar(), 200, ""
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}/calendar.ics"

    def publish(self, *events: list[str]) -> None:
        """Another version of the calendar."""
        self.body, self.status = calendar(*events), 200


class _Door(BaseHTTPRequestHandler):
    server: FeedHost

    def do_GET(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
        if self.path.startswith("/hop/"):
            left = int(self.path.removeprefix("/hop/"))
            return self._answer(302, {"Location": f"/hop/{left - 1}" if left > 1 else "/calendar.ics"}, b"")
        if self.server.etag and self.headers.get("If-None-Match") == self.server.etag:
            return self._answer(304, {}, b"")
        tag = {"ETag": self.server.etag} if self.server.etag else {}
        return self._answer(self.server.status, {**self.server.headers, **tag}, self.server.body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def feed_host() -> Iterator[FeedHost]:
    """A running server; it ends with the block."""
    host = FeedHost()
    threading.Thread(target=host.serve_forever, daemon=True).start()
    try:
        yield host
    finally:
        host.shutdown()
        host.server_close()


def in_new_york(business: Any) -> Provider:
    """A provider of the business, which moves to New York."""
    business.timezone = "America/New_York"
    business.save()
    return make_provider(business, "Ana Duarte", email="ana@salon.test")


def add(business: Any, provider: Provider, host: FeedHost, **values: Any) -> Subscription:
    """Listen to what the host publishes."""
    asked = {"name": "Outlook", "url": host.url, "now": NOW, "by": STAFF, **values}
    return subscriptions.add(business=business, provider=provider, **asked)


def busy(provider: Provider) -> list[str]:
    """When the provider is kept closed, in UTC."""
    rows = BusyTime.objects.filter(provider=provider).order_by("starts_at", "ends_at")
    return [f"{row.starts_at:%m-%d %H:%M}/{row.ends_at:%H:%M}" for row in rows]


def later(row: Subscription, **delta: Any) -> datetime:
    """Some time after the feed is due, and let the outbox do what is due then."""
    now: datetime = row.next_at + timedelta(**delta)
    relay.drain(now=now, schema=connection.schema_name, impatient=True)
    row.refresh_from_db()
    return now
