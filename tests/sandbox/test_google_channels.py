"""Push channels of the Google sandbox: messages really are posted."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from googleapiclient.errors import HttpError

from tests.sandbox.google_client import KIM, ROBIN, calendar_of

if TYPE_CHECKING:
    from daybook.sandbox.google.server import GoogleSandbox

ADDRESS = "https://daybook.example/hooks/google/"


class Receiver(HTTPServer):
    """Keeps the headers of what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[dict[str, str]] = []

    def numbers(self) -> list[int]:
        return [int(headers["x-goog-message-number"]) for headers in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(google_sandbox: "GoogleSandbox") -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    google_sandbox.callback("daybook.example", f"http://127.0.0.1:{server.server_port}")
    google_sandbox.notifications("deliver")
    yield server
    server.shutdown()
    server.server_close()
    google_sandbox.channels.callbacks.clear()


def watch(calendar: Any, key: str = "channel-1", **values: Any) -> dict[str, Any]:
    body = {"id": key, "type": "web_hook", "address": ADDRESS, "token": "s3cret", **values}
    opened: dict[str, Any] = calendar.events().watch(calendarId="primary", body=body).execute()
    return opened


def change(sandbox: "GoogleSandbox") -> None:
    sandbox.user_edits_event(KIM, "create", start="2027-03-15T10:00")


def test_the_first_message_is_sync_and_numbers_rise_with_gaps(
    google_sandbox: "GoogleSandbox", receiver: Receiver
) -> None:
    opened = watch(calendar_of(google_sandbox))
    for _ in range(3):
        change(google_sandbox)
    google_sandbox.flush()
    assert [headers["x-goog-resource-state"] for headers in receiver.got] == ["sync", *["exists"] * 3]
    assert receiver.numbers() == [1, 3, 4, 6]
    first = receiver.got[0]
    assert (first["host"], first["path"]) == ("daybook.example", "/hooks/google/")
    assert (first["x-goog-channel-token"], first["x-goog-resource-id"]) == ("s3cret", opened["resourceId"])


def test_g04_an_ended_channel_is_silent(google_sandbox: "GoogleSandbox", receiver: Receiver) -> None:
    google_sandbox.clock("2027-03-15T10:00:00+00:00")
    calendar = calendar_of(google_sandbox)
    opened = watch(calendar, expiration="1805191200000")
    assert opened["expiration"] == "1805191200000"
    google_sandbox.clock("2027-03-17T10:00:00+00:00")
    change(google_sandbox)
    google_sandbox.flush()
    assert receiver.numbers() == [1]


def test_a_stopped_channel_is_silent_and_only_its_owner_stops_it(
    google_sandbox: "GoogleSandbox", receiver: Receiver
) -> None:
    calendar = calendar_of(google_sandbox)
    opened = watch(calendar)
    body = {"id": opened["id"], "resourceId": opened["resourceId"]}
    with pytest.raises(HttpError, match="404"):
        calendar_of(google_sandbox, ROBIN).channels().stop(body=body).execute()
    calendar.channels().stop(body=body).execute()
    change(google_sandbox)
    google_sandbox.flush()
    assert receiver.numbers() == [1]


def test_g02_messages_are_held_dropped_doubled_and_come_in_bursts(
    google_sandbox: "GoogleSandbox", receiver: Receiver
) -> None:
    watch(calendar_of(google_sandbox))
    google_sandbox.notifications("hold")
    change(google_sandbox)
    google_sandbox.channels.settle()
    assert receiver.numbers() == [1]
    google_sandbox.flush()
    google_sandbox.notifications("drop")
    change(google_sandbox)
    google_sandbox.notifications("deliver", copies=2)
    google_sandbox.burst(2)
    google_sandbox.flush()
    assert receiver.numbers() == [1, 3, 6, 6, 7, 7]


def test_an_id_of_a_channel_is_used_once_and_addresses_are_https(google_sandbox: "GoogleSandbox") -> None:
    calendar = calendar_of(google_sandbox)
    watch(calendar)
    with pytest.raises(HttpError, match="not unique"):
        watch(calendar)
    with pytest.raises(HttpError, match="must be HTTPS"):
        watch(calendar, "channel-2", address="http://daybook.example/")
    google_sandbox.violations.clear()


def test_addresses_elsewhere_are_never_called(google_sandbox: "GoogleSandbox") -> None:
    google_sandbox.notifications("deliver")
    watch(calendar_of(google_sandbox))
    google_sandbox.flush()
    assert [one.answer for one in google_sandbox.channels.sent] == ["no such address on this machine"]
