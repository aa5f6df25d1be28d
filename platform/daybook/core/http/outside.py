"""Fetching addresses that people typed, without reaching into our own network (OWASP SSRF prevention).

A name is resolved once, every address it has must be a public one, and the connection goes to the address that was
checked: a name that means something else a moment later (DNS rebinding) changes nothing. Redirects are not followed,
answers are cut off at a size, and everything has to be over by a deadline.
"""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings

PORTS = {"http": 80, "https": 443}
NAT64 = "64:ff9b:"
CHUNK = 16_384


class Unreachable(Exception):
    """The address was refused, or did not answer as it should; the text says why, for logs and for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    most_bytes: int = 65_536,
    seconds: float = 5.0,
) -> Answer:
    """Ask a public http(s) address. Raises Unreachable; an answer longer than `most_bytes` is refused."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in PORTS or not host or parts.username or parts.password:
        raise Unreachable("only plain http and https addresses")
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError:
        raise Unreachable("no such port") from None
    if port not in PORTS.values() and not settings.OUTSIDE_PRIVATE_ALLOWED:
        raise Unreachable("only ports 80 and 443")
    deadline = time.monotonic() + seconds
    connection = _Pinned(host, port, public_address(host, port), parts.scheme == "https", seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    watch = threading.Timer(seconds, connection.cut)  # headers that come byte by byte never run into a socket's timeout
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, path, body=body, headers={"User-Agent": "Daybook", **(headers or {})})
        response = connection.getresponse()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            _read(connection, response, most_bytes, deadline),
        )
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise Unreachable(type(error).__name__) from error
    finally:
        watch.cancel()
        connection.close()


def public_address(host: str, port: int) -> str:
    """The address to connect to. Raises Unreachable when the name has none, or any that is not public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Unreachable("the name has no address") from None
    if not found or not (settings.OUTSIDE_PRIVATE_ALLOWED or all(is_public(one) for one in found)):
        raise Unreachable("not a public address")
    return min(found, key=lambda one: (":" in one, one))


def is_public(text: str) -> bool:
    """Whether the address belongs to the internet; IPv4 inside IPv6 is looked at as what it is."""
    address = ip_address(text.split("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if address.compressed.startswith(NAT64):
            return False
        if address.is_reserved or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to one checked address under the host's name."""

    def __init__(self, host: str, port: int, address: str, secure: bool, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address, self._secure = address, secure
        self._line: socket.socket | None = None
        if secure:
            self.default_port = 443

    def connect(self) -> None:
        """To the address; the certificate has to be the host's."""
        self.sock = self._line = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = self._line = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End whatever is being said, from another thread: the reader finds the line dead."""
        if self._line is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def _read(connection: _Pinned, response: http.client.HTTPResponse, most_bytes: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(left)
        part = response.read1(CHUNK)
        if not part:
            if time.monotonic() >= deadline:  # cut off, which looks like an end
                raise TimeoutError
            return b"".join(parts)
        size += len(part)
        if size > most_bytes:
            raise Unreachable("the answer is too long")
        parts.append(part)
