"""Rules of outside feeds that need nothing but values: when to ask again, when to tell somebody, what an address is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit

USUALLY = timedelta(minutes=14)
JITTER_SECONDS = 60
PATIENT, SELDOM = 4, timedelta(minutes=59)
"""After so many failures in a row it is asked this much more seldom."""
TELL_AFTER = timedelta(hours=24)
LAID_OUT_FOR = timedelta(hours=23)
"""How long the times that were counted up to the horizon are good: the next look after that counts them again."""
LONGEST_ADDRESS = 2000
SAFE = "%/:@!$&'()*+,;=~-._?"
"""What stands in paths and queries as it is; letters beyond ASCII are written out."""
LIKE_HTTPS = ("webcal://", "webcals://")

Instants = tuple[datetime, datetime]


def next_look(now: datetime, *, failures: int, wait: int, salt: int) -> datetime:
    """When to ask again: within 15 minutes, within the hour where it often failed, and never before `wait` seconds.

    `salt` spreads feeds that came at the same moment over a minute.
    """
    pause = USUALLY if failures < PATIENT else SELDOM
    return now + max(pause + timedelta(seconds=salt % JITTER_SECONDS), timedelta(seconds=wait))


def must_tell(now: datetime, *, failing_since: datetime | None, told_at: datetime | None) -> bool:
    """Whether people have to hear that a feed does not work: once, when it has not for a day."""
    return failing_since is not None and told_at is None and now - failing_since >= TELL_AFTER


def joined(spans: Iterable[Instants]) -> list[Instants]:
    """Spans in order, with those that overlap made one; those that only touch stay two."""
    found: list[Instants] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def clean_address(text: str, *, plain: bool = False) -> str | None:
    """The address of a calendar as it is asked: webcal becomes https. None when it is none; http only with `plain`."""
    url = text.strip()
    for start in LIKE_HTTPS:
        if url.lower().startswith(start):
            url = "https://" + url[len(start) :]
    if len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _port = parts.port
    except ValueError:
        return None
    known = ("https", "http") if plain else ("https",)
    if parts.scheme.lower() not in known or not host or parts.username or parts.password:
        return None
    path, query = (quote(part, safe=SAFE) for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme.lower(), parts.netloc, path, query, ""))
