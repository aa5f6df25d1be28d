"""Addresses that people typed never lead into our own network."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from daybook.core.http import outside
from daybook.core.http.outside import Unreachable, fetch, is_public


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        if self.path.startswith("/hop"):
            self.send_response(307)
            left = int(self.path[4:]) - 1
            self.send_header("Location", f"hop{left}" if left else "/end")
            self.end_headers()
            return
        if self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", f"http://inside.example:{self.server.server_port}/")  # type: ignore[attr-defined]
            self.end_headers()
            return
        if self.path == "/trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            with suppress(OSError):
                for number in range(100):
                    time.sleep(0.05)
                    self.wfile.write(f"X-{number}: 1\r\n".encode())
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/slow":
            for _ in range(50):
                time.sleep(0.05)
                self.wfile.write(b".")
        self.wfile.write(b"x" * (200_000 if self.path == "/long" else 5))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.daemon_threads = True
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://localhost:{found.server_address[1]}"
    found.shutdown()
    found.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "ff02::1", "::", "::127.0.0.1", "fec0::1", "4000::1",
    ],
)  # fmt: skip
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/",
        "file:///etc/passwd", "ftp://example.com/", "http://user:pw@example.com/", "http:///", "http://example.com:99999/",
        "http://example.com:6379/", "gopher://x", "http://nobody.invalid/",
    ],
)  # fmt: skip
def test_what_is_refused_is_never_asked(url: str) -> None:
    with pytest.raises(Unreachable):
        fetch(url)


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("1.1.1.1", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: both)
    with pytest.raises(Unreachable, match="not a public address"):
        outside.public_address("both.example", 80)


def test_the_checked_address_is_the_one_that_is_asked(
    server: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The name is resolved once; what it means later does not matter."""
    settings.OUTSIDE_PRIVATE_ALLOWED = True
    asked = []
    real = socket.getaddrinfo

    def resolve(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    port = server.rsplit(":", 1)[1]
    assert fetch(f"http://salon.example:{port}/").body == b"xxxxx"
    assert asked[0] == "salon.example"
    assert "salon.example" not in asked[1:]


def test_redirects_are_not_followed_long_and_slow_answers_are_cut_off(server: str, settings: Any) -> None:
    settings.OUTSIDE_PRIVATE_ALLOWED = True
    assert fetch(f"{server}/redirect").status == 302
    with pytest.raises(Unreachable, match="too long"):
        fetch(f"{server}/long")
    with pytest.raises(Unreachable):
        fetch(f"{server}/slow", seconds=0.3)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        fetch(f"{server}/trickle", seconds=0.3)
    assert time.monotonic() - began < 2


def test_redirects_are_followed_as_far_as_the_caller_allows(server: str, settings: Any) -> None:
    settings.OUTSIDE_PRIVATE_ALLOWED = True
    assert fetch(f"{server}/hop3", redirects=3).body == b"xxxxx"
    with pytest.raises(Unreachable, match="too many redirects"):
        fetch(f"{server}/hop4", redirects=3)


def test_hc210_what_a_redirect_leads_to_is_checked_like_what_was_typed(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address counts as public here, as one of the internet would; the second is what it is."""
    real_port, real = int(server.rsplit(":", 1)[1]), outside.public_address
    monkeypatch.setattr(outside, "PORTS", {"http": real_port, "https": 443})
    monkeypatch.setattr(
        outside, "public_address", lambda host, port: "127.0.0.1" if host == "localhost" else real(host, port)
    )
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *a, **k: resolve("127.0.0.1", *a, **k))
    with pytest.raises(outside.Refused, match="not a public address"):
        fetch(f"{server}/inside", redirects=3)


def test_where_only_https_is_wanted_nothing_else_is_asked(server: str, settings: Any) -> None:
    settings.OUTSIDE_PRIVATE_ALLOWED = True
    with pytest.raises(outside.Refused, match="only plain https"):
        fetch(f"{server}/", secure=True)
