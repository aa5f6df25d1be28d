"""How often something may be asked: counters in the cache, by minute of real time.

When the cache does not answer, requests go through and a log line says so: a limit is no reason to turn clients away.
"""

import logging
from functools import cache
from time import time

from django.conf import settings
from django.http import HttpRequest
from redis import Redis
from redis.exceptions import RedisError

from daybook.core import crypto
from daybook.core.errors import TooManyRequests
from daybook.core.http.address import client_address

log = logging.getLogger(__name__)

GUESSES_PER_MINUTE = 10


def count_public(request: HttpRequest) -> None:
    """Count a call of the public API or a booking page: per (business, address), then per business.

    Raises TooManyRequests beyond PUBLIC_LIMIT_PER_ADDRESS or PUBLIC_LIMIT_PER_BUSINESS a minute.
    """
    business = str(request.business.pk)  # type: ignore[attr-defined]
    address = f"public:{business}:{client_address(request)}"
    _count({address: settings.PUBLIC_LIMIT_PER_ADDRESS, f"public:{business}": settings.PUBLIC_LIMIT_PER_BUSINESS})


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


def _count(limits: dict[str, int], seconds: int = 60) -> None:
    """Count one event of each key, in one exchange with the cache's server: this is part of every public request."""
    window, since = divmod(int(time()), seconds)
    try:
        server = _server(settings.CACHES["default"]["LOCATION"])
        names = [f"limit:{key}:{window}" for key in limits]
        pipeline = server.pipeline(transaction=False)
        for name in names:
            pipeline.incr(name)
        seen = pipeline.execute()
        for name, count in zip(names, seen, strict=True):
            if count == 1:
                server.expire(name, 2 * seconds)
    except (RedisError, OSError, ValueError) as error:  # a broken socket raises plain ones, too
        log.warning("limits are not counted: the cache does not answer (%s)", type(error).__name__)
        return
    if any(count > most for count, most in zip(seen, limits.values(), strict=True)):
        raise TooManyRequests(seconds - since)


@cache
def _server(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
