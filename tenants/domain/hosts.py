"""Host names as they come in a request."""

import re
from functools import lru_cache

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PORT = re.compile(r":\d{1,5}$")


@lru_cache(4096)
def normalise(raw: str) -> str | None:
    """The host in lower case without port and trailing dot; None for an IP address or anything that is no host name."""
    host = _PORT.sub("", raw.strip().lower()).removesuffix(".")
    if not host or len(host) > 253:
        return None
    labels = host.split(".")
    if labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return host
