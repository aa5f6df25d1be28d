"""How often something may be asked: counters in the cache, by minute of real time.

When the cache does not answer, requests go through and a log line says so: a limit is no reason to turn clients away.
"""

import logging
import threading
from collections.abc import Sequence
from time import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from redis import ConnectionPool
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from daybook.core import crypto
from daybook.core.errors import TooManyRequests
from daybook.core.http.address import client_address

log = logging.getLogger(__name__)

GUESSES_PER_MINUTE = 10


def count_public(request: HttpRequest) -> None:
    """Count a call of the public API or a booking page: per (business, address), and per business. Once a request.

    Raises TooManyRequests beyond PUBLIC_LIMIT_PER_ADDRESS or PUBLIC_LIMIT_PER_BUSINESS a minute. What an address asks
    beyond its own limit is not counted for the business: one address alone closes it for nobody else.
    """
    if hasattr(request, "counted"):
        return
    everybody = f"public:{request.business.pk}"  # type: ignore[attr-defined]
    address = f"{everybody}:{client_address(request)}"
    _count(
        {address: settings.PUBLIC_LIMIT_PER_ADDRESS, everybody: settings.PUBLIC_LIMIT_PER_BUSINESS}, only_within=address
    )
    request.counted = True  # type: ignore[attr-defined]


def count_guess(request: HttpRequest, what: str, name: str) -> None:
    """Count a wrong guess at a secret of one thing (an appointment's token, an account's password), whoever guesses.

    `what` is the kind of thing, `name` which one. Raises TooManyRequests after ten wrong guesses a minute at the same
    thing, from the whole world, and ten from one address at all things of the kind.
    """
    tenant = getattr(getattr(request, "business", None), "pk", "platform")
    count(f"guess:{what}:{tenant}:{crypto.digest(name)}", most=GUESSES_PER_MINUTE)
    count(f"guess:{what}:{tenant}:from:{client_address(request)}", most=GUESSES_PER_MINUTE)


def count(key: str, *, most: int, seconds: int = 60) -> None:
    """Count one event of `key` in the present window; TooManyRequests when there were more than `most`."""
    _count({key: most}, seconds)


def _count(limits: dict[str, int], seconds: int = 60, *, only_within: str = "") -> None:
    """Count one event of each key, in one exchange with the cache's server: this is part of every public request.

    Beyond the limit of `only_within` the other keys' counts are taken back.
    """
    window, since = divmod(int(time()), seconds)
    try:
        names = [f"limit:{key}:{window}" for key in limits]
        seen = _exchange([("INCR", name) for name in names])
        if fresh := [name for name, count in zip(names, seen, strict=True) if count == 1]:
            _exchange([("EXPIRE", name, 2 * seconds) for name in fresh])
        if only_within and seen[[*limits].index(only_within)] > limits[only_within]:
            _exchange([("DECR", name) for name, key in zip(names, limits, strict=True) if key != only_within])
    except (RedisError, OSError, ValueError) as error:  # a broken socket raises plain ones, too
        log.warning("limits are not counted: the cache does not answer (%s)", type(error).__name__)
        return
    if any(count > most for count, most in zip(seen, limits.values(), strict=True)):
        raise TooManyRequests(seconds - since)


def _exchange(commands: Sequence[tuple[Any, ...]]) -> list[int]:
    """The server's answers to commands that are sent at once, on a connection that this thread keeps for itself.

    A client of redis-py would choose and watch over a connection each time, which takes longer than the counting.
    """
    line = _lines.to(settings.CACHES["default"]["LOCATION"])
    packed = line.pack_commands(commands)
    try:
        return _answers(line, packed, len(commands))
    except Disconnected:  # it was closed since it was last used
        return _answers(line, packed, len(commands))


def _answers(line: Any, packed: list[bytes], number: int) -> list[int]:
    try:
        line.send_packed_command(packed)
        return [line.read_response() for _ in range(number)]
    except BaseException:  # answers that were not read would be taken for those of the next commands
        line.disconnect()
        raise


class _Lines(threading.local):
    """The connections of a thread, by the address of the server."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}

    def to(self, url: str) -> Any:
        if url not in self._open:
            self._open[url] = ConnectionPool.from_url(url, socket_timeout=1, socket_connect_timeout=1).make_connection()
        return self._open[url]


_lines = _Lines()
