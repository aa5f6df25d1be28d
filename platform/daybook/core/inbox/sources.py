"""Who may deliver events, and how their deliveries are told from forgeries."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest

from daybook.core.errors import DaybookError
from daybook.core.inbox.receiving import Incoming

MOST_BYTES = 1024 * 1024
"""The longest body that is read."""


class Rejected(DaybookError):
    """Raised by a source's `verify`: not a delivery of this vendor, or nothing that can be read. Nothing is kept."""

    status = 400

    def __init__(self, code: str = "invalid_signature", message: str = "The signature does not match.") -> None:
        super().__init__(code, message)


class TooLarge(DaybookError):
    """The body is longer than any event of this vendor."""

    status = 413

    def __init__(self) -> None:
        super().__init__("too_large", "The body is too large.")


Verify = Callable[[HttpRequest], Incoming | None]


@dataclass(frozen=True, slots=True)
class Source:
    """One vendor's way of delivering."""

    verify: Verify
    most_bytes: int = MOST_BYTES


sources: dict[str, Source] = {}


def source(name: str, *, verify: Verify, most_bytes: int = MOST_BYTES) -> None:
    """Accept deliveries at `/v1/webhooks/<name>` (a slug of at most 40 characters).

    `verify(request)` checks the signature over the raw `request.body` in real time and says what was delivered;
    None for what is welcome but nothing to keep. It raises `Rejected`, runs in `public`, and writes nothing.
    """
    sources[name] = Source(verify, most_bytes)


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in a verified body. Raises `Rejected`."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Rejected("malformed", "The body is not a JSON object.")
    return found
