"""Fetching addresses that people typed, without reaching into our own network (OWASP SSRF prevention).

A name is resolved once, every address it has must be a public one, and the connection goes to the address that was
checked: a name that means something else a moment later (DNS rebinding) changes nothing. Redirects are not followed
unless the caller allows some, and then each is checked like an address that was typed. Answers are cut off at a size,
and everything has to be over by a deadline.
"""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urljoin, urlsplit

from django.conf import settings

PORTS = {"http": 80, "https": 443}
NAT64 = "64:ff9b:"
CHUNK = 16_384
MOVED = (301, 302, 303, 307, 308)


class Unreachable(Exception):
    """The address was refused, or did not answer as it should; the text says why, for logs and for whoever typed it."""


class Refused(Unreachable):
    """Such an address is never asked, whatever it would answer."""


class TooLong(Unreachable):
    """The answer has more bytes than wanted."""


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
    redirects: int = 0,
    secure: bool = False,
) -> Answer:
    """Ask a public http(s) address. Raises Unreachable; an answer longer than `most_bytes` is refused.

    Up to `redirects` are followed, all within the `seconds`; without any, a redirect is an answer like others.
    `secure` takes https only, also of what a redirect leads to.
    """
    deadline = time.monotonic() + seconds
    schemes = ("https",) if secure else tuple(PORTS)
    for _hop in range(redirects + 1):
        answer = _ask(url, schemes, method, body, {"User-Agent": "Daybook", **(headers or {})}, most_bytes, deadline)
        if not redirects or answer.status not in MOVED or not answer.headers.get("location"):
            return answer
        try:
            url = urljoin(url, answer.headers["location"])
        except ValueError:
            raise Unreachable("a redirect to no address") from None
    raise Unreachable("too many redirects")


def _ask(
    url: str,
    schemes: tuple[str, ...],
    method: str,
    body: bytes | None,
    headers: dict[str, str],
    most_bytes: int,
    deadline: float,
) -> Answer:
    scheme, host, port, path = _taken_apart(url, schemes)
    address, seconds = public_address(host, port), deadline - time.monotonic()
    if seconds <= 0:
        raise Unreachable("TimeoutError")
    connection = _Pinned(host, port, address, scheme == "https", seconds)
    watch = threading.Timer(seconds, connection.cut)  # headers that come byte by byte never run into a socket's timeout
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, path, body=body, headers=headers)
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


def _taken_apart(url: str, schemes: tuple[str, ...]) -> tuple[str, str, int, str]:
    """Scheme, host, port and path with query of an address that may be asked."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Refused("no such address") from None
    if parts.scheme not in schemes or not host or parts.username or parts.password:
        raise Refused(f"only plain {' and '.join(schemes)} addresses")
    if port not in PORTS.values() and not settings.OUTSIDE_PRIVATE_ALLOWED:
        raise Refused("only ports 80 and 443")
    return parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def public_address(host: str, port: int) -> str:
    """The address to connect to. Raises Unreachable when the name has none, or any that is not public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Unreachable("the name has no address") from None
    if not found or not (settings.OUTSIDE_PRIVATE_ALLOWED or all(is_public(one) for one in found)):
        raise Refused("not a public address")
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
            raise TooLong("the answer is too long")
        parts.append(part)
